"""Notification policies, requests and permissions; follows that ended, as notifications tell of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, exists, select, text

from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, nothing, one_of, scalar
from fedserver.db.tables import (
    accounts,
    notification_policies,
    notification_requests,
    severances,
)
from fedserver.kit.paging import Page

RULES = (
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
    "for_limited_accounts",
)
# what is counted no further (Mastodon 4.5)
MEANINGFUL = 100


class Policy(NamedTuple):
    """Each is ``accept``, ``filter`` or ``drop``. The defaults are Mastodon 4.5's."""

    for_not_following: str = "accept"
    for_not_followers: str = "accept"
    for_new_accounts: str = "accept"
    for_private_mentions: str = "filter"
    for_limited_accounts: str = "filter"


class Request(NamedTuple):
    """A row of ``notification_requests``; ``notifications_count`` counts up to ``MEANINGFUL``."""

    id: int
    from_account_id: int
    last_status_id: int | None
    created_at: int
    updated_at: int
    notifications_count: int


class Severance(NamedTuple):
    """A row of ``severances``."""

    id: int
    account_id: int
    type: str
    target_name: str
    followers_count: int
    following_count: int
    created_at: int


_r = notification_requests.c
_viewer: Any = bindparam("viewer_id")
_COUNT = (
    "(SELECT COUNT(*) FROM (SELECT 1 FROM notifications n WHERE n.account_id = notification_requests.account_id"
    " AND n.from_account_id = notification_requests.from_account_id AND n.filtered = 1 LIMIT 100) counted)"
)
_present = exists().where(
    accounts.c.id == _r.from_account_id, accounts.c.suspended_at.is_(None), accounts.c.deleted_at.is_(None)
)


def _request_columns() -> list[Any]:
    return [_r.id, _r.from_account_id, _r.last_status_id, _r.created_at, _r.updated_at, text(_COUNT)]


def _request_pages() -> dict[bool, Statement[Request]]:
    found = {}
    for ascending in (False, True):
        element = (
            select(*_request_columns())
            .where(_r.account_id == _viewer, _r.id < bindparam("below"), _r.id > bindparam("above"), _present)
            .order_by(_r.id if ascending else _r.id.desc())
            .limit(bindparam("limit"))
        )
        found[ascending] = Statement(element, Request._make)
    return found


_REQUESTS = _request_pages()
_REQUESTS_BY_ID = Statement(
    select(*_request_columns()).where(_r.account_id == _viewer, one_of(_r.id, "ids")).order_by(_r.id), Request._make
)
_POLICY = Statement(
    select(*columns(notification_policies, Policy)).where(notification_policies.c.account_id == _viewer), Policy._make
)
_SAVE_POLICY = Statement(
    text(
        "INSERT INTO notification_policies (account_id, for_not_following, for_not_followers, for_new_accounts,"
        " for_private_mentions, for_limited_accounts, updated_at) VALUES (:viewer_id, :for_not_following,"
        " :for_not_followers, :for_new_accounts, :for_private_mentions, :for_limited_accounts, :now)"
        " ON CONFLICT (account_id) DO UPDATE SET for_not_following = excluded.for_not_following,"
        " for_not_followers = excluded.for_not_followers, for_new_accounts = excluded.for_new_accounts,"
        " for_private_mentions = excluded.for_private_mentions,"
        " for_limited_accounts = excluded.for_limited_accounts, updated_at = excluded.updated_at"
    ),
    nothing,
)
_ASK = Statement(
    text(
        "INSERT INTO notification_requests (id, account_id, from_account_id, last_status_id, created_at, updated_at)"
        " VALUES (:id, :viewer_id, :from_id, :status_id, :now, :now)"
        " ON CONFLICT (account_id, from_account_id) DO UPDATE SET last_status_id = excluded.last_status_id,"
        " updated_at = excluded.updated_at"
    ),
    nothing,
)
_DROP_REQUEST = Statement(
    delete(notification_requests).where(_r.account_id == _viewer, _r.from_account_id == bindparam("from_id")), nothing
)
_PERMIT = Statement(
    text(
        "INSERT INTO notification_permissions (account_id, from_account_id, created_at)"
        " VALUES (:viewer_id, :from_id, :now) ON CONFLICT DO NOTHING"
    ),
    nothing,
)
_FORBID = Statement(
    text("DELETE FROM notification_permissions WHERE account_id = :viewer_id AND from_account_id = :from_id"), nothing
)
_MERGE = Statement(
    text(
        "UPDATE notifications SET filtered = 0"
        " WHERE account_id = :viewer_id AND from_account_id = :from_id AND filtered = 1"
    ),
    nothing,
)
_DROP_FILTERED = Statement(
    text("DELETE FROM notifications WHERE account_id = :viewer_id AND from_account_id = :from_id AND filtered = 1"),
    nothing,
)
_SEVER = Statement(
    text(
        "INSERT INTO severances (id, account_id, type, target_name, followers_count, following_count, created_at)"
        " VALUES (:id, :account_id, :type, :target_name, :followers_count, :following_count, :created_at)"
        " ON CONFLICT (account_id, type, target_name, created_at) DO UPDATE SET"
        " followers_count = severances.followers_count + excluded.followers_count,"
        " following_count = severances.following_count + excluded.following_count RETURNING id"
    ),
    scalar,
)
_SEVERANCES = Statement(select(*columns(severances, Severance)).where(one_of(severances.c.id, "ids")), Severance._make)


def policy(viewer_id: int) -> Query[Policy]:
    """No row means the defaults."""
    return _POLICY(viewer_id=viewer_id)


def save_policy(viewer_id: int, values: Policy, now: int) -> Query[None]:
    return _SAVE_POLICY(viewer_id=viewer_id, now=now, **values._asdict())


def requests(viewer_id: int, page: Page) -> Query[Request]:
    """A page of requests, of accounts that are not suspended."""
    return _REQUESTS[page.ascending](viewer_id=viewer_id, **bounds(page))


def requests_by_id(viewer_id: int, ids: list[int]) -> Query[Request]:
    return _REQUESTS_BY_ID(viewer_id=viewer_id, ids=ids)


def ask(request_id: int, viewer_id: int, from_id: int, status_id: int, now: int) -> Query[None]:
    """A request of somebody, or the newer post of a request that waits."""
    return _ASK(id=request_id, viewer_id=viewer_id, from_id=from_id, status_id=status_id, now=now)


def drop_request(viewer_id: int, from_id: int) -> Query[None]:
    return _DROP_REQUEST(viewer_id=viewer_id, from_id=from_id)


def permit(viewer_id: int, from_id: int, now: int) -> Query[None]:
    return _PERMIT(viewer_id=viewer_id, from_id=from_id, now=now)


def forbid(viewer_id: int, from_id: int) -> Query[None]:
    return _FORBID(viewer_id=viewer_id, from_id=from_id)


def merge(viewer_id: int, from_id: int) -> Query[None]:
    """What was filtered stands among the others."""
    return _MERGE(viewer_id=viewer_id, from_id=from_id)


def drop_filtered(viewer_id: int, from_id: int) -> Query[None]:
    return _DROP_FILTERED(viewer_id=viewer_id, from_id=from_id)


def add_severance(values: dict[str, Any]) -> Query[int]:
    """The event's id: of a new one, or of the one that these counts are added to."""
    return _SEVER(**values)


def severances_by_id(ids: list[int]) -> Query[Severance]:
    return _SEVERANCES(ids=ids)
