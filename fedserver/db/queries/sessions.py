"""Web sessions. The cookie's text is stored as its digest only."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update

from fedserver.db.statement import Query, Statement, insert, nothing
from fedserver.db.tables import accounts, roles, sessions, users


class SessionUser(NamedTuple):
    """A session with its user."""

    id: int
    user_id: int
    csrf: str
    created_at: int
    last_used_at: int
    account_id: int
    role: str
    # of a composed role; None for a preset
    permissions: int | None
    position: int | None
    state: str
    locale: str
    valid_after: int
    username: str
    suspended_at: int | None
    deleted_at: int | None


class SessionItem(NamedTuple):
    """A session in the list of its user."""

    id: int
    ip: str
    user_agent: str
    created_at: int
    last_used_at: int


_session = Statement(
    select(
        sessions.c.id,
        sessions.c.user_id,
        sessions.c.csrf,
        sessions.c.created_at,
        sessions.c.last_used_at,
        users.c.account_id,
        users.c.role,
        roles.c.permissions,
        roles.c.position,
        users.c.state,
        users.c.locale,
        users.c.valid_after,
        accounts.c.username,
        accounts.c.suspended_at,
        accounts.c.deleted_at,
    )
    .select_from(
        sessions.join(users, users.c.id == sessions.c.user_id)
        .join(accounts, accounts.c.id == users.c.account_id)
        .outerjoin(roles, roles.c.id == users.c.role_id)
    )
    .where(sessions.c.token_hash == bindparam("token_hash")),
    SessionUser._make,
)
_of_user = Statement(
    select(sessions.c.id, sessions.c.ip, sessions.c.user_agent, sessions.c.created_at, sessions.c.last_used_at)
    .where(sessions.c.user_id == bindparam("user_id"))
    .order_by(sessions.c.last_used_at.desc())
    .limit(200),
    SessionItem._make,
)
_touch = Statement(
    update(sessions).where(sessions.c.id == bindparam("id__")).values(last_used_at=bindparam("now__")), nothing
)
_delete = Statement(
    sessions.delete().where(sessions.c.id == bindparam("id"), sessions.c.user_id == bindparam("user_id")), nothing
)
_delete_of_user = Statement(sessions.delete().where(sessions.c.user_id == bindparam("user_id")), nothing)
_delete_others = Statement(
    sessions.delete().where(sessions.c.user_id == bindparam("user_id"), sessions.c.id != bindparam("id")), nothing
)


def by_hash(token_hash: bytes) -> Query[SessionUser]:
    """A session with its user, whatever their state: the caller judges it."""
    return _session(token_hash=token_hash)


def of_user(user_id: int) -> Query[SessionItem]:
    """The sessions of a user, the last used first."""
    return _of_user(user_id=user_id)


def make(values: dict[str, Any]) -> Query[None]:
    """Insert a session."""
    return insert(sessions, values)


def touch(session_id: int, now: int) -> Query[None]:
    """Note that a session was used."""
    return _touch(id__=session_id, now__=now)


def delete(session_id: int, user_id: int) -> Query[None]:
    """End a session of a user."""
    return _delete(id=session_id, user_id=user_id)


def delete_of_user(user_id: int) -> Query[None]:
    """End every session of a user."""
    return _delete_of_user(user_id=user_id)


def delete_others(user_id: int, session_id: int) -> Query[None]:
    """End every session of a user but one."""
    return _delete_others(user_id=user_id, id=session_id)
