"""What is filtered out of notifications: the policy, and the requests of those whom it keeps back."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import notices as rows
from fedserver.db.queries.notices import MEANINGFUL, RULES, Policy
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.kit.paging import Page
from fedserver.render.mastodon import notifications as render
from fedserver.render.mastodon.renderer import join
from fedserver.services import notifications as service

_MAX_REQUESTS = 200


async def show_policy(call: Call) -> Response:
    """GET /api/v2/notifications/policy"""
    return responses.json(render.policy(*await _policy(call)))


async def save_policy(call: Call) -> Response:
    """PATCH and PUT /api/v2/notifications/policy"""
    params = await call.params()
    changes = {name: value for name in RULES if (value := params.text(name)) is not None}
    await _change(call, changes)
    return await show_policy(call)


async def show_policy_v1(call: Call) -> Response:
    """GET /api/v1/notifications/policy (4.3's first shape)"""
    return responses.json(render.policy_v1(*await _policy(call)))


async def save_policy_v1(call: Call) -> Response:
    """PATCH and PUT /api/v1/notifications/policy: booleans"""
    params = await call.params()
    given = {name: params.maybe_flag(name.replace("for_", "filter_", 1)) for name in RULES[:4]}
    changes = {name: "filter" if value else "accept" for name, value in given.items() if value is not None}
    await _change(call, changes)
    return await show_policy_v1(call)


async def requests(call: Call) -> Response:
    """GET /api/v1/notifications/requests"""
    page, me = call.query.page(40, 80), call.me.account_id
    found = await call.parts.db.all(rows.requests(me, page))
    ordered = found[::-1] if page.ascending else found
    bodies = await render.requests(common.renderer(call), call.parts.db, ordered, me)
    listed = join(bodies[row.id] for row in ordered if row.id in bodies)
    return responses.raw_paged(call, listed, [row.id for row in ordered])


async def request(call: Call) -> Response:
    """GET /api/v1/notifications/requests/{id}"""
    found = await call.parts.db.all(rows.requests_by_id(call.me.account_id, [call.id()]))
    bodies = await render.requests(common.renderer(call), call.parts.db, found, call.me.account_id)
    if not bodies:
        raise NotFound
    return responses.raw_json(bodies[found[0].id])


async def accept(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/accept"""
    account_id, request_id = call.me.account_id, call.id()
    if not await call.parts.db.run(lambda unit: service.accept_requests(unit, account_id, [request_id])):
        raise NotFound
    return responses.empty()


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/requests/{id}/dismiss"""
    account_id, request_id = call.me.account_id, call.id()
    if not await call.parts.db.run(lambda unit: service.dismiss_requests(unit, account_id, [request_id])):
        raise NotFound
    return responses.empty()


async def accept_many(call: Call) -> Response:
    """POST /api/v1/notifications/requests/accept: those of ``id[]`` that are one's own"""
    account_id, ids = call.me.account_id, (await call.params()).ids("id", _MAX_REQUESTS)
    await call.parts.db.run(lambda unit: service.accept_requests(unit, account_id, ids))
    return responses.empty()


async def dismiss_many(call: Call) -> Response:
    """POST /api/v1/notifications/requests/dismiss: those of ``id[]`` that are one's own"""
    account_id, ids = call.me.account_id, (await call.params()).ids("id", _MAX_REQUESTS)
    await call.parts.db.run(lambda unit: service.dismiss_requests(unit, account_id, ids))
    return responses.empty()


async def merged(call: Call) -> Response:
    """GET /api/v1/notifications/requests/merged: an accepted request is merged before it is answered, so always"""
    return responses.json({"merged": True})


async def _policy(call: Call) -> tuple[Policy, list[rows.Request]]:
    me = call.me.account_id
    held = await call.parts.db.one(rows.policy(me))
    return held or Policy(), await call.parts.db.all(rows.requests(me, Page(limit=MEANINGFUL)))


async def _change(call: Call, changes: dict[str, str]) -> None:
    account_id = call.me.account_id
    if changes:
        await call.parts.db.run(lambda unit: service.set_policy(unit, account_id, changes))
