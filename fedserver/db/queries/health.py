"""The row that /health writes."""

from __future__ import annotations

from sqlalchemy import bindparam, literal
from sqlalchemy import insert as sa_insert

from fedserver.db.statement import Query, Statement, nothing
from fedserver.db.tables import meta

_mark = Statement(
    sa_insert(meta).values(key=literal("health_at"), value=bindparam("value")),
    nothing,
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
)


def mark(now: int) -> Query[None]:
    """Write that the node was healthy at ``now`` (ms)."""
    return _mark(value=str(now))
