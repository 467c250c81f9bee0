"""Polls and their votes."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, delete, literal_column, select, union_all

from fedserver.db.queries.accounts import Account
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of, scalar, update
from fedserver.db.tables import accounts, electors, poll_votes, polls, proposals


class Option(NamedTuple):
    """What can be voted for, and how many did."""

    title: str
    votes: int


class Poll(NamedTuple):
    """A row of ``polls``. Times in ms."""

    status_id: int
    account_id: int
    multiple: int
    hide_totals: int
    options: str
    votes_count: int
    voters_count: int | None
    expires_at: int | None
    closed_at: int | None
    fetched_at: int | None

    @property
    def choices(self) -> list[Option]:
        """The options in order."""
        return [Option(str(each["title"]), int(each["votes"])) for each in orjson.loads(self.options)]

    def expired(self, now: int) -> bool:
        """Whether nobody can vote any more."""
        return self.closed_at is not None or (self.expires_at is not None and self.expires_at <= now)


class Vote(NamedTuple):
    """A row of ``poll_votes``."""

    id: int
    status_id: int
    account_id: int
    choice: int
    uri: str | None


class Own(NamedTuple):
    """One vote of the viewer's."""

    status_id: int
    choice: int


def options_json(choices: list[Option]) -> str:
    """How options are kept."""
    return orjson.dumps([{"title": each.title, "votes": each.votes} for each in choices]).decode()


_v = poll_votes.c
_POLLS = Statement(select(*columns(polls, Poll)).where(one_of(polls.c.status_id, "ids")), Poll._make)
_POLL = Statement(select(*columns(polls, Poll)).where(polls.c.status_id == bindparam("id")), Poll._make)
_DROP = Statement(delete(polls).where(polls.c.status_id == bindparam("id")), nothing)
_DROP_VOTES = Statement(delete(poll_votes).where(_v.status_id == bindparam("id")), nothing)
_VOTES = Statement(
    select(*columns(poll_votes, Vote)).where(_v.status_id == bindparam("id"), _v.account_id == bindparam("account_id")),
    Vote._make,
)
# of a ballot (``tables/votes.py``) only that it was cast is known: choice -1
_OWN = Statement(
    union_all(
        select(_v.status_id, _v.choice, _v.id).where(
            _v.account_id == bindparam("viewer_id"), one_of(_v.status_id, "ids")
        ),
        select(proposals.c.status_id, literal_column("-1"), electors.c.account_id)
        .select_from(proposals.join(electors, electors.c.proposal_id == proposals.c.id))
        .where(
            electors.c.account_id == bindparam("viewer_id"), electors.c.voted == 1, one_of(proposals.c.status_id, "ids")
        ),
    ).order_by(literal_column("3")),
    lambda row: Own(row[0], row[1]),
)
_VOTERS = Statement(
    select(*columns(accounts, Account))
    .where(
        accounts.c.id.in_(select(_v.account_id).where(_v.status_id == bindparam("id"))),
        accounts.c.id > bindparam("above"),
        accounts.c.domain == "",
    )
    .order_by(accounts.c.id)
    .limit(bindparam("limit")),
    Account._make,
)
_REMOTE_INBOXES = Statement(
    select(accounts.c.inbox_id)
    .where(
        accounts.c.id.in_(select(_v.account_id).where(_v.status_id == bindparam("id"))),
        accounts.c.domain != "",
        accounts.c.inbox_id.is_not(None),
    )
    .distinct(),
    scalar,
)


def by_ids(status_ids: list[int]) -> Query[Poll]:
    return _POLLS(ids=status_ids)


def by_id(status_id: int) -> Query[Poll]:
    """The poll of a post."""
    return _POLL(id=status_id)


def add(values: dict[str, Any]) -> Query[Any]:
    return insert_new(polls, values, "status_id")


def change(status_id: int, values: dict[str, Any]) -> Query[None]:
    return update(polls, "status_id", status_id, values)


def drop(status_id: int) -> Query[None]:
    """Its votes go with it."""
    return _DROP(id=status_id)


def drop_votes(status_id: int) -> Query[None]:
    return _DROP_VOTES(id=status_id)


def add_vote(values: dict[str, Any]) -> Query[Any]:
    """Returns its id only if this account had not voted for it, and its uri is new."""
    return insert_new(poll_votes, values)


def votes(status_id: int, account_id: int) -> Query[Vote]:
    """What an account voted for."""
    return _VOTES(id=status_id, account_id=account_id)


def own(viewer_id: int, status_ids: list[int]) -> Query[Own]:
    """The viewer's votes in these polls, in the order in which they were cast."""
    return _OWN(viewer_id=viewer_id, ids=status_ids)


def local_voters(status_id: int, above: int, limit: int) -> Query[Account]:
    """Accounts of this node that voted, by id."""
    return _VOTERS(id=status_id, above=above, limit=limit)


def remote_inboxes(status_id: int) -> Query[int]:
    """Inboxes (ids) of those on other servers who voted."""
    return _REMOTE_INBOXES(id=status_id)
