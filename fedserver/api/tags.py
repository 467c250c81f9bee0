"""Hashtags: one, the followed ones, follow and unfollow."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import tags
from fedserver.db.unit import Unit
from fedserver.domain.text.names import normalise_hashtag
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import small
from fedserver.services import tags as service


async def show(call: Call) -> Response:
    """GET /api/v1/tags/{name}: any possible tag, used or not."""
    return await _answer(call, _name(call))


async def follow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/follow"""
    return await _act(call, service.follow)


async def unfollow(call: Call) -> Response:
    """POST /api/v1/tags/{name}/unfollow"""
    return await _act(call, service.unfollow)


async def followed(call: Call) -> Response:
    """GET /api/v1/followed_tags"""
    page = call.query.page(100, 200)
    rows = await call.parts.db.all(tags.followed(call.me.account_id, page))
    ordered = rows[::-1] if page.ascending else rows
    found = [small.tag(call.parts.site, row.name, row.id, True) for row in ordered]
    return responses.paged(call, found, [row.follow_id or 0 for row in ordered])


async def _act(call: Call, act: Callable[[Unit, int, str], None]) -> Response:
    name, account_id = _name(call), call.me.account_id
    await call.parts.db.run(lambda unit: act(unit, account_id, name))
    return await _answer(call, name)


async def _answer(call: Call, name: str) -> Response:
    viewer_id = common.viewer_id(call)
    row = await call.parts.db.one(tags.by_name(name, viewer_id))
    following = None if viewer_id is None else row is not None and row.follow_id is not None
    return responses.json(small.tag(call.parts.site, name, row.id if row is not None else None, following))


def _name(call: Call) -> str:
    name = normalise_hashtag(call.path["name"])
    if name is None:
        raise NotFound
    return name
