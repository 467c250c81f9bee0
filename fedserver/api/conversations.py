"""Conversations, the timeline of direct posts, and threads that somebody does not want to hear of."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import conversations as rows
from fedserver.db.queries import timelines
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon.conversations import conversations
from fedserver.render.mastodon.renderer import join
from fedserver.services import conversations as service


async def listed(call: Call) -> Response:
    """GET /api/v1/conversations, paged by the ids of their newest posts"""
    page = call.query.page()
    found = await call.parts.db.all(rows.listed(call.me.account_id, page))
    ordered = found[::-1] if page.ascending else found
    bodies = await conversations(common.renderer(call), call.parts.db, ordered, call.me.account_id)
    listed = join(bodies[row.id] for row in ordered)
    return responses.raw_paged(call, listed, [row.last_status_id for row in ordered])


async def delete(call: Call) -> Response:
    """DELETE /api/v1/conversations/{id}"""
    account_id, conversation_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.remove(unit, account_id, conversation_id))
    return responses.empty()


async def read(call: Call) -> Response:
    """POST /api/v1/conversations/{id}/read"""
    return await _mark(call, unread=False)


async def unread(call: Call) -> Response:
    """POST /api/v1/conversations/{id}/unread"""
    return await _mark(call, unread=True)


async def timeline(call: Call) -> Response:
    """GET /api/v1/timelines/direct: deprecated since Mastodon 2.6, and still asked for."""
    page = call.query.page()
    found = await call.parts.db.all(timelines.direct(call.me.account_id, page, common.now(call)))
    return await common.show_statuses(call, found, page)


async def mute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/mute"""
    return await _mute(call, muted=True)


async def unmute(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unmute"""
    return await _mute(call, muted=False)


async def _mute(call: Call, *, muted: bool) -> Response:
    account_id, status_id = call.me.account_id, call.id()
    shown = await call.parts.db.run(lambda unit: service.mute_thread(unit, account_id, status_id, muted=muted))
    return await common.show_status(call, shown)


async def _mark(call: Call, *, unread: bool) -> Response:
    account_id, conversation_id = call.me.account_id, call.id()
    row = await call.parts.db.run(lambda unit: service.mark(unit, account_id, conversation_id, unread=unread))
    bodies = await conversations(common.renderer(call), call.parts.db, [row], account_id)
    if not bodies:
        raise NotFound
    return responses.raw_json(bodies[row.id])
