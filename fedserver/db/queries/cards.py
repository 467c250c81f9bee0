"""Cards of links, and which posts show them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, text

from fedserver.db.queries.media import Medium
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import cards, media_attachments, status_cards


class Card(NamedTuple):
    """A row of ``cards``. ``state``: waiting, ready, none."""

    id: int
    url: str
    state: str
    kind: str
    title: str
    description: str
    language: str | None
    author_name: str
    author_url: str
    author_account_id: int | None
    provider_name: str
    provider_url: str
    image_id: int | None
    image_description: str
    published_at: int | None
    created_at: int
    fetched_at: int | None


class Shown(NamedTuple):
    """A card of a post (0 where it is asked for by itself), with our copy of its picture."""

    status_id: int
    card: Card
    image: Medium | None


_CARD = columns(cards, Card)
_MEDIUM = columns(media_attachments, Medium)
_image = media_attachments.c.id == cards.c.image_id


def _shown(row: Any) -> Shown:
    cut = 1 + len(_CARD)
    return Shown(row[0] or 0, Card._make(row[1:cut]), Medium._make(row[cut:]) if row[cut] is not None else None)


_BY_URL = Statement(select(*_CARD).where(cards.c.url == bindparam("url")), Card._make)
_BY_ID = Statement(select(*_CARD).where(cards.c.id == bindparam("id")), Card._make)
_BY_IDS = Statement(
    select(text("0"), *_CARD, *_MEDIUM)
    .select_from(cards.outerjoin(media_attachments, _image))
    .where(one_of(cards.c.id, "ids"), cards.c.state == "ready"),
    _shown,
)
_OF_STATUSES = Statement(
    select(status_cards.c.status_id, *_CARD, *_MEDIUM)
    .select_from(status_cards.join(cards, cards.c.id == status_cards.c.card_id).outerjoin(media_attachments, _image))
    .where(one_of(status_cards.c.status_id, "ids"), cards.c.state == "ready"),
    _shown,
)
_DROP = Statement(status_cards.delete().where(status_cards.c.status_id == bindparam("status_id")), nothing)
_CARD_OF = Statement(select(status_cards.c.card_id).where(status_cards.c.status_id == bindparam("status_id")), scalar)
_TOUCH = Statement(
    text(
        "UPDATE statuses SET version = version + 1 WHERE id IN"
        " (SELECT status_id FROM status_cards WHERE card_id = :card_id ORDER BY status_id DESC LIMIT 2000)"
    ),
    nothing,
)
_UNUSED = Statement(
    text(
        "SELECT id FROM cards c WHERE c.created_at < :before"
        " AND NOT EXISTS (SELECT 1 FROM status_cards s WHERE s.card_id = c.id) LIMIT 200"
    ),
    scalar,
)
_REMOVE = Statement(cards.delete().where(cards.c.id == bindparam("id")), nothing)


def by_url(url: str) -> Query[Card]:
    """The card of an address."""
    return _BY_URL(url=url)


def by_id(card_id: int) -> Query[Card]:
    """A card, whatever its state."""
    return _BY_ID(id=card_id)


def by_ids(ids: list[int]) -> Query[Shown]:
    """Those that can be shown."""
    return _BY_IDS(ids=ids)


def of_statuses(ids: list[int]) -> Query[Shown]:
    """Cards of posts, as far as they can be shown."""
    return _OF_STATUSES(ids=ids)


def card_of(status_id: int) -> Query[int]:
    """The id of a post's card, whatever its state."""
    return _CARD_OF(status_id=status_id)


def add(values: dict[str, Any]) -> Query[Any]:
    """A new card; returns its id only if its address had none."""
    return insert_new(cards, values)


def change(card_id: int, values: dict[str, Any]) -> Query[None]:
    """Change columns of a card."""
    return update_row(cards, "id", card_id, values)


def attach(status_id: int, card_id: int, account_id: int) -> Query[Any]:
    """The post shows the card from now on."""
    values = {"status_id": status_id, "card_id": card_id, "account_id": account_id}
    return insert_new(status_cards, values, "status_id")


def drop(status_id: int) -> Query[None]:
    """The post shows no card any more."""
    return _DROP(status_id=status_id)


def touch(card_id: int) -> Query[None]:
    """Rendered copies of the newest posts with this card are stale."""
    return _TOUCH(card_id=card_id)


def unused(before: int) -> Query[int]:
    """Cards made before a time that no post shows."""
    return _UNUSED(before=before)


def remove(card_id: int) -> Query[None]:
    """Delete a card."""
    return _REMOVE(id=card_id)
