"""SQLite, the reading half: short reads on the loop's own thread, the others on a few threads beside it.

Theory. A page of a timeline costs SQLite a tenth of a millisecond; the way to another thread and back costs more than
that, because two threads that wake one another pull the interpreter's lock and the processor's caches to and fro. So
every read is tried ``near`` first, on a connection of the loop's thread, within a budget of work: SQLite counts its
steps, and a read that is not done after ``NEAR_STEPS`` of them (a millisecond) is given up there and begun anew on a
thread, where it may take ``READ_LIMIT_S`` and where a slow one holds up nobody. A statement that was given up is not
tried near again for a while. A slow disk ends a near read as well, and near reads never wait for a lock.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from fedserver.db.sqlite_writer import address
from fedserver.db.statement import Plain, Query, Statement
from fedserver.kit.errors import Unavailable

R = TypeVar("R")

READ_LIMIT_S = 8.0
# instructions of SQLite's machine that a near read may take (a page of forty posts takes some 8,000); asked three times
NEAR_STEPS = 60_000
_ASKS = 3
# seconds on the clock, where it is the disk that takes the time
_NEAR_S = 0.05
# how often a statement that was too long is sent to a thread at once before it is tried near again
FAR_READS = 200
_PRAGMAS = ("query_only=ON", "temp_store=MEMORY")
# KiB of pages that a connection keeps; nearly everything is read near
_NEAR_CACHE, _FAR_CACHE = 24_000, 4_000
# what a near read is given up for: out of time, or somebody has locked the file
_TRY_FAR = (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# what SQLite says of a packed page with bytes among its numbers
_HOLDS_BYTES = "JSON cannot hold BLOB"


class SqliteReader:
    """Reads without ever writing. ``near=False`` sends every read to a thread."""

    def __init__(self, path: Path, *, connections: int = 3, near: bool = True) -> None:
        self._path = path
        self._count = connections
        # the one that was used last is taken first: what it read is still in the caches
        self._free: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        self._all: list[aiosqlite.Connection] = []
        self._wants_near = near
        self._near: sqlite3.Connection | None = None
        self._asked = 0
        self._until = 0.0
        self._far: dict[Statement[Any], int] = {}

    async def open(self) -> None:
        """Open the connections. From now on reads belong to this loop's thread."""
        for _ in range(self._count):
            connection = await aiosqlite.connect(
                address(self._path), uri=True, isolation_level=None, cached_statements=512
            )
            for pragma in (*_PRAGMAS, "busy_timeout=2000", f"cache_size=-{_FAR_CACHE}"):
                await connection.execute_fetchall(f"PRAGMA {pragma}")
            self._all.append(connection)
            self._free.put_nowait(connection)
        if self._wants_near:
            self._near = sqlite3.connect(
                address(self._path), uri=True, isolation_level=None, cached_statements=512, timeout=0
            )
            for pragma in (*_PRAGMAS, f"cache_size=-{_NEAR_CACHE}"):
                self._near.execute(f"PRAGMA {pragma}")
            self._near.set_progress_handler(self._is_enough, NEAR_STEPS // _ASKS)

    async def all(self, query: Query[R]) -> list[R]:
        """All rows; ``Unavailable`` after ``READ_LIMIT_S``."""
        found = self._read_near((query,))
        if found is None:
            found = await self._fetch((query,))
        return query.rows(found[0])

    async def several(self, *queries: Query[Any]) -> list[list[Any]]:
        """The rows of each query, read in this order on one connection: the way to its thread is paid once."""
        found = self._read_near(queries)
        if found is None:
            found = await self._fetch(queries)
        return [query.rows(rows) for query, rows in zip(queries, found, strict=True)]

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._all:
            await connection.close()
        if self._near is not None:
            self._near.close()
            self._near = None

    def _read_near(self, queries: Sequence[Query[Any]]) -> list[list[Any]] | None:
        """The driver's rows, or None when this has to go to a thread."""
        if self._near is None or (self._far and self._is_far(queries)):
            return None
        self._until = time.monotonic() + _NEAR_S
        found = []
        for query in queries:
            self._asked = 0
            try:
                found.append(_rows(self._near, query))
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _TRY_FAR:
                    raise Unavailable(retry_after=10, cause=error) from error
                if self._asked >= _ASKS:
                    self._far[query.statement] = FAR_READS
                return None
        return found

    def _is_far(self, queries: Sequence[Query[Any]]) -> bool:
        """Whether one of the statements was too long lately."""
        far = False
        for query in queries:
            left = self._far.get(query.statement)
            if left is not None:
                far = True
                if left > 1:
                    self._far[query.statement] = left - 1
                else:
                    del self._far[query.statement]
        return far

    def _is_enough(self) -> bool:
        self._asked += 1
        return self._asked >= _ASKS or time.monotonic() > self._until

    async def _fetch(self, queries: Sequence[Query[Any]]) -> list[list[Any]]:
        """Run reads on a free connection of a thread."""
        connection = await self._free.get()
        loop = asyncio.get_running_loop()
        limit = loop.call_later(READ_LIMIT_S, connection._conn.interrupt)
        try:
            # aiosqlite's own calls are one statement each
            found: list[list[Any]] = await connection._execute(_run, connection._conn, queries)  # type: ignore[no-untyped-call]
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


def _run(connection: sqlite3.Connection, queries: Sequence[Query[Any]]) -> list[list[Any]]:
    return [_rows(connection, query) for query in queries]


def _rows(connection: sqlite3.Connection, query: Query[Any]) -> list[Any]:
    """All rows. A text that is no UTF-8 (a damaged row) has its bytes replaced, instead of failing all the others."""
    sql, params = query.prepare_read()
    try:
        return connection.execute(sql, params).fetchall()
    except sqlite3.OperationalError as error:
        if _HOLDS_BYTES in str(error):
            rows = connection.execute(*query.prepare("sqlite")).fetchall()
            return Plain(tuple(0 if isinstance(value, bytes) else value for value in row) for row in rows)
        # Python's own complaint, not SQLite's: it has no code
        if hasattr(error, "sqlite_errorcode"):
            raise
        connection.text_factory = _forgiving
        try:
            return connection.execute(sql, params).fetchall()
        finally:
            connection.text_factory = str


def _forgiving(text: bytes) -> str:
    return text.decode("utf-8", "replace")
