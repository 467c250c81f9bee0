"""Quotes: rows, who quotes a post, and what depends on it."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, delete, select, text, update

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, follows, quotes, statuses
from fedserver.kit.paging import Page

PENDING, ACCEPTED, REJECTED, REVOKED, DELETED = range(5)


class Quote(NamedTuple):
    """A row of ``quotes``. ``state``: 0 pending, 1 accepted, 2 rejected, 3 revoked, 4 deleted."""

    id: int
    status_id: int
    account_id: int
    quoted_status_id: int | None
    quoted_account_id: int | None
    quoted_uri: str
    state: int
    legacy: int
    request_uri: str | None
    stamp_uri: str | None
    created_at: int
    updated_at: int


class Pair(NamedTuple):
    """Who follows whom."""

    account_id: int
    target_id: int


_q = quotes.c
_select = select(*columns(quotes, Quote))
_BY_ID = Statement(_select.where(_q.id == bindparam("id")), Quote._make)
_OF_STATUSES = Statement(_select.where(one_of(_q.status_id, "ids")), Quote._make)
_BY_REQUEST = Statement(_select.where(_q.request_uri == bindparam("uri")), Quote._make)
_BY_STAMP = Statement(_select.where(_q.stamp_uri == bindparam("uri")), Quote._make)
_OF_QUOTED = Statement(
    _select.where(_q.quoted_status_id == bindparam("id"), _q.state == ACCEPTED, _q.status_id > bindparam("above"))
    .order_by(_q.status_id)
    .limit(bindparam("limit")),
    Quote._make,
)


def _pages() -> dict[bool, Statement[int]]:
    return {
        ascending: Statement(
            select(_q.status_id)
            .where(
                _q.quoted_status_id == bindparam("id"),
                _q.state == ACCEPTED,
                _q.status_id < bindparam("below"),
                _q.status_id > bindparam("above"),
            )
            .order_by(_q.status_id if ascending else _q.status_id.desc())
            .limit(bindparam("limit")),
            scalar,
        )
        for ascending in (False, True)
    }


_PAGES = _pages()
_WAITING = Statement(_select.where(_q.state == PENDING, _q.quoted_uri == bindparam("uri")).limit(100), Quote._make)
_BY_ACCOUNT = Statement(
    _select.where(_q.quoted_account_id == bindparam("quoted_account_id"), _q.account_id == bindparam("account_id")),
    Quote._make,
)
_DROP = Statement(delete(quotes).where(_q.id == bindparam("id")), nothing)
_COUNT = Statement(
    update(statuses)
    .where(statuses.c.id == bindparam("key__"))
    .values(
        quotes_count=case(
            (statuses.c.quotes_count + bindparam("by") < 0, 0), else_=statuses.c.quotes_count + bindparam("by")
        ),
        version=statuses.c.version + 1,
    ),
    nothing,
)
_ORPHAN = Statement(
    text(
        "UPDATE statuses SET version = version + 1 WHERE id IN"
        " (SELECT status_id FROM quotes WHERE quoted_status_id = :id)"
    ),
    nothing,
)
_LOCAL_QUOTERS = Statement(
    select(statuses.c.id, *columns(accounts, Account))
    .select_from(
        quotes.join(statuses, statuses.c.id == _q.status_id).join(accounts, accounts.c.id == statuses.c.account_id)
    )
    .where(_q.quoted_status_id == bindparam("id"), _q.state == ACCEPTED, accounts.c.domain == "")
    .limit(500),
    lambda row: (int(row[0]), Account._make(row[1:])),
)
_PAIRS = Statement(
    select(follows.c.account_id, follows.c.target_id).where(
        follows.c.state == "accepted",
        (
            and_(follows.c.account_id == bindparam("viewer_id"), one_of(follows.c.target_id, "ids"))
            | and_(follows.c.target_id == bindparam("viewer_id"), one_of(follows.c.account_id, "ids"))
        ),
    ),
    Pair._make,
)


def by_id(quote_id: int) -> Query[Quote]:
    return _BY_ID(id=quote_id)


def of_statuses(status_ids: list[int]) -> Query[Quote]:
    """What these posts quote."""
    return _OF_STATUSES(ids=status_ids)


def by_request(uri: str) -> Query[Quote]:
    return _BY_REQUEST(uri=uri)


def by_stamp(uri: str) -> Query[Quote]:
    return _BY_STAMP(uri=uri)


def of_quoted(status_id: int, above: int = -1, limit: int = 500) -> Query[Quote]:
    """Accepted quotes of a post, oldest first."""
    return _OF_QUOTED(id=status_id, above=above, limit=limit)


def page_of(status_id: int, page: Page) -> Query[int]:
    """Ids of the posts that quote a post, a page of them."""
    return _PAGES[page.ascending](id=status_id, **bounds(page))


def waiting_for(uri: str) -> Query[Quote]:
    """Pending quotes of a post that was not known."""
    return _WAITING(uri=uri)


def between(quoted_account_id: int, account_id: int) -> Query[Quote]:
    """Quotes of one account's posts by another."""
    return _BY_ACCOUNT(quoted_account_id=quoted_account_id, account_id=account_id)


def add(values: dict[str, Any]) -> Query[Any]:
    return insert_new(quotes, values)


def change(quote_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(quotes, "id", quote_id, values)


def drop(quote_id: int) -> Query[None]:
    return _DROP(id=quote_id)


def count(status_id: int, by: int) -> Query[None]:
    """One accepted quote more or less; rendered copies are stale."""
    return _COUNT(key__=status_id, by=by)


def orphan(status_id: int) -> Query[None]:
    """The quoted post is about to go: rendered copies of what quotes it are stale."""
    return _ORPHAN(id=status_id)


def local_quoters(status_id: int) -> Query[Any]:
    """(id of the quoting post, its author) of accepted quotes made here."""
    return _LOCAL_QUOTERS(id=status_id)


def pairs(viewer_id: int, account_ids: list[int]) -> Query[Pair]:
    """Accepted follows between the viewer and the accounts, both ways."""
    return _PAIRS(viewer_id=viewer_id, ids=account_ids)
