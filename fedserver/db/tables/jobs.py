"""Jobs, and the small facts a node keeps about itself."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from fedserver.db.metadata import flag, key_column, metadata, number, text, time

jobs = Table(
    "jobs",
    metadata,
    key_column(),
    text("name"),
    text("payload", default="{}"),
    # at most one waiting job of a key
    text("once", null=True, unique=True),
    time("run_at"),
    number("attempts"),
    number("lease_token", None),
    number("lease_until"),
    text("last_error", null=True),
    # 1: gave up; an admin may look and try again
    flag("dead"),
    time("created_at"),
    Index("ix_jobs_due", "dead", "run_at"),
)

meta = Table("meta", metadata, Column("key", Text, primary_key=True), text("value"))
