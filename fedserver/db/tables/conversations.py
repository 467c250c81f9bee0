"""Direct posts as a user sees them: one conversation per thread and set of people; and threads somebody muted."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

conversations = Table(
    "conversations",
    metadata,
    key_column(),
    # whose view it is
    ref("account_id", "accounts.id"),
    number("thread_id"),
    # the others in it: ids, ascending, separated by commas
    text("people"),
    # 0 while the newest post is being looked for; no foreign key: the effect of a deletion moves it
    number("last_status_id"),
    flag("unread"),
    Index("uq_conversations", "account_id", "thread_id", "people", unique=True),
    Index("ix_conversations_account_id", "account_id", "last_status_id"),
    Index("ix_conversations_last_status_id", "last_status_id"),
)

conversation_statuses = Table(
    "conversation_statuses",
    metadata,
    ref("conversation_id", "conversations.id"),
    ref("status_id", "statuses.id"),
    PrimaryKeyConstraint("conversation_id", "status_id"),
    Index("ix_conversation_statuses_status_id", "status_id"),
    sqlite_with_rowid=False,
)

thread_mutes = Table(
    "thread_mutes",
    metadata,
    ref("account_id", "accounts.id"),
    number("thread_id"),
    time("created_at"),
    PrimaryKeyConstraint("account_id", "thread_id"),
    sqlite_with_rowid=False,
)
