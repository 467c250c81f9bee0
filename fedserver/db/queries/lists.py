"""Lists, who is in them, and their timelines, which are written on arrival (docs/decisions/0010)."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.queries import homes
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import Listed, bounds
from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, list_accounts, list_entries, lists
from fedserver.kit.paging import Page

LIST, FOLLOWED, NONE = range(3)


class List(NamedTuple):
    """A row of ``lists``; ``replies_policy`` 0 list, 1 followed, 2 none."""

    id: int
    account_id: int
    title: str
    replies_policy: int
    exclusive: int
    created_at: int


class Reached(NamedTuple):
    """Where a status stands: in the home of an account, or in a list."""

    in_list: int
    id: int


_l, _m, _e = lists.c, list_accounts.c, list_entries.c
_owner: Any = bindparam("account_id")
_list: Any = bindparam("list_id")
_member: Any = bindparam("member_id")
_ALL = Statement(select(*columns(lists, List)).where(_l.account_id == _owner).order_by(_l.id), List._make)
_ONE = Statement(select(*columns(lists, List)).where(_l.id == _list, _l.account_id == _owner), List._make)
_COUNT = Statement(select(func.count()).where(_l.account_id == _owner), number)
_DROP = Statement(delete(lists).where(_l.id == _list), nothing)
_WITH = Statement(
    select(*columns(lists, List))
    .join(list_accounts, _m.list_id == _l.id)
    .where(_l.account_id == _owner, _m.account_id == _member)
    .order_by(_l.id),
    List._make,
)
_MEMBER_IDS = Statement(select(_m.account_id).where(_m.list_id == _list).order_by(_m.account_id), scalar)
_DROP_MEMBER = Statement(delete(list_accounts).where(_m.list_id == _list, _m.account_id == _member), nothing)


def _listed(row: Any) -> Listed:
    return Listed(row[0], Account._make(row[1:]))


def _member_pages() -> dict[bool, Statement[Listed]]:
    found = {}
    for ascending in (False, True):
        element = (
            select(_m.account_id, *columns(accounts, Account))
            .select_from(list_accounts.join(accounts, accounts.c.id == _m.account_id))
            .where(
                _m.list_id == _list,
                _m.account_id < bindparam("below"),
                _m.account_id > bindparam("above"),
                accounts.c.suspended_at.is_(None),
                accounts.c.deleted_at.is_(None),
            )
            .order_by(_m.account_id if ascending else _m.account_id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, _listed)
    return found


_MEMBERS = _member_pages()

# which replies to others a list takes; ``reply_to``: 0 for no reply, -1 for one to somebody unknown
_REPLIES = (
    "({reply_to} = 0 OR {reply_to} = {author} OR {reply_to} = l.account_id"
    " OR (l.replies_policy = 1 AND EXISTS (SELECT 1 FROM follows g WHERE g.account_id = l.account_id"
    " AND g.target_id = {reply_to} AND g.state = 'accepted'))"
    " OR (l.replies_policy = 0 AND EXISTS (SELECT 1 FROM list_accounts o WHERE o.list_id = l.id"
    " AND o.account_id = {reply_to})))"
)
_FAN_OUT = Statement(
    text(
        "INSERT INTO list_entries (list_id, status_id)"  # noqa: S608 - constants of this file
        " SELECT m.list_id, :status_id FROM list_accounts m JOIN lists l ON l.id = m.list_id"
        " LEFT JOIN follows f ON f.id = m.follow_id LEFT JOIN users u ON u.account_id = l.account_id"
        " WHERE m.account_id = :author_id AND COALESCE(u.last_active_at, :active_since) >= :active_since"
        " AND (m.account_id = l.account_id OR (f.state = 'accepted' AND f.show_reblogs >= :is_boost))"
        " AND (f.languages IS NULL OR f.languages LIKE CAST(:language AS TEXT))"
        f" AND {_REPLIES.format(reply_to=':reply_to', author=':author_id')}"
        " ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_BACKFILL = Statement(
    text(
        "INSERT INTO list_entries (list_id, status_id)"  # noqa: S608 - constants of this file
        " SELECT m.list_id, s.id FROM list_accounts m JOIN lists l ON l.id = m.list_id"
        " LEFT JOIN follows f ON f.id = m.follow_id JOIN statuses s ON s.account_id = m.account_id"
        " WHERE m.list_id = :list_id AND m.account_id = :member_id AND s.visibility < 3"
        " AND (m.account_id = l.account_id"
        " OR (f.state = 'accepted' AND (s.reblog_of_id IS NULL OR f.show_reblogs = 1)))"
        " AND (s.in_reply_to_uri IS NULL OR "
        + _REPLIES.format(reply_to="COALESCE(s.in_reply_to_account_id, -1)", author="s.account_id")
        + ") ORDER BY s.id DESC LIMIT :count ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_IDS_WITH = Statement(
    select(_m.list_id).join(lists, _l.id == _m.list_id).where(_l.account_id == _owner, _m.account_id == _member), scalar
)
_DROP_ENTRIES = Statement(
    text(
        "DELETE FROM list_entries WHERE list_id = :list_id AND status_id IN"
        " (SELECT id FROM statuses WHERE account_id = :member_id)"
    ),
    nothing,
)
_REACHED = Statement(
    text(
        "SELECT 0, account_id FROM home_entries WHERE status_id = :status_id"
        " UNION ALL SELECT 1, list_id FROM list_entries WHERE status_id = :status_id"
    ),
    Reached._make,
)
_LONG = Statement(select(_e.list_id).group_by(_e.list_id).having(func.count() > bindparam("keep")), scalar)
_TRIM = Statement(
    text(
        "DELETE FROM list_entries WHERE list_id = :list_id AND status_id <"
        " (SELECT status_id FROM list_entries WHERE list_id = :list_id"
        " ORDER BY status_id DESC LIMIT 1 OFFSET :keep)"
    ),
    nothing,
)


def of_account(account_id: int) -> Query[List]:
    """All lists of an account, oldest first."""
    return _ALL(account_id=account_id)


def one(account_id: int, list_id: int) -> Query[List]:
    """One's own list."""
    return _ONE(account_id=account_id, list_id=list_id)


