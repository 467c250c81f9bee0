"""PostgreSQL: the same promises as on SQLite, for several processes on several machines.

Units run SERIALIZABLE on a small pool of threads, each with a connection of its own; under READ COMMITTED a check
followed by an insert loses races that SQLite's single writer cannot have. A unit that could not be serialized is run
again from its start, at most ``TRIES`` times, which is why a service changes nothing outside its unit. Those that lost
once run one after the other, and nothing else begins in this process meanwhile: with many at one row (votes in a poll)
all of them come through, where running at once they would lose again and again. A unit whose
connection broke before COMMIT is run again as well; one that broke *during* COMMIT is answered 503, since nobody knows
(the client's idempotency key, the peer's retry and our own deduplication take care of the second try).

``relaxed`` units run READ COMMITTED: claims with SKIP LOCKED and acknowledgements, which carry a lease token.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import IsolationLevel

from fedserver.db.ids import ID_MARK_STEP, MarkedIds
from fedserver.db.postgres_reader import Reader, adapt
from fedserver.db.queries import meta
from fedserver.db.statement import Dialect, Query
from fedserver.db.unit import TRIES, RunAgain, Unit, is_rerun
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.errors import StorageFull, Unavailable

if TYPE_CHECKING:
    from fedserver.db.database import Wire

T = TypeVar("T")
R = TypeVar("R")
Dispatch = Callable[[Unit], None]
Published = Callable[[Sequence[Any]], None]

THREADS = 8
QUEUE = 2000
UNIT_DEADLINE_S = 10.0
# what processes tell each other: notes of committed units
CHANNEL = "fedserver"
EAR_S = 1.0
EAR_RETRY_S = 2.0
# advisory locks: this number, and the node number
NODE_LOCK = 0x66656473
_OPTIONS = (
    "-c statement_timeout=10000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000"
    " -c timezone=UTC -c client_encoding=UTF8"
)

log = logging.getLogger(__name__)


def connect(url: str, *, options: str = _OPTIONS) -> psycopg.Connection[Any]:
    """A writing connection that begins SERIALIZABLE transactions."""
    connection = psycopg.connect(url, options=options, connect_timeout=5, application_name="fedserver")
    connection.isolation_level = IsolationLevel.SERIALIZABLE
    adapt(connection)
    return connection


def translate(error: BaseException) -> BaseException:
    """A driver error as one of our failures where the database is in trouble; anything else as it is."""
    if isinstance(error, psycopg.errors.DiskFull):
        return StorageFull(cause=error)
    if isinstance(error, psycopg.OperationalError | psycopg.errors.ReadOnlySqlTransaction):
        return Unavailable(retry_after=5, cause=error)
    if isinstance(error, RunAgain):
        return Unavailable(retry_after=1, cause=error.__cause__)
    return error


class _Lost(Exception):
    """The connection is gone and the unit has not been committed: it may run again. ``__cause__`` says why."""


class _Marks:
    """Keeps the id mark of this process ahead of the ids it makes; one thread at a time writes it."""

    def __init__(self, ids: MarkedIds, url: str) -> None:
        self.ids = ids
        self._url = url
        self._durable = ids.high_water
        self._lock = threading.Lock()

    def keep(self) -> None:
        """Before a commit: make sure that no id of this unit lies above the durable mark."""
        if self.ids.high_water <= self._durable:
            return
        with self._lock:
            if self.ids.high_water <= self._durable:
                return
            mark = self.ids.high_water + ID_MARK_STEP
            # on a connection of its own: inside the unit all units of this process would collide on this row
            self._write(mark)
            self._durable = mark

    def give_back(self) -> None:
        """At an orderly stop: the ids that were promised and not used."""
        with suppress(psycopg.Error):
            self._write(self.ids.high_water)

    def _write(self, mark: int) -> None:
        sql, params = meta.put(self.ids.mark_key, str(mark)).prepare("postgresql")
        with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(sql, params)


class NodeLock:
    """The node number of this process: an advisory lock that lives as long as its connection.

    Checked whenever a unit needs a new connection, which is when something happened to the server. Taken again if it
    was lost; while another session has it, no unit runs, since two processes would make the same ids.
    """

    def __init__(self, url: str, node: int, connection: psycopg.Connection[Any]) -> None:
        self._url = url
        self._node = node
        self._connection = connection
        self._mutex = threading.Lock()

    def check(self) -> None:
        """Raises ``Unavailable`` while the number belongs to another session."""
        with self._mutex:
            try:
                self._connection.execute("SELECT 1")
                return
            except psycopg.Error:
                self._connection.close()
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
            if not take_node(self._connection, self._node):
                self._connection.close()
                raise Unavailable(retry_after=10, cause=f"node number {self._node} is held by another session")

    def release(self) -> None:
        """Let go of the number."""
        self._connection.close()


def take_node(connection: psycopg.Connection[Any], node: int) -> bool:
    """Take a node number for the life of an autocommit connection; whether it was free."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (NODE_LOCK, node)).fetchone()
    return row is not None and bool(row[0])


