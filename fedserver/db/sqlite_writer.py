"""SQLite, the writing half: one thread that runs units of work and commits them in groups.

Theory. A commit costs an fsync, a unit of work a few statements. So the writer takes whatever waits in its queue (at
most ``GROUP`` units or ``GROUP_MS``), runs each under a savepoint inside one ``BEGIN IMMEDIATE`` transaction, commits
once, and only then answers every caller. A unit that raises is rolled back alone. One that comes alone needs no
savepoint: the transaction is its own.

What can go wrong, and what is done (reference: SQLite "Result and Error Codes", found by trying):

* Disk full makes SQLite roll the whole transaction back by itself. A following SAVEPOINT would then open a
  transaction of its own and commit alone. So ``in_transaction`` is checked after every unit; if it is false, or a
  savepoint statement or the COMMIT fails, the whole group fails.
* A failed COMMIT leaves the transaction open: the connection is rolled back, or replaced.
* Locked, full and read-only are answered 503 or 507 and heal by themselves. An fsync error is not: the page cache may
  have dropped what it could not write, so the writer refuses everything until the process is started again.
"""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from fedserver.db.ids import ID_MARK_STEP, MarkedIds
from fedserver.db.unit import RunAgain, Unit
from fedserver.db.wal import ALERT_BYTES as WAL_ALERT_BYTES
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.errors import StorageFull, Unavailable

T = TypeVar("T")
Dispatch = Callable[[Unit], None]
Published = Callable[[Sequence[Any]], None]
Reply = Callable[[Callable[[], None], int], None]

GROUP = 128
GROUP_MS = 25
QUEUE = 2000
UNIT_DEADLINE_S = 10.0


KEEP_MARK = "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"

log = logging.getLogger(__name__)


def address(path: Path) -> str:
    """The URI under which SQLite opens an existing file for reading and writing, and creates none."""
    return f"file:{quote(str(path))}?mode=rw"