def count(account_id: int) -> Query[int]:
    """How many lists an account has."""
    return _COUNT(account_id=account_id)


def containing(account_id: int, member_id: int) -> Query[List]:
    """One's own lists that somebody is in."""
    return _WITH(account_id=account_id, member_id=member_id)


def members(list_id: int, page: Page) -> Query[Listed]:
    """A page of who is in a list, by their ids."""
    return _MEMBERS[page.ascending](list_id=list_id, **bounds(page))


def member_ids(list_id: int) -> Query[int]:
    """Everybody in a list."""
    return _MEMBER_IDS(list_id=list_id)


def add(values: dict[str, Any]) -> Query[None]:
    return insert(lists, values)


def change(list_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(lists, "id", list_id, values)


def drop(list_id: int) -> Query[None]:
    """With its members and its timeline."""
    return _DROP(list_id=list_id)


def add_member(list_id: int, account_id: int, follow_id: int | None) -> Query[Any]:
    """A row comes back only if the account was not in the list yet."""
    values = {"list_id": list_id, "account_id": account_id, "follow_id": follow_id}
    return insert_new(list_accounts, values, "account_id")


def drop_member(list_id: int, account_id: int) -> Query[None]:
    return _DROP_MEMBER(list_id=list_id, member_id=account_id)


def fan_out(
    status_id: int,
    author_id: int,
    *,
    boost: bool,
    reply_to: int | None,
    active_since: int,
    language: str | None = None,
) -> Query[None]:
    """Rows in the lists that have the author, as ``homes.fan_out`` for homes."""
    return _FAN_OUT(
        status_id=status_id,
        author_id=author_id,
        is_boost=int(boost),
        reply_to=reply_to or 0,
        active_since=active_since,
        language=homes.language_mark(language),
    )


def backfill(list_id: int, member_id: int, limit: int = 40) -> Query[None]:
    """The newest posts of a member."""
    return _BACKFILL(list_id=list_id, member_id=member_id, count=limit)


def ids_containing(account_id: int, member_id: int) -> Query[int]:
    """The ids of one's own lists that somebody is in."""
    return _IDS_WITH(account_id=account_id, member_id=member_id)


def drop_entries(list_id: int, member_id: int) -> Query[None]:
    """A member's posts leave the list's timeline."""
    return _DROP_ENTRIES(list_id=list_id, member_id=member_id)


def reached(status_id: int) -> Query[Reached]:
    """The homes and lists in which a status stands."""
    return _REACHED(status_id=status_id)


def long_lists(keep: int) -> Query[int]:
    """Lists whose timeline has more rows than it keeps."""
    return _LONG(keep=keep)


def trim(list_id: int, keep: int) -> Query[None]:
    return _TRIM(list_id=list_id, keep=keep)
