"""Statements about the small facts that a node keeps about itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select, text

from fedserver.db.statement import Query, Statement, nothing
from fedserver.db.tables.jobs import meta

_get = Statement(select(meta.c.value).where(meta.c.key == bindparam("key")), lambda row: str(row[0]))
_put = Statement(
    text(
        "INSERT INTO meta (key, value) VALUES (:key, :value)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value"
    ),
    nothing,
)
_changes = Statement(select(meta.c.value).where(meta.c.key == "changes"), lambda row: int(row[0]))
_changed = Statement(
    text(
        "INSERT INTO meta (key, value) VALUES ('changes', '1')"
        " ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(meta.value AS BIGINT) + 1 AS TEXT)"
    ),
    nothing,
)
_marks = Statement(
    select(meta.c.key, meta.c.value).where(meta.c.key >= "id_mark:", meta.c.key < "id_mark;"),
    lambda row: (str(row[0]), int(row[1])),
)


def get(key: str) -> Query[str]:
    """The value of a key."""
    return _get(key=key)


def put(key: str, value: str) -> Query[Any]:
    """Set a key."""
    return _put(key=key, value=value)


def changes() -> Query[int]:
    """How many commands have changed something."""
    return _changes()


def changed() -> Query[None]:
    """Count a command that changed something: running nodes drop their caches."""
    return _changed()


def id_marks() -> Query[tuple[str, int]]:
    """``(key, mark)`` of every node number that ever made ids."""
    return _marks()
