"""Lists of a user: who is in them, and their timelines, written on arrival as home is."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import flag, key_column, metadata, number, ref, text, time

lists = Table(
    "lists",
    metadata,
    key_column(),
    ref("account_id", "accounts.id", index=True),
    text("title"),
    # which replies to others it shows: 0 to members, 1 to whoever the owner follows, 2 none
    number("replies_policy"),
    # its members are kept out of the owner's home
    flag("exclusive"),
    time("created_at"),
)

list_accounts = Table(
    "list_accounts",
    metadata,
    ref("list_id", "lists.id"),
    ref("account_id", "accounts.id"),
    # a member leaves with the follow; NULL for the owner, who may be in the list too
    ref("follow_id", "follows.id", null=True, index=True),
    PrimaryKeyConstraint("list_id", "account_id"),
    Index("ix_list_accounts_account_id", "account_id", "list_id"),
    sqlite_with_rowid=False,
)

list_entries = Table(
    "list_entries",
    metadata,
    ref("list_id", "lists.id"),
    ref("status_id", "statuses.id"),
    PrimaryKeyConstraint("list_id", "status_id"),
    Index("ix_list_entries_status_id", "status_id"),
    sqlite_with_rowid=False,
)
