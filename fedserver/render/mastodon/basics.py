"""What all entities share: dates, addresses, custom emoji."""

from __future__ import annotations

from typing import Any

import orjson

from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, HELD, PUBLIC, UNLISTED
from fedserver.domain import uris
from fedserver.domain.site import Site
from fedserver.kit.clock import to_iso
from protocol.activitystreams.urls import http_url

_VISIBILITIES = {PUBLIC: "public", UNLISTED: "unlisted", FOLLOWERS: "private", DIRECT: "direct"}
VISIBILITY_NUMBERS = {name: number for number, name in _VISIBILITIES.items()}
# what moderators hold is shown to its author alone, and apps know no word that is nearer
VISIBILITIES = {**_VISIBILITIES, HELD: "direct"}
_DAY_MS = 24 * 3600 * 1000


def iso(ms: int | None) -> str | None:
    """A moment, or null."""
    return None if ms is None else to_iso(ms)


def midnight(ms: int) -> str:
    """The day of a moment, as a moment: accounts tell no more of their beginning (Mastodon 3.4)."""
    return to_iso(ms - ms % _DAY_MS)


def day(ms: int | None) -> str | None:
    """``2026-11-22``, or null."""
    return None if ms is None else to_iso(ms)[:10]


def text_id(number: int | None) -> str | None:
    """An id as clients know it, or null."""
    return None if number is None else str(number)


def address(*candidates: str | None) -> str | None:
    """The first that is an http(s) address, or null: a client never gets any other scheme."""
    for candidate in candidates:
        found = http_url(candidate) if candidate else None
        if found is not None:
            return found
    return None


def emojis(site: Site, stored: str) -> list[dict[str, Any]]:
    """Custom emoji as a row keeps them. The pictures are ours: no reader's address reaches another server."""
    if stored == "[]":
        return []
    return [
        emoji(site, str(each["shortcode"]), int(each["media_id"]), str(each["token"]))
        for each in orjson.loads(stored)
        if "media_id" in each
    ]


def emoji(site: Site, shortcode: str, media_id: int, token: str, *, visible: bool = False) -> dict[str, Any]:
    """CustomEmoji."""
    return {
        "shortcode": shortcode,
        "url": uris.media(site, media_id, token),
        "static_url": uris.media(site, media_id, token, "small"),
        "visible_in_picker": visible,
    }
