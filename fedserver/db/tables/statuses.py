"""Statuses (posts and boosts), their edits, mentions and tags; tombstones; home timelines."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, Table, Text

from fedserver.db.metadata import Key, flag, key_column, metadata, number, partial, ref, text, time


def _filled(name: str, column: str) -> Index:
    """An index of the rows that have a value in this column."""
    return partial(name, column, where=f"{column} IS NOT NULL")


statuses = Table(
    "statuses",
    metadata,
    key_column(),
    text("uri", unique=True),
    text("url", null=True),
    ref("account_id", "accounts.id"),
    flag("local"),
    # 0 public, 1 unlisted, 2 followers, 3 direct
    number("visibility"),
    text("object_type", default="Note"),
    # sanitised HTML
    text("content", default=""),
    # what the author typed; '' for remote posts
    text("source", default=""),
    # plain text
    text("spoiler", default=""),
    flag("sensitive"),
    text("language", null=True),
    ref("in_reply_to_id", "statuses.id", null=True, on_delete="SET NULL"),
    number("in_reply_to_account_id", None),
    # kept when the parent is not known here (yet)
    text("in_reply_to_uri", null=True),
    # the first post of the thread, itself included; groups a conversation
    number("thread_id", None),
    ref("reblog_of_id", "statuses.id", null=True, on_delete="CASCADE"),
    text("emojis", default="[]"),
    # where a remote post lists its replies, and when they were last looked at
    text("replies_uri", null=True),
    time("replies_fetched_at", null=True),
    number("app_id", None),
    time("created_at"),
    time("edited_at", null=True),
    time("pinned_at", null=True),
    number("replies_count"),
    number("reblogs_count"),
    number("favourites_count"),
    # accepted quotes of this post
    number("quotes_count"),
    # who may quote it: bits, see ``domain/quoting.py``
    number("quote_policy"),
    # whether this post quotes another one (a row of ``quotes`` says which)
    flag("quoting"),
    # what another server says who may like, answer or boost it: JSON, '' for everybody
    text("limits", default=""),
    # bits that say which rows about its making to look for: see ``db/queries/provenance.py``
    number("provenance"),
    number("version", 1),
    Index("ix_statuses_account_id", "account_id", "id"),
    Index("ix_statuses_thread_id", "thread_id"),
    # partial: else the planner walks the NULLs, which most posts have, instead of an index that fits
    # and whether somebody answered it already
    partial("ix_statuses_in_reply_to_id", "in_reply_to_id", "account_id", where="in_reply_to_id IS NOT NULL"),
    _filled("ix_statuses_in_reply_to_uri", "in_reply_to_uri"),
    _filled("ix_statuses_reblog_of_id", "reblog_of_id"),
    partial("uq_statuses_one_boost", "account_id", "reblog_of_id", where="reblog_of_id IS NOT NULL", unique=True),
    partial("ix_statuses_public", "id", where="visibility = 0 AND reblog_of_id IS NULL"),
    partial("ix_statuses_public_local", "id", where="visibility = 0 AND reblog_of_id IS NULL AND local = 1"),
)

status_edits = Table(
    "status_edits",
    metadata,
    key_column(),
    ref("status_id", "statuses.id", index=True),
    text("content"),
    text("source", default=""),
    text("spoiler", default=""),
    flag("sensitive"),
    # the attachments as they stood: JSON list of {id, description}
    text("media", default="[]"),
    # the options of the poll as they stood: JSON list of texts, '' without a poll
    text("poll", default=""),
    # what it said of its making: JSON {text, no_remix, based_on}, '' where it said nothing
    text("made", default=""),
    time("created_at"),
)

mentions = Table(
    "mentions",
    metadata,
    ref("status_id", "statuses.id"),
    ref("account_id", "accounts.id"),
    PrimaryKeyConstraint("status_id", "account_id"),
    Index("ix_mentions_account_id", "account_id", "status_id"),
    sqlite_with_rowid=False,
)

tags = Table("tags", metadata, key_column(), text("name", unique=True), time("created_at"))

status_tags = Table(
    "status_tags",
    metadata,
    ref("tag_id", "tags.id"),
    ref("status_id", "statuses.id"),
    PrimaryKeyConstraint("tag_id", "status_id"),
    Index("ix_status_tags_status_id", "status_id"),
    sqlite_with_rowid=False,
)

followed_tags = Table(
    "followed_tags",
    metadata,
    key_column(),
    ref("account_id", "accounts.id"),
    ref("tag_id", "tags.id", index=True),
    time("created_at"),
    Index("uq_followed_tags", "account_id", "tag_id", unique=True),
)

# ids that once stood for something and never will again
tombstones = Table(
    "tombstones",
    metadata,
    Column("uri", Text, primary_key=True),
    time("deleted_at"),
    flag("local"),
)

home_entries = Table(
    "home_entries",
    metadata,
    ref("account_id", "accounts.id"),
    ref("status_id", "statuses.id"),
    PrimaryKeyConstraint("account_id", "status_id"),
    Index("ix_home_entries_status_id", "status_id"),
    sqlite_with_rowid=False,
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account_id", Key, nullable=False),
    text("key"),
    Column("body_hash", LargeBinary, nullable=False),
    number("status_id", None),
    time("created_at"),
    PrimaryKeyConstraint("account_id", "key"),
    sqlite_with_rowid=False,
)
