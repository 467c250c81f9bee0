"""A backtest for pages: read on the reader's side, worked out in a thread, so that a serving node goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from fedserver.db.statement import Query
from fedserver.domain.policy.document import Rule
from fedserver.edge.parts import Parts
from fedserver.kit.clock import now_ms
from fedserver.services import backtest
from fedserver.services.backtest import Backtest

# one at a time: each takes a processor for seconds
_ONE = asyncio.Semaphore(1)


async def tried(parts: Parts, rules: Sequence[Rule], days: int) -> Backtest:
    """What rules would have done to the posts of the last days. Seconds, for some hundred thousand posts."""
    async with _ONE:
        running = backtest.steps(rules, now_ms(), days)
        wanted: list[Query[Any]] | None = next(running)
        while True:
            read = await parts.db.several(*(wanted or []))
            found, wanted = await asyncio.to_thread(_step, running, read)
            if found is not None:
                return found


def _step(running: backtest.Steps, read: list[list[Any]]) -> tuple[Backtest | None, list[Query[Any]] | None]:
    # a generator's end cannot cross the border of a thread by itself
    try:
        return None, running.send(read)
    except StopIteration as end:
        return end.value, None
