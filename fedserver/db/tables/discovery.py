"""How people find each other: what a profile puts in front, what one notes of others, what is popular now."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import key_column, metadata, number, ref, text, time

featured_tags = Table(
    "featured_tags",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("tag_id", "tags.id", index=True),
    # as the account writes it
    text("name"),
    number("statuses_count"),
    time("last_status_at", null=True),
    time("created_at"),
    Index("uq_featured_tags_pair", "account_id", "tag_id", unique=True),
)

endorsements = Table(
    "endorsements",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("target_id", "accounts.id", index=True),
    time("created_at"),
    Index("uq_endorsements_pair", "account_id", "target_id", unique=True),
)

account_notes = Table(
    "account_notes",
    metadata,
    ref("account_id", "accounts.id"),
    ref("target_id", "accounts.id", index=True),
    text("comment"),
    time("updated_at"),
    PrimaryKeyConstraint("account_id", "target_id"),
    sqlite_with_rowid=False,
)

# suggestions that somebody does not want to see
suggestion_dismissals = Table(
    "suggestion_dismissals",
    metadata,
    ref("account_id", "accounts.id"),
    ref("target_id", "accounts.id", index=True),
    time("created_at"),
    PrimaryKeyConstraint("account_id", "target_id"),
    sqlite_with_rowid=False,
)

# How often something public was used on a day (ms of its midnight, UTC), and by how many accounts. A job counts.
trend_days = Table(
    "trend_days",
    metadata,
    # tag | link
    text("kind"),
    number("item_id"),
    number("day"),
    number("uses"),
    number("accounts"),
    PrimaryKeyConstraint("kind", "item_id", "day"),
    Index("ix_trend_days_day", "day"),
    sqlite_with_rowid=False,
)

# What is popular now, best first: the job writes the lists anew.
trends = Table(
    "trends",
    metadata,
    # tag | link | status | account
    text("kind"),
    number("item_id"),
    number("place"),
    # thousandths; ``peak`` is the highest that it had, and when
    number("score"),
    number("peak"),
    number("peak_at"),
    PrimaryKeyConstraint("kind", "item_id"),
    Index("ix_trends_place", "kind", "place"),
    sqlite_with_rowid=False,
)
