"""Async refreshes: a thread that is filled from other servers while the client reads what is there.

Nothing is kept of a refresh: its id names the post and how many answers were known when it began, and whether it goes
on is whether its job is still there. Whoever may see the post may ask.
"""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.db.queries import jobs, statuses
from fedserver.db.queries.statuses import Status
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.kit.ids import MAX_ID
from fedserver.render.mastodon import small_posts

RETRY_S = 5
# a thread is looked at again after this long (``federation/fetching/replies.py``)
AGAIN_MS = 15 * 60 * 1000
_DEPTH, _COUNT = 60, 1000


async def begin(call: Call, row: Status, known: int) -> dict[str, str] | None:
    """Have a remote thread filled if a user reads it and nobody did lately; the header that tells of it."""
    filler = call.parts.fill_thread
    fresh = row.replies_fetched_at is not None and common.now(call) - row.replies_fetched_at < AGAIN_MS
    if filler is None or call.viewer is None or row.local:
        return None
    if not fresh:
        await filler(row.id)
    elif not await _running(call, row.id):
        return None
    return {"Mastodon-Async-Refresh": f'id="{row.id}-{known}", retry={RETRY_S}, result_count=0'}


async def show(call: Call) -> Response:
    """GET /api/v1_alpha/async_refreshes/{id}"""
    text = call.path["id"]
    status_id, _, known = text.partition("-")
    if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in (status_id, known)):
        raise NotFound
    row = await call.parts.db.one(statuses.visible(min(int(status_id), MAX_ID), common.viewer_id(call)))
    if row is None:
        raise NotFound
    # asked before the answers are counted: what a job adds after that is found by the next question
    running = await _running(call, row.id)
    below = await call.parts.db.all(statuses.descendants(row.id, _DEPTH, _COUNT))
    return responses.json(small_posts.async_refresh(text, running, max(0, len(below) - int(known))))


async def _running(call: Call, status_id: int) -> bool:
    key = f"remote.fill_thread:{status_id}"
    return bool(await call.parts.db.all(jobs.keys_between(key, key + "\0")))
