"""What is popular now, from the lists that a job makes."""

from __future__ import annotations

import orjson
from aiohttp.web import Response

from fedserver.api import common, tags
from fedserver.db.queries import accounts, cards, feeds, timelines, trends
from fedserver.db.queries import tags as tag_rows
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.render.mastodon import cards as render
from fedserver.render.mastodon.renderer import join

_MOST = 200


def _cut(call: Call, default: int, maximum: int) -> tuple[int, int]:
    """Limit and offset. Nothing where the settings do not tell what is popular."""
    query = call.query
    if not call.parts.config.access.trends:
        return 0, 0
    return query.limit(default, maximum), query.offset(_MOST)


async def trending_tags(call: Call) -> Response:
    """GET /api/v1/trends/tags, and /api/v1/trends, its former name"""
    limit, skip = _cut(call, 10, 20)
    ids = await call.parts.db.all(trends.popular("tag", limit, skip))
    rows = await call.parts.db.all(tag_rows.by_ids(ids, common.viewer_id(call))) if ids else []
    by_id = {row.id: row for row in rows}
    found = await tags.entities(call, [by_id[each] for each in ids if each in by_id])
    return responses.json(found, headers=_links(call, limit, skip, len(ids)))


async def admin_tags(call: Call) -> Response:
    """GET /api/v1/admin/trends/tags: Admin::Tag. What may trend is the community's policy, so that nothing waits for a
    review of its own."""
    limit, skip = _cut(call, 10, 20)
    ids = await call.parts.db.all(trends.popular("tag", limit, skip))
    rows = await call.parts.db.all(tag_rows.by_ids(ids, common.viewer_id(call))) if ids else []
    by_id = {row.id: row for row in rows}
    found = await tags.entities(call, [by_id[each] for each in ids if each in by_id])
    reviewed = {"trendable": True, "usable": True, "requires_review": False, "listable": True}
    return responses.json([each | reviewed for each in found], headers=_links(call, limit, skip, len(ids)))


async def trending_statuses(call: Call) -> Response:
    """GET /api/v1/trends/statuses: without those of accounts that the viewer does not want to see. That feed which the
    community's policy names for it, where it names one."""
    limit, skip = _cut(call, 20, 40)
    viewer_id = common.viewer_id(call)
    feed = await call.parts.db.one(feeds.trends_feed())
    chosen = trends.popular("status", limit, skip) if feed is None else feeds.places(feed, limit, skip)
    ids = await call.parts.db.all(chosen)
    rows = await call.parts.db.all(timelines.by_ids(viewer_id, ids)) if ids else []
    if viewer_id is not None and rows:
        authors = await call.parts.db.all(accounts.by_ids([row.account_id for row in rows]))
        between = await common.relations_of(call, [row.id for row in authors])
        hidden = {row.id for row in between if row.blocking or row.blocked_by or row.muting or row.domain_blocking}
        rows = [row for row in rows if row.account_id not in hidden]
    by_id = {row.id: row for row in rows}
    ordered = [by_id[each] for each in ids if each in by_id]
    bodies = await common.renderer(call).statuses(call.parts.db, ordered, viewer_id)
    return responses.raw_json(join(bodies), headers=_links(call, limit, skip, len(ids)))


async def trending_links(call: Call) -> Response:
    """GET /api/v1/trends/links: Trends::Link."""
    limit, skip = _cut(call, 10, 20)
    now = common.now(call)
    ids = await call.parts.db.all(trends.popular("link", limit, skip))
    rows = await call.parts.db.all(cards.by_ids(ids)) if ids else []
    days = await call.parts.db.all(trends.days("link", ids, now - render.DAYS * render.DAY_MS)) if ids else []
    histories = render.histories(days, ids, now)
    bodies = await common.renderer(call).cards(call.parts.db, rows)
    listed = [
        bodies[each][:-1] + b',"history":' + orjson.dumps(histories[each]) + b"}" for each in ids if each in bodies
    ]
    return responses.raw_json(join(listed), headers=_links(call, limit, skip, len(ids)))


def _links(call: Call, limit: int, skip: int, found: int) -> dict[str, str]:
    """``Link`` with offsets: lists of what is popular have no ids to page by."""
    base = f"{call.parts.site.base_url}{call.raw_path}"
    links = []
    if found == limit > 0:
        links.append(f'<{base}?limit={limit}&offset={skip + limit}>; rel="next"')
    if skip:
        links.append(f'<{base}?limit={limit}&offset={max(0, skip - limit)}>; rel="prev"')
    return {"Link": ", ".join(links)} if links else {}
