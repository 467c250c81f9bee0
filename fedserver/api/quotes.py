"""Who quotes a post, and whether they may."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.api.statuses import visible
from fedserver.db.queries import quotes, timelines
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.render.mastodon.renderer import join
from fedserver.services import quotes as service


async def listed(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/quotes: accepted quotes of a post, as far as the viewer may see them."""
    row, page = await visible(call), call.query.page(20, 40)
    ids = await call.parts.db.all(quotes.page_of(row.id, page))
    ordered = ids[::-1] if page.ascending else ids
    rows = await call.parts.db.all(timelines.by_ids(common.viewer_id(call), ids)) if ids else []
    found = await common.renderer(call).status_map(call.parts.db, rows, common.viewer_id(call))
    return responses.raw_paged(call, join(found[each] for each in ordered if each in found), ordered)


async def revoke(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/quotes/{quoting_id}/revoke: answers with the post that quoted."""
    status_id, quoting_id, account_id = call.id(), call.id("quoting_id"), call.me.account_id
    await call.parts.db.run(lambda unit: service.revoke(unit, account_id, status_id, quoting_id))
    return await common.show_status(call, quoting_id)


async def policy(call: Call) -> Response:
    """PUT /api/v1/statuses/{id}/interaction_policy"""
    name = (await call.params()).required("quote_approval_policy")
    status_id, account_id = call.id(), call.me.account_id
    await call.parts.db.run(lambda unit: service.set_policy(unit, account_id, status_id, name))
    return await common.show_status(call, status_id)
