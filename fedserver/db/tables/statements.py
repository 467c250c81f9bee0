"""What authors on other servers are told of decisions: what waits to be told, and the messages that told it."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import key_column, metadata, partial, ref, text, time

# a message to an author of another server, as it was sent; its address is made of its id
statements = Table(
    "statements",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    # HTML
    text("content"),
    text("language", default="en"),
    # JSON: the machine-readable statements of reasons, one for each decision
    text("reasons", default="[]"),
    time("created_at"),
    Index("ix_statements_account_id", "account_id", "id"),
)

# one thing that such an author is to be told; ``statement_id`` is null while it waits
tellings = Table(
    "tellings",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("decision_id", "decisions.id"),
    # decided | undone | refused (the appeal)
    text("what"),
    ref("statement_id", "statements.id", null=True, index=True),
    time("created_at"),
    Index("uq_tellings_decision", "decision_id", "what", unique=True),
    partial("ix_tellings_waiting", "account_id", where="statement_id IS NULL"),
)
