"""Roles that an admin composed, who holds which, and who moderates."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select, text

from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import accounts, roles, users


class Composed(NamedTuple):
    """A row of ``roles``."""

    id: int
    community_id: int
    name: str
    color: str
    position: int
    permissions: int
    highlighted: int
    created_at: int
    updated_at: int


class Holder(NamedTuple):
    """Somebody with their role: a preset, and the composed one that counts instead where there is one."""

    user_id: int
    account_id: int
    role: str
    role_id: int | None
    name: str | None
    color: str | None
    position: int | None
    permissions: int | None
    highlighted: int | None


_ROLE = columns(roles, Composed)
_LISTED = Statement(select(*_ROLE).order_by(roles.c.position.desc(), roles.c.id), Composed._make)
_BY_ID = Statement(select(*_ROLE).where(roles.c.id == bindparam("id")), Composed._make)
_DROP = Statement(delete(roles).where(roles.c.id == bindparam("id")), nothing)
_HOLDER = (
    users.c.id,
    users.c.account_id,
    users.c.role,
    users.c.role_id,
    roles.c.name,
    roles.c.color,
    roles.c.position,
    roles.c.permissions,
    roles.c.highlighted,
)
_holders = select(*_HOLDER).select_from(
    users.join(accounts, accounts.c.id == users.c.account_id).outerjoin(roles, roles.c.id == users.c.role_id)
)
_OF_ACCOUNTS = Statement(_holders.where(one_of(users.c.account_id, "ids")), Holder._make)
_OF_ROLE = Statement(_holders.where(users.c.role_id == bindparam("id")), Holder._make)
# a composed role of the team stands beside the preset "moderator"
_STAFF = Statement(
    _holders.where(users.c.role != "user", users.c.state == "active", accounts.c.suspended_at.is_(None)).order_by(
        users.c.id
    ),
    Holder._make,
)
_RANK = Statement(text("UPDATE users SET role = :rank WHERE role_id = :id"), nothing)


def listed() -> Query[Composed]:
    """All of them, the highest first."""
    return _LISTED()


def by_id(role_id: int) -> Query[Composed]:
    return _BY_ID(id=role_id)


def add(values: dict[str, Any]) -> Query[Any]:
    """Insert one unless its name is taken."""
    return insert_new(roles, values)


def change(role_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(roles, "id", role_id, values)


def drop(role_id: int) -> Query[None]:
    return _DROP(id=role_id)


def set_rank(role_id: int, rank: str) -> Query[None]:
    """The preset beside the role, of all who hold it."""
    return _RANK(id=role_id, rank=rank)


def of_accounts(ids: list[int]) -> Query[Holder]:
    """The roles of local people; accounts without a user are left out."""
    return _OF_ACCOUNTS(ids=ids)


def of_role(role_id: int) -> Query[Holder]:
    """Who holds a composed role."""
    return _OF_ROLE(id=role_id)


def staff() -> Query[Holder]:
    """Everybody who moderates and can sign in."""
    return _STAFF()
