"""Media: what people upload, and what stands here of remote media."""

from __future__ import annotations

from sqlalchemy import Table

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

media_attachments = Table(
    "media_attachments",
    metadata,
    key_column(),
    ref("account_id", "accounts.id", index=True),
    ref("status_id", "statuses.id", null=True, index=True),
    # kept for a post that is to be published later
    ref("scheduled_id", "scheduled_statuses.id", null=True, on_delete="SET NULL"),
    # attachment | avatar | header
    text("role", default="attachment"),
    number("position"),
    # image | gifv | video | audio | unknown
    text("kind", default="unknown"),
    # processing | ready | failed
    text("state", default="processing"),
    text("error", null=True),
    text("mime", default=""),
    # null for local media
    text("remote_url", null=True),
    # unguessable part of the public address
    text("token"),
    # names in the blob store: what was uploaded (private, immutable), what `url` serves, the small picture
    text("original_key", null=True),
    text("file_key", null=True),
    text("preview_key", null=True),
    number("size", None),
    text("digest", null=True),
    # of the bytes as they were uploaded, where others are served: copies of them are known by it
    text("original_digest", null=True),
    number("width", None),
    number("height", None),
    number("preview_width", None),
    number("preview_height", None),
    number("duration_ms", None),
    # frames per 1,000 seconds, bits per second
    number("frame_rate", None),
    number("bitrate", None),
    text("blurhash", null=True),
    # thousandths, -1000 .. 1000
    number("focus_x", 0),
    number("focus_y", 0),
    text("description", null=True),
    flag("local", 1),
    time("created_at"),
    time("cached_at", null=True),
    time("used_at", null=True),
    # moderators took it off its post: nobody but they and its owner gets the file
    time("withheld_at", null=True),
    # partial: most rows are attachments of other servers' posts that nobody has looked at, and stand in none of these
    partial("ix_media_attachments_scheduled_id", "scheduled_id", where="scheduled_id IS NOT NULL"),
    partial("ix_media_attachments_cached_at", "cached_at", where="cached_at IS NOT NULL"),
    partial("ix_media_attachments_created_at", "created_at", where="status_id IS NULL"),
)
