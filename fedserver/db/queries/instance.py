"""Counts that a node tells of itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text

from fedserver.db.statement import Query, Statement, number
from fedserver.db.tables import accounts

_DOMAIN_COUNT = Statement(select(func.count(accounts.c.domain.distinct())).where(accounts.c.domain != ""), number)

# the conditions of an index, so that only posts of this node are read
_LOCAL_POSTS = Statement(
    text(
        "SELECT COUNT(*) FROM statuses WHERE visibility = 0 AND reblog_of_id IS NULL AND local = 1"
        " AND id >= :low AND id < :high"
    ),
    number,
)
_PEOPLE = Statement(
    text(
        "SELECT COALESCE(SUM(CASE WHEN last_active_at >= :start AND last_active_at < :until THEN 1 ELSE 0 END), 0),"
        " COALESCE(SUM(CASE WHEN created_at >= :start AND created_at < :until THEN 1 ELSE 0 END), 0) FROM users"
    ),
    tuple,
)


def local_posts(low: int, high: int) -> Query[int]:
    """Public posts of this node between two ids."""
    return _LOCAL_POSTS(low=low, high=high)


def people_between(start: int, until: int) -> Query[Any]:
    """(last seen, joined): users of this node between two times."""
    return _PEOPLE(start=start, until=until)


def domain_count() -> Query[int]:
    """How many other servers have an account known here."""
    return _DOMAIN_COUNT()
