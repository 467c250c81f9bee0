"""Relays that this node asked to take part in."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select

from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import relays


class Relay(NamedTuple):
    """A row of ``relays``; ``state`` is pending, accepted or rejected."""

    id: int
    inbox_url: str
    inbox_id: int
    actor_uri: str | None
    follow_uri: str
    state: str
    created_at: int


_select = select(*columns(relays, Relay))
_ALL = Statement(_select.order_by(relays.c.id), Relay._make)
_BY_URL = Statement(_select.where(relays.c.inbox_url == bindparam("url")), Relay._make)
_BY_FOLLOW = Statement(_select.where(relays.c.follow_uri == bindparam("uri")), Relay._make)
_BY_ACTOR = Statement(_select.where(relays.c.actor_uri == bindparam("uri"), relays.c.state == "accepted"), Relay._make)
_INBOXES: Statement[int] = Statement(select(relays.c.inbox_id).where(relays.c.state == "accepted"), scalar)
_DROP = Statement(delete(relays).where(relays.c.id == bindparam("id")), nothing)


def listed() -> Query[Relay]:
    """All, the oldest first."""
    return _ALL()


def by_url(inbox_url: str) -> Query[Relay]:
    return _BY_URL(url=inbox_url)


def by_follow(uri: str) -> Query[Relay]:
    """The one that was asked by this Follow."""
    return _BY_FOLLOW(uri=uri)


def speaking(actor_uri: str) -> Query[Relay]:
    """The accepted relay that this actor speaks for."""
    return _BY_ACTOR(uri=actor_uri)


def inboxes() -> Query[int]:
    """The inboxes (ids) of the accepted ones."""
    return _INBOXES()


def add(values: dict[str, Any]) -> Query[Any]:
    return insert_new(relays, values)


def change(relay_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(relays, "id", relay_id, values)


def drop(relay_id: int) -> Query[None]:
    return _DROP(id=relay_id)
