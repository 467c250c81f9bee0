"""The thread around a post, as far as the viewer may see it."""

from __future__ import annotations

from collections import defaultdict

from aiohttp.web import Response

from fedserver.api import common, refreshes
from fedserver.api.statuses import visible
from fedserver.db.queries import statuses, timelines
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.render.mastodon.renderer import join

# what visitors and users get (Mastodon's limits for visitors; users 4,096, here bounded by a page's cost)
_VISITOR = (40, 60, 20)
_USER = (200, 1000, 60)


async def context(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/context. Replies that are not known here yet are fetched meanwhile,
    and ``Mastodon-Async-Refresh`` says so (Mastodon 4.5)."""
    row = await visible(call)
    up, down, depth = _VISITOR if call.viewer is None else _USER
    above = await call.parts.db.all(statuses.ancestors(row.id, up))
    below = _in_order(row.id, await call.parts.db.all(statuses.descendants(row.id, depth, down)))
    wanted = [*above, *below]
    viewer_id = common.viewer_id(call)
    shown = await call.parts.db.all(timelines.of_thread(viewer_id, wanted, common.now(call))) if wanted else []
    bodies = await common.renderer(call).status_map(call.parts.db, shown, viewer_id)
    ancestors, descendants = (join([bodies[each] for each in part if each in bodies]) for part in (above, below))
    body = b"".join((b'{"ancestors":', ancestors, b',"descendants":', descendants, b"}"))
    return responses.raw_json(body, headers=await refreshes.begin(call, row, len(below)))


def _in_order(root: int, pairs: list[tuple[int, int]]) -> list[int]:
    """(id, parent) pairs as one reads them: each reply right below what it answers, older ones first. Every post is
    there once, even where posts answer one another in a ring."""
    children: dict[int, list[int]] = defaultdict(list)
    placed = {root}
    for status_id, parent in sorted(pairs):
        if status_id not in placed:
            placed.add(status_id)
            children[parent].append(status_id)
    found: list[int] = []
    waiting = children[root][::-1]
    while waiting:
        status_id = waiting.pop()
        found.append(status_id)
        waiting += children[status_id][::-1]
    return found
