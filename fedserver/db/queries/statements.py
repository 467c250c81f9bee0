"""What authors of other servers are told of decisions: what waits, and the messages that were sent."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, text

from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, scalar
from fedserver.db.tables import statements, tellings


class Said(NamedTuple):
    """A row of ``statements``; ``reasons`` is a JSON list."""

    id: int
    account_id: int
    content: str
    language: str
    reasons: str
    created_at: int


class Telling(NamedTuple):
    """A row of ``tellings``; ``what``: decided | undone | refused."""

    id: int
    account_id: int
    decision_id: int
    what: str
    statement_id: int | None
    created_at: int


_s, _t = statements.c, tellings.c
_tellings = select(*columns(tellings, Telling))
_BY_ID = Statement(select(*columns(statements, Said)).where(_s.id == bindparam("id")), Said._make)
_NEWEST = Statement(
    select(func.max(_s.created_at)).where(_s.account_id == bindparam("account_id")).having(func.count() > 0), scalar
)
_WAITING = Statement(
    _tellings.where(_t.account_id == bindparam("account_id"), _t.statement_id.is_(None)).order_by(_t.id).limit(50),
    Telling._make,
)
_OF_STATEMENT = Statement(_tellings.where(_t.statement_id == bindparam("statement_id")).order_by(_t.id), Telling._make)
_OF_DECISION = Statement(_tellings.where(_t.decision_id == bindparam("decision_id")).order_by(_t.id), Telling._make)
_TOLD = Statement(
    text("UPDATE tellings SET statement_id = :statement_id WHERE id = :id AND statement_id IS NULL"), nothing
)
_DROP = Statement(text("DELETE FROM tellings WHERE id = :id AND statement_id IS NULL"), nothing)


def by_id(statement_id: int) -> Query[Said]:
    """A message as it was sent."""
    return _BY_ID(id=statement_id)


def newest(account_id: int) -> Query[int]:
    """When an author was told something last (ms); none: never."""
    return _NEWEST(account_id=account_id)


def waiting(account_id: int) -> Query[Telling]:
    """What an author is to be told, oldest first, as much as one message holds."""
    return _WAITING(account_id=account_id)


def of_statement(statement_id: int) -> Query[Telling]:
    """What a message told."""
    return _OF_STATEMENT(statement_id=statement_id)


def of_decision(decision_id: int) -> Query[Telling]:
    """What of a decision was told, or waits to be."""
    return _OF_DECISION(decision_id=decision_id)


def add(values: dict[str, Any]) -> Query[None]:
    """Keep a message."""
    return insert(statements, values)


def want(values: dict[str, Any]) -> Query[Any]:
    """Something that is to be told; once."""
    return insert_new(tellings, values)


def told(telling_id: int, statement_id: int) -> Query[None]:
    """It stands in this message."""
    return _TOLD(id=telling_id, statement_id=statement_id)


def drop(telling_id: int) -> Query[None]:
    """It need not be told any more."""
    return _DROP(id=telling_id)
