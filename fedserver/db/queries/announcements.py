"""Announcements with what one reader did with them: one statement a page."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, delete, exists, func, literal, or_, select, text

from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, one_of, update
from fedserver.db.tables import announcement_reactions, announcement_reads, announcements

DAY_MS = 24 * 3600 * 1000


class Announcement(NamedTuple):
    """A row of ``announcements``; lists are JSON. ``published_at`` None while it waits for ``publish_at``."""

    id: int
    community_id: int
    text: str
    content: str
    emojis: str
    tags: str
    account_ids: str
    status_ids: str
    starts_at: int | None
    ends_at: int | None
    all_day: int
    published_at: int | None
    publish_at: int | None
    created_at: int
    updated_at: int


class Told(NamedTuple):
    """An announcement, and whether the reader has read it."""

    announcement: Announcement
    read: bool


class Reaction(NamedTuple):
    """How many react with one emoji, the reader among them or not."""

    announcement_id: int
    name: str
    total: int
    me: int


_a = announcements.c
_r = announcement_reactions.c
_me: Any = bindparam("account_id")
_COLUMNS = columns(announcements, Announcement)
# an announcement of whole days goes on until its last one is over
_last_ms = _a.ends_at + case((_a.all_day == 1, literal(DAY_MS)), else_=literal(0))
_CURRENT = Statement(
    select(
        *_COLUMNS,
        exists().where(announcement_reads.c.account_id == _me, announcement_reads.c.announcement_id == _a.id),
    )
    .where(
        _a.community_id == bindparam("community_id"),
        _a.published_at.is_not(None),
        or_(_a.ends_at.is_(None), _last_ms > bindparam("now")),
    )
    .order_by(func.coalesce(_a.starts_at, _a.published_at), _a.id),
    lambda row: Told(Announcement._make(row[:-1]), bool(row[-1])),
)
_ALL = Statement(select(*_COLUMNS).order_by(_a.id.desc()).limit(bindparam("limit")), Announcement._make)
_BY_ID = Statement(select(*_COLUMNS).where(_a.id == bindparam("id")), Announcement._make)
_DROP = Statement(delete(announcements).where(_a.id == bindparam("id")), nothing)
_READ = Statement(
    text(
        "INSERT INTO announcement_reads (account_id, announcement_id) VALUES (:account_id, :id) ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_REACTIONS = Statement(
    select(_r.announcement_id, _r.name, func.count(), func.max(case((_r.account_id == _me, 1), else_=0)).label("me"))
    .where(one_of(_r.announcement_id, "ids"))
    .group_by(_r.announcement_id, _r.name)
    .order_by(func.min(_r.id)),
    Reaction._make,
)
_COUNT = Statement(
    select(func.count()).where(and_(_r.announcement_id == bindparam("id"), _r.name == bindparam("name"))), number
)
_UNREACT = Statement(
    delete(announcement_reactions).where(
        _r.announcement_id == bindparam("id"), _r.name == bindparam("name"), _r.account_id == _me
    ),
    nothing,
)


def current(account_id: int, now: int, community_id: int = 1) -> Query[Told]:
    """Those that are published and not over."""
    return _CURRENT(account_id=account_id, now=now, community_id=community_id)


def listing(limit: int = 200) -> Query[Announcement]:
    """All of them, newest first: for whoever writes them."""
    return _ALL(limit=limit)


def by_id(announcement_id: int) -> Query[Announcement]:
    return _BY_ID(id=announcement_id)


def add(values: dict[str, Any]) -> Query[None]:
    return insert(announcements, values)


def change(announcement_id: int, values: dict[str, Any]) -> Query[None]:
    return update(announcements, "id", announcement_id, values)


def drop(announcement_id: int) -> Query[None]:
    return _DROP(id=announcement_id)


def read(account_id: int, announcement_id: int) -> Query[None]:
    return _READ(account_id=account_id, id=announcement_id)


def reactions(ids: list[int], account_id: int) -> Query[Reaction]:
    """The reactions to each of them, those that came first in front."""
    return _REACTIONS(ids=ids, account_id=account_id)


def count(announcement_id: int, name: str) -> Query[int]:
    """How many react with this emoji."""
    return _COUNT(id=announcement_id, name=name)


def react(values: dict[str, Any]) -> Query[Any]:
    return insert_new(announcement_reactions, values)


def unreact(account_id: int, announcement_id: int, name: str) -> Query[None]:
    return _UNREACT(account_id=account_id, id=announcement_id, name=name)
