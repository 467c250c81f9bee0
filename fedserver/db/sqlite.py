"""SQLite: one writer thread with group commit, a few readers beside it.

Theory. A commit costs an fsync, a unit of work a few statements. So the writer takes whatever waits in its queue (at
most ``GROUP`` units or ``GROUP_MS``), runs each under a savepoint inside one ``BEGIN IMMEDIATE`` transaction, commits
once, and only then answers every caller. A unit that raises is rolled back alone.

What can go wrong, and what is done (reference: SQLite "Result and Error Codes", found by trying):

* Disk full makes SQLite roll the whole transaction back by itself. A following SAVEPOINT would then open a
  transaction of its own and commit alone. So ``in_transaction`` is checked after every unit; if it is false, or a
  savepoint statement or the COMMIT fails, the whole group fails.
* A failed COMMIT leaves the transaction open: the connection is rolled back, or replaced.
* Locked, full and read-only are answered 503 or 507 and heal by themselves. An fsync error is not: the page cache may
  have dropped what it could not write, so the writer refuses everything until the process is started again.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.domain.site import Site
from fedserver.kit.clock import now_ms
from fedserver.kit.errors import StorageFull, Unavailable
from fedserver.kit.ids import IdMaker

T = TypeVar("T")
R = TypeVar("R")
Dispatch = Callable[[Unit], None]
Published = Callable[[Sequence[Any]], None]

GROUP = 128
GROUP_MS = 25
QUEUE = 2000
UNIT_DEADLINE_S = 10.0
READ_LIMIT_S = 8.0
# ids are promised this far ahead of the last one used, so that the mark is written once in a while only
ID_MARK_STEP = 5_000 << 16

log = logging.getLogger(__name__)


def connect(path: Path, *, busy_ms: int = 5000) -> sqlite3.Connection:
    """A writing connection: explicit transactions, WAL, ``synchronous=FULL``, foreign keys on."""
    connection = sqlite3.connect(
        f"file:{path}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    for pragma in (
        f"busy_timeout={busy_ms}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
        "wal_autocheckpoint=10000",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class _Task:
    __slots__ = ("afters", "deadline", "error", "function", "future", "result")

    def __init__(self, function: Callable[[Unit], Any], deadline: float) -> None:
        self.function = function
        self.deadline = deadline
        self.future: Future[Any] = Future()
        self.result: Any = None
        self.error: BaseException | None = None
        self.afters: list[Any] = []


class _GroupLost(Exception):
    """The transaction of the group is gone; ``args[0]`` is what each caller is told."""


class SqliteWriter:
    """The only thread that writes. ``dispatch`` turns events into rows, ``published`` hears what became durable."""

    def __init__(self, path: Path, site: Site, ids: IdMaker, dispatch: Dispatch, published: Published) -> None:
        self._path = path
        self._site = site
        self._ids = ids
        self._dispatch = dispatch
        self._published = published
        self._queue: queue.Queue[_Task | None] = queue.Queue(QUEUE)
        self._connection = connect(path)
        self._mark = 0
        self._broken: str | None = None
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Units in the queue."""
        return self._queue.qsize()

    def submit(self, function: Callable[[Unit], T], *, deadline_s: float = UNIT_DEADLINE_S) -> Future[T]:
        """Queue a unit; the future is done after its commit. ``Failure(unavailable)`` when the queue is full."""
        task = _Task(function, time.monotonic() + deadline_s)
        try:
            self._queue.put_nowait(task)
        except queue.Full:
            raise Unavailable(retry_after=2) from None
        return task.future

    def close(self) -> None:
        """Finish what waits, then stop."""
        self._queue.put(None)
        self._thread.join(timeout=30)

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            until = time.monotonic() + GROUP_MS / 1000
            stop = False
            while len(group) < GROUP and time.monotonic() < until:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                    break
                group.append(more)
            self._run_group(group)
            if stop:
                break
        self._connection.close()

    def _run_group(self, group: list[_Task]) -> None:
        if self._broken:
            self._answer(group, Unavailable(retry_after=10, cause=self._broken))
            return
        try:
            self._transaction(group)
        except sqlite3.IntegrityError as error:
            # a constraint at COMMIT names nobody: run each unit alone, so that only the guilty one fails
            self._reset()
            if len(group) == 1:
                self._answer(group, error)
                return
            for task in group:
                task.error, task.afters = None, []
                self._run_group([task])
            return
        except Exception as error:  # noqa: BLE001 - whatever happened, every caller must hear of it
            self._reset()
            self._answer(group, self._translate(error))
            return
        self._answer(group, None)

    def _transaction(self, group: list[_Task]) -> None:
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        now = now_ms()
        for task in group:
            if task.future.cancelled():
                continue
            if time.monotonic() > task.deadline:
                task.error = Unavailable(retry_after=5)
                continue
            connection.execute("SAVEPOINT unit")
            unit = Unit(connection, "sqlite", now=now, ids=self._ids, site=self._site)
            try:
                task.result = task.function(unit)
                self._dispatch(unit)
                task.afters = unit.afters
            except Exception as error:
                if not connection.in_transaction:
                    raise _GroupLost(error) from error
                if isinstance(error, sqlite3.OperationalError) and _is_storage(error):
                    raise
                connection.execute("ROLLBACK TO unit")
                task.error = error
            connection.execute("RELEASE unit")
            if not connection.in_transaction:
                raise _GroupLost(sqlite3.OperationalError("the transaction ended by itself"))
        self._keep_id_mark()
        connection.execute("COMMIT")

    def _keep_id_mark(self) -> None:
        if self._ids.high_water < self._mark:
            return
        self._mark = self._ids.high_water + ID_MARK_STEP
        self._connection.execute(
            "INSERT INTO meta (key, value) VALUES ('id_mark', ?)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (str(self._mark),),
        )

    def _reset(self) -> None:
        self._mark = 0
        try:
            if self._connection.in_transaction:
                self._connection.rollback()
        except sqlite3.Error:
            self._connection.close()
            try:
                self._connection = connect(self._path)
            except sqlite3.Error as error:
                log.error("the database cannot be opened again: %s", error)

    def _translate(self, error: BaseException) -> BaseException:
        if isinstance(error, _GroupLost):
            error = error.args[0]
        code = getattr(error, "sqlite_errorcode", 0) or 0
        if code == sqlite3.SQLITE_IOERR_FSYNC or code == sqlite3.SQLITE_IOERR_DIR_FSYNC:
            self._broken = str(error)
            log.critical("fsync failed: no write is accepted until the process is started again: %s", error)
        if isinstance(error, sqlite3.ProgrammingError):
            self._connection = connect(self._path)
        if isinstance(error, sqlite3.Error):
            log.error("a group of writes was rolled back: %s", error)
            return (
                StorageFull(cause=error)
                if code & 0xFF == sqlite3.SQLITE_FULL
                else Unavailable(retry_after=10, cause=error)
            )
        return error

    def _answer(self, group: list[_Task], error: BaseException | None) -> None:
        afters = [note for task in group if error is None and task.error is None for note in task.afters]
        if afters:
            try:
                self._published(afters)
            except Exception:  # the rows are durable: telling is best effort, the workers poll as well
                log.exception("publishing after a commit failed")
        for task in group:
            if task.future.cancelled() or not task.future.set_running_or_notify_cancel():
                continue
            failure = error or task.error
            if failure is None:
                task.future.set_result(task.result)
            else:
                task.future.set_exception(failure)


