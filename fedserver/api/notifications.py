"""Notifications: list, one, dismiss, clear, how many are unread."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import reactions
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.kit.paging import Page
from fedserver.render.mastodon.notifications import notifications
from fedserver.render.mastodon.renderer import join
from fedserver.services import notifications as service

_MAX_TYPES = 50


async def listed(call: Call) -> Response:
    """GET /api/v1/notifications"""
    query, page = call.query, call.query.page(40, 80)
    types = query.texts("types", _MAX_TYPES)
    rows = await call.parts.db.all(
        reactions.notifications_of(
            call.me.account_id,
            page,
            common.now(call),
            types=types or None,
            exclude=query.texts("exclude_types", _MAX_TYPES),
            from_id=query.id("account_id"),
        )
    )
    ordered = rows[::-1] if page.ascending else rows
    bodies = await notifications(common.renderer(call), call.parts.db, ordered, call.me.account_id)
    listed = join(bodies[row.id] for row in ordered if row.id in bodies)
    return responses.raw_paged(call, listed, [row.id for row in ordered])


async def show(call: Call) -> Response:
    """GET /api/v1/notifications/{id}"""
    rows = await call.parts.db.all(reactions.notification(call.me.account_id, call.id()))
    bodies = await notifications(common.renderer(call), call.parts.db, rows, call.me.account_id)
    if not bodies:
        raise NotFound
    return responses.raw_json(bodies[rows[0].id])


async def dismiss(call: Call) -> Response:
    """POST /api/v1/notifications/{id}/dismiss"""
    account_id, notification_id = call.me.account_id, call.id()
    await call.parts.db.run(lambda unit: service.dismiss(unit, account_id, notification_id))
    return responses.empty()


async def clear(call: Call) -> Response:
    """POST /api/v1/notifications/clear"""
    account_id = call.me.account_id
    await call.parts.db.run(lambda unit: service.clear(unit, account_id))
    return responses.empty()


async def unread_count(call: Call) -> Response:
    """GET /api/v1/notifications/unread_count: those above the marker, counted up to ``limit``."""
    limit = call.query.number("limit", 1, 1000, 100) or 100
    account_id = call.me.account_id
    markers = await call.parts.db.all(reactions.markers_of(account_id, ["notifications"]))
    above = markers[0].last_read_id if markers else 0
    types = call.query.texts("types", _MAX_TYPES)
    rows = await call.parts.db.all(
        reactions.notifications_of(
            account_id,
            Page(since_id=above, limit=limit),
            common.now(call),
            types=types or None,
            exclude=call.query.texts("exclude_types", _MAX_TYPES),
        )
    )
    return responses.json({"count": len(rows)})
