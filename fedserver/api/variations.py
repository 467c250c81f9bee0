"""Feeds that ask for it show one of each group of near-duplicates: ``collapse=variations`` (docs/provenance.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import variations
from fedserver.db.queries.shown import Shown
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.kit.paging import Page
from fedserver.render.mastodon.renderer import join


async def show_statuses(call: Call, rows: Sequence[Shown], page: Page) -> Response:
    """A page of Status. Where the request asks for it, the first of each group of variations stands for the others of
    the page, with ``variations_count``: how many other open posts show one."""
    wish = call.query.text("collapse")
    if not wish:
        return await common.show_statuses(call, rows, page)
    if wish != "variations":
        raise Invalid(lazy("collapse must be variations"))
    ordered = rows[::-1] if page.ascending else list(rows)
    groups: dict[int, set[int]] = defaultdict(set)
    posts = [row.r_id or row.id for row in ordered]
    for each in await call.parts.db.all(variations.groups_of_statuses(posts)) if posts else ():
        groups[each.status_id].add(each.group_id)
    named = list(set().union(*groups.values()))
    sizes = dict(await call.parts.db.all(variations.sizes(named))) if named else {}
    bodies = await common.renderer(call).status_map(call.parts.db, ordered, common.viewer_id(call))
    found, seen = [], set[int]()
    for row, post in zip(ordered, posts, strict=True):
        own = groups.get(post, set())
        if row.id not in bodies or (own and own <= seen):
            continue
        seen |= own
        others = max((sizes.get(each, 1) - 1 for each in own), default=0)
        found.append(bodies[row.id][:-1] + b',"variations_count":%d}' % max(0, others))
    return responses.raw_paged(call, join(found), [row.page_id for row in ordered])
