"""Notifications: pages of them, pages of groups, what decides about a new one.

Of a group (``group_key``) a page shows the newest row that lies in the page's bounds, its *head*; the index
``ix_notifications_group`` answers whether a row is one. What the viewer may not see (blocked, muted, suspended) neither
heads a group nor counts in it.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, case, delete, exists, func, not_, or_, select, text

from fedserver.db.queries.relations import bounds, not_hidden_from
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, number, one_of, scalar
from fedserver.db.tables import accounts, notifications
from fedserver.kit.paging import Page

# accounts of a group that are named
SAMPLE = 8


class Notification(NamedTuple):
    """A row of ``notifications``. ``group_key`` is None where nothing joins it."""

    id: int
    account_id: int
    type: str
    from_account_id: int
    status_id: int | None
    report_id: int | None
    event_id: int | None
    group_key: str | None
    filtered: int
    created_at: int


class GroupRow(NamedTuple):
    """One of the newest ``SAMPLE`` rows of a group within a page; ``total`` and ``newest_id`` are the whole group's."""

    group_key: str
    id: int
    from_account_id: int
    created_at: int
    total: int
    newest_id: int
    page_min_id: int | None


class Standing(NamedTuple):
    """What lies between a recipient and whoever did something. ``follower_since``: None if it is no follower."""

    blocked: int
    muted: int
    thread_muted: int
    following: int
    follower_since: int | None
    permitted: int
    role: str | None
    visibility: int | None
    for_not_following: str | None
    for_not_followers: str | None
    for_new_accounts: str | None
    for_private_mentions: str | None
    for_limited_accounts: str | None


_n = notifications.c
_viewer: Any = bindparam("viewer_id")
_now: Any = bindparam("now")


def _shown(n: Any) -> Any:
    """What every page asks of a row."""
    return and_(
        or_(n.c.filtered == 0, bindparam("with_filtered") == 1),
        not_hidden_from(_viewer, n.c.from_account_id, _now, notifications=True),
        exists().where(
            accounts.c.id == n.c.from_account_id, accounts.c.suspended_at.is_(None), accounts.c.deleted_at.is_(None)
        ),
    )


def _wanted(n: Any) -> Any:
    return and_(
        n.c.account_id == _viewer,
        n.c.id < bindparam("below"),
        n.c.id > bindparam("above"),
        or_(bindparam("all_types") == 1, one_of(n.c.type, "types")),
        ~one_of(n.c.type, "exclude"),
        or_(bindparam("any_account") == 1, n.c.from_account_id == bindparam("from_id")),
        _shown(n),
    )


def _head(ascending: bool) -> Any:
    """That no other row of the group comes first in the page."""
    other = notifications.alias("other")
    nearer = (
        and_(other.c.id < _n.id, other.c.id > bindparam("above"))
        if ascending
        else and_(other.c.id > _n.id, other.c.id < bindparam("below"))
    )
    return or_(
        _n.group_key.is_(None),
        ~one_of(_n.type, "grouped"),
        not_(
            exists().where(
                other.c.account_id == _n.account_id,
                other.c.group_key == _n.group_key,
                nearer,
                or_(bindparam("any_account") == 1, other.c.from_account_id == bindparam("from_id")),
                _shown(other),
            )
        ),
    )


def _pages(*, grouped: bool) -> dict[bool, Statement[Notification]]:
    def element(ascending: bool) -> Any:
        where = [_wanted(notifications), *([_head(ascending)] if grouped else [])]
        chosen = select(*columns(notifications, Notification)).where(*where)
        return chosen.order_by(_n.id if ascending else _n.id.desc()).limit(bindparam("limit"))

    return {ascending: Statement(partial(element, ascending), Notification._make) for ascending in (False, True)}


_PAGES = _pages(grouped=False)
_HEADS = _pages(grouped=True)
_BY_ID = Statement(
    select(*columns(notifications, Notification)).where(_n.id == bindparam("id"), _n.account_id == _viewer),
    Notification._make,
)


