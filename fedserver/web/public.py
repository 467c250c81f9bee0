"""The pages that everybody sees: the front page, what this community is, a hashtag."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import timelines
from fedserver.domain.text.names import normalise_hashtag
from fedserver.edge import community as community_of
from fedserver.edge.call import Call
from fedserver.edge.pages import page
from fedserver.kit.errors import NotFound
from fedserver.web import feeds, views, wishes

GRID = 36


async def front(call: Call) -> StreamResponse:
    """What this place is, how to join, and the latest pictures."""
    cut = call.query.page(default=GRID, maximum=GRID)
    shown = await call.parts.db.all(timelines.public(None, cut, call.parts.clock.now_ms(), local=True, media=True))
    posts = [post for post in await views.posts(call.parts, shown) if post.picture is not None]
    posts = await wishes.as_wished(call, posts)
    people, statuses = await _counts(call)
    return page(
        call,
        "public/front.html",
        posts=posts,
        people=people,
        statuses=statuses,
        older=shown[-1].page_id if len(shown) == GRID else None,
        first=cut.max_id is None,
        feeds=await feeds.offers(call) if cut.max_id is None else [],
        rules=await call.parts.db.all(community_rows.rules_of()),
    )


async def about(call: Call) -> StreamResponse:
    """Description, rules, contact, terms, the software."""
    community = await community_of.current(call.parts)
    contact = None
    if community is not None and community.contact_account_id is not None:
        row = await call.parts.db.one(account_rows.by_id(community.contact_account_id))
        contact = (await views.authors(call.parts, [row]))[row.id] if row is not None and row.active else None
    people, statuses = await _counts(call)
    return page(
        call,
        "public/about.html",
        rules=await call.parts.db.all(community_rows.rules_of()),
        contact=contact,
        feeds=await feeds.offers(call),
        people=people,
        statuses=statuses,
    )


async def tag(call: Call) -> StreamResponse:
    """The latest public posts with a hashtag. Robots stay out: not every author wants to be found."""
    name = normalise_hashtag(call.path["name"])
    if name is None:
        raise NotFound()
    cut = call.query.page(default=GRID, maximum=GRID)
    shown = await call.parts.db.all(timelines.tag(None, name, cut, call.parts.clock.now_ms()))
    return page(
        call,
        "public/tag.html",
        name=name,
        posts=await wishes.as_wished(call, await views.posts(call.parts, shown)),
        older=shown[-1].page_id if shown and len(shown) == cut.limit else None,
    )


async def _counts(call: Call) -> tuple[int, int]:
    row = await call.parts.db.one(account_rows.local_counts())
    return (int(row[0]), int(row[1])) if row is not None else (0, 0)
