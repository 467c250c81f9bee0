"""Hashes of what media look like, and the groups of variations."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, func, select, text

from fedserver.db.statement import Query, Statement, columns, gather, insert_new, nothing, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import media_attachments, media_hashes, statuses


class Look(NamedTuple):
    """A row of ``media_hashes``; ``pdq`` is 64 hexadecimal digits. ``group_id``: the first medium of its group."""

    media_id: int
    pdq: str
    quality: int
    group_id: int | None


class Grouped(NamedTuple):
    """A post, and the group of one of its media."""

    status_id: int
    group_id: int


_h = media_hashes.c
_select = select(*columns(media_hashes, Look))
_OF_MEDIA = Statement(_select.where(one_of(_h.media_id, "ids")), Look._make)
_SAME = Statement(
    _select.where(_h.pdq == bindparam("pdq"), _h.media_id != bindparam("id")).order_by(_h.media_id).limit(1), Look._make
)
_JOIN = Statement(text("UPDATE media_hashes SET group_id = :group_id WHERE media_id = :id"), nothing)
_OF_STATUSES = Statement(
    select(media_attachments.c.status_id, _h.group_id)
    .select_from(media_hashes.join(media_attachments, media_attachments.c.id == _h.media_id))
    .where(one_of(media_attachments.c.status_id, "ids"), _h.group_id.is_not(None)),
    Grouped._make,
)
# of open posts: a number must not tell of a private one
_SIZES = Statement(
    select(_h.group_id, func.count(media_attachments.c.status_id.distinct()))
    .select_from(
        media_hashes.join(media_attachments, media_attachments.c.id == _h.media_id).join(
            statuses, statuses.c.id == media_attachments.c.status_id
        )
    )
    .where(one_of(_h.group_id, "ids"), statuses.c.visibility < 2)
    .group_by(_h.group_id),
    tuple,
)
_ABOVE = gather(
    select(_h.media_id, _h.pdq).where(_h.media_id > bindparam("above")).order_by(_h.media_id).limit(20_000),
    lambda row: (int(row[0]), str(row[1])),
)


def of_media(ids: list[int]) -> Query[Look]:
    return _OF_MEDIA(ids=ids)


def same(pdq: str, media_id: int) -> Query[Look]:
    """The first other medium with this very hash."""
    return _SAME(pdq=pdq, id=media_id)


def add(values: dict[str, Any]) -> Query[Any]:
    """A row comes back only if the medium had none."""
    return insert_new(media_hashes, values, "media_id")


def change(media_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(media_hashes, "media_id", media_id, values)


def join(media_id: int, group_id: int) -> Query[None]:
    return _JOIN(id=media_id, group_id=group_id)


def groups_of_statuses(status_ids: list[int]) -> Query[Grouped]:
    """The groups of what is attached to posts."""
    return _OF_STATUSES(ids=status_ids)


def sizes(group_ids: list[int]) -> Query[Any]:
    """(group, how many open posts show one of it)"""
    return _SIZES(ids=group_ids)


def above(media_id: int) -> Query[list[tuple[int, str]]]:
    """(id, hash) of the next media above an id, many at once."""
    return _ABOVE(above=media_id)