def _groups() -> Statement[GroupRow]:
    in_page = and_(_n.id <= bindparam("high"))
    group: dict[str, Any] = {"partition_by": _n.group_key}
    ranked = (
        select(
            _n.group_key,
            _n.id,
            _n.from_account_id,
            _n.created_at,
            func.sum(case((in_page, 1), else_=0)).over(**group).label("total"),
            func.max(_n.id).over(**group).label("newest_id"),
            func.min(case((and_(in_page, _n.id >= bindparam("low")), _n.id))).over(**group).label("page_min_id"),
            func.row_number().over(order_by=(case((in_page, 0), else_=1), _n.id.desc()), **group).label("place"),
        )
        .where(
            _n.account_id == _viewer,
            one_of(_n.group_key, "keys"),
            or_(bindparam("any_account") == 1, _n.from_account_id == bindparam("from_id")),
            _shown(notifications),
        )
        .subquery("ranked")
    )
    element = (
        select(*[ranked.c[name] for name in ("group_key", "id", "from_account_id", "created_at")])
        .add_columns(ranked.c.total, ranked.c.newest_id, ranked.c.page_min_id)
        .where(ranked.c.place <= SAMPLE)
        .order_by(ranked.c.place)
    )
    return Statement(element, lambda row: GroupRow(row[0], row[1], row[2], row[3], int(row[4]), row[5], row[6]))


_GROUPS = _groups()


