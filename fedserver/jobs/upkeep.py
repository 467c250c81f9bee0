"""What is swept from time to time, so that nothing grows without end."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.db.queries import expiry, federation, homes, lists, upkeep
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.kit.clock import now_ms
from fedserver.kit.ids import floor_of
from fedserver.services.expiry import forget

DAY_MS = 24 * 3600 * 1000
# posts that are looked at in one read, forgotten in one unit, and forgotten in one run
WINDOW = 500
BATCH = 25
MOST = 50_000


async def trim_homes(parts: Parts, payload: dict[str, Any]) -> None:
    """Cut home timelines and lists to the length that they keep."""
    keep = parts.site.limits.home_entries
    for account_id in await parts.db.all(homes.long_homes(keep)):
        await parts.db.run(partial(_run, homes.trim(account_id, keep)))
    for list_id in await parts.db.all(lists.long_lists(keep)):
        await parts.db.run(partial(_run, lists.trim(list_id, keep)))


async def sweep_rows(parts: Parts, payload: dict[str, Any]) -> None:
    """Drop what has expired: one-time links, codes, tokens, keys of idempotency, remembered activities."""
    for query in upkeep.EXPIRY:
        while await parts.db.run(partial(_run, query(now_ms()))) >= upkeep.CHUNK:
            pass


async def forget_posts(parts: Parts, payload: dict[str, Any]) -> None:
    """Posts of other servers that nobody here has touched for ``federation.remote_post_days``."""
    days = parts.config.federation.remote_post_days
    if not days:
        return
    above, below, forgotten = 0, floor_of(now_ms() - days * DAY_MS), 0
    while forgotten < MOST and (last := await parts.db.one(expiry.window(above, below, WINDOW))) is not None:
        ids = await parts.db.all(expiry.candidates(above, last))
        for start in range(0, len(ids), BATCH):
            forgotten += await parts.db.run(partial(forget, ids=ids[start : start + BATCH]))
        above = last


async def drop_sent(parts: Parts, payload: dict[str, Any]) -> None:
    """Activities that two processes finished at the same moment, each of which saw the other's delivery waiting."""
    await parts.db.run(partial(_run, federation.purge_activities()))


def _run(query: Query[None], unit: Unit) -> int:
    return unit.run(query)
