"""What surrounds notifications: policies, requests, permissions, what they tell of, and push subscriptions."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

# No row means the defaults of Mastodon 4.5. Each column is accept | filter | drop.
notification_policies = Table(
    "notification_policies",
    metadata,
    ref("account_id", "accounts.id", primary_key=True, autoincrement=False),
    text("for_not_following", default="accept"),
    text("for_not_followers", default="accept"),
    text("for_new_accounts", default="accept"),
    text("for_private_mentions", default="filter"),
    text("for_limited_accounts", default="filter"),
    time("updated_at"),
)

# Somebody whose notifications were filtered, until that is accepted or dismissed.
notification_requests = Table(
    "notification_requests",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("from_account_id", "accounts.id", index=True),
    ref("last_status_id", "statuses.id", null=True, on_delete="SET NULL", index=True),
    time("created_at"),
    time("updated_at"),
    Index("uq_notification_requests_pair", "account_id", "from_account_id", unique=True),
    Index("ix_notification_requests_account", "account_id", "id"),
)

# Whose notifications pass whatever the policy says: their request was accepted.
notification_permissions = Table(
    "notification_permissions",
    metadata,
    ref("account_id", "accounts.id"),
    ref("from_account_id", "accounts.id", index=True),
    time("created_at"),
    PrimaryKeyConstraint("account_id", "from_account_id"),
    sqlite_with_rowid=False,
)

# Follows of one account that a block or a suspension ended, as one event.
severances = Table(
    "severances",
    metadata,
    key_column(),
    ref("account_id", "accounts.id", index=True),
    # domain_block | user_domain_block | account_suspension
    text("type"),
    text("target_name"),
    number("followers_count"),
    number("following_count"),
    time("created_at"),
    Index("uq_severances_event", "account_id", "type", "target_name", "created_at", unique=True),
)

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    # counted from 1: apps keep it in 32 bits
    key_column(),
    ref("token_id", "oauth_tokens.id", unique=True),
    ref("account_id", "accounts.id", index=True),
    text("endpoint"),
    # base64url: the receiver's public key (65 bytes) and secret (16 bytes)
    text("p256dh"),
    text("auth"),
    # 1: RFC 8291; 0: the draft before it, which apps without `standard` expect
    flag("standard"),
    # JSON object: type of notification -> whether it is sent
    text("alerts", default="{}"),
    # all | followed | follower | none
    text("policy", default="all"),
    # the access token that subscribed: the payload names it, and it is stored nowhere else
    Column("sealed_token", LargeBinary, nullable=True),
    time("created_at"),
    time("updated_at"),
)
