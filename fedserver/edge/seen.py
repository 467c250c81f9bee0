"""Telling what was shown to readers who turned that on: a look into a set for everybody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Final

from fedserver.db.queries import seen as stored
from fedserver.db.queries.shown import Shown
from fedserver.edge.parts import Parts
from fedserver.services import seen as service

# after a change in another process this one hears of it within this time
REFRESH_MS: Final = 60_000

log = logging.getLogger(__name__)


class Watched:
    """Who wants it kept, as this process knows."""

    __slots__ = ("asked_at", "readers", "tasks")

    def __init__(self) -> None:
        self.readers: frozenset[int] = frozenset()
        self.asked_at = -REFRESH_MS
        self.tasks: set[asyncio.Task[None]] = set()


def of(parts: Parts) -> Watched:
    """That of this process."""
    found = parts.extra.get("seen")
    if not isinstance(found, Watched):
        found = parts.extra["seen"] = Watched()
    return found


def shown(parts: Parts, reader_id: int, ids: Sequence[int]) -> None:
    """Posts were shown to a reader. What follows happens after the answer."""
    watched, now = of(parts), parts.clock.now_ms()
    stale = now - watched.asked_at >= REFRESH_MS
    if stale:
        watched.asked_at = now
    if ids and (stale or reader_id in watched.readers):
        task = asyncio.create_task(_note(parts, watched, reader_id, list(dict.fromkeys(ids)), stale))
        watched.tasks.add(task)
        task.add_done_callback(watched.tasks.discard)


def noted(parts: Parts, reader_id: int, rows: Sequence[Shown]) -> None:
    """A page was shown to a reader; boosts show what they boost."""
    watched = of(parts)
    if reader_id in watched.readers or parts.clock.now_ms() - watched.asked_at >= REFRESH_MS:
        shown(parts, reader_id, [row.r_id or row.id for row in rows])


def turned(parts: Parts) -> None:
    """Somebody turned it on or off."""
    of(parts).asked_at = -REFRESH_MS


async def settled(parts: Parts) -> None:
    """Wait for what is under way."""
    while tasks := of(parts).tasks:
        await asyncio.gather(*tasks)


async def _note(parts: Parts, watched: Watched, reader_id: int, ids: list[int], stale: bool) -> None:
    try:
        if stale:
            watched.readers = frozenset(await parts.db.all(stored.readers()))
        if reader_id in watched.readers:
            await parts.db.run(partial(service.note, account_id=reader_id, ids=ids), relaxed=True)
    except Exception:
        log.exception("what was shown could not be kept")
