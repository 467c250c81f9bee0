"""Filters: rows of one account, and the number by which what is compiled from them is kept."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import filter_keywords, filter_statuses, filter_versions, filters, thread_mutes


class Filter(NamedTuple):
    """A row of ``filters``; ``contexts`` are bits, ``action`` 0 warn, 1 hide, 2 blur."""

    id: int
    account_id: int
    title: str
    contexts: int
    action: int
    created_at: int
    expires_at: int | None


class Keyword(NamedTuple):
    """A row of ``filter_keywords``."""

    id: int
    filter_id: int
    keyword: str
    whole_word: int


class FilteredStatus(NamedTuple):
    """A row of ``filter_statuses``."""

    id: int
    filter_id: int
    status_id: int


_f, _k, _s = filters.c, filter_keywords.c, filter_statuses.c
_owner: Any = bindparam("account_id")
_id: Any = bindparam("id")
_ALL = Statement(select(*columns(filters, Filter)).where(_f.account_id == _owner).order_by(_f.id), Filter._make)
_ONE = Statement(select(*columns(filters, Filter)).where(_f.id == _id, _f.account_id == _owner), Filter._make)
_COUNT = Statement(select(func.count()).where(_f.account_id == _owner), number)
_keywords = (
    select(*columns(filter_keywords, Keyword)).join(filters, _f.id == _k.filter_id).where(_f.account_id == _owner)
)
_KEYWORDS = Statement(_keywords.order_by(_k.id), Keyword._make)
_KEYWORD = Statement(_keywords.where(_k.id == _id), Keyword._make)
_statuses = (
    select(*columns(filter_statuses, FilteredStatus))
    .join(filters, _f.id == _s.filter_id)
    .where(_f.account_id == _owner)
)
_STATUSES = Statement(_statuses.order_by(_s.id), FilteredStatus._make)
_STATUS = Statement(_statuses.where(_s.id == _id), FilteredStatus._make)
_DROP = Statement(delete(filters).where(_f.id == _id), nothing)
_DROP_KEYWORD = Statement(delete(filter_keywords).where(_k.id == _id), nothing)
_DROP_STATUS = Statement(delete(filter_statuses).where(_s.id == _id), nothing)
_TOUCH = Statement(
    text(
        "INSERT INTO filter_versions (account_id, version) VALUES (:account_id, :version)"
        " ON CONFLICT (account_id) DO UPDATE SET version = excluded.version"
    ),
    nothing,
)
_VERSION = Statement(select(filter_versions.c.version).where(filter_versions.c.account_id == _owner), scalar)


def of_account(account_id: int) -> Query[Filter]:
    """All filters of an account, oldest first."""
    return _ALL(account_id=account_id)


def one(account_id: int, filter_id: int) -> Query[Filter]:
    """One's own filter."""
    return _ONE(account_id=account_id, id=filter_id)


def count(account_id: int) -> Query[int]:
    """How many filters an account has."""
    return _COUNT(account_id=account_id)


def keywords(account_id: int) -> Query[Keyword]:
    """The keywords of all of an account's filters, oldest first."""
    return _KEYWORDS(account_id=account_id)


def keyword(account_id: int, keyword_id: int) -> Query[Keyword]:
    """A keyword of one's own filters."""
    return _KEYWORD(account_id=account_id, id=keyword_id)


def statuses(account_id: int) -> Query[FilteredStatus]:
    """The posts in all of an account's filters, oldest first."""
    return _STATUSES(account_id=account_id)


def status(account_id: int, row_id: int) -> Query[FilteredStatus]:
    """A post in one's own filters, by the id of the row."""
    return _STATUS(account_id=account_id, id=row_id)


def add(values: dict[str, Any]) -> Query[None]:
    return insert(filters, values)


def change(filter_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(filters, "id", filter_id, values)


def drop(filter_id: int) -> Query[None]:
    """With its keywords and posts."""
    return _DROP(id=filter_id)


def add_keyword(values: dict[str, Any]) -> Query[None]:
    return insert(filter_keywords, values)


def change_keyword(keyword_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(filter_keywords, "id", keyword_id, values)


def drop_keyword(keyword_id: int) -> Query[None]:
    return _DROP_KEYWORD(id=keyword_id)


def add_status(values: dict[str, Any]) -> Query[Any]:
    """A row comes back only if the post was not in the filter yet."""
    return insert_new(filter_statuses, values)


def drop_status(row_id: int) -> Query[None]:
    return _DROP_STATUS(id=row_id)


def touch(account_id: int, version: int) -> Query[None]:
    """What was compiled from the filters is void."""
    return _TOUCH(account_id=account_id, version=version)


def version(account_id: int) -> Query[int]:
    """The number of the present filters; no row for who never had any."""
    return _VERSION(account_id=account_id)


def version_of(viewer: Any) -> Any:
    """SQL: the number of the viewer's filters as a column of a page; the database asks for it once a statement."""
    chosen = select(filter_versions.c.version).where(filter_versions.c.account_id == viewer)
    return func.coalesce(chosen.scalar_subquery(), 0)


_SEE_THEIR_OWN = Statement(
    select(filter_versions.c.account_id)
    .where(filter_versions.c.version > 0, one_of(filter_versions.c.account_id, "ids"))
    .union(
        select(thread_mutes.c.account_id).where(
            thread_mutes.c.thread_id == bindparam("thread_id"), one_of(thread_mutes.c.account_id, "ids")
        )
    ),
    scalar,
)


def see_their_own(ids: list[int], thread_id: int) -> Query[int]:
    """Those of the accounts to whom a new post looks different: they filter, or muted its thread."""
    return _SEE_THEIR_OWN(ids=ids, thread_id=thread_id)
