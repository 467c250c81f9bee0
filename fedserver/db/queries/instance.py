"""Counts that a node tells of itself."""

from __future__ import annotations

from sqlalchemy import func, select

from fedserver.db.statement import Query, Statement, number
from fedserver.db.tables import accounts

_DOMAIN_COUNT = Statement(select(func.count(accounts.c.domain.distinct())).where(accounts.c.domain != ""), number)


def domain_count() -> Query[int]:
    """How many other servers have an account known here."""
    return _DOMAIN_COUNT()
