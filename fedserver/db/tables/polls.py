"""Polls: one a post, known by the post's id; and who voted for what."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Table

from fedserver.db.metadata import Key, flag, key_column, metadata, number, ref, text, time

polls = Table(
    "polls",
    metadata,
    Column("status_id", Key, ForeignKey("statuses.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    ref("account_id", "accounts.id", index=True),
    flag("multiple"),
    flag("hide_totals"),
    # JSON list of {title, votes}, in order
    text("options"),
    number("votes_count"),
    # null where another server does not say
    number("voters_count", None),
    time("expires_at", null=True),
    # when its end was told to those who take part
    time("closed_at", null=True),
    # when another server was asked for the counts
    time("fetched_at", null=True),
)

poll_votes = Table(
    "poll_votes",
    metadata,
    key_column(),
    ref("status_id", "polls.status_id"),
    ref("account_id", "accounts.id", index=True),
    # index into the options
    number("choice"),
    # the id of the Note that another server sent
    text("uri", null=True, unique=True),
    time("created_at"),
    Index("uq_poll_votes", "status_id", "account_id", "choice", unique=True),
)
