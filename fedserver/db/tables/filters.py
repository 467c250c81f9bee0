"""Filters of a user: words and single posts that are reported on every status that the user gets."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from fedserver.db.metadata import Key, flag, key_column, metadata, number, ref, text, time

filters = Table(
    "filters",
    metadata,
    key_column(),
    ref("account_id", "accounts.id", index=True),
    text("title"),
    # bits, in the order of domain.filtering.CONTEXTS
    number("contexts"),
    # 0 warn, 1 hide, 2 blur
    number("action"),
    time("created_at"),
    time("expires_at", null=True),
)

filter_keywords = Table(
    "filter_keywords",
    metadata,
    key_column(),
    ref("filter_id", "filters.id", index=True),
    text("keyword"),
    flag("whole_word", 1),
)

filter_statuses = Table(
    "filter_statuses",
    metadata,
    key_column(),
    ref("filter_id", "filters.id"),
    ref("status_id", "statuses.id", index=True),
    Index("uq_filter_statuses_pair", "filter_id", "status_id", unique=True),
)

# a fresh number with every change, 0 once there is no filter: what is compiled from them is kept by it
filter_versions = Table(
    "filter_versions",
    metadata,
    Column("account_id", Key, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    number("version"),
)