def _is_storage(error: sqlite3.OperationalError) -> bool:
    code = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT)


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
                f"file:{self._path}?mode=rw", uri=True, isolation_level=None, cached_statements=512
            )
            for pragma in ("query_only=ON", "busy_timeout=2000", "temp_store=MEMORY", "cache_size=-8000"):
                await connection.execute_fetchall(f"PRAGMA {pragma}")
            self._all.append(connection)
            self._free.put_nowait(connection)

    async def all(self, query: Query[R]) -> list[R]:
        """All rows; ``Failure(unavailable)`` after ``READ_LIMIT_S``."""
        sql, params = query.prepare("sqlite")
        rows = await self.fetch(sql, params)
        return [query.statement.row(r) for r in rows]

    async def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[Any]:
        """Run one read on a free connection."""
        connection = await self._free.get()
        loop = asyncio.get_running_loop()
        limit = loop.call_later(READ_LIMIT_S, connection._conn.interrupt)
        try:
            return list(await connection.execute_fetchall(sql, params))
        except sqlite3.OperationalError as error:
            raise Unavailable(retry_after=10, cause=error) from error
        finally:
            limit.cancel()
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Close the connections."""
        for connection in self._all:
            await connection.close()


class SqliteDatabase:
    """The database of the default node: ``await run(fn)`` writes, ``await all(q)`` reads."""

    dialect = "sqlite"

    def __init__(self, path: Path, site: Site, ids: IdMaker, dispatch: Dispatch, published: Published) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._published = published
        self._writer = SqliteWriter(path, site, ids, dispatch, self._hand_over)
        self._reader = SqliteReader(path)

    async def open(self) -> None:
        """Open the readers; from now on what is published arrives on this loop."""
        self._loop = asyncio.get_running_loop()
        await self._reader.open()

    async def run(self, function: Callable[[Unit], T], *, deadline_s: float = UNIT_DEADLINE_S) -> T:
        """Run a unit of work; returns after its commit."""
        return await asyncio.wrap_future(self._writer.submit(function, deadline_s=deadline_s))

    async def all(self, query: Query[R]) -> list[R]:
        """All rows of a read."""
        return await self._reader.all(query)

    async def one(self, query: Query[R]) -> R | None:
        """The first row of a read, or None."""
        rows = await self._reader.all(query)
        return rows[0] if rows else None

    async def changes(self) -> int:
        """A number that changes when another process wrote (``PRAGMA data_version`` of a reader that stays idle)."""
        return int((await self._reader.fetch("PRAGMA data_version"))[0][0])

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
