"""Feeds that belong to one reader: what they say, their frozen orders, and what was shown to who wanted that kept."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import key_column, metadata, number, ref, text, time

# What apps get as a list; the id is that list's
own_feeds = Table(
    "own_feeds",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    # the titles by language, JSON
    text("title"),
    # its values, JSON; '' where it is a feed of another community as that community writes it
    text("document", default=""),
    ref("policy_subscription_id", "policy_subscriptions.id", null=True, index=True),
    # the id of the feed there
    text("name", default=""),
    # what it began as, such as best or best@painters.example
    text("forked_from", default=""),
    time("created_at"),
    time("changed_at"),
    # feeds that one writes oneself have no subscription, and rows without one never collide
    Index("uq_own_feeds_chosen", "account_id", "policy_subscription_id", "name", unique=True),
)

# Made when the reader opens the list, apart from those that everybody sees
own_orders = Table(
    "own_orders",
    metadata,
    key_column(),
    ref("account_id", "accounts.id", index=True),
    # of own_feeds, or of feed_subscriptions where the community's feed differs from reader to reader
    number("list_id"),
    # whose boosts its places look like
    ref("actor_id", "accounts.id", null=True, on_delete="SET NULL", index=True),
    # the hash of the feed by which it was made
    text("made_by"),
    number("size"),
    time("created_at"),
    # when it was last found to be still the order
    time("checked_at"),
    Index("ix_own_orders_list", "list_id", "id"),
)

# The id of a place is that of the boost which apps see: the first place has the highest
own_places = Table(
    "own_places",
    metadata,
    key_column(),
    ref("order_id", "own_orders.id"),
    number("place"),
    ref("status_id", "statuses.id", index=True),
    # JSON, as in feed_entries
    text("reasons"),
    # all that a page needs
    Index("ix_own_places_order", "order_id", "id", "place", "status_id"),
)

# Only of readers who turned it on
seen_posts = Table(
    "seen_posts",
    metadata,
    ref("account_id", "accounts.id"),
    ref("status_id", "statuses.id"),
    time("seen_at"),
    PrimaryKeyConstraint("account_id", "status_id"),
    Index("ix_seen_posts_status_id", "status_id"),
    Index("ix_seen_posts_seen_at", "seen_at"),
    sqlite_with_rowid=False,
)
