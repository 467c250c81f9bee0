"""ScheduledStatus, and AsyncRefresh: what is about to be a post, or about to be fetched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from fedserver.db.queries.media import Medium
from fedserver.db.queries.scheduled import Scheduled
from fedserver.domain.interactions import POLICIES
from fedserver.domain.site import Site
from fedserver.kit.clock import to_iso
from fedserver.render.mastodon import media
from fedserver.render.mastodon.basics import VISIBILITIES, text_id

_POLICY_NAMES = {bits: name for name, bits in POLICIES.items()}


def scheduled(site: Site, row: Scheduled, attached: Sequence[Medium]) -> dict[str, Any]:
    """ScheduledStatus. ``params`` says what was asked for, in the client's words."""
    draft = orjson.loads(row.params)
    order = {media_id: position for position, media_id in enumerate(draft["media_ids"])}
    params = {
        "text": draft["text"],
        "poll": draft["poll"],
        "media_ids": [str(each) for each in draft["media_ids"]] or None,
        "sensitive": draft["sensitive"],
        "spoiler_text": draft["spoiler"] or None,
        "visibility": VISIBILITIES[draft["visibility"]],
        "language": draft["language"],
        "scheduled_at": None,
        "idempotency": None,
        "in_reply_to_id": draft["in_reply_to_id"],
        "application_id": draft["app_id"] or 0,
        "with_rate_limit": False,
        "allowed_mentions": None,
        "quoted_status_id": text_id(draft["quoted_status_id"]),
        "quote_approval_policy": _POLICY_NAMES.get(draft["quote_policy"], "nobody"),
    }
    shown = sorted(attached, key=lambda each: order.get(each.id, 0))
    return {
        "id": str(row.id),
        "scheduled_at": to_iso(row.scheduled_at),
        "params": params,
        "media_attachments": [media.attachment(site, each) for each in shown],
    }


def async_refresh(refresh_id: str, running: bool, count: int) -> dict[str, Any]:
    """AsyncRefresh in its envelope."""
    status = "running" if running else "finished"
    return {"async_refresh": {"id": refresh_id, "status": status, "result_count": count}}
