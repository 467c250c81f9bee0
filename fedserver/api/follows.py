"""Follow, unfollow, answer requests, remove followers."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.services import follows

_MAX_LANGUAGES = 200


async def follow(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/follow: again with options changes them."""
    params = await call.params()
    target_id, account_id = call.id(), call.me.account_id
    reblogs, notify = params.maybe_flag("reblogs"), params.maybe_flag("notify")
    languages = (
        [each for each in params.texts("languages", _MAX_LANGUAGES) if each] if params.has("languages") else None
    )

    def work(unit: Unit) -> None:
        me, target = common.pair(unit, account_id, target_id)
        follows.follow(unit, me, target, show_reblogs=reblogs, notify=notify, languages=languages)

    await call.parts.db.run(work)
    return await common.show_relationship(call, target_id)


async def unfollow(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/unfollow"""
    return await _act(call, lambda unit, me, target: follows.unfollow(unit, me, target))


async def remove_follower(call: Call) -> Response:
    """POST /api/v1/accounts/{id}/remove_from_followers"""
    return await _act(call, lambda unit, me, target: follows.reject(unit, me, target))


async def authorize(call: Call) -> Response:
    """POST /api/v1/follow_requests/{id}/authorize; the id is the account's."""

    def work(unit: Unit, me: Account, target: Account) -> None:
        if not follows.accept(unit, me, target):
            raise NotFound

    return await _act(call, work)


async def reject(call: Call) -> Response:
    """POST /api/v1/follow_requests/{id}/reject"""

    def work(unit: Unit, me: Account, target: Account) -> None:
        if not follows.reject(unit, me, target):
            raise NotFound

    return await _act(call, work)


async def _act(call: Call, act: Callable[[Unit, Account, Account], object]) -> Response:
    target_id, account_id = call.id(), call.me.account_id

    def work(unit: Unit) -> None:
        act(unit, *common.pair(unit, account_id, target_id, undo=True))

    await call.parts.db.run(work)
    return await common.show_relationship(call, target_id)