def _group_pages() -> dict[bool, Statement[Notification]]:
    found = {}
    for ascending in (False, True):
        element = (
            select(*columns(notifications, Notification))
            .where(
                _n.account_id == _viewer,
                _n.group_key == bindparam("group_key"),
                _n.id < bindparam("below"),
                _n.id > bindparam("above"),
                _shown(notifications),
            )
            .order_by(_n.id if ascending else _n.id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, Notification._make)
    return found


_OF_GROUP = _group_pages()
_DISMISS_GROUP = Statement(
    delete(notifications).where(_n.account_id == _viewer, _n.group_key == bindparam("key")), nothing
)
_LAST_KEY = Statement(
    select(_n.group_key)
    .where(_n.account_id == _viewer, _n.group_key >= bindparam("first"), _n.group_key <= bindparam("last"))
    .order_by(_n.group_key.desc())
    .limit(1),
    scalar,
)
_DISMISS = Statement(delete(notifications).where(_n.id == bindparam("id"), _n.account_id == _viewer), nothing)
_CLEAR = Statement(delete(notifications).where(_n.account_id == _viewer), nothing)
_FORGET = Statement(delete(notifications).where(_n.account_id == _viewer, _n.once == bindparam("once")), nothing)
_FORGET_FROM = Statement(
    delete(notifications).where(_n.account_id == _viewer, _n.from_account_id == bindparam("from_id")), nothing
)
_UNREAD = Statement(select(func.count()).where(_n.account_id == _viewer, _n.id > bindparam("above")), number)
_STANDING = Statement(
    text(
        "SELECT"
        " EXISTS (SELECT 1 FROM blocks WHERE (account_id = :me AND target_id = :other)"
        " OR (account_id = :other AND target_id = :me))"
        " OR EXISTS (SELECT 1 FROM domain_blocks WHERE account_id = :me AND domain = :domain),"
        " EXISTS (SELECT 1 FROM mutes WHERE account_id = :me AND target_id = :other AND notifications = 1"
        " AND (expires_at IS NULL OR expires_at > :now)),"
        " EXISTS (SELECT 1 FROM thread_mutes m JOIN statuses s ON s.thread_id = m.thread_id"
        " WHERE m.account_id = :me AND s.id = :status_id),"
        " EXISTS (SELECT 1 FROM follows WHERE account_id = :me AND target_id = :other AND state = 'accepted'),"
        " (SELECT created_at FROM follows WHERE account_id = :other AND target_id = :me AND state = 'accepted'),"
        " EXISTS (SELECT 1 FROM notification_permissions WHERE account_id = :me AND from_account_id = :other),"
        " (SELECT role FROM users WHERE account_id = :other),"
        " (SELECT visibility FROM statuses WHERE id = :status_id),"
        " p.for_not_following, p.for_not_followers, p.for_new_accounts, p.for_private_mentions, p.for_limited_accounts"
        " FROM (SELECT 1 AS one) one_row LEFT JOIN notification_policies p ON p.account_id = :me"
    ),
    Standing._make,
)
# somebody whom the recipient addressed first in the same thread may answer there
_ADDRESSED = Statement(
    text(
        "SELECT 1 FROM statuses s JOIN statuses own ON own.thread_id = s.thread_id AND own.account_id = :me"
        " JOIN mentions m ON m.status_id = own.id AND m.account_id = :other WHERE s.id = :status_id LIMIT 1"
    ),
    scalar,
)


def add(values: dict[str, Any]) -> Query[Any]:
    return insert_new(notifications, values)


def page(
    viewer_id: int,
    at: Page,
    now: int,
    *,
    types: list[str] | None = None,
    exclude: list[str] | None = None,
    from_id: int | None = None,
    with_filtered: bool = False,
    grouped: list[str] | None = None,
) -> Query[Notification]:
    """A page of notifications; ``types`` None means all of them.

    ``grouped``: only the heads of groups, for these types; None means every notification.
    """
    params: dict[str, Any] = {} if grouped is None else {"grouped": grouped}
    return (_PAGES if grouped is None else _HEADS)[at.ascending](
        viewer_id=viewer_id,
        now=now,
        all_types=int(types is None),
        types=types or [],
        exclude=exclude or [],
        any_account=int(from_id is None),
        from_id=from_id or 0,
        with_filtered=int(with_filtered),
        **params,
        **bounds(at),
    )


def groups(
    viewer_id: int,
    keys: list[str],
    now: int,
    *,
    low: int,
    high: int,
    from_id: int | None = None,
    with_filtered: bool = False,
) -> Query[GroupRow]:
    """The newest rows of each group up to the id ``high``, newest first; ``low`` is where the page begins."""
    return _GROUPS(
        viewer_id=viewer_id,
        keys=keys,
        now=now,
        low=low,
        high=high,
        any_account=int(from_id is None),
        from_id=from_id or 0,
        with_filtered=int(with_filtered),
    )


def of_group(viewer_id: int, group_key: str, at: Page, now: int) -> Query[Notification]:
    """A page of the notifications of a group."""
    return _OF_GROUP[at.ascending](viewer_id=viewer_id, group_key=group_key, now=now, with_filtered=1, **bounds(at))


def dismiss_group(viewer_id: int, group_key: str) -> Query[None]:
    return _DISMISS_GROUP(viewer_id=viewer_id, key=group_key)


def last_key(viewer_id: int, first: str, last: str) -> Query[str]:
    """The last group key in use between two, both included, in the database's order of texts."""
    return _LAST_KEY(viewer_id=viewer_id, first=first, last=last)


def by_id(viewer_id: int, notification_id: int) -> Query[Notification]:
    return _BY_ID(viewer_id=viewer_id, id=notification_id)


def dismiss(viewer_id: int, notification_id: int) -> Query[None]:
    return _DISMISS(viewer_id=viewer_id, id=notification_id)


def clear(viewer_id: int) -> Query[None]:
    return _CLEAR(viewer_id=viewer_id)


def forget(account_id: int, once: str) -> Query[None]:
    """Take back a notification (an undone follow request)."""
    return _FORGET(viewer_id=account_id, once=once)


def forget_from(account_id: int, from_id: int) -> Query[None]:
    return _FORGET_FROM(viewer_id=account_id, from_id=from_id)


def unread(viewer_id: int, above: int) -> Query[int]:
    return _UNREAD(viewer_id=viewer_id, above=above)


def standing(
    account_id: int, other_id: int, now: int, *, domain: str = "", status_id: int | None = None
) -> Query[Standing]:
    """Everything that decides whether what ``other_id`` did is told, in one statement."""
    return _STANDING(me=account_id, other=other_id, now=now, domain=domain or "-", status_id=status_id or 0)


def addressed(account_id: int, other_id: int, status_id: int) -> Query[int]:
    """A row if the account mentioned the other in the thread of the post."""
    return _ADDRESSED(me=account_id, other=other_id, status_id=status_id)
