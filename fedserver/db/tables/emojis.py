"""Custom emoji: this node's own ('' as domain), and those of other servers as far as posts here show them."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import flag, key_column, metadata, number, text, time

custom_emojis = Table(
    "custom_emojis",
    metadata,
    key_column(),
    text("shortcode"),
    text("domain", default=""),
    # where a remote picture is; its copy is media_attachments.id, fetched when somebody first looks
    text("remote_url", null=True),
    number("media_id", None),
    text("category", null=True),
    flag("visible", 1),
    time("created_at"),
    time("updated_at"),
    Index("uq_custom_emojis_name", "domain", "shortcode", unique=True),
)
