"""Media: rows of what was uploaded and of what stands here of remote media."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, or_, select, text, union_all, update

from fedserver.db.statement import Query, Statement, columns, insert, nothing, number, one_of, scalar
from fedserver.db.statement import update as update_row
from fedserver.db.tables import media_attachments


class Medium(NamedTuple):
    """A row of ``media_attachments``. Sizes in bytes and pixels, duration in ms, focus in thousandths."""

    id: int
    account_id: int
    status_id: int | None
    role: str
    position: int
    kind: str
    state: str
    error: str | None
    mime: str
    remote_url: str | None
    token: str
    original_key: str | None
    file_key: str | None
    preview_key: str | None
    size: int | None
    digest: str | None
    original_digest: str | None
    width: int | None
    height: int | None
    preview_width: int | None
    preview_height: int | None
    duration_ms: int | None
    frame_rate: int | None
    bitrate: int | None
    blurhash: str | None
    focus_x: int
    focus_y: int
    description: str | None
    local: int
    created_at: int
    cached_at: int | None
    used_at: int | None
    # moderators or a rule took it off its post: served to nobody, shown in no entity
    withheld_at: int | None = None


_select = select(*columns(media_attachments, Medium))
_m = media_attachments.c
_BY_ID = Statement(_select.where(_m.id == bindparam("id")), Medium._make)
_BY_IDS = Statement(_select.where(one_of(_m.id, "ids")).order_by(_m.id), Medium._make)
_ALL_OF_STATUSES = Statement(
    _select.where(one_of(_m.status_id, "ids")).order_by(_m.status_id, _m.position, _m.id), Medium._make
)
_OF_STATUSES = Statement(
    _select.where(one_of(_m.status_id, "ids"), _m.withheld_at.is_(None)).order_by(_m.status_id, _m.position, _m.id),
    Medium._make,
)
_OF_ACCOUNT = Statement(
    _select.where(_m.account_id == bindparam("account_id"), _m.id > bindparam("above")).order_by(_m.id).limit(500),
    Medium._make,
)
_DELETE = Statement(delete(media_attachments).where(_m.id == bindparam("id")), nothing)
_UNATTACHED = Statement(
    _select.where(
        _m.local == 1,
        _m.status_id.is_(None),
        _m.scheduled_id.is_(None),
        _m.role == "attachment",
        # what a moderator has not judged yet
        _m.withheld_at.is_(None),
        _m.created_at < bindparam("before"),
        or_(_m.used_at.is_(None), _m.used_at < bindparam("before")),
    ).limit(200),
    Medium._make,
)
_STALE_CACHE = Statement(
    _select.where(_m.local == 0, _m.cached_at < bindparam("before"))
    .where(or_(_m.used_at.is_(None), _m.used_at < bindparam("before")))
    .order_by(_m.cached_at)
    .limit(200),
    Medium._make,
)
_OLDEST_CACHE = Statement(
    _select.where(_m.local == 0, _m.cached_at.is_not(None)).order_by(_m.cached_at).limit(bindparam("limit")),
    Medium._make,
)
_CACHE_BYTES = Statement(
    select(func.coalesce(func.sum(_m.size), 0)).where(_m.local == 0, _m.cached_at.is_not(None)), number
)
_ACCOUNT_BYTES = Statement(
    select(func.coalesce(func.sum(_m.size), 0)).where(_m.local == 1, _m.account_id == bindparam("account_id")), number
)
_PROCESSING = Statement(_select.where(_m.state == "processing", _m.local == 1), Medium._make)
_USED = Statement(
    update(media_attachments)
    .where(_m.id == bindparam("key__"))
    .where(or_(_m.used_at.is_(None), _m.used_at < bindparam("unless_after")))
    .values(used_at=bindparam("at")),
    nothing,
)
_ATTACH = Statement(
    text(
        "UPDATE media_attachments SET status_id = :status_id, position = :position"
        " WHERE id = :id AND account_id = :account_id AND status_id IS NULL AND scheduled_id IS NULL"
        " AND role = 'attachment' AND local = 1"
    ),
    nothing,
)


_KNOWN_KEYS = Statement(
    union_all(*(select(key).where(one_of(key, "keys")) for key in (_m.original_key, _m.file_key, _m.preview_key))),
    scalar,
)


def by_id(media_id: int) -> Query[Medium]:
    return _BY_ID(id=media_id)


def by_ids(ids: list[int]) -> Query[Medium]:
    return _BY_IDS(ids=ids)


def of_statuses(ids: list[int]) -> Query[Medium]:
    """Attachments in the order of their posts and positions, without what is withheld."""
    return _OF_STATUSES(ids=ids)


def all_of_statuses(ids: list[int]) -> Query[Medium]:
    """Attachments with those that are withheld: for what removes or replaces them."""
    return _ALL_OF_STATUSES(ids=ids)


def of_account(account_id: int, above: int = -1) -> Query[Medium]:
    return _OF_ACCOUNT(account_id=account_id, above=above)


def add(values: dict[str, Any]) -> Query[None]:
    return insert(media_attachments, values)


def change(media_id: int, values: dict[str, Any]) -> Query[None]:
    return update_row(media_attachments, "id", media_id, values)


def attach(media_id: int, account_id: int, status_id: int, position: int) -> Query[None]:
    """Bind an unattached medium of the account to a status; touches one row, or none."""
    return _ATTACH(id=media_id, account_id=account_id, status_id=status_id, position=position)


def detach(media_id: int, now: int) -> Query[None]:
    """Make an attachment an upload again, which the author may post anew before it is swept."""
    return change(media_id, {"status_id": None, "used_at": now})


def remove(media_id: int) -> Query[None]:
    return _DELETE(id=media_id)


def unattached(before: int) -> Query[Medium]:
    """Uploads that nobody posted."""
    return _UNATTACHED(before=before)


def known_keys(keys: list[str]) -> Query[str]:
    """Those of the names of blobs that a row knows. Reads all rows."""
    return _KNOWN_KEYS(keys=keys)


def stale_cache(before: int) -> Query[Medium]:
    """Cached remote media that nobody looked at since a time."""
    return _STALE_CACHE(before=before)


def oldest_cache(limit: int) -> Query[Medium]:
    return _OLDEST_CACHE(limit=limit)


def cache_bytes() -> Query[int]:
    return _CACHE_BYTES()


def account_bytes(account_id: int) -> Query[int]:
    return _ACCOUNT_BYTES(account_id=account_id)


def processing() -> Query[Medium]:
    return _PROCESSING()


def used(media_id: int, at: int, unless_after: int) -> Query[None]:
    """Somebody looked; written at most once in a while."""
    return _USED(key__=media_id, at=at, unless_after=unless_after)
