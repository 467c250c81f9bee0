"""Demands to take something down, by people with or without an account, and who made them in bad faith."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

takedowns = Table(
    "takedowns",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # intimate | minors | copyright | impersonation | other
    text("category"),
    # what is wrong with it, in the filer's words; who they are to it
    text("statement"),
    text("standing", default=""),
    text("name", default=""),
    # forgotten once nothing can follow any more
    text("email", default=""),
    text("locale", default="en"),
    # keyed hashes of the folded address, of its domain and of the network: limits, and who is refused
    text("email_hash"),
    text("domain_hash", default=""),
    text("address_hash"),
    # SHA-256 of the secret in the filer's link, and of the one in the mail
    Column("token_hash", LargeBinary, nullable=False),
    Column("mail_hash", LargeBinary, nullable=True),
    # unconfirmed | open | granted | refused | withdrawn
    text("state"),
    time("created_at"),
    time("confirmed_at", null=True),
    time("hidden_at", null=True),
    # when somebody has to have looked at it; how often that was missed
    time("due_at", null=True),
    number("escalations"),
    time("escalated_at", null=True),
    time("decided_at", null=True),
    number("decided_by", None),
    # what the filer reads
    text("answer", default=""),
    flag("bad_faith"),
    Index("uq_takedowns_token", "token_hash", unique=True),
    partial("uq_takedowns_mail", "mail_hash", where="mail_hash IS NOT NULL", unique=True),
    Index("ix_takedowns_email", "email_hash", "created_at"),
    partial("ix_takedowns_open", "due_at", where="state = 'open'"),
)

takedown_targets = Table(
    "takedown_targets",
    metadata,
    key_column(),
    ref("takedown_id", "takedowns.id", index=True),
    # as it was given
    text("uri"),
    number("status_id", None),
    number("media_id", None),
    number("account_id", None),
    # the report by which moderators hear of it
    number("report_id", None),
    # JSON list: the decisions that hide it meanwhile, and those that took it down
    text("hidden_by", default="[]"),
    text("decided_by", default="[]"),
    # when it was hidden before anybody looked: only so much is, a day
    time("hidden_at", null=True),
    partial("ix_takedown_targets_hidden", "hidden_at", where="hidden_at IS NOT NULL"),
)

# Who filed in bad faith: keyed hashes, nothing that names anybody.
bad_filers = Table(
    "bad_filers",
    metadata,
    key_column(),
    # email | address
    text("kind"),
    text("hash"),
    number("takedown_id", None),
    time("created_at"),
    time("expires_at", null=True),
    Index("uq_bad_filers_hash", "kind", "hash", unique=True),
)
