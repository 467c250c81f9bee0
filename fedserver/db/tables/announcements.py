"""What a community announces to its people, who has read it, and how they react."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import flag, key_column, metadata, ref, text, time

announcements = Table(
    "announcements",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # as typed, and as it is shown: HTML, and JSON lists of what it names
    text("text"),
    text("content"),
    text("emojis", default="[]"),
    text("tags", default="[]"),
    text("account_ids", default="[]"),
    text("status_ids", default="[]"),
    time("starts_at", null=True),
    time("ends_at", null=True),
    flag("all_day"),
    # null while it waits for ``publish_at``
    time("published_at", null=True),
    time("publish_at", null=True),
    time("created_at"),
    time("updated_at"),
    Index("ix_announcements_published", "community_id", "published_at"),
)

announcement_reads = Table(
    "announcement_reads",
    metadata,
    ref("account_id", "accounts.id"),
    ref("announcement_id", "announcements.id", index=True),
    PrimaryKeyConstraint("account_id", "announcement_id"),
    sqlite_with_rowid=False,
)

announcement_reactions = Table(
    "announcement_reactions",
    metadata,
    key_column(),
    ref("announcement_id", "announcements.id"),
    ref("account_id", "accounts.id", index=True),
    # an emoji, or the shortcode of one of this node's own
    text("name"),
    time("created_at"),
    Index("uq_announcement_reactions_one", "announcement_id", "name", "account_id", unique=True),
)
