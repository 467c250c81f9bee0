"""What came in: digests of what had its effect, and activities whose effect is still to come."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select

from fedserver.db.statement import Query, Statement, columns, insert, insert_new, nothing, number
from fedserver.db.tables import inbound, received


class Inbound(NamedTuple):
    """A row of ``inbound``; ``verified`` is the JSON record of the verification."""

    id: int
    body: bytes
    verified: str
    actor_uri: str
    received_at: int


_SEEN = Statement(select(received.c.received_at).where(received.c.digest == bindparam("digest")), number)

_BY_ID = Statement(select(*columns(inbound, Inbound)).where(inbound.c.id == bindparam("id")), Inbound._make)
_DROP = Statement(delete(inbound).where(inbound.c.id == bindparam("id")), nothing)
_WAITING = Statement(select(func.count()).select_from(inbound), number)


def first_seen(digest: bytes, now: int) -> Query[Any]:
    """Note a digest; a row comes back only if it was not there."""
    return insert_new(received, {"digest": digest, "received_at": now}, "received_at")


def seen(digest: bytes) -> Query[int]:
    """When the digest was noted."""
    return _SEEN(digest=digest)


def keep(values: dict[str, Any]) -> Query[None]:
    """Store an activity for its job."""
    return insert(inbound, values)


def by_id(inbound_id: int) -> Query[Inbound]:
    """A stored activity."""
    return _BY_ID(id=inbound_id)


def drop(inbound_id: int) -> Query[None]:
    """Its effect is there, or will never be: touches one row, or none if somebody else was first."""
    return _DROP(id=inbound_id)


def waiting() -> Query[int]:
    """How many activities wait."""
    return _WAITING()
