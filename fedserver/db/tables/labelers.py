"""Who says what of posts: labelers that this node reads, what readers chose, and what it said itself and took back."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

# communities whose labels somebody here reads
labelers = Table(
    "labelers",
    metadata,
    key_column(),
    ref("community_id", "communities.id"),
    # where its labels begin
    text("uri", unique=True),
    # who signs them: fixed by the first answer
    text("actor_uri", null=True),
    text("name", default=""),
    # 1: this community reads it, so everybody here does who does not say otherwise
    flag("for_all"),
    # where to go on reading
    text("cursor", default=""),
    # waiting | fetched | failed
    text("state", default="waiting"),
    text("problem", default=""),
    time("created_at"),
    time("fetched_at", null=True),
)

label_subscriptions = Table(
    "label_subscriptions",
    metadata,
    ref("account_id", "accounts.id"),
    ref("labeler_id", "labelers.id", index=True),
    time("created_at"),
    PrimaryKeyConstraint("account_id", "labeler_id"),
    sqlite_with_rowid=False,
)

label_choices = Table(
    "label_choices",
    metadata,
    ref("account_id", "accounts.id"),
    # a row of labelers; 0: the reader's own community
    number("labeler_id"),
    text("value"),
    # show | blur | warn | hide
    text("choice"),
    PrimaryKeyConstraint("account_id", "labeler_id", "value"),
    sqlite_with_rowid=False,
)

# what other servers read of our own labels: each change by its id, which is where they go on
label_changes = Table(
    "label_changes",
    metadata,
    key_column(),
    ref("decision_id", "decisions.id"),
    number("status_id"),
    # 1: taken back
    flag("gone"),
    time("created_at"),
    Index("uq_label_changes_decision", "decision_id", unique=True),
)
