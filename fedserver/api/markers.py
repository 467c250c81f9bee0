"""How far timelines were read, shared between one's clients; and preferences."""

from __future__ import annotations

from typing import Any

import orjson
from aiohttp.web import Response

from fedserver.db.queries import preferences, reactions
from fedserver.db.unit import Unit
from fedserver.edge import responses, seen
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import small
from fedserver.render.mastodon.basics import VISIBILITIES
from fedserver.services import filters
from fedserver.services import notifications as service
from fedserver.services import preferences as preference_service
from fedserver.services import seen as seen_service

TIMELINES = ("home", "notifications")


async def show(call: Call) -> Response:
    """GET /api/v1/markers"""
    return await _answer(call, [name for name in call.query.texts("timeline", 10) if name in TIMELINES])


async def save(call: Call) -> Response:
    """POST /api/v1/markers"""
    params = await call.params()
    read: dict[str, int] = {}
    for name in TIMELINES:
        given = params.sub(name)
        last_read_id = given.id("last_read_id") if given is not None else None
        if last_read_id is not None:
            read[name] = last_read_id
    account_id = call.me.account_id

    def work(unit: Unit) -> None:
        for name, last_read_id in read.items():
            service.mark(unit, account_id, name, last_read_id)

    if read:
        await call.parts.db.run(work)
    return await _answer(call, list(read))


async def _answer(call: Call, names: list[str]) -> Response:
    rows = await call.parts.db.all(reactions.markers_of(call.me.account_id, names)) if names else []
    return responses.json({row.timeline: small.marker(row) for row in rows})


async def show_preferences(call: Call) -> Response:
    """GET /api/v1/preferences"""
    return responses.json(small.preferences(await preferred(call)))


async def save_preferences(call: Call) -> Response:
    """PATCH /api/v1/preferences (ours): ``provenance[ai]`` and ``provenance[unlabelled]``, each show, label, blur or
    hide; ``provenance[declared]``: what is declared of one's own media where a program says nothing;
    ``remember_seen``: whether it is kept what was shown, for the signal ``seen`` of feeds."""
    params, account_id = await call.params(), call.me.account_id
    given, remember = params.sub("provenance") or Params({}), params.maybe_flag("remember_seen")

    def work(unit: Unit) -> None:
        seen_service.turn(unit, account_id, on=remember)
        filters.wish(unit, account_id, ai=given.text("ai"), unlabelled=given.text("unlabelled"))
        preference_service.change(unit, account_id, media_made=given.text("declared"))

    await call.parts.db.run(work)
    if remember is not None:
        seen.turned(call.parts)
    return await show_preferences(call)


async def preferred(call: Call) -> dict[str, Any]:
    """``privacy``, ``sensitive``, ``language``, and what clients keep beside them."""
    row = await call.parts.db.one(preferences.of_account(call.me.account_id))
    if row is None:
        raise NotFound
    return {
        **orjson.loads(row.preferences),
        "privacy": VISIBILITIES[row.default_visibility],
        "sensitive": bool(row.default_sensitive),
        "language": row.default_language,
    }
