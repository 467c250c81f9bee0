"""What the community announces: listed, read, reacted to."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import announcements as rows
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.render.mastodon.announcements import told
from fedserver.render.mastodon.renderer import join
from fedserver.services import announcements as service


async def listed(call: Call) -> Response:
    """GET /api/v1/announcements"""
    me = call.me.account_id
    found = await call.parts.db.all(rows.current(me, common.now(call)))
    return responses.raw_json(join(await told(common.renderer(call), call.parts.db, found, me)))


async def dismiss(call: Call) -> Response:
    """POST /api/v1/announcements/{id}/dismiss"""
    account_id, announcement_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.dismiss(unit, account_id, announcement_id))
    return responses.empty()


async def react(call: Call) -> Response:
    """PUT /api/v1/announcements/{id}/reactions/{name}"""
    account_id, announcement_id, name = call.me.account_id, call.id(), call.path["name"]
    await call.parts.db.run(lambda unit: service.react(unit, account_id, announcement_id, name))
    return responses.empty()


async def unreact(call: Call) -> Response:
    """DELETE /api/v1/announcements/{id}/reactions/{name}"""
    account_id, announcement_id, name = call.me.account_id, call.id(), call.path["name"]
    await call.parts.db.run(lambda unit: service.unreact(unit, account_id, announcement_id, name))
    return responses.empty()
