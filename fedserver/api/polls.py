"""Polls by the id of their post."""

from __future__ import annotations

import orjson
from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import polls, statuses
from fedserver.db.queries.statuses import Status
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import polls as render
from fedserver.services import polls as service

MAX_CHOICES = 50


async def show(call: Call) -> Response:
    """GET /api/v1/polls/{id}. For users the counts of another server are asked for, at most once a minute."""
    row = await _post(call)
    if call.viewer is not None and not row.local and call.parts.refresh_poll is not None:
        await call.parts.refresh_poll(row.id)
    return await _answer(call, row)


async def vote(call: Call) -> Response:
    """POST /api/v1/polls/{id}/votes"""
    choices = _choices(await call.params())
    row, account_id = await _post(call), call.me.account_id
    await call.parts.db.run(lambda unit: service.vote(unit, account_id, row.id, choices))
    return await _answer(call, row)


def _choices(params: Params) -> list[int]:
    """Indices. What is no number is no option."""
    found = []
    for text in params.texts("choices", MAX_CHOICES):
        if not (text.isascii() and text.isdigit() and len(text) < 6):
            raise Invalid(lazy("Validation failed: The chosen vote option does not exist"))
        found.append(int(text))
    return found


async def _post(call: Call) -> Status:
    row = await call.parts.db.one(statuses.visible(call.id(), common.viewer_id(call)))
    if row is None:
        raise NotFound
    return row


async def _answer(call: Call, row: Status) -> Response:
    poll = await call.parts.db.one(polls.by_id(row.id))
    if poll is None:
        raise NotFound
    viewer = common.viewer_id(call)
    own = [each.choice for each in await call.parts.db.all(polls.own(viewer, [row.id]))] if viewer is not None else []
    body = render.poll(render.piece(call.parts.site, poll, row.emojis), viewer, own, common.now(call))
    return responses.json(orjson.loads(body))
