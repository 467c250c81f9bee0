"""Proposed changes of the policy: who agreed, who may vote, and ballots that nobody can trace to a person."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import Key, flag, key_column, metadata, number, partial, ref, text, time

proposals = Table(
    "proposals",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # the account that proposed it
    number("proposer_id", None),
    # the version it was written from: another one in force overtakes it
    number("base_version"),
    # the canonical values as JSON, and as the TOML that people read
    text("document"),
    text("source"),
    text("note", default=""),
    # JSON list of owner | moderator | two-moderators | vote: all of them have to agree
    text("needs"),
    # the version to go back to; null for a change of another kind
    number("returns_to", None),
    # 1: decisions that stand by the versions it takes back are undone with them
    flag("undoes"),
    # open | enacted | refused | overtaken | withdrawn
    text("state", default="open"),
    text("outcome", default=""),
    # the poll by which members vote in their apps
    number("status_id", None),
    # as the procedure said when it was opened, in thousandths
    number("quorum"),
    number("majority"),
    number("electors"),
    # what came of it, once it is closed
    number("yes", None),
    number("no", None),
    number("abstained", None),
    number("version", None),
    time("created_at"),
    # when the vote ends; null without one
    time("closes_at", null=True),
    time("decided_at", null=True),
    partial("ix_proposals_status_id", "status_id", where="status_id IS NOT NULL", unique=True),
    partial("ix_proposals_open", "id", where="state = 'open'"),
)

proposal_approvals = Table(
    "proposal_approvals",
    metadata,
    ref("proposal_id", "proposals.id"),
    ref("account_id", "accounts.id", index=True),
    # owner | admin | moderator, at that time
    text("role"),
    time("created_at"),
    PrimaryKeyConstraint("proposal_id", "account_id"),
    sqlite_with_rowid=False,
)

# frozen when the vote opens; who voted is known, so that nobody votes twice, and nothing of how
electors = Table(
    "electors",
    metadata,
    ref("proposal_id", "proposals.id"),
    ref("account_id", "accounts.id", index=True),
    flag("voted"),
    PrimaryKeyConstraint("proposal_id", "account_id"),
    sqlite_with_rowid=False,
)

# by a random key, without a time: neither the order nor anything else says whose it is
ballots = Table(
    "ballots",
    metadata,
    Column("key", Key, primary_key=True, autoincrement=False),
    ref("proposal_id", "proposals.id"),
    # 0 yes, 1 no, 2 abstain
    number("choice"),
    Index("ix_ballots_proposal_id", "proposal_id", "choice"),
    sqlite_with_rowid=False,
)
