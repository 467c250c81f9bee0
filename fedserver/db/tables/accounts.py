"""Accounts, local and remote, and their signing keys."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, UniqueConstraint

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

accounts = Table(
    "accounts",
    metadata,
    key_column(),
    text("username"),
    # '' for the accounts of this node, so that one unique index serves both kinds
    text("domain", default=""),
    # lower-cased "username@domain": what look-ups compare
    text("handle_key"),
    text("uri", unique=True),
    text("url", null=True),
    text("actor_type", default="Person"),
    text("display_name", default=""),
    text("note", default=""),
    text("note_source", default=""),
    text("fields", default="[]"),
    text("emojis", default="[]"),
    # media_attachments.id without a foreign key: the two tables would need each other
    number("avatar_id", None),
    number("header_id", None),
    flag("locked"),
    flag("bot"),
    # who answers for an automated account: the id of an actor, '' where nobody is named
    text("operator", default=""),
    flag("discoverable"),
    flag("indexable"),
    flag("hide_collections"),
    text("inbox", default=""),
    text("shared_inbox", null=True),
    text("outbox", null=True),
    text("followers_uri", null=True),
    text("following_uri", null=True),
    text("featured_uri", null=True),
    text("featured_tags_uri", null=True),
    # hosts of pages that may name this account as their author: a JSON list
    text("attribution_domains", default="[]"),
    # where deliveries to this account go: the shared inbox where there is one
    ref("inbox_id", "inboxes.id", null=True, on_delete="SET NULL"),
    text("also_known_as", default="[]"),
    number("moved_to_id", None),
    time("created_at"),
    time("updated_at"),
    time("fetched_at", null=True),
    time("suspended_at", null=True),
    time("limited_at", null=True),
    # moderators: whatever media it posts are sensitive
    time("sensitized_at", null=True),
    # moderators: the tier of trust that holds whatever its age says (0 to 3)
    number("trust", None),
    # JSON: the composed role that its profile shows (id, name, color); '' for none
    text("badge", default=""),
    time("deleted_at", null=True),
    number("statuses_count"),
    number("followers_count"),
    number("following_count"),
    time("last_status_at", null=True),
    # what may be done with it: refuse | allow that models are trained with it; '' as the node has it
    text("training", default=""),
    # grows with every change of what others see, so that rendered copies are never stale
    number("version", 1),
    UniqueConstraint("handle_key"),
    Index("ix_accounts_inbox_id", "inbox_id"),
    Index("ix_accounts_domain", "domain"),
    # the directory, by who wrote last
    partial("ix_accounts_directory", "last_status_at", where="discoverable = 1"),
)

account_keys = Table(
    "account_keys",
    metadata,
    key_column(),
    ref("account_id", "accounts.id", index=True),
    # the URI others name in keyId or verificationMethod
    text("uri", unique=True),
    text("algorithm"),
    # SPKI PEM for RSA, Multikey for Ed25519
    text("public"),
    Column("sealed", LargeBinary, nullable=True),
    time("created_at"),
    time("retired_at", null=True),
    time("expires_at", null=True),
)
