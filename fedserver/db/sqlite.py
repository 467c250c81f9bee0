"""SQLite: the writer of ``sqlite_writer`` and the readers of ``sqlite_reader`` beside it, as one database.

Loop and writer take turns. A writer that is woken for each unit at once has to fight the loop, which is busy with the
next requests, for the interpreter's lock at each of its statements (Python's driver gives it away several times for
each): that cost both of them a third of their CPU, and more commits. So the units of all requests that are there
are gathered while the loop has requests to see to and while the writer is busy, and handed over together. A lone unit
waits for one pass of the loop, one of many for ``GATHER_S`` at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from fedserver.db.ids import MarkedIds
from fedserver.db.queries import meta
from fedserver.db.sqlite_reader import SqliteReader
from fedserver.db.sqlite_writer import GROUP, UNIT_DEADLINE_S, Dispatch, Published, SqliteWriter, Task
from fedserver.db.statement import Dialect, Query
from fedserver.db.unit import Unit
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock

T = TypeVar("T")
R = TypeVar("R")

# how long a unit may wait, in seconds, for others that come at the same time, while the writer is idle
GATHER_S = 0.005


class SqliteDatabase:
    """The database of the default node: ``await run(fn)`` writes, ``await all(q)`` reads."""

    dialect: Dialect = "sqlite"

    def __init__(
        self,
        path: Path,
        site: Site,
        ids: MarkedIds,
        dispatch: Dispatch,
        published: Published,
        clock: Clock = SYSTEM,
    ) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        # units that the writer does not have yet; whether a look at them is due; how many the writer has; whether
        # there were several of them the last time
        self._gathered: list[Task] = []
        self._gathering = False
        self._in_hand = 0
        self._crowded = False
        self._writer = SqliteWriter(path, site, ids, dispatch, published, clock, self._on_loop)
        self._reader = SqliteReader(path)

    async def open(self) -> None:
        """Open the readers; from now on what is published arrives on this loop."""
        self._loop = asyncio.get_running_loop()
        await self._reader.open()

    async def run(
        self, function: Callable[[Unit], T], *, deadline_s: float = UNIT_DEADLINE_S, relaxed: bool = False
    ) -> T:
        """Run a unit of work; returns after its commit. ``relaxed`` means nothing here: units run one by one."""
        loop = self._loop
        if loop is None:
            loop = self._loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._gathered.append(self._writer.task(function, future, deadline_s, len(self._gathered)))
        if not self._gathering and not self._in_hand:
            self._gather(loop, 0, loop.time() + GATHER_S)
        return await future

    def _gather(self, loop: asyncio.AbstractEventLoop, seen: int, until: float) -> None:
        """Look again at the next pass of the loop or, where units come in numbers, in a millisecond."""
        self._gathering = True
        if self._crowded:
            loop.call_later(0.001, self._hand_over, loop, seen, until)
        else:
            loop.call_soon(self._hand_over, loop, seen, until)

    def _hand_over(self, loop: asyncio.AbstractEventLoop, seen: int, until: float) -> None:
        """Give the writer what was gathered, unless more has come since it was looked at."""
        found = len(self._gathered)
        if seen < found < GROUP and loop.time() < until:
            self._gather(loop, found, until)
            return
        tasks, self._gathered = self._gathered, []
        self._gathering, self._crowded = False, found > 1
        self._in_hand += found
        self._writer.put(tasks)

    async def all(self, query: Query[R]) -> list[R]:
        """All rows of a read."""
        return await self._reader.all(query)

    async def several(self, *queries: Query[Any]) -> list[list[Any]]:
        """The rows of each query, in their order."""
        return await self._reader.several(*queries)

    async def one(self, query: Query[R]) -> R | None:
        """The first row of a read, or None."""
        rows = await self._reader.all(query)
        return rows[0] if rows else None

    async def changes(self) -> int:
        """A number that grows when a command of another process changed something."""
        return await self.one(meta.changes()) or 0

    @property
    def waiting(self) -> int:
        """Units in the writer's queue."""
        return self._writer.waiting + len(self._gathered)

    async def close(self) -> None:
        """Finish what waits, then close."""
        loop = asyncio.get_running_loop()
        self._hand_over(loop, 0, 0.0)
        self._writer.refuse()
        await loop.run_in_executor(None, self._writer.close)
        await self._reader.close()

    def _on_loop(self, settle: Callable[[], None], units: int) -> None:
        """Called on the writer's thread: notes are published and callers told on the loop, in this order."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._settled, self._loop, settle, units)

    def _settled(self, loop: asyncio.AbstractEventLoop, settle: Callable[[], None], units: int) -> None:
        settle()
        # never below none: the writer may have units that came another way
        self._in_hand = max(0, self._in_hand - units)
        if self._gathered and not self._gathering and not self._in_hand:
            self._gather(loop, 0, loop.time() + GATHER_S)
