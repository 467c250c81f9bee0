"""The audit log, asked by what an entry is about."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select

from fedserver.db.statement import Query, Statement
from fedserver.db.tables import accounts, audit_log


class Entry(NamedTuple):
    """A line with the name of who did it (None: the command line); ``details`` is a JSON object."""

    id: int
    username: str | None
    action: str
    target: str
    details: str
    created_at: int


_entries = (
    select(
        audit_log.c.id,
        accounts.c.username,
        audit_log.c.action,
        audit_log.c.target,
        audit_log.c.details,
        audit_log.c.created_at,
    )
    .select_from(audit_log.outerjoin(accounts, accounts.c.id == audit_log.c.actor_id))
    .order_by(audit_log.c.id.desc())
    .limit(bindparam("n"))
)
_about = Statement(_entries.where(audit_log.c.target == bindparam("target")), Entry._make)
_latest = Statement(_entries.where(audit_log.c.id < bindparam("below")), Entry._make)


def about(target: str, n: int = 100) -> Query[Entry]:
    """The newest entries about one thing."""
    return _about(target=target, n=n)


def latest(below: int, n: int = 100) -> Query[Entry]:
    """The newest entries under an id."""
    return _latest(below=below, n=n)
