"""Uploads: rows around what ``fedserver.media`` makes of a file."""

from __future__ import annotations

import secrets
from typing import Any

from fedserver.db.queries import accounts, media, statuses
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.domain.text.characters import plain
from fedserver.kit.errors import Invalid, NotFound, StorageFull
from fedserver.kit.i18n import lazy
from fedserver.services import access


def begin(
    unit: Unit,
    account_id: int,
    *,
    original_key: str,
    size: int,
    kind: str,
    mime: str,
    description: str | None,
    focus: tuple[float, float],
    role: str = "attachment",
    quota: int | None = None,
) -> Medium:
    """A row for an uploaded file that stands in the blob store; a job or the door makes it ready."""
    access.account(unit, account_id)
    if quota is not None and unit.get(media.account_bytes(account_id)) + size > quota:
        raise StorageFull(lazy("Your storage quota is used up"))
    check_description(unit, description)
    media_id = unit.new_id()
    unit.run(
        media.add(
            {
                "id": media_id,
                "account_id": account_id,
                "role": role,
                "kind": kind,
                "state": "processing",
                "mime": mime,
                "token": secrets.token_urlsafe(16),
                "original_key": original_key,
                "size": size,
                "focus_x": round(max(-1.0, min(1.0, focus[0])) * 1000),
                "focus_y": round(max(-1.0, min(1.0, focus[1])) * 1000),
                "description": plain(description or "") or None,
                "local": 1,
                "created_at": unit.now,
            }
        )
    )
    return unit.get(media.by_id(media_id))


def check_description(unit: Unit, description: str | None) -> None:
    """``Invalid`` for an alternative text over the limit."""
    if description is not None and len(description) > unit.site.limits.description:
        limit = unit.site.limits.description
        raise Invalid(lazy("Validation failed: Description is too long (maximum is %(limit)d characters)", limit=limit))


def ready(unit: Unit, media_id: int, values: dict[str, Any]) -> bool:
    """What was made of the file. False if the row is gone (then the files are nobody's)."""
    found = unit.one(media.by_id(media_id))
    if found is None:
        return False
    unit.run(media.change(media_id, {"state": "ready", "error": None, **values}))
    _touched(unit, found)
    return True


def failed(unit: Unit, media_id: int, reason: str) -> None:
    """The file cannot be used; the row says why."""
    unit.run(media.change(media_id, {"state": "failed", "error": reason}))


def _touched(unit: Unit, found: Medium) -> None:
    if found.status_id is not None:
        unit.run(statuses.changed(found.status_id))
    if found.role != "attachment":
        unit.run(accounts.changed(found.account_id))


def describe(
    unit: Unit,
    account_id: int,
    media_id: int,
    *,
    description: str | None = None,
    focus: tuple[float, float] | None = None,
) -> Medium:
    """Change alternative text and focal point of one's own medium (on a posted one: until the next edit shows it)."""
    found = own(unit, account_id, media_id)
    check_description(unit, description)
    values: dict[str, Any] = {}
    if description is not None:
        values["description"] = plain(description) or None
    if focus is not None:
        values["focus_x"] = round(max(-1.0, min(1.0, focus[0])) * 1000)
        values["focus_y"] = round(max(-1.0, min(1.0, focus[1])) * 1000)
    if values:
        unit.run(media.change(media_id, values))
        _touched(unit, found)
    return unit.get(media.by_id(media_id))


def thumbnail(unit: Unit, account_id: int, media_id: int, values: dict[str, Any]) -> str | None:
    """Another small picture for one's own medium; the name of the former one's file. ``values``: its columns."""
    found = own(unit, account_id, media_id)
    unit.run(media.change(media_id, values))
    _touched(unit, found)
    return found.preview_key


def own(unit: Unit, account_id: int, media_id: int) -> Medium:
    """One's own medium; ``NotFound`` for anybody else's."""
    found = unit.one(media.by_id(media_id))
    if found is None or found.account_id != account_id or not found.local:
        raise NotFound
    return found


def discard(unit: Unit, account_id: int, media_id: int) -> tuple[str, ...]:
    """Delete an upload that is attached to nothing; the names of its files, to be removed after the commit."""
    found = own(unit, account_id, media_id)
    if found.status_id is not None:
        raise Invalid(lazy("Media attachment is currently used by a status"))
    unit.run(media.remove(media_id))
    return tuple(key for key in (found.original_key, found.file_key, found.preview_key) if key)


def cached(unit: Unit, media_id: int, values: dict[str, Any]) -> bool:
    """A remote medium stands here now. False if its row is gone."""
    found = unit.one(media.by_id(media_id))
    if found is None or found.local:
        return False
    unit.run(media.change(media_id, {**values, "cached_at": unit.now, "used_at": unit.now}))
    _touched(unit, found)
    return True


def evicted(unit: Unit, media_id: int) -> tuple[str, ...]:
    """A cached remote medium is dropped; the names of its files."""
    found = unit.one(media.by_id(media_id))
    if found is None or found.local or found.cached_at is None:
        return ()
    unit.run(media.change(media_id, {"file_key": None, "preview_key": None, "cached_at": None}))
    return tuple(key for key in (found.file_key, found.preview_key) if key)
