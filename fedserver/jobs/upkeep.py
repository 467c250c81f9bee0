"""What is swept from time to time, so that nothing grows without end."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.db.queries import homes, lists, upkeep
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.kit.clock import now_ms

DAY_MS = 24 * 3600 * 1000


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


def _run(query: Query[None], unit: Unit) -> int:
    return unit.run(query)
