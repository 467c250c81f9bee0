"""Posts that are to be published later. The job that does it is a row of ``jobs``."""

from __future__ import annotations

from sqlalchemy import Index, Table

from fedserver.db.metadata import key_column, metadata, ref, text, time

scheduled_statuses = Table(
    "scheduled_statuses",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    time("scheduled_at"),
    # the draft as JSON (``services/scheduled.py``)
    text("params"),
    time("created_at"),
    Index("ix_scheduled_statuses_account", "account_id", "id"),
)
