"""Invitations."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select, update

from fedserver.db.statement import Query, Statement, columns, insert, nothing
from fedserver.db.tables import accounts, invites, users


class Invite(NamedTuple):
    """A row of ``invites``; ``max_uses`` None is without limit, ``user_id`` None was made on the command line."""

    id: int
    code: str
    user_id: int | None
    uses: int
    max_uses: int | None
    created_at: int
    expires_at: int | None

    def usable(self, now: int) -> bool:
        """Whether somebody can still join with it."""
        return (self.expires_at is None or self.expires_at > now) and (
            self.max_uses is None or self.uses < self.max_uses
        )


class InviteItem(NamedTuple):
    """An invitation in a list, with the name of who made it."""

    id: int
    code: str
    username: str | None
    uses: int
    max_uses: int | None
    created_at: int
    expires_at: int | None


_by_code = Statement(select(*columns(invites, Invite)).where(invites.c.code == bindparam("code")), Invite._make)
_list = Statement(
    select(
        invites.c.id,
        invites.c.code,
        accounts.c.username,
        invites.c.uses,
        invites.c.max_uses,
        invites.c.created_at,
        invites.c.expires_at,
    )
    .select_from(
        invites.outerjoin(users, users.c.id == invites.c.user_id).outerjoin(
            accounts, accounts.c.id == users.c.account_id
        )
    )
    .order_by(invites.c.id.desc())
    .limit(200),
    InviteItem._make,
)
_of_user = Statement(
    select(*columns(invites, Invite))
    .where(invites.c.user_id == bindparam("user_id"))
    .order_by(invites.c.id.desc())
    .limit(200),
    Invite._make,
)
_drop_own = Statement(
    invites.delete().where(invites.c.id == bindparam("id"), invites.c.user_id == bindparam("user_id")), nothing
)
_use = Statement(
    update(invites)
    .where(
        invites.c.id == bindparam("id__"),
        or_(invites.c.max_uses.is_(None), invites.c.uses < invites.c.max_uses),
    )
    .values(uses=invites.c.uses + 1),
    nothing,
)
_drop = Statement(invites.delete().where(invites.c.id == bindparam("id")), nothing)


def by_code(code: str) -> Query[Invite]:
    """An invitation."""
    return _by_code(code=code)


def listing() -> Query[InviteItem]:
    """The newest 200."""
    return _list()


def add(values: dict[str, Any]) -> Query[None]:
    """Insert an invitation."""
    return insert(invites, values)


def use(invite_id: int) -> Query[None]:
    """Count a use; touches no row when it was used up."""
    return _use(id__=invite_id)


def drop(invite_id: int) -> Query[None]:
    """Withdraw an invitation."""
    return _drop(id=invite_id)


def of_user(user_id: int) -> Query[Invite]:
    """The newest 200 of a user."""
    return _of_user(user_id=user_id)


def drop_own(invite_id: int, user_id: int) -> Query[None]:
    """Withdraw an invitation of a user."""
    return _drop_own(id=invite_id, user_id=user_id)
