"""Hashes of media that may not be shown, and what was recognised by them."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, text

from fedserver.db.queries.media import Medium
from fedserver.db.queries.relations import bounds
from fedserver.db.statement import Query, Statement, columns, gather, insert, insert_new, nothing, number, one_of
from fedserver.db.statement import update as update_row
from fedserver.db.tables import bad_hashes, bad_matches, media_attachments
from fedserver.kit.paging import Page


class BadHash(NamedTuple):
    """A row of ``bad_hashes``; ``value`` is 64 hexadecimal digits."""

    id: int
    kind: str
    value: str
    category: str
    list: str
    note: str
    distance: int
    decision_id: int | None
    created_at: int


class Match(NamedTuple):
    """A row of ``bad_matches``; ``about`` is JSON; ``verdict``: confirmed | mistaken | ''."""

    id: int
    hash_id: int | None
    kind: str
    value: str
    found: str
    distance: int
    category: str
    list: str
    media_id: int | None
    status_id: int | None
    account_id: int | None
    uri: str
    acct: str
    about: str
    decision_id: int | None
    created_at: int
    verdict: str
    decided_by: int | None
    decided_at: int | None


class Held(NamedTuple):
    """How many hashes of a kind a list has."""

    list: str
    kind: str
    category: str
    number: int


class Mark(NamedTuple):
    """What tells whether PDQ hashes came or went."""

    number: int
    last: int


_h, _m = bad_hashes.c, bad_matches.c
_hashes = select(*columns(bad_hashes, BadHash))
_matches = select(*columns(bad_matches, Match))
_BY_SHA = Statement(
    _hashes.where(_h.kind == "sha256", one_of(_h.value, "values")).order_by(_h.id).limit(50), BadHash._make
)
_BY_IDS = Statement(_hashes.where(one_of(_h.id, "ids")).order_by(_h.id), BadHash._make)
_MARK = Statement(
    select(func.count(), func.coalesce(func.max(_h.id), 0)).where(_h.kind == "pdq"), lambda row: Mark(*map(int, row))
)
_PDQ_ABOVE = gather(
    select(_h.id, _h.value).where(_h.kind == "pdq", _h.id > bindparam("above")).order_by(_h.id).limit(20_000),
    lambda row: (int(row[0]), str(row[1])),
)
_LISTS = Statement(
    select(_h.list, _h.kind, _h.category, func.count())
    .group_by(_h.list, _h.kind, _h.category)
    .order_by(_h.list, _h.kind, _h.category),
    Held._make,
)
_DROP_LIST = Statement(delete(bad_hashes).where(_h.list == bindparam("list")), nothing)
_DROP_OF = Statement(delete(bad_hashes).where(_h.decision_id == bindparam("decision_id")), nothing)
_MISTAKEN = Statement(
    select(_m.value).where(_m.verdict == "mistaken", one_of(_m.found, "found")), lambda row: str(row[0])
)
_MATCH = Statement(_matches.where(_m.id == bindparam("id")), Match._make)
_OF_MEDIA = Statement(_matches.where(one_of(_m.media_id, "ids")).order_by(_m.id), Match._make)
_MATCHES = Statement(
    _matches.where(_m.id < bindparam("below"), _m.id > bindparam("above"))
    .order_by(_m.id.desc())
    .limit(bindparam("limit")),
    Match._make,
)
_OPEN = Statement(select(func.count()).where(text("verdict = ''")).select_from(bad_matches), number)
_NEXT_MEDIA = Statement(
    select(*(media_attachments.c[name] for name in Medium._fields))
    .where(
        media_attachments.c.id > bindparam("above"),
        media_attachments.c.role == "attachment",
        media_attachments.c.digest.is_not(None),
    )
    .order_by(media_attachments.c.id)
    .limit(bindparam("limit")),
    Medium._make,
)
_CHECKED = Statement(
    text("SELECT checked_digest FROM media_provenance WHERE media_id = :id AND checked_digest IS NOT NULL"),
    lambda row: str(row[0]),
)


def by_sha(values: list[str]) -> Query[BadHash]:
    """Hashes that are one of these very texts."""
    return _BY_SHA(values=values)


def by_ids(ids: list[int]) -> Query[BadHash]:
    """Hashes by their ids."""
    return _BY_IDS(ids=ids)


def mark() -> Query[Mark]:
    """How many PDQ hashes there are, and the last."""
    return _MARK()


def pdq_above(hash_id: int) -> Query[list[tuple[int, str]]]:
    """(id, hash) of the next PDQ hashes, many at once."""
    return _PDQ_ABOVE(above=hash_id)


def lists() -> Query[Held]:
    """What lists there are."""
    return _LISTS()


def add(values: dict[str, Any]) -> Query[Any]:
    """A hash of a list, once."""
    return insert_new(bad_hashes, values)


def drop_list(name: str) -> Query[None]:
    """Forget the hashes of a list."""
    return _DROP_LIST(list=name)


def drop_of(decision_id: int) -> Query[None]:
    """Forget what a ban added."""
    return _DROP_OF(decision_id=decision_id)


def mistaken(found: list[str]) -> Query[str]:
    """Hashes of lists that do not mean files with these digests, as a moderator said."""
    return _MISTAKEN(found=found)


def add_match(values: dict[str, Any]) -> Query[None]:
    """Keep what was recognised."""
    return insert(bad_matches, values)


def change_match(match_id: int, values: dict[str, Any]) -> Query[None]:
    """What a moderator said of it."""
    return update_row(bad_matches, "id", match_id, values)


def match(match_id: int) -> Query[Match]:
    """One match."""
    return _MATCH(id=match_id)


def of_media(ids: list[int]) -> Query[Match]:
    """What was recognised among these media."""
    return _OF_MEDIA(ids=ids)


def matches(page: Page) -> Query[Match]:
    """All matches, newest first."""
    return _MATCHES(**bounds(page))


def open_count() -> Query[int]:
    """How many wait for a moderator."""
    return _OPEN()


def media_above(media_id: int, limit: int) -> Query[Medium]:
    """The next media of which a digest is known."""
    return _NEXT_MEDIA(above=media_id, limit=limit)


def checked_digest(media_id: int) -> Query[str]:
    """The digest of the bytes as they were uploaded, where others are published."""
    return _CHECKED(id=media_id)
