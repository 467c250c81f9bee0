"""SQLite: the writer of ``sqlite_writer`` and a few read-only connections beside it, as one database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from fedserver.db.ids import MarkedIds
from fedserver.db.queries import meta
from fedserver.db.sqlite_writer import UNIT_DEADLINE_S, Dispatch, Published, SqliteWriter, address
from fedserver.db.statement import Dialect, Query
from fedserver.db.unit import Unit
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

READ_LIMIT_S = 8.0


class SqliteReader:
    """A few read-only connections. Each read has a time limit; a slow one never holds up the others."""

    def __init__(self, path: Path, *, connections: int = 3) -> None:
        self._path = path
        self._count = connections
        self._free: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self._all: list[aiosqlite.Connection] = []

    async def open(self) -> None:
        """Open the connections."""
        for _ in range(self._count):
            connection = await aiosqlite.connect(
                address(self._path), uri=True, isolation_level=None, cached_statements=512
            )
            for pragma in ("query_only=ON", "busy_timeout=2000", "temp_store=MEMORY", "cache_size=-8000"):
                await connection.execute_fetchall(f"PRAGMA {pragma}")
            self._all.append(connection)
            self._free.put_nowait(connection)

    async def all(self, query: Query[R]) -> list[R]:
        """All rows; ``Failure(unavailable)`` after ``READ_LIMIT_S``."""
        (rows,) = await self._fetch([query.prepare("sqlite")])
        return [query.statement.row(r) for r in rows]

    async def several(self, *queries: Query[Any]) -> list[list[Any]]:
        """The rows of each query, read in this order on one connection: the way to its thread is paid once."""
        found = await self._fetch([query.prepare("sqlite") for query in queries])
        return [[query.statement.row(r) for r in rows] for query, rows in zip(queries, found, strict=True)]

    async def _fetch(self, statements: Sequence[tuple[str, Any]]) -> list[list[Any]]:
        """Run reads on a free connection."""
        connection = await self._free.get()
        loop = asyncio.get_running_loop()
        limit = loop.call_later(READ_LIMIT_S, connection._conn.interrupt)
        try:
            # aiosqlite's own calls are one statement each
            found: list[list[Any]] = await connection._execute(_run, connection._conn, statements)  # type: ignore[no-untyped-call]
            return found
        except sqlite3.OperationalError as error:
            raise Unavailable(retry_after=10, cause=error) from error
        except asyncio.CancelledError:
            # the thread must not go on with a query that nobody waits for
            connection._conn.interrupt()
            raise
        finally:
            limit.cancel()
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._all:
            await connection.close()


def _run(connection: sqlite3.Connection, statements: Sequence[tuple[str, Any]]) -> list[list[Any]]:
    return [connection.execute(sql, params).fetchall() for sql, params in statements]


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
        self._published = published
        self._writer = SqliteWriter(path, site, ids, dispatch, self._hand_over, clock)
        self._reader = SqliteReader(path)

    async def open(self) -> None:
        """Open the readers; from now on what is published arrives on this loop."""
        self._loop = asyncio.get_running_loop()
        await self._reader.open()

    async def run(
        self, function: Callable[[Unit], T], *, deadline_s: float = UNIT_DEADLINE_S, relaxed: bool = False
    ) -> T:
        """Run a unit of work; returns after its commit. ``relaxed`` means nothing here: units run one by one."""
        return await asyncio.wrap_future(self._writer.submit(function, deadline_s=deadline_s))

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

    def _hand_over(self, afters: Sequence[Any]) -> None:
        # Called on the writer thread before the futures are resolved: the loop runs this first.
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._published, list(afters))
