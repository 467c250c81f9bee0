"""Notifications one by one: list, one, dismiss, clear, how many are unread. Groups: ``notification_groups``."""

from __future__ import annotations

from typing import Any

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import notifications as rows
from fedserver.db.queries import reactions
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import NotFound
from fedserver.kit.paging import Page
from fedserver.render.mastodon.notifications import notifications
from fedserver.render.mastodon.renderer import join
from fedserver.services import notifications as service

_MAX_TYPES = 50


async def listed(call: Call) -> Response:
    """GET /api/v1/notifications"""
    query, page = call.query, call.query.page(40, 80)
    wanted = wanted_of(call, query)
    found = await call.parts.db.all(rows.page(call.me.account_id, page, common.now(call), **wanted))
    ordered = found[::-1] if page.ascending else found
    bodies = await notifications(common.renderer(call), call.parts.db, ordered, call.me.account_id)
    listed = join([bodies[row.id] for row in ordered if row.id in bodies])
    return responses.raw_paged(call, listed, [row.id for row in ordered])


async def show(call: Call) -> Response:
    """GET /api/v1/notifications/{id}"""
    found = await call.parts.db.all(rows.by_id(call.me.account_id, call.id()))
    bodies = await notifications(common.renderer(call), call.parts.db, found, call.me.account_id)
    if not bodies:
        raise NotFound
    return responses.raw_json(bodies[found[0].id])


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/{id}/dismiss"""
    return await _dismiss(call, call.id())


async def dismiss_named(call: Call) -> Response:
    """POST /api/v1/notifications/dismiss: the form from before 1.3, which some libraries still call."""
    notification_id = (await call.params()).id("id")
    if notification_id is None:
        raise NotFound
    return await _dismiss(call, notification_id)


async def _dismiss(call: Call, notification_id: int) -> Response:
    account_id = call.me.account_id
    await call.parts.db.run(lambda unit: service.dismiss(unit, account_id, notification_id))
    return responses.empty()


async def clear(call: Call) -> Response:
    """POST /api/v1/notifications/clear, also under v2"""
    account_id = call.me.account_id
    await call.parts.db.run(lambda unit: service.clear(unit, account_id))
    return responses.empty()


async def unread_count(call: Call) -> Response:
    """GET /api/v1/notifications/unread_count: those above the marker, counted up to ``limit``."""
    return responses.json({"count": await count_unread(call)})


async def count_unread(call: Call, grouped: list[str] | None = None) -> int:
    """How many lie above the marker, up to ``limit``; groups count once for the types in ``grouped``."""
    limit = call.query.limit(100, 1000)
    markers = await call.parts.db.all(reactions.markers_of(call.me.account_id, ["notifications"]))
    above = markers[0].last_read_id if markers else 0
    wanted = wanted_of(call, call.query)
    page = Page(since_id=above, limit=limit)
    return len(
        await call.parts.db.all(rows.page(call.me.account_id, page, common.now(call), **wanted, grouped=grouped))
    )


def wanted_of(call: Call, query: Params) -> dict[str, Any]:
    """What the query narrows the list by. Whoever no longer moderates is told nothing more of reports."""
    types = query.texts("types", _MAX_TYPES)
    exclude = query.texts("exclude_types", _MAX_TYPES)
    return {
        "types": types or None,
        "exclude": exclude if call.me.may("moderator") else [*exclude, *service.STAFF_TYPES],
        "from_id": query.id("account_id"),
        "with_filtered": query.flag("include_filtered"),
    }
