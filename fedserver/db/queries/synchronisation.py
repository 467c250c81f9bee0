"""Who follows an account, by id: what two servers compare (FEP-8fcf)."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from fedserver.db.statement import Query, Statement, scalar
from fedserver.db.tables import accounts, follows

_FOLLOWERS = (
    select(accounts.c.uri)
    .select_from(follows.join(accounts, accounts.c.id == follows.c.account_id))
    .where(follows.c.target_id == bindparam("target_id"), follows.c.state == "accepted")
)
_HERE: Statement[str] = Statement(_FOLLOWERS.where(accounts.c.domain == ""), scalar)
_ELSEWHERE: Statement[str] = Statement(_FOLLOWERS.where(accounts.c.domain != ""), scalar)


def followers_here(target_id: int) -> Query[str]:
    """The ids of the accounts of this node that follow an account."""
    return _HERE(target_id=target_id)


def followers_elsewhere(target_id: int) -> Query[str]:
    """The ids of the accounts of other servers that follow an account."""
    return _ELSEWHERE(target_id=target_id)