def connect(path: Path, *, busy_ms: int = 5000) -> sqlite3.Connection:
    """A writing connection: explicit transactions, WAL, ``synchronous=FULL``, foreign keys on."""
    connection = sqlite3.connect(
        address(path), uri=True, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    for pragma in (
        f"busy_timeout={busy_ms}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
        "wal_autocheckpoint=10000",
        # what a long reader made of the log is given back when the log starts anew (see ``wal.py``)
        f"journal_size_limit={WAL_ALERT_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Outcome(Protocol):
    """What a caller waits for: a future of threads (the default) or one of an event loop."""

    def cancelled(self) -> bool: ...
    def done(self) -> bool: ...
    def set_result(self, result: Any, /) -> None: ...
    def set_exception(self, exception: Any, /) -> None: ...


class Task:
    """A unit that waits for its turn, and whom to tell."""

    __slots__ = ("afters", "deadline", "error", "function", "future", "result")

    def __init__(self, function: Callable[[Unit], Any], future: Outcome, deadline: float) -> None:
        self.function = function
        self.deadline = deadline
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None
        self.afters: list[Any] = []


class _GroupLost(Exception):
    """The transaction of the group is gone; ``args[0]`` is what each caller is told."""


def _at_once(settle: Callable[[], None], units: int) -> None:
    settle()


class SqliteWriter:
    """The only thread that writes. ``dispatch`` turns events into rows, ``published`` hears what became durable.

    ``reply`` runs what tells the callers of a group (so many), once for all of them: on the writer's thread, unless a
    database with a loop says otherwise. Waking a loop costs as much as ten statements.
    """

    def __init__(
        self,
        path: Path,
        site: Site,
        ids: MarkedIds,
        dispatch: Dispatch,
        published: Published,
        clock: Clock = SYSTEM,
        reply: Reply = _at_once,
    ) -> None:
        self._clock = clock
        self._reply = reply
        self._path = path
        self._site = site
        self._ids = ids
        self._dispatch = dispatch
        self._kept: dict[str, Any] = {}
        self._published = published
        self._queue: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._connection: sqlite3.Connection | None = connect(path)
        # what the database holds: ids up to here may be handed out without another write
        self._mark = ids.high_water
        self._broken: str | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Units in the queue."""
        return self._queue.qsize()

    def submit(self, function: Callable[[Unit], T], *, deadline_s: float = UNIT_DEADLINE_S) -> Future[T]:
        """Queue a unit; the future is done after its commit. ``Failure(unavailable)`` when the queue is full."""
        future: Future[T] = Future()
        self.put([self.task(function, future, deadline_s)])
        return future

    def task(self, function: Callable[[Unit], Any], future: Outcome, deadline_s: float, before: int = 0) -> Task:
        """A unit to be ``put``. ``before``: units that the caller has not put yet. The errors of ``submit``."""
        if self._closed:
            raise Unavailable(retry_after=10, cause="the database is closed")
        if self._queue.qsize() + before >= QUEUE:
            raise Unavailable(retry_after=2)
        return Task(function, future, time.monotonic() + deadline_s)

    def put(self, tasks: Iterable[Task]) -> None:
        """Queue units that ``task`` made."""
        for task in tasks:
            self._queue.put(task)

    def refuse(self) -> None:
        """Take nothing more; what waits is finished by ``close``."""
        self._closed = True

    def close(self) -> None:
        """Finish what waits, then stop."""
        self._closed = True
        self._queue.put(None)
        self._thread.join(timeout=30)

    def _work(self) -> None:
        stop = False
        while not stop and (first := self._queue.get()) is not None:
            group = [first]
            until = time.monotonic() + GROUP_MS / 1000
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
        if self._connection is not None:
            self._keep_exact_mark(self._connection)
            self._connection.close()

    def _run_group(self, group: list[Task]) -> None:
        if self._broken:
            self._answer(group, Unavailable(retry_after=10, cause=self._broken))
            return
        try:
            if self._connection is None:
                self._connection = connect(self._path)
            self._transaction(self._connection, group)
        except sqlite3.IntegrityError as error:
            # a constraint at COMMIT names nobody: run each unit alone, so that only the guilty one fails
            self._reset()
            if len(group) == 1:
                self._answer(group, error)
                return
            for task in group:
                task.error, task.afters = None, []
                self._run_group([task])
        except (Exception, RunAgain) as error:  # noqa: BLE001 - whatever happened, every caller must hear of it
            self._reset()
            self._answer(group, self._translate(error))
        else:
            self._answer(group, None)

    def _transaction(self, connection: sqlite3.Connection, group: list[Task]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        now, alone = self._clock.now_ms(), len(group) == 1
        for task in group:
            if task.future.cancelled():
                continue
            if time.monotonic() > task.deadline:
                task.error = Unavailable(retry_after=5)
                continue
            self._run_unit(connection, task, now, alone)
        if alone and group[0].error is not None:
            connection.execute("ROLLBACK")
            return
        self._keep_id_mark(connection)
        connection.execute("COMMIT")

    def _run_unit(self, connection: sqlite3.Connection, task: Task, now: int, alone: bool) -> None:
        """``alone``: the transaction is the unit's own, so it needs no savepoint, for which SQLite copies each page."""
        if not alone:
            connection.execute("SAVEPOINT unit")
        unit = Unit(
            connection,
            "sqlite",
            now=now,
            ids=self._ids,
            site=self._site,
            dispatch=self._dispatch,
            kept=self._kept,
        )
        try:
            task.result = task.function(unit)
            unit.settle()
            task.afters = unit.afters
        except Exception as error:
            if not connection.in_transaction:
                raise _GroupLost(error) from error
            if isinstance(error, sqlite3.OperationalError) and _is_storage(error):
                raise
            if not alone:
                connection.execute("ROLLBACK TO unit")
            task.error = error
        if not connection.in_transaction:
            raise _GroupLost(sqlite3.OperationalError("the transaction ended by itself"))
        if not alone:
            connection.execute("RELEASE unit")

    def _keep_id_mark(self, connection: sqlite3.Connection) -> None:
        if self._ids.high_water <= self._mark:
            return
        self._mark = self._ids.high_water + ID_MARK_STEP
        connection.execute(KEEP_MARK, (self._ids.mark_key, str(self._mark)))

    def _keep_exact_mark(self, connection: sqlite3.Connection) -> None:
        # an orderly stop gives back the ids that were promised and not used
        try:
            connection.execute(KEEP_MARK, (self._ids.mark_key, str(self._ids.high_water)))
        except sqlite3.Error as error:
            log.warning("the id mark was not written at the end: %s", error)

    def _reset(self) -> None:
        """Get rid of the transaction; where that fails, of the connection. The mark may not have been written."""
        self._mark = 0
        if self._connection is None:
            return
        try:
            if self._connection.in_transaction:
                self._connection.rollback()
        except sqlite3.Error as error:
            log.error("a rollback failed, the connection is replaced: %s", error)
            self._connection.close()
            self._connection = None

    def _translate(self, error: BaseException) -> BaseException:
        if isinstance(error, _GroupLost):
            error = error.args[0]
        if isinstance(error, RunAgain):
            error = error.__cause__ or error
        code = getattr(error, "sqlite_errorcode", 0) or 0
        if code == sqlite3.SQLITE_IOERR_FSYNC or code == sqlite3.SQLITE_IOERR_DIR_FSYNC:
            self._broken = f"fsync failed: {error}"
            log.critical("fsync failed: no write is accepted until the process is started again: %s", error)
        log.error("a group of writes was rolled back: %r", error)
        if code & 0xFF == sqlite3.SQLITE_FULL:
            return StorageFull(cause=error)
        return Unavailable(retry_after=10, cause=error)

    def _answer(self, group: list[Task], error: BaseException | None) -> None:
        try:
            self._reply(lambda: self._settle(group, error), len(group))
        except RuntimeError:
            # the loop was closed meanwhile: nobody is left who waits
            log.warning("nobody heard what became of %d writes", len(group))

    def _settle(self, group: list[Task], error: BaseException | None) -> None:
        """Publish what became durable, then tell each caller."""
        afters = [note for task in group if error is None and task.error is None for note in task.afters]
        if afters:
            try:
                self._published(afters)
            except Exception:  # the rows are durable: telling is best effort, the workers poll as well
                log.exception("publishing after a commit failed")
        for task in group:
            if task.future.done():
                continue
            failure = error or task.error
            if failure is None:
                task.future.set_result(task.result)
            else:
                task.future.set_exception(failure)


def _is_storage(error: sqlite3.OperationalError) -> bool:
    code = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    return code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CORRUPT)
