"""Hashtags that accounts put in front of their profiles, with how often they use them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select

from fedserver.db.statement import Query, Statement, insert_new, nothing, number
from fedserver.db.statement import update as update_row
from fedserver.db.tables import featured_tags, status_tags, statuses, tags


class Featured(NamedTuple):
    """A featured tag. ``name`` as its account writes it, ``tag`` normalised."""

    id: int
    account_id: int
    tag_id: int
    tag: str
    name: str
    statuses_count: int
    last_status_at: int | None


class Used(NamedTuple):
    """A tag that an account uses; ``last_at`` in ms."""

    tag_id: int
    name: str
    uses: int
    last_at: int | None


_f = featured_tags.c
_select = select(
    _f.id, _f.account_id, _f.tag_id, tags.c.name, _f.name, _f.statuses_count, _f.last_status_at
).select_from(featured_tags.join(tags, tags.c.id == _f.tag_id))
_OF_ACCOUNT = Statement(_select.where(_f.account_id == bindparam("account_id")).order_by(_f.id), Featured._make)
_BY_ID = Statement(_select.where(_f.id == bindparam("id")), Featured._make)
_PAIR = Statement(
    _select.where(_f.account_id == bindparam("account_id"), _f.tag_id == bindparam("tag_id")), Featured._make
)
_DROP = Statement(delete(featured_tags).where(_f.id == bindparam("id")), nothing)
_COUNT = Statement(select(func.count()).where(_f.account_id == bindparam("account_id")), number)
_written = statuses.join(status_tags, status_tags.c.status_id == statuses.c.id).join(
    tags, tags.c.id == status_tags.c.tag_id
)
_USE = Statement(
    select(tags.c.id, tags.c.name, func.count(), func.max(statuses.c.created_at))
    .select_from(_written)
    .where(
        statuses.c.account_id == bindparam("account_id"), tags.c.id == bindparam("tag_id"), statuses.c.visibility < 2
    )
    .group_by(tags.c.id, tags.c.name),
    Used._make,
)
# of the newest posts only: what somebody used years ago is no suggestion
_recent = (
    select(statuses.c.id, statuses.c.created_at)
    .where(
        statuses.c.account_id == bindparam("account_id"), statuses.c.visibility < 2, statuses.c.reblog_of_id.is_(None)
    )
    .order_by(statuses.c.id.desc())
    .limit(1000)
    .subquery("recent")
)
_MOST_USED = Statement(
    select(tags.c.id, tags.c.name, func.count(), func.max(_recent.c.created_at))
    .select_from(
        _recent.join(status_tags, status_tags.c.status_id == _recent.c.id).join(tags, tags.c.id == status_tags.c.tag_id)
    )
    .where(
        tags.c.id.not_in(select(_f.tag_id).where(_f.account_id == bindparam("account_id"))),
    )
    .group_by(tags.c.id, tags.c.name)
    .order_by(func.count().desc(), tags.c.name)
    .limit(bindparam("limit")),
    Used._make,
)


def of_account(account_id: int) -> Query[Featured]:
    """In the order in which they were put there."""
    return _OF_ACCOUNT(account_id=account_id)


def by_id(featured_id: int) -> Query[Featured]:
    """One, whoever's it is."""
    return _BY_ID(id=featured_id)


def pair(account_id: int, tag_id: int) -> Query[Featured]:
    """Whether an account features a tag."""
    return _PAIR(account_id=account_id, tag_id=tag_id)


def add(values: dict[str, Any]) -> Query[Any]:
    """Insert; returns the id only if the account did not feature it."""
    return insert_new(featured_tags, values)


def change(featured_id: int, values: dict[str, Any]) -> Query[None]:
    """Change columns."""
    return update_row(featured_tags, "id", featured_id, values)


def drop(featured_id: int) -> Query[None]:
    """Delete."""
    return _DROP(id=featured_id)


def count(account_id: int) -> Query[int]:
    """How many an account features."""
    return _COUNT(account_id=account_id)


def use(account_id: int, tag_id: int) -> Query[Used]:
    """How often an account used a tag in posts that everybody may see; no row for never."""
    return _USE(account_id=account_id, tag_id=tag_id)


def most_used(account_id: int, limit: int) -> Query[Used]:
    """What an account uses most and does not feature."""
    return _MOST_USED(account_id=account_id, limit=limit)
