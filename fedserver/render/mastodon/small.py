"""Entities of a few keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from fedserver.db.queries.moderation import Report
from fedserver.db.queries.reactions import Marker
from fedserver.db.queries.relations import Relation
from fedserver.domain import uris
from fedserver.domain.moderation.categories import CATEGORIES
from fedserver.domain.provenance.reading import wishes_of
from fedserver.domain.site import Site
from fedserver.kit.clock import to_iso
from fedserver.render.mastodon.basics import iso


def relationship(row: Relation) -> dict[str, Any]:
    """Relationship: all keys that clients require."""
    following = row.following == "accepted"
    return {
        "id": str(row.id),
        "following": following,
        "showing_reblogs": following and bool(row.show_reblogs),
        "notifying": following and bool(row.notify),
        "languages": orjson.loads(row.languages) if row.languages else None,
        "followed_by": row.followed_by == "accepted",
        "blocking": row.blocking is not None,
        "blocked_by": row.blocked_by is not None,
        "muting": row.muting is not None,
        "muting_notifications": row.muting is not None and bool(row.muting_notifications),
        "muting_expires_at": iso(row.mute_expires_at),
        "requested": row.following == "requested",
        "requested_by": row.followed_by == "requested",
        "domain_blocking": row.domain_blocking is not None,
        "endorsed": row.endorsed is not None,
        "note": row.note or "",
    }


def report(row: Report, status_ids: Iterable[int], target: bytes) -> bytes:
    """Report, as the reporter sees it."""
    head = {
        "id": str(row.id),
        "action_taken": row.resolved_at is not None,
        "action_taken_at": iso(row.resolved_at),
        "category": CATEGORIES.get(row.category, "other"),
        "comment": row.comment,
        "forwarded": bool(row.forwarded),
        "created_at": to_iso(row.created_at),
        "status_ids": [str(each) for each in status_ids],
        "rule_ids": orjson.loads(row.rule_ids),
        "collection_ids": None,
    }
    return orjson.dumps(head)[:-1] + b',"target_account":' + target + b"}"


def marker(row: Marker) -> dict[str, Any]:
    """Marker."""
    return {"last_read_id": str(row.last_read_id), "version": row.version, "updated_at": to_iso(row.updated_at)}


def tag(
    site: Site,
    name: str,
    tag_id: int | None,
    following: bool | None,
    history: list[dict[str, str]],
    featuring: bool = False,
) -> dict[str, Any]:
    """Tag; ``following`` None for visitors. ``history``: of ``trends.history``."""
    found: dict[str, Any] = {
        "id": str(tag_id) if tag_id is not None else name,
        "name": name,
        "url": uris.tag_page(site, name),
        "history": history,
    }
    if following is not None:
        found |= {"following": following, "featuring": featuring}
    return found


def preferences(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Preferences. ``stored``: ``privacy``, ``sensitive``, ``language`` and what clients keep beside them."""
    return {
        "posting:default:visibility": stored["privacy"],
        "posting:default:sensitive": stored["sensitive"],
        "posting:default:language": stored["language"],
        "posting:default:quote_policy": stored.get("quote_policy", "public"),
        "reading:expand:media": stored.get("expand_media", "default"),
        "reading:expand:spoilers": bool(stored.get("expand_spoilers", False)),
        "reading:autoplay:gifs": bool(stored.get("autoplay_gifs", False)),
        "posting:default:provenance": stored.get("media_made", ""),
        "reading:provenance:ai": wishes_of(stored).ai,
        "reading:provenance:unlabelled": wishes_of(stored).unlabelled,
        "reading:remember_seen": stored.get("remember_seen") is True,
    }