class _Ear:
    """Hears what the other processes committed. What is said while the connection is down is lost: workers poll."""

    def __init__(self, url: str, node: int, wire: Wire, heard: Callable[[list[Any]], None]) -> None:
        self._url = url
        self._own = f"{node}:"
        self._wire = wire
        self._heard = heard
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="ear", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _listen(self) -> None:
        while not self._stopping.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while not self._stopping.is_set():
                        for notice in connection.notifies(timeout=EAR_S):
                            self._take(notice.payload)
            except psycopg.Error as error:
                log.warning("the other processes cannot be heard: %s", error)
                self._stopping.wait(EAR_RETRY_S)

    def _take(self, payload: str) -> None:
        node, _, text = payload.partition(":")
        note = self._wire.decode(text) if f"{node}:" != self._own else None
        if note is not None:
            self._heard([note])


class PostgresDatabase:
    """``await run(fn)`` writes, ``await all(q)`` reads."""

    dialect: Dialect = "postgresql"

    def __init__(
        self,
        url: str,
        site: Site,
        ids: MarkedIds,
        dispatch: Dispatch,
        published: Published,
        *,
        node_lock: NodeLock,
        clock: Clock = SYSTEM,
        threads: int = THREADS,
        wire: Wire | None = None,
    ) -> None:
        self._wire = wire
        self._ear: _Ear | None = None
        self._url = url
        self._clock = clock
        self._site = site
        self._ids = ids
        self._marks = _Marks(ids, url)
        self._dispatch = dispatch
        self._kept: dict[str, Any] = {}
        self._published = published
        self._node_lock = node_lock
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="unit")
        self._local = threading.local()
        # held by a unit that has to run again
        self._line = threading.Lock()
        self._open: set[psycopg.Connection[Any]] = set()
        self._waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._reader = Reader(url)

    async def open(self) -> None:
        """Open the readers; from now on what is published arrives on this loop."""
        self._loop = asyncio.get_running_loop()
        await self._reader.open()
        if self._wire is not None:
            self._ear = _Ear(self._url, self._ids.node, self._wire, self._hand_over)

    async def run(
        self, function: Callable[[Unit], T], *, deadline_s: float = UNIT_DEADLINE_S, relaxed: bool = False
    ) -> T:
        """Run a unit of work; returns after its commit. ``relaxed``: READ COMMITTED instead of SERIALIZABLE."""
        if self._waiting >= QUEUE:
            raise Unavailable(retry_after=2)
        self._waiting += 1
        deadline = time.monotonic() + deadline_s
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, self._unit, function, deadline, relaxed)
        finally:
            self._waiting -= 1

    async def all(self, query: Query[R]) -> list[R]:
        """All rows of a read."""
        return await self._reader.all(query)

    async def several(self, *queries: Query[Any]) -> list[list[Any]]:
        """The rows of each query, in their order."""
        return [await self._reader.all(query) for query in queries]

    async def one(self, query: Query[R]) -> R | None:
        """The first row of a read, or None."""
        rows = await self._reader.all(query)
        return rows[0] if rows else None

    async def changes(self) -> int:
        """A number that grows when a command changed something."""
        return await self.one(meta.changes()) or 0

    @property
    def waiting(self) -> int:
        """Units that wait or run."""
        return self._waiting

    async def close(self) -> None:
        """Finish what waits, then close."""
        await asyncio.get_running_loop().run_in_executor(None, self._close)
        await self._reader.close()

    def _close(self) -> None:
        if self._ear is not None:
            self._ear.close()
        self._pool.shutdown(wait=True)
        self._marks.give_back()
        for connection in self._open:
            connection.close()
        self._node_lock.release()

    def _unit(self, function: Callable[[Unit], T], deadline: float, relaxed: bool) -> T:
        """On a thread of the pool: run, and run again where that is right. Raises our failures."""
        # a unit that has to run again keeps the line until it came through: nobody begins meanwhile
        self._stand_in_line(deadline)
        self._line.release()
        standing = False
        try:
            for attempt in range(1, TRIES + 1):
                if attempt > 1 and not standing:
                    self._stand_in_line(deadline)
                    standing = True
                elif attempt > 1:
                    # other processes have lines of their own: those at the head of each do not meet again and again
                    time.sleep(random.uniform(0, 0.002) * attempt)  # noqa: S311 - no secret
                found = self._run_once(function, relaxed, last=attempt == TRIES or time.monotonic() > deadline)
                if found is not None:
                    return found[0]
        finally:
            if standing:
                self._line.release()
        raise AssertionError("unreachable")

    def _stand_in_line(self, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0 or not self._line.acquire(timeout=left):
            raise Unavailable(retry_after=5)

    def _run_once(self, function: Callable[[Unit], T], relaxed: bool, *, last: bool) -> tuple[T] | None:
        """None: it has to run again."""
        try:
            return (self._try(function, relaxed),)
        except (RunAgain, _Lost) as error:
            if last:
                raise translate(error.__cause__ or error) from error
            log.info("a unit is run again: %s", error.__cause__)
            return None
        except psycopg.Error as error:
            failure = translate(error)
            if failure is error:
                raise
            raise failure from error

    def _try(self, function: Callable[[Unit], T], relaxed: bool) -> T:
        connection = self._connection()
        connection.isolation_level = IsolationLevel.READ_COMMITTED if relaxed else IsolationLevel.SERIALIZABLE
        unit = Unit(
            connection,
            "postgresql",
            now=self._clock.now_ms(),
            ids=self._ids,
            site=self._site,
            dispatch=self._dispatch,
            kept=self._kept,
        )
        try:
            result = function(unit)
            unit.settle()
            self._marks.keep()
            self._tell(connection, unit.afters)
        except BaseException as error:
            self._roll_back(connection)
            if is_rerun(error):
                raise RunAgain from error
            if connection.closed and isinstance(error, psycopg.OperationalError):
                raise _Lost from error
            raise
        try:
            connection.commit()
        except psycopg.Error as error:
            self._roll_back(connection)
            if is_rerun(error):
                raise RunAgain from error
            raise
        if unit.afters:
            self._hand_over(unit.afters)
        return result

    def _tell(self, connection: psycopg.Connection[Any], notes: Sequence[Any]) -> None:
        """The other processes hear of it when, and only if, this is committed."""
        if self._wire is None or not notes:
            return
        for text in self._wire.encode(notes):
            connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._ids.node}:{text}"))

    def _connection(self) -> psycopg.Connection[Any]:
        connection: psycopg.Connection[Any] | None = getattr(self._local, "connection", None)
        if connection is None or connection.closed:
            if connection is not None:
                self._open.discard(connection)
            self._node_lock.check()
            connection = self._local.connection = connect(self._url)
            self._open.add(connection)
        return connection

    def _roll_back(self, connection: psycopg.Connection[Any]) -> None:
        try:
            connection.rollback()
        except psycopg.Error:
            connection.close()

    def _hand_over(self, afters: Sequence[Any]) -> None:
        # before the caller hears of the commit: the loop runs this first
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._published, list(afters))
