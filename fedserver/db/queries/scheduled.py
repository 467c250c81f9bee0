"""Posts for later."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.queries.media import Medium
from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert, nothing, number, one_of, update
from fedserver.db.tables import media_attachments, scheduled_statuses
from fedserver.kit.paging import Page


class Scheduled(NamedTuple):
    """A row of ``scheduled_statuses``; ``params`` is JSON (``services/scheduled.py``)."""

    id: int
    account_id: int
    scheduled_at: int
    params: str
    created_at: int


class Kept(NamedTuple):
    """A medium that is kept for a scheduled post."""

    scheduled_id: int
    medium: Medium


_s = scheduled_statuses.c
_select = select(*columns(scheduled_statuses, Scheduled))
_BY_ID = Statement(_select.where(_s.id == bindparam("id")), Scheduled._make)
_OWN = Statement(_select.where(_s.id == bindparam("id"), _s.account_id == bindparam("account_id")), Scheduled._make)
_DROP = Statement(delete(scheduled_statuses).where(_s.id == bindparam("id")), nothing)
_COUNT = Statement(
    select(func.count()).where(
        _s.account_id == bindparam("account_id"),
        _s.scheduled_at >= bindparam("since"),
        _s.scheduled_at < bindparam("until"),
    ),
    number,
)
_KEEP = Statement(
    text(
        "UPDATE media_attachments SET scheduled_id = :scheduled_id WHERE id = :id AND account_id = :account_id"
        " AND status_id IS NULL AND scheduled_id IS NULL AND role = 'attachment' AND local = 1"
    ),
    nothing,
)
_LET_GO = Statement(
    text("UPDATE media_attachments SET scheduled_id = NULL, used_at = :now WHERE scheduled_id = :scheduled_id"), nothing
)
_MEDIA = Statement(
    select(media_attachments.c.scheduled_id, *columns(media_attachments, Medium))
    .where(one_of(media_attachments.c.scheduled_id, "ids"))
    .order_by(media_attachments.c.id),
    lambda row: Kept(row[0], Medium._make(row[1:])),
)


def _pages() -> dict[bool, Statement[Scheduled]]:
    return {
        ascending: Statement(
            _select.where(
                _s.account_id == bindparam("account_id"), _s.id < bindparam("below"), _s.id > bindparam("above")
            )
            .order_by(_s.id if ascending else _s.id.desc())
            .limit(bindparam("limit")),
            Scheduled._make,
        )
        for ascending in (False, True)
    }


_PAGES = _pages()


def by_id(scheduled_id: int) -> Query[Scheduled]:
    """Whoever asks."""
    return _BY_ID(id=scheduled_id)


def own(account_id: int, scheduled_id: int) -> Query[Scheduled]:
    """One's own."""
    return _OWN(account_id=account_id, id=scheduled_id)


def of_account(account_id: int, page: Page) -> Query[Scheduled]:
    return _PAGES[page.ascending](account_id=account_id, **bounds(page))


def count(account_id: int, since: int, until: int) -> Query[int]:
    """How many are to be published from ``since`` up to, not including, ``until`` (ms)."""
    return _COUNT(account_id=account_id, since=since, until=until)


def add(values: dict[str, Any]) -> Query[None]:
    return insert(scheduled_statuses, values)


def change(scheduled_id: int, values: dict[str, Any]) -> Query[None]:
    return update(scheduled_statuses, "id", scheduled_id, values)


def drop(scheduled_id: int) -> Query[None]:
    return _DROP(id=scheduled_id)


def keep_medium(media_id: int, account_id: int, scheduled_id: int) -> Query[None]:
    """Keep an unattached medium of the account for a scheduled post; touches one row, or none."""
    return _KEEP(id=media_id, account_id=account_id, scheduled_id=scheduled_id)


def let_go(scheduled_id: int, now: int) -> Query[None]:
    """Its media are uploads like any other again."""
    return _LET_GO(scheduled_id=scheduled_id, now=now)


def media_of(ids: list[int]) -> Query[Kept]:
    return _MEDIA(ids=ids)
