"""What the node tells of itself besides ``instance``: its texts, whom it shuts out, its emoji, how much goes on."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import communities, emojis, instance, moderation, terms
from fedserver.db.queries.communities import Community
from fedserver.domain import uris
from fedserver.domain.languages import LANGUAGES
from fedserver.domain.moderation.domains import SEVERITIES, obfuscated
from fedserver.domain.text import compose
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import NotFound, Unauthorized
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import floor_of
from fedserver.render.mastodon import basics

_WEEKS = 12
_WEEK_MS = 7 * 24 * 3600 * 1000
_COUNTED_S = 3600.0
_SEVERITIES = {"limit": "silence", "suspend": "suspend"}


class _Weeks(NamedTuple):
    until: float
    rows: list[dict[str, str]]


async def activity(call: Call) -> Response:
    """GET /api/v1/instance/activity: twelve weeks, the newest first; counted once an hour."""
    if not call.parts.config.access.activity:
        raise NotFound
    kept, clock = call.parts.extra.get("instance_activity"), call.parts.clock
    if not isinstance(kept, _Weeks) or clock.monotonic() > kept.until:
        kept = _Weeks(clock.monotonic() + _COUNTED_S, await _weeks(call, clock.now_ms()))
        call.parts.extra["instance_activity"] = kept
    return responses.json(kept.rows)


async def _weeks(call: Call, now: int) -> list[dict[str, str]]:
    # Mondays, as everywhere: 1970 began on a Thursday
    begin = now - (now - 4 * 24 * 3600 * 1000) % _WEEK_MS
    found = []
    for number in range(_WEEKS):
        start = begin - number * _WEEK_MS
        end = start + _WEEK_MS
        posts = await call.parts.db.one(instance.local_posts(floor_of(start), floor_of(end))) or 0
        people = await call.parts.db.one(instance.people_between(start, end))
        logins, registrations = people or (0, 0)
        row = {"statuses": posts, "logins": logins, "registrations": registrations}
        found.append({"week": str(start // 1000), **{name: str(value) for name, value in row.items()}})
    return found


async def domain_blocks(call: Call) -> Response:
    """GET /api/v1/instance/domain_blocks: for whom the settings say."""
    access = call.parts.config.access
    if access.domain_blocks == "disabled":
        raise NotFound
    if access.domain_blocks == "users" and call.viewer is None:
        raise Unauthorized(lazy("This method requires an authenticated user"))
    found = [row for row in await call.parts.db.all(moderation.policies()) if _felt(row)]
    # the hardest first, as Mastodon has it
    found.sort(key=lambda row: (-SEVERITIES.index(row.severity), row.domain))
    return responses.json(
        [
            {
                "domain": obfuscated(row.domain) if row.obfuscate else row.domain,
                "digest": hashlib.sha256(row.domain.encode()).hexdigest(),
                "severity": _SEVERITIES[row.severity],
                "comment": row.public_comment if access.domain_block_reasons else "",
            }
            for row in found
        ]
    )


def _felt(row: moderation.DomainPolicy) -> bool:
    """Whether people here see less because of a policy. Whom the node lets in, and whose reports it refuses, is not
    what this list is about."""
    return row.severity in _SEVERITIES


async def extended_description(call: Call) -> Response:
    """GET /api/v1/instance/extended_description"""
    community = await _community(call)
    return responses.json(_text(call, community, community.description or community.short_description))


async def privacy_policy(call: Call) -> Response:
    """GET /api/v1/instance/privacy_policy"""
    community = await _community(call)
    return responses.json(_text(call, community, community.privacy))


def _text(call: Call, community: Community, text: str) -> dict[str, Any]:
    return {"updated_at": to_iso(community.updated_at), "content": _html(call, text)}


def _html(call: Call, text: str) -> str:
    return compose.to_html(text, {}, lambda name: uris.tag_page(call.parts.site, name))


async def terms_of_service(call: Call) -> Response:
    """GET /api/v1/instance/terms_of_service: those that hold today."""
    return await _terms(call, None)


async def terms_of_service_of(call: Call) -> Response:
    """GET /api/v1/instance/terms_of_service/{date}"""
    return await _terms(call, call.path["date"])


async def _terms(call: Call, date: str | None) -> Response:
    today = to_iso(common.now(call))[:10]
    rows = await call.parts.db.all(terms.versions())
    dates = [row.effective_date for row in rows]
    position = terms.in_force(rows, today) if date is None else dates.index(date) if date in dates else None
    if position is None or not rows[position].text:
        raise NotFound
    return responses.json(
        {
            "effective_date": dates[position],
            "effective": dates[position] <= today,
            "content": _html(call, rows[position].text),
            "succeeded_by": dates[position + 1] if position + 1 < len(rows) else None,
        }
    )


async def languages(call: Call) -> Response:
    """GET /api/v1/instance/languages"""
    return responses.json([{"code": code, "name": name} for code, name in LANGUAGES.items()])


async def custom_emojis(call: Call) -> Response:
    """GET /api/v1/custom_emojis: this node's own."""
    rows = await call.parts.db.all(emojis.of_domain())
    return responses.json(
        [
            basics.emoji(call.parts.site, row.emoji.shortcode, row.medium.id, row.medium.token, visible=True)
            | {"category": row.emoji.category}
            for row in rows
            if row.emoji.visible and row.medium.state == "ready"
        ]
    )


async def _community(call: Call) -> Community:
    found = await call.parts.db.one(communities.by_id())
    if found is None:
        raise NotFound
    return found
