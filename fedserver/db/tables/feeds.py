"""Feeds of a community's policy: who subscribes, and the frozen order in which they were last put."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

feeds = Table(
    "feeds",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # its id in the document
    text("name"),
    # the Group actor that boosts what is in it; made when it is first put in order
    ref("actor_id", "accounts.id", null=True, on_delete="SET NULL", index=True),
    # the titles by language, JSON
    text("title"),
    # what apps get as popular posts
    flag("trends"),
    # it differs from reader to reader: put in order for each, and nobody's actor
    flag("personal"),
    time("created_at"),
    # it is in the document no longer, and nobody has it
    time("ended_at", null=True),
    Index("uq_feeds_name", "community_id", "name", unique=True),
)

# What apps get as a list; the id is that list's
feed_subscriptions = Table(
    "feed_subscriptions",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("feed_id", "feeds.id", index=True),
    time("created_at"),
    Index("uq_feed_subscriptions_pair", "account_id", "feed_id", unique=True),
)

feed_snapshots = Table(
    "feed_snapshots",
    metadata,
    key_column(),
    ref("feed_id", "feeds.id"),
    # the version of the policy by which it was made
    text("policy_hash"),
    number("size"),
    time("created_at"),
    # the candidates with their signals, JSON that is deflated: whoever wants recomputes the order from it. The last
    # column: SQLite reads through all of it on the way to one behind it
    Column("inputs", LargeBinary, nullable=False),
    Index("ix_feed_snapshots_feed", "feed_id", "id"),
)

# The id of an entry is that of the boost which apps see: the first place has the highest
feed_entries = Table(
    "feed_entries",
    metadata,
    key_column(),
    ref("snapshot_id", "feed_snapshots.id"),
    number("place"),
    ref("status_id", "statuses.id", index=True),
    # JSON: score, signals, the place by score alone, likeness, whether it waited
    text("reasons"),
    # all that a page needs, so that what explains a place is not read
    Index("ix_feed_entries_snapshot", "snapshot_id", "id", "place", "status_id"),
)
