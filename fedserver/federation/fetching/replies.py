"""Filling a thread in the background: the parents above a post and the answers that its server lists, bounded."""

from __future__ import annotations

from fedserver.db.queries import statuses
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.federation.context import Federation
from fedserver.federation.fetching import collections
from fedserver.federation.fetching.errors import Budget, NotFetched

REQUESTS = 40
PAGES = 3
REPLIES = 60
AGAIN_MS = 15 * 60 * 1000


async def fill_thread(federation: Federation, status: Status) -> int:
    """Fetch what is missing around a remote post; how many answers were looked at. At most every quarter of an hour."""
    now = federation.parts.clock.now_ms()
    if status.local or (status.replies_fetched_at is not None and now - status.replies_fetched_at < AGAIN_MS):
        return 0

    def mark(unit: Unit) -> None:
        unit.run(statuses.change(status.id, {"replies_fetched_at": unit.now}))

    await federation.parts.db.run(mark)
    budget = Budget(REQUESTS)
    await _parents(federation, status, budget)
    if status.replies_uri is None:
        return 0
    try:
        found = await collections.items(federation.fetcher, status.replies_uri, budget, pages=PAGES, count=REPLIES)
    except NotFetched:
        return 0
    for item in found:
        if item.id is None or budget.left <= 0:
            continue
        try:
            # whatever the collection embeds, each answer is asked for at its own server
            await federation.objects.store(item.id, budget, parents=1)
        except NotFetched:
            continue
    return len(found)


async def _parents(federation: Federation, status: Status, budget: Budget) -> None:
    uri = status.in_reply_to_uri
    if uri is None or status.in_reply_to_id is not None or federation.parts.site.owns(uri):
        return
    try:
        await federation.objects.store(uri, budget)
    except NotFetched:
        return
