"""Favourites, bookmarks, markers."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, text

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import Listed, bounds
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of
from fedserver.db.tables import accounts, bookmarks, favourites, markers, statuses
from fedserver.kit.paging import Page


class Favourite(NamedTuple):
    """A row of ``favourites``."""

    id: int
    account_id: int
    status_id: int
    uri: str | None


class Reacted(NamedTuple):
    """A favourite that was said with ``emoji``; ``domain``: of whoever said it."""

    account_id: int
    domain: str
    emoji: str


class Marker(NamedTuple):
    """How far a timeline was read."""

    timeline: str
    last_read_id: int
    version: int
    updated_at: int


_f = favourites.c
_FAVOURITE = Statement(
    select(*columns(favourites, Favourite)).where(
        _f.account_id == bindparam("account_id"), _f.status_id == bindparam("status_id")
    ),
    Favourite._make,
)
_FAVOURITE_URI = Statement(select(*columns(favourites, Favourite)).where(_f.uri == bindparam("uri")), Favourite._make)
_REACTED: Statement[Reacted] = Statement(
    select(_f.account_id, accounts.c.domain, _f.emoji)
    .select_from(favourites.join(accounts, accounts.c.id == _f.account_id))
    .where(
        _f.status_id == bindparam("status_id"),
        _f.emoji.is_not(None),
        accounts.c.suspended_at.is_(None),
        accounts.c.deleted_at.is_(None),
    )
    .order_by(_f.id)
    .limit(bindparam("limit")),
    Reacted._make,
)
_UNFAVOURITE = Statement(delete(favourites).where(_f.id == bindparam("id")), nothing)
_UNBOOKMARK = Statement(
    delete(bookmarks).where(
        bookmarks.c.account_id == bindparam("account_id"), bookmarks.c.status_id == bindparam("status_id")
    ),
    nothing,
)
_viewer: Any = bindparam("viewer_id")


def _listed(row: Any) -> Listed:
    return Listed(row[0], Account._make(row[1:]))


def _accounts_with(table: Any, status_column: Any, *where: Any) -> dict[bool, Statement[Listed]]:
    found = {}
    for ascending in (False, True):
        element = (
            select(table.c.id, *columns(accounts, Account))
            .select_from(table.join(accounts, accounts.c.id == table.c.account_id))
            .where(
                status_column == bindparam("status_id"),
                table.c.id < bindparam("below"),
                table.c.id > bindparam("above"),
                accounts.c.suspended_at.is_(None),
                accounts.c.deleted_at.is_(None),
                *where,
            )
            .order_by(table.c.id if ascending else table.c.id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, _listed)
    return found


_FAVOURITED_BY = _accounts_with(favourites, _f.status_id)
_BOOSTED_BY = _accounts_with(statuses, statuses.c.reblog_of_id, statuses.c.visibility <= 1)


_MARKERS = Statement(
    select(*columns(markers, Marker)).where(markers.c.account_id == _viewer, one_of(markers.c.timeline, "names")),
    Marker._make,
)
_MARK = Statement(
    text(
        "INSERT INTO markers (account_id, timeline, last_read_id, version, updated_at)"
        " VALUES (:account_id, :timeline, :last_read_id, 1, :now)"
        " ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id,"
        " version = markers.version + 1, updated_at = excluded.updated_at"
    ),
    nothing,
)


def favourite(account_id: int, status_id: int) -> Query[Favourite]:
    return _FAVOURITE(account_id=account_id, status_id=status_id)


def favourite_by_uri(uri: str) -> Query[Favourite]:
    return _FAVOURITE_URI(uri=uri)


def add_favourite(values: dict[str, Any]) -> Query[Any]:
    return insert_new(favourites, values)


def drop_favourite(favourite_id: int) -> Query[None]:
    return _UNFAVOURITE(id=favourite_id)


def favourited_by(status_id: int, page: Page) -> Query[Listed]:
    return _FAVOURITED_BY[page.ascending](status_id=status_id, **bounds(page))


def reacted_with(status_id: int, limit: int = 500) -> Query[Reacted]:
    """Favourites of other servers that were said with an emoji, oldest first."""
    return _REACTED(status_id=status_id, limit=limit)


def boosted_by(status_id: int, page: Page) -> Query[Listed]:
    return _BOOSTED_BY[page.ascending](status_id=status_id, **bounds(page))


def add_bookmark(values: dict[str, Any]) -> Query[Any]:
    return insert_new(bookmarks, values)


def drop_bookmark(account_id: int, status_id: int) -> Query[None]:
    return _UNBOOKMARK(account_id=account_id, status_id=status_id)


def markers_of(viewer_id: int, names: list[str]) -> Query[Marker]:
    return _MARKERS(viewer_id=viewer_id, names=names)


def mark(account_id: int, timeline: str, last_read_id: int, now: int) -> Query[None]:
    return _MARK(account_id=account_id, timeline=timeline, last_read_id=last_read_id, now=now)
