"""Who may not join, or only once somebody has looked: blocks of addresses, mail providers, mailboxes and names."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import flag, key_column, metadata, number, text, time

ip_blocks = Table(
    "ip_blocks",
    metadata,
    key_column(),
    # a network in CIDR form, normalised
    text("network", unique=True),
    # sign_up_requires_approval | sign_up_block | no_access
    text("severity"),
    text("comment", default=""),
    time("created_at"),
    time("updated_at"),
    time("expires_at", null=True),
)

email_domain_blocks = Table(
    "email_domain_blocks",
    metadata,
    key_column(),
    # of an address, or of the servers that take its mail
    text("domain", unique=True),
    # 1: who uses it may ask and waits for approval; 0: it cannot be used
    flag("allow_with_approval"),
    time("created_at"),
)

# Mailboxes that must not come back: the digest of the address without what providers ignore in it.
canonical_email_blocks = Table(
    "canonical_email_blocks",
    metadata,
    key_column(),
    # SHA-256 of the canonical address, in hexadecimal, as Mastodon has it
    text("digest", unique=True),
    # whose address it was
    number("account_id", None),
    time("created_at"),
)

username_blocks = Table(
    "username_blocks",
    metadata,
    key_column(),
    # as it was typed, and folded: what looks alike is alike
    text("username"),
    text("folded"),
    # 1: the whole name; 0: anywhere in it
    flag("exact"),
    # 1: such names wait for approval; 0: they cannot be taken
    flag("allow_with_approval"),
    time("created_at"),
    Index("uq_username_blocks_pair", "folded", "exact", unique=True),
)

# Addresses that were refused because of a block, by day: what the lists of blocks show of their use.
block_hits = Table(
    "block_hits",
    metadata,
    key_column(),
    # email_domain | username | ip
    text("kind"),
    number("block_id"),
    # midnight, UTC
    time("day"),
    number("uses"),
    Index("uq_block_hits_day", "kind", "block_id", "day", unique=True),
)
