"""What one account says of another: follows, blocks, mutes, blocked domains."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import flag, key_column, metadata, ref, text, time

follows = Table(
    "follows",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("target_id", "accounts.id"),
    # requested until the target (or the target's server) accepts
    text("state", default="requested"),
    text("uri", null=True, unique=True),
    flag("show_reblogs", 1),
    flag("notify"),
    # a JSON list of the languages whose posts the follower wants at home; all of them where it is null
    text("languages", null=True),
    # 0: the follower is known to be on another server, so what is written for people here need not look at it
    flag("local", 1),
    time("created_at"),
    Index("uq_follows_pair", "account_id", "target_id", unique=True),
    Index("ix_follows_target", "target_id", "state", "local", "account_id"),
)

blocks = Table(
    "blocks",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("target_id", "accounts.id"),
    text("uri", null=True, unique=True),
    time("created_at"),
    Index("uq_blocks_pair", "account_id", "target_id", unique=True),
    Index("ix_blocks_target", "target_id", "account_id"),
)

mutes = Table(
    "mutes",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("target_id", "accounts.id"),
    flag("notifications", 1),
    time("created_at"),
    time("expires_at", null=True),
    Index("uq_mutes_pair", "account_id", "target_id", unique=True),
    Index("ix_mutes_target", "target_id"),
)

domain_blocks = Table(
    "domain_blocks",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    text("domain"),
    time("created_at"),
    Index("uq_domain_blocks_pair", "account_id", "domain", unique=True),
)
