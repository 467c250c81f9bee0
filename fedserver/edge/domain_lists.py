"""A list of domains is taken a chunk at a time, so that others who write wait for a chunk, not for a list."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from fedserver.db.database import LEAST_PAUSE_S, Database
from fedserver.db.unit import Unit
from fedserver.domain.moderation.lists import Read
from fedserver.services import domain_lists
from fedserver.services.domain_lists import Taken, Taking

T = TypeVar("T")
_MOST_PAUSE_S: Final = 0.5


async def in_turn(db: Database, function: Callable[[Unit], T]) -> T:
    """One of many units in a row; afterwards others have as long a turn: requests, and commands beside the node."""
    started = time.monotonic()
    result = await db.run(function)
    await asyncio.sleep(min(max(LEAST_PAUSE_S, time.monotonic() - started), _MOST_PAUSE_S))
    return result


def begin(unit: Unit, list_id: int, listed: Read, *, etag: str = "") -> Taking:
    """The first unit; ``finish`` goes on. ``Conflict`` as the service says."""
    return domain_lists.begin(unit, list_id, listed.entries, etag=etag, problem="; ".join(listed.problems))


async def finish(db: Database, taking: Taking) -> Taken:
    """All further units. What was taken when something fails stays, and the next time goes on from there."""
    while not taking.done:
        taking = await in_turn(db, partial(domain_lists.step, taking=taking))
    return taking.taken


async def take(db: Database, list_id: int, listed: Read, *, etag: str = "") -> Taken:
    """The present state of a list."""
    return await finish(db, await db.run(lambda unit: begin(unit, list_id, listed, etag=etag)))
