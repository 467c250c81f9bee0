"""What all entities share: dates, addresses, custom emoji."""

from __future__ import annotations

from typing import Any

import orjson

from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, PUBLIC, UNLISTED
from fedserver.kit.clock import to_iso
from protocol.activitystreams.urls import http_url

VISIBILITIES = {PUBLIC: "public", UNLISTED: "unlisted", FOLLOWERS: "private", DIRECT: "direct"}
VISIBILITY_NUMBERS = {name: number for number, name in VISIBILITIES.items()}
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


def emojis(stored: str) -> list[dict[str, Any]]:
    """Custom emoji as they were stored, without those whose picture has no http(s) address."""
    if stored == "[]":
        return []
    return [
        {
            "shortcode": str(each["shortcode"]),
            "url": url,
            "static_url": address(each.get("static_url")) or url,
            "visible_in_picker": False,
        }
        for each in orjson.loads(stored)
        if (url := address(each.get("url"))) is not None
    ]
