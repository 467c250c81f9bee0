"""What was shown to readers who wanted that kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, bindparam, delete, func, insert, select

from fedserver.db.statement import Query, Statement, nothing, number, one_of, present, scalar
from fedserver.db.tables import seen_posts, statuses, users

_s = seen_posts.c
_MARK = '"remember_seen":true'
_s_all = select(
    bindparam("account_id", type_=BigInteger()), statuses.c.id, bindparam("seen_at", type_=BigInteger())
).where(
    one_of(statuses.c.id, "ids"),
    # who turned it off meanwhile gets nothing more
    present(users.c.account_id == bindparam("account_id", type_=BigInteger()), users.c.preferences.contains(_MARK)),
)
_ADD = Statement(
    insert(seen_posts).from_select(["account_id", "status_id", "seen_at"], _s_all),
    nothing,
    " ON CONFLICT DO NOTHING",
)
_READERS: Statement[int] = Statement(
    select(users.c.account_id).where(users.c.preferences.contains(_MARK)).order_by(users.c.account_id), scalar
)
_COUNT = Statement(select(func.count()).where(_s.account_id == bindparam("account_id")), number)
_FORGET = Statement(delete(seen_posts).where(_s.account_id == bindparam("account_id")), nothing)
_SWEEP = Statement(delete(seen_posts).where(_s.seen_at < bindparam("before")), nothing)


def add(account_id: int, ids: list[int], seen_at: int) -> Query[None]:
    """Keep that posts were shown, where the reader still wants that; those that are gone are left out."""
    return _ADD(account_id=account_id, ids=ids, seen_at=seen_at)


def readers() -> Query[int]:
    """The accounts of all who want it kept."""
    return _READERS()


def count(account_id: int) -> Query[int]:
    """How many posts are kept for a reader."""
    return _COUNT(account_id=account_id)


def forget(account_id: int) -> Query[None]:
    """Delete everything that is kept for a reader."""
    return _FORGET(account_id=account_id)


def sweep(before: int) -> Query[None]:
    """Delete what was shown before a time."""
    return _SWEEP(before=before)
