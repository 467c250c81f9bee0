"""Timelines and one's own lists of posts."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import statuses, timelines
from fedserver.db.queries.timelines import Shown
from fedserver.domain.text.names import normalise_hashtag
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.render.mastodon.renderer import join

_MAX_TAGS = 8


async def home(call: Call) -> Response:
    """GET /api/v1/timelines/home"""
    page = call.query.page()
    rows = await call.parts.db.all(timelines.home(call.me.account_id, page, common.now(call)))
    return await common.show_statuses(call, rows, page)


async def public(call: Call) -> Response:
    """GET /api/v1/timelines/public"""
    query, page = call.query, call.query.page()
    local, remote = query.flag("local"), query.flag("remote")
    rows = await call.parts.db.all(
        timelines.public(
            common.viewer_id(call),
            page,
            common.now(call),
            local=local,
            remote=remote and not local,
            media=query.flag("only_media"),
        )
    )
    return await common.show_statuses(call, rows, page)


async def tag(call: Call) -> Response:
    """GET /api/v1/timelines/tag/{name}. ``all[]`` and ``none[]`` narrow a page; its links go on regardless."""
    query, page = call.query, call.query.page()
    name = normalise_hashtag(call.path["name"])
    if name is None:
        return responses.json([])
    viewer_id, local = common.viewer_id(call), query.flag("local")
    rows = await call.parts.db.all(
        timelines.tag(viewer_id, name, page, common.now(call), local=local, media=query.flag("only_media"))
    )
    every, never = _names(call, "all"), _names(call, "none")
    if not rows or not (every or never):
        return await common.show_statuses(call, rows, page)
    kept = await _narrow(call, rows, every, never)
    ordered = rows[::-1] if page.ascending else rows
    bodies = await common.renderer(call).status_map(call.parts.db, kept, viewer_id)
    listed = join(bodies[row.id] for row in ordered if row.id in bodies)
    return responses.raw_paged(call, listed, [row.page_id for row in ordered])


def _names(call: Call, name: str) -> set[str]:
    return {found for text in call.query.texts(name, _MAX_TAGS) if (found := normalise_hashtag(text)) is not None}


async def _narrow(call: Call, rows: list[Shown], every: set[str], never: set[str]) -> list[Shown]:
    carried: dict[int, set[str]] = {row.id: set() for row in rows}
    for each in await call.parts.db.all(statuses.tags_of(list(carried))):
        carried[each.status_id].add(each.name)
    return [row for row in rows if every <= carried[row.id] and not never & carried[row.id]]


async def favourites(call: Call) -> Response:
    """GET /api/v1/favourites"""
    page = call.query.page()
    rows = await call.parts.db.all(timelines.favourited(call.me.account_id, page))
    return await common.show_statuses(call, rows, page)


async def bookmarks(call: Call) -> Response:
    """GET /api/v1/bookmarks"""
    page = call.query.page()
    rows = await call.parts.db.all(timelines.bookmarked(call.me.account_id, page))
    return await common.show_statuses(call, rows, page)
