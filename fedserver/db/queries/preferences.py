"""What a user of this node prefers: defaults for posts, and what clients keep."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, or_, select

from fedserver.db.statement import Query, Statement, columns, one_of, scalar, update
from fedserver.db.tables import users


class Preferences(NamedTuple):
    """A part of a row of ``users``; ``preferences`` is a JSON object."""

    account_id: int
    role: str
    state: str
    default_visibility: int
    default_sensitive: int
    default_language: str | None
    preferences: str


_OF = Statement(
    select(*columns(users, Preferences)).where(users.c.account_id == bindparam("account_id")), Preferences._make
)
_WAITING = Statement(
    select(users.c.account_id).where(
        one_of(users.c.account_id, "ids"), or_(users.c.state == "pending", users.c.state == "unconfirmed")
    ),
    scalar,
)


def of_account(account_id: int) -> Query[Preferences]:
    """Those of the user behind an account; no row for accounts without a user."""
    return _OF(account_id=account_id)


def waiting(account_ids: list[int]) -> Query[int]:
    """Those of the accounts whose user was not let in yet (address, approval): to others they do not exist."""
    return _WAITING(ids=account_ids)


def change(account_id: int, values: dict[str, Any]) -> Query[None]:
    """Change some of them."""
    return update(users, "account_id", account_id, values)
