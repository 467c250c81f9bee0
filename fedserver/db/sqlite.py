"""SQLite: the writer of ``sqlite_writer`` and the readers of ``sqlite_reader`` beside it, as one database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from fedserver.db.ids import MarkedIds
from fedserver.db.queries import meta
from fedserver.db.sqlite_reader import SqliteReader
from fedserver.db.sqlite_writer import UNIT_DEADLINE_S, Dispatch, Published, SqliteWriter
from fedserver.db.statement import Dialect, Query
from fedserver.db.unit import Unit
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock

T = TypeVar("T")
R = TypeVar("R")


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
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = self._loop.create_future()
        self._writer.submit_into(future, function, deadline_s)
        return await future

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
        return self._writer.waiting

    async def close(self) -> None:
        """Finish what waits, then close."""
        await asyncio.get_running_loop().run_in_executor(None, self._writer.close)
        await self._reader.close()

    def _on_loop(self, settle: Callable[[], None]) -> None:
        """Called on the writer's thread: notes are published and callers told on the loop, in this order."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(settle)
