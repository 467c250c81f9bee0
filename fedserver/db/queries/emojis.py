"""Custom emoji, our own and those of other servers."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select

from fedserver.db.queries.media import Medium
from fedserver.db.statement import Query, Statement, columns, insert_new, nothing, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import custom_emojis, media_attachments


class Emoji(NamedTuple):
    """A row of ``custom_emojis``; ``domain`` '' for this node's own."""

    id: int
    shortcode: str
    domain: str
    remote_url: str | None
    media_id: int | None
    category: str | None
    visible: int


class Pictured(NamedTuple):
    """An emoji and its picture here."""

    emoji: Emoji
    medium: Medium


_EMOJI = columns(custom_emojis, Emoji)
_MEDIUM = columns(media_attachments, Medium)
_joined = custom_emojis.join(media_attachments, media_attachments.c.id == custom_emojis.c.media_id)


def _pictured(row: Any) -> Pictured:
    cut = len(_EMOJI)
    return Pictured(Emoji._make(row[:cut]), Medium._make(row[cut:]))


_OF_DOMAIN = Statement(
    select(*_EMOJI, *_MEDIUM)
    .select_from(_joined)
    .where(custom_emojis.c.domain == bindparam("domain"))
    .order_by(custom_emojis.c.shortcode),
    _pictured,
)
_NAMED = Statement(
    select(*_EMOJI, *_MEDIUM)
    .select_from(_joined)
    .where(custom_emojis.c.domain == bindparam("domain"), one_of(custom_emojis.c.shortcode, "names")),
    _pictured,
)
_DROP = Statement(delete(custom_emojis).where(custom_emojis.c.id == bindparam("id")), nothing)


def of_domain(domain: str = "") -> Query[Pictured]:
    """All of a server; '' are our own."""
    return _OF_DOMAIN(domain=domain)


def named(domain: str, names: list[str]) -> Query[Pictured]:
    """Those with these shortcodes."""
    return _NAMED(domain=domain, names=names)


def add(values: dict[str, Any]) -> Query[Any]:
    """Insert; returns the id only if the server had none of that name."""
    return insert_new(custom_emojis, values)


def change(emoji_id: int, values: dict[str, Any]) -> Query[None]:
    """Change columns."""
    return update_row(custom_emojis, "id", emoji_id, values)


def drop(emoji_id: int) -> Query[None]:
    """Delete."""
    return _DROP(id=emoji_id)
