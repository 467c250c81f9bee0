"""What an account does with a status: favourites, bookmarks, muted threads; notifications and markers."""

from __future__ import annotations

from sqlalchemy import Index, PrimaryKeyConstraint, Table

from fedserver.db.metadata import flag, key_column, metadata, number, partial, ref, text, time

favourites = Table(
    "favourites",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("status_id", "statuses.id"),
    text("uri", null=True, unique=True),
    # a reaction of another server (FEP-c0e0): an emoji, or the :shortcode: of one of that server's
    text("emoji", null=True),
    time("created_at"),
    Index("uq_favourites_pair", "account_id", "status_id", unique=True),
    Index("ix_favourites_status", "status_id", "id"),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("status_id", "statuses.id", index=True),
    time("created_at"),
    Index("uq_bookmarks_pair", "account_id", "status_id", unique=True),
)

notifications = Table(
    "notifications",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    # mention | status | reblog | follow | follow_request | favourite | poll | update | quote | quoted_update |
    # admin.sign_up | admin.report | severed_relationships | moderation_warning
    text("type"),
    ref("from_account_id", "accounts.id", index=True),
    ref("status_id", "statuses.id", null=True, index=True),
    number("report_id", None),
    # severances.id, or the id of a decision of the ledger
    number("event_id", None),
    # what is shown as one: written on arrival, null where nothing joins it
    text("group_key", null=True),
    # kept back by the policy: it stands in a request
    flag("filtered"),
    # "type:from:status": the same thing notifies once
    text("once"),
    time("created_at"),
    Index("uq_notifications_once", "account_id", "once", unique=True),
    Index("ix_notifications_account", "account_id", "id"),
    partial("ix_notifications_group", "account_id", "group_key", "id", where="group_key IS NOT NULL"),
    partial("ix_notifications_filtered", "account_id", "from_account_id", where="filtered = 1"),
)

markers = Table(
    "markers",
    metadata,
    ref("account_id", "accounts.id"),
    # home | notifications
    text("timeline"),
    number("last_read_id"),
    number("version", 1),
    time("updated_at"),
    PrimaryKeyConstraint("account_id", "timeline"),
    sqlite_with_rowid=False,
)
