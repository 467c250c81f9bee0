"""Accounts as moderation apps ask for them: by state, name, mailbox, address and role; with what only staff may see."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import bindparam, exists, func, or_, select

from fedserver.db.queries.relations import bounds
from fedserver.db.queries.users import User
from fedserver.db.statement import Query, Statement, columns, one_of, scalar
from fedserver.db.tables import accounts, invites, sessions, users
from fedserver.kit.paging import Page


class Seen(NamedTuple):
    """An address from which somebody was here."""

    user_id: int
    ip: str
    used_at: int


class Invited(NamedTuple):
    """Whose invitation a user came with."""

    user_id: int
    account_id: int


_a, _u = accounts.c, users.c
_signed: Any = _u.id.is_not(None)
_inviter = users.alias("i")
# filters that compare with a value of the same name
VALUED: Final = frozenset({"username", "display_name", "by_domain", "email", "ip", "invited_by"})

# a filter's name -> its condition; those with a value have a parameter of the same name
CONDITIONS: Final[Mapping[str, Any]] = {
    "local": _a.domain == "",
    "remote": _a.domain != "",
    "active": (_a.suspended_at.is_(None)) & or_(_u.id.is_(None), _u.state == "active"),
    "pending": _signed & (_u.unapproved == 1) & (_u.state != "disabled"),
    "disabled": _u.state == "disabled",
    "silenced": _a.limited_at.is_not(None) & _a.suspended_at.is_(None),
    "suspended": _a.suspended_at.is_not(None),
    "sensitized": _a.sensitized_at.is_not(None),
    "staff": _signed & (_u.role != "user"),
    "username": func.lower(_a.username).like(bindparam("username"), escape="\\"),
    "display_name": func.lower(_a.display_name).like(bindparam("display_name"), escape="\\"),
    "by_domain": _a.domain == bindparam("by_domain"),
    "email": or_(_u.email == bindparam("email"), _u.unconfirmed_email == bindparam("email")),
    "ip": or_(
        _u.sign_up_ip == bindparam("ip"),
        exists().where(sessions.c.user_id == _u.id, sessions.c.ip == bindparam("ip")),
    ),
    "role": or_(one_of(_u.role_id, "role_ids"), _u.role_id.is_(None) & one_of(_u.role, "presets")),
    "invited_by": exists().where(
        invites.c.id == _u.invite_id,
        invites.c.user_id == _inviter.c.id,
        _inviter.c.account_id == bindparam("invited_by"),
    ),
}


@lru_cache(maxsize=256)
def _page(names: frozenset[str], ascending: bool) -> Statement[int]:
    element = (
        select(_a.id)
        .select_from(accounts.outerjoin(users, users.c.account_id == accounts.c.id))
        .where(
            *(CONDITIONS[name] for name in sorted(names)),
            or_(_a.deleted_at.is_(None), _a.suspended_at.is_not(None)),
            # the node's own actor is nobody
            or_(_a.domain != "", _u.id.is_not(None)),
            _a.id < bindparam("below"),
            _a.id > bindparam("above"),
        )
        .order_by(_a.id if ascending else _a.id.desc())
        .limit(bindparam("limit"))
    )
    return Statement(element, scalar)


_USERS = Statement(select(*columns(users, User)).where(one_of(_u.account_id, "ids")), User._make)
_SEEN = Statement(
    select(sessions.c.user_id, sessions.c.ip, func.max(sessions.c.last_used_at))
    .where(one_of(sessions.c.user_id, "ids"), sessions.c.ip != "")
    .group_by(sessions.c.user_id, sessions.c.ip)
    .order_by(func.max(sessions.c.last_used_at).desc()),
    Seen._make,
)
_INVITED = Statement(
    select(_u.id, _inviter.c.account_id)
    .select_from(users.join(invites, invites.c.id == _u.invite_id).join(_inviter, _inviter.c.id == invites.c.user_id))
    .where(one_of(_u.id, "ids")),
    Invited._make,
)


def page(filters: Mapping[str, Any], cut: Page) -> Query[int]:
    """Ids of accounts for which all of these hold; ``filters``: name -> value (any for those without one)."""
    given = {name: value for name, value in filters.items() if name in VALUED}
    if "role" in filters:
        presets, ids = filters["role"]
        given |= {"presets": presets, "role_ids": ids}
    return _page(frozenset(filters), cut.ascending)(**given, **bounds(cut))


def users_of(account_ids: list[int]) -> Query[User]:
    """The users of local accounts."""
    return _USERS(ids=account_ids)


def seen(user_ids: list[int]) -> Query[Seen]:
    """From where people were here, the last first."""
    return _SEEN(ids=user_ids)


def invited(user_ids: list[int]) -> Query[Invited]:
    """Who invited these users, where somebody did."""
    return _INVITED(ids=user_ids)


def like(text: str, *, anywhere: bool = False) -> str:
    """A pattern for what begins with (or holds) a text, in any case."""
    plain = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%" if anywhere else f"{plain}%"
