"""Hashtags: one, the followed ones, follow and unfollow, put in front of one's profile and take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import featured_tags as featured_rows
from fedserver.db.queries import tags, trends
from fedserver.db.queries.tags import Tag
from fedserver.db.queries.trends import Day
from fedserver.db.unit import Unit
from fedserver.domain.text.names import is_hashtag, normalise_hashtag
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.kit.ids import floor_of
from fedserver.render.mastodon import cards as render
from fedserver.render.mastodon import small
from fedserver.services import featured_tags
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


async def feature(call: Call) -> Response:
    """POST /api/v1/tags/{name}/feature"""
    typed = call.path["name"]
    return await _act(call, lambda unit, account_id, _: featured_tags.feature(unit, account_id, typed))


async def unfeature(call: Call) -> Response:
    """POST /api/v1/tags/{name}/unfeature"""
    return await _act(call, featured_tags.unfeature)


async def followed(call: Call) -> Response:
    """GET /api/v1/followed_tags"""
    page = call.query.page(100, 200)
    rows = await call.parts.db.all(tags.followed(call.me.account_id, page))
    ordered = rows[::-1] if page.ascending else rows
    found = await entities(call, ordered)
    return responses.paged(call, found, [row.follow_id or 0 for row in ordered])


async def entities(call: Call, rows: Sequence[Tag]) -> list[dict[str, Any]]:
    """Tag, in the order of the rows, with what was counted of the last days."""
    if not rows:
        return []
    now, viewer_id = common.now(call), common.viewer_id(call)
    ids = [row.id for row in rows]
    days = await call.parts.db.all(trends.days("tag", ids, now - render.DAYS * render.DAY_MS))
    counted = {day.item_id for day in days}
    # the job counts the most used ones; the others have few posts and are counted as they stand
    days += await _count(call, [each for each in ids if each not in counted], now)
    histories = render.histories(days, ids, now)
    in_front: set[int] = set()
    if viewer_id is not None:
        in_front = {row.tag_id for row in await call.parts.db.all(featured_rows.of_account(viewer_id))}
    return [
        small.tag(
            call.parts.site,
            row.name,
            row.id,
            None if viewer_id is None else row.follow_id is not None,
            histories[row.id],
            row.id in in_front,
        )
        for row in rows
    ]


async def _act(call: Call, act: Callable[[Unit, int, str], object]) -> Response:
    name, account_id = _name(call), call.me.account_id

    def work(unit: Unit) -> None:
        act(unit, account_id, name)

    await call.parts.db.run(work)
    return await _answer(call, name)


async def _answer(call: Call, name: str) -> Response:
    """One tag, counted as it stands at this moment."""
    viewer_id, now = common.viewer_id(call), common.now(call)
    row = await call.parts.db.one(tags.by_name(name, viewer_id))
    if row is None:
        return responses.json(
            small.tag(call.parts.site, name, None, None if viewer_id is None else False, render.history((), now))
        )
    days = await _count(call, [row.id], now)
    found = (await entities(call, [row]))[0]
    return responses.json(found | {"history": render.history(days, now)})


async def _count(call: Call, ids: Sequence[int], now: int) -> list[Day]:
    """Use by day, from the posts themselves."""
    first = floor_of(now - now % render.DAY_MS - (render.DAYS - 1) * render.DAY_MS)
    found = await call.parts.db.several(*(trends.uses_of_tag(each, first) for each in ids)) if ids else []
    return [Day(tag_id, *each) for tag_id, rows in zip(ids, found, strict=True) for each in rows]


def _name(call: Call) -> str:
    name = normalise_hashtag(call.path["name"])
    if name is None or not is_hashtag(call.path["name"]):
        raise NotFound
    return name
