"""A member's own reading: plain home in the order of time, and beside it each feed that they have as a list."""

from __future__ import annotations

from typing import NamedTuple

import orjson
from aiohttp.web import StreamResponse

from fedserver.db.queries import feeds as feed_rows
from fedserver.db.queries import own_feeds as own_rows
from fedserver.db.queries import places, timelines
from fedserver.db.queries.shown import Placed
from fedserver.domain.policy.document import in_language
from fedserver.edge import ordering, seen
from fedserver.edge.call import Call
from fedserver.edge.pages import page
from fedserver.kit import i18n
from fedserver.kit.errors import NotFound
from fedserver.kit.paging import Page
from fedserver.web import views, wishes

PER_PAGE = 20


class Tab(NamedTuple):
    """A feed that one has. ``public``: the community's, by this name; '' for one of one's own."""

    list_id: int
    title: str
    public: str


async def show(call: Call) -> StreamResponse:
    """GET /home: in the order of time, or with ``feed``, the id of a list that is a feed, in that feed's."""
    me = call.me.account_id
    cut = call.query.page(default=PER_PAGE, maximum=PER_PAGE)
    tabs = await tabs_of(call, me)
    asked = call.query.id("feed")
    if asked is None:
        now = call.parts.clock.now_ms()
        rows = await call.parts.db.all(timelines.home(me, cut, now))
        seen.noted(call.parts, me, rows)
        found = await views.posts(call.parts, rows)
        older = rows[-1].page_id if rows and len(rows) == cut.limit else None
        return await _page(call, tabs, None, found, {}, older)
    tab = next((each for each in tabs if each.list_id == asked), None)
    if tab is None:
        raise NotFound
    placed = await _places(call, tab, cut)
    ids = [row.shown.id for row in placed]
    seen.shown(call.parts, me, ids)
    older = placed[-1].shown.page_id if len(placed) == cut.limit else None
    numbers = {row.shown.id: row.place for row in placed}
    return await _page(call, tabs, tab, await views.posts_by_id(call.parts, ids), numbers, older)


async def tabs_of(call: Call, account_id: int) -> list[Tab]:
    """The feeds that a member has, the community's first."""
    language = i18n.current_locale()
    theirs = await call.parts.db.all(feed_rows.subscribed(account_id))
    own = await call.parts.db.all(own_rows.listed(account_id))
    return [
        *(Tab(row.id, in_language(orjson.loads(row.title), language), row.name) for row in theirs),
        *(Tab(row.id, in_language(orjson.loads(row.title), language), "") for row in own),
    ]


async def _places(call: Call, tab: Tab, cut: Page) -> list[Placed]:
    me, now = call.me.account_id, call.parts.clock.now_ms()
    which = await call.parts.db.one(places.kind(me, tab.list_id))
    if which not in (places.FEED, places.OWN):
        return []
    if which == places.OWN and cut.max_id is None:
        await ordering.opened(call.parts, me, tab.list_id)
    return await call.parts.db.all(places.page(which, me, tab.list_id, cut._replace(min_id=None, since_id=None), now))


async def _page(
    call: Call,
    tabs: list[Tab],
    tab: Tab | None,
    posts: list[views.PostView],
    place: dict[int, int],
    older: int | None,
) -> StreamResponse:
    response = page(
        call,
        "home.html",
        tabs=tabs,
        tab=tab,
        posts=await wishes.as_wished(call, posts),
        place=place,
        older=older,
    )
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    return response
