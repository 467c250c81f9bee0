"""What the collections of local actors and posts show to other servers: nothing but public and unlisted posts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select

from fedserver.db.metadata import Key
from fedserver.db.queries.statuses import UNLISTED, Status
from fedserver.db.statement import Query, Statement, columns, number
from fedserver.db.tables import accounts, statuses

_s = statuses.alias("s")
_r = statuses.alias("r")
_ra = accounts.alias("ra")
_joined = _s.outerjoin(_r, _r.c.id == _s.c.reblog_of_id).outerjoin(_ra, _ra.c.id == _r.c.account_id)
_open = and_(
    _s.c.account_id == bindparam("account_id"),
    _s.c.visibility <= UNLISTED,
    or_(
        _r.c.id.is_(None),
        and_(_r.c.visibility <= UNLISTED, _ra.c.suspended_at.is_(None), _ra.c.deleted_at.is_(None)),
    ),
)


def _page(ascending: bool) -> Statement[Status]:
    element = (
        select(*columns(_s, Status))
        .select_from(_joined)
        .where(_open, _s.c.id < bindparam("below"), _s.c.id > bindparam("above"))
        .order_by(_s.c.id if ascending else _s.c.id.desc())
        .limit(bindparam("n", type_=Key))
    )
    return Statement(element, Status._make)


_PAGES = {ascending: _page(ascending) for ascending in (False, True)}
_COUNT = Statement(select(func.count()).select_from(_joined).where(_open), number)
_author = accounts.alias("author")
_REPLIES = Statement(
    select(*columns(_s, Status))
    .select_from(_s.join(_author, _author.c.id == _s.c.account_id))
    .where(
        _s.c.in_reply_to_id == bindparam("status_id"),
        _s.c.visibility <= UNLISTED,
        _author.c.suspended_at.is_(None),
        _author.c.deleted_at.is_(None),
        or_(bindparam("own") == 0, _s.c.account_id == bindparam("account_id")),
        or_(bindparam("own") == 1, _s.c.account_id != bindparam("account_id")),
        _s.c.id > bindparam("above"),
    )
    .order_by(_s.c.id)
    .limit(bindparam("n", type_=Key)),
    Status._make,
)


def outbox(account_id: int, n: int, *, below: int | None = None, above: int | None = None) -> Query[Status]:
    """A page of posts and boosts that anybody may see, newest first; from ``above`` on oldest first."""
    ascending = above is not None and below is None
    bounds: dict[str, Any] = {
        "below": (1 << 63) - 1 if below is None else below,
        "above": -1 if above is None else above,
    }
    return _PAGES[ascending](account_id=account_id, n=n, **bounds)


def outbox_count(account_id: int) -> Query[int]:
    """How many posts and boosts of an account anybody may see."""
    return _COUNT(account_id=account_id)


def replies(status_id: int, account_id: int, n: int, *, own: bool, above: int = -1) -> Query[Status]:
    """Answers to a post that anybody may see, oldest first: the author's ``own`` ones, or those of others."""
    return _REPLIES(status_id=status_id, account_id=account_id, n=n, own=int(own), above=above)
