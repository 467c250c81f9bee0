"""What one does with a post: favourite, boost, bookmark, pin; and who did."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp.web import Response

from fedserver.api import common
from fedserver.api.statuses import visible
from fedserver.db.queries import reactions
from fedserver.db.queries.statuses import PUBLIC
from fedserver.db.unit import Unit
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon.basics import VISIBILITY_NUMBERS
from fedserver.services import access, boosts, favourites, pins


async def favourite(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/favourite"""
    account_id = call.me.account_id

    def work(unit: Unit, status_id: int) -> None:
        me = access.account(unit, account_id)
        favourites.favourite(unit, me, access.visible_status(unit, account_id, status_id))

    return await _act(call, work)


async def unfavourite(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unfavourite"""
    account_id = call.me.account_id

    def work(unit: Unit, status_id: int) -> None:
        me = access.account(unit, account_id)
        favourites.unfavourite(unit, me, access.visible_status(unit, account_id, status_id))

    return await _act(call, work)


async def bookmark(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/bookmark"""
    account_id = call.me.account_id
    return await _act(call, lambda unit, status_id: favourites.bookmark(unit, account_id, status_id))


async def unbookmark(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unbookmark"""
    account_id = call.me.account_id
    return await _act(call, lambda unit, status_id: favourites.unbookmark(unit, account_id, status_id))


async def unreblog(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unreblog: answers with the post itself."""
    account_id = call.me.account_id
    return await _act(call, lambda unit, status_id: boosts.unboost(unit, account_id, status_id))


async def pin(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/pin"""
    account_id = call.me.account_id
    return await _act(call, lambda unit, status_id: pins.pin(unit, account_id, status_id, pinned=True))


async def unpin(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/unpin"""
    account_id = call.me.account_id
    return await _act(call, lambda unit, status_id: pins.pin(unit, account_id, status_id, pinned=False))


async def reblog(call: Call) -> Response:
    """POST /api/v1/statuses/{id}/reblog: answers with the boost, around the post."""
    name = (await call.params()).text("visibility") or "public"
    status_id, account_id = call.id(), call.me.account_id
    if name not in VISIBILITY_NUMBERS:
        raise Invalid(lazy("Validation failed: Visibility is not included in the list"))
    visibility = VISIBILITY_NUMBERS.get(name, PUBLIC)
    boost_id = await call.parts.db.run(lambda unit: boosts.boost(unit, account_id, status_id, visibility=visibility))
    return await common.show_status(call, boost_id)


async def favourited_by(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/favourited_by"""
    row, page = await visible(call), call.query.page(40, 80)
    return await common.show_accounts(call, await call.parts.db.all(reactions.favourited_by(row.id, page)), page)


async def reblogged_by(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/reblogged_by"""
    row, page = await visible(call), call.query.page(40, 80)
    return await common.show_accounts(call, await call.parts.db.all(reactions.boosted_by(row.id, page)), page)


async def _act(call: Call, act: Callable[[Unit, int], object]) -> Response:
    """Do something with the post in the path (what a boost boosts), answer with it."""
    asked, account_id = call.id(), call.me.account_id

    def work(unit: Unit) -> int:
        status_id = access.visible_status(unit, account_id, asked).id
        act(unit, status_id)
        return status_id

    return await common.show_status(call, await call.parts.db.run(work))
