"""What this node is and how its community presents itself."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import accounts, communities, instance, oauth
from fedserver.edge import responses, vapid
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import instance as render

_MONTH_MS = 28 * 24 * 3600 * 1000
_COUNTED_S = 60.0


class _Counts(NamedTuple):
    """Counted now and then: counting reads every account."""

    until: float
    people: int
    posts: int
    domains: int
    active: int


async def v2(call: Call) -> Response:
    """GET /api/v2/instance"""
    return responses.raw_json(render.instance_v2(await _facts(call)))


async def v1(call: Call) -> Response:
    """GET /api/v1/instance"""
    return responses.raw_json(render.instance_v1(await _facts(call)))


async def rules(call: Call) -> Response:
    """GET /api/v1/instance/rules"""
    return responses.json(render.rules(tuple(await call.parts.db.all(communities.rules_of()))))


async def peers(call: Call) -> Response:
    """GET /api/v1/instance/peers: the servers known here, if the settings tell them."""
    if not call.parts.config.access.peers:
        raise NotFound
    return responses.json(await call.parts.db.all(accounts.known_domains()))


async def _facts(call: Call) -> render.Facts:
    db = call.parts.db
    community = await db.one(communities.by_id())
    if community is None:
        raise NotFound
    counts = await _counts(call)
    contact = community.contact_account_id
    people = await common.renderer(call).accounts_by_id(db, [contact]) if contact is not None else {}
    return render.Facts(
        site=call.parts.site,
        community=community,
        rules=tuple(await db.all(communities.rules_of())),
        people=counts.people,
        posts=counts.posts,
        domains=counts.domains,
        active_month=counts.active,
        contact=people.get(contact) if contact is not None else None,
        access=call.parts.config.access,
        vapid_key=await vapid.public_key(call.parts),
    )


async def _counts(call: Call) -> _Counts:
    kept = call.parts.extra.get("instance_counts")
    clock = call.parts.clock
    if isinstance(kept, _Counts) and clock.monotonic() < kept.until:
        return kept
    db = call.parts.db
    people, posts = await db.one(accounts.local_counts()) or (0, 0)
    found = _Counts(
        until=clock.monotonic() + _COUNTED_S,
        people=people,
        posts=posts,
        domains=await db.one(instance.domain_count()) or 0,
        active=await db.one(oauth.active_users(clock.now_ms() - _MONTH_MS)) or 0,
    )
    call.parts.extra["instance_counts"] = found
    return found
