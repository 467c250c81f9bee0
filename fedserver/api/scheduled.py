"""One's own posts that are to be published later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from aiohttp.web import Response

from fedserver.api import drafts
from fedserver.db.queries import scheduled
from fedserver.db.queries.media import Medium
from fedserver.db.queries.scheduled import Scheduled
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import small_posts
from fedserver.services import scheduled as service


async def listed(call: Call) -> Response:
    """GET /api/v1/scheduled_statuses"""
    page = call.query.page(20, 40)
    rows = await call.parts.db.all(scheduled.of_account(call.me.account_id, page))
    ordered = rows[::-1] if page.ascending else rows
    return responses.raw_paged(call, orjson.dumps(await _entities(call, ordered)), [row.id for row in ordered])


async def show(call: Call) -> Response:
    """GET /api/v1/scheduled_statuses/{id}"""
    return await answer(call, call.id())


async def update(call: Call) -> Response:
    """PUT /api/v1/scheduled_statuses/{id}: another time, and nothing else."""
    scheduled_id, account_id = call.id(), call.me.account_id
    at = drafts.moment(await call.params(), "scheduled_at")
    if at is not None:
        await call.parts.db.run(lambda unit: service.move(unit, account_id, scheduled_id, at))
    return await answer(call, scheduled_id)


async def cancel(call: Call) -> Response:
    """DELETE /api/v1/scheduled_statuses/{id}"""
    scheduled_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: service.cancel(unit, account_id, scheduled_id))
    return responses.json({})


async def answer(call: Call, scheduled_id: int) -> Response:
    """One ScheduledStatus of the viewer's own."""
    row = await call.parts.db.one(scheduled.own(call.me.account_id, scheduled_id))
    if row is None:
        raise NotFound
    return responses.json((await _entities(call, [row]))[0])


async def _entities(call: Call, rows: Sequence[Scheduled]) -> list[dict[str, Any]]:
    kept = await call.parts.db.all(scheduled.media_of([row.id for row in rows])) if rows else []
    media: dict[int, list[Medium]] = {row.id: [] for row in rows}
    for each in kept:
        media[each.scheduled_id].append(each.medium)
    return [small_posts.scheduled(call.parts.site, row, media[row.id]) for row in rows]
