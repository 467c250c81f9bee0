"""Opening the right database, and refusing the wrong one. Nothing here creates a file or a table.

``open_database`` is for processes that stay: it takes the lock (SQLite) or a node number (PostgreSQL) and gives a
``Database``. ``open_for_command`` is for commands: one unit at a time, beside a running node.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fedserver.db.errors import CannotOpen, Locked, Missing, WrongVersion
from fedserver.db.ids import COMMAND_NODE, SERVER_NODES, MarkedIds
from fedserver.db.queries import meta
from fedserver.db.sqlite import SqliteDatabase
from fedserver.db.sqlite_writer import address, connect
from fedserver.db.statement import Dialect, Query
from fedserver.db.unit import TRIES, RunAgain, Unit, is_rerun
from fedserver.domain.site import Site
from fedserver.kit.clock import SYSTEM, Clock, now_ms
from fedserver.kit.errors import Unavailable

T = TypeVar("T")
R = TypeVar("R")

# The version of the schema that this program needs: the newest file of migrations/versions.
SCHEMA = "0001"
# how long opening waits for a file that another program has locked
LOOK_S = 5.0
# a command that writes much leaves the database alone for this long between its units, at least
LEAST_PAUSE_S = 0.03


class Wire(Protocol):
    """How notes cross to the other processes of the node."""

    def encode(self, notes: Sequence[Any], /) -> Iterable[str]: ...
    def decode(self, text: str, /) -> Any | None: ...


class Database(Protocol):
    """What the rest of the program knows of a database."""

    @property
    def dialect(self) -> Dialect: ...
    @property
    def waiting(self) -> int: ...
    async def open(self) -> None: ...
    async def run(self, function: Callable[[Unit], T], *, deadline_s: float = ..., relaxed: bool = ...) -> T: ...
    async def all(self, query: Query[R]) -> list[R]: ...
    async def several(self, *queries: Query[Any]) -> list[list[Any]]: ...
    async def one(self, query: Query[R]) -> R | None: ...
    async def changes(self) -> int: ...
    async def close(self) -> None: ...


def nothing_follows(unit: Unit) -> None:
    """A ``dispatch`` for tools that record no events."""


def nobody_listens(notes: Sequence[Any]) -> None:
    """A ``published`` for processes without streams and workers."""


def dialect_of(url: str) -> Dialect:
    """The kind of database behind ``sqlite:///path`` or ``postgresql://...``. Raises ``CannotOpen``."""
    if url.startswith("sqlite:///"):
        return "sqlite"
    if url.startswith("postgresql://"):
        return "postgresql"
    raise CannotOpen("The address of the database must start with sqlite:/// or postgresql://.")


def sqlite_path(url: str) -> Path:
    """The file of a ``sqlite:///`` address (``sqlite:////absolute`` or ``sqlite:///relative``)."""
    return Path(url.removeprefix("sqlite:///"))


def open_database(
    url: str,
    site: Site,
    *,
    node: int | None = None,
    dispatch: Callable[[Unit], None] = nothing_follows,
    published: Callable[[Sequence[Any]], None] = nobody_listens,
    clock: Clock = SYSTEM,
    wire: Wire | None = None,
) -> Database:
    """Open the database of a process that stays; ``await database.open()`` follows on its loop.

    ``dispatch`` turns a unit's events into rows before its commit. ``published`` gets on the loop what units noted
    with ``after``, after their commit and before their callers go on. ``node``: this process's number for ids; by
    default 0 on SQLite, and the first free one on PostgreSQL. ``wire``: how notes cross to the other processes of a
    node on PostgreSQL; their notes then arrive at ``published`` too.

    Raises ``Missing``, ``WrongVersion``, ``Locked`` (all ``CannotOpen``) and creates nothing.
    """
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        check_sqlite(path)
        lock = ProcessLock(path.with_name(path.name + ".lock"), "serves this database")
        try:
            with closing(_existing(path)) as connection:
                rows = connection.execute(*meta.id_marks().prepare("sqlite")).fetchall()
            ids = MarkedIds(0 if node is None else node, max((int(value) for _, value in rows), default=0), clock)
            return LockedSqlite(path, site, ids, dispatch, published, clock, lock=lock)
        except BaseException:
            lock.release()
            raise
    return _open_postgres(url, site, node, dispatch, published, clock, wire)


class ProcessLock:
    """An exclusive lock file. The system lets go of it when the process ends, however it ends."""

    def __init__(self, path: Path, what: str, *, wait: bool = False) -> None:
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise CannotOpen(f"The lock file {path} cannot be opened: {error.strerror}.") from error
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except OSError as error:
            owner = os.read(self._fd, 20).decode("ascii", "replace").strip() or "unknown"
            os.close(self._fd)
            raise Locked(f"Another process (pid {owner}) {what}: {path}") from error
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let go. The file stays: removing it would let two processes lock two files of one name."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class LockedSqlite(SqliteDatabase):
    """A ``SqliteDatabase`` that holds the lock of its file until it is closed."""

    def __init__(self, *args: Any, lock: ProcessLock) -> None:
        super().__init__(*args)
        self._lock = lock

    async def close(self) -> None:
        """Finish what waits, close, let go of the lock."""
        await super().close()
        self._lock.release()


def _existing(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(address(path), uri=True, timeout=LOOK_S)


def check_sqlite(path: Path) -> None:
    """Raise ``Missing``, ``WrongVersion``, ``Locked`` or ``CannotOpen`` unless ``path`` is a database of ``SCHEMA``."""
    if not path.is_file():
        raise Missing(f"There is no database at {path}.")
    try:
        with closing(_existing(path)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise Locked(f"The database {path} is locked by another program.") from error
        if "no such table" in str(error):
            raise Missing(f"The file {path} holds no database of this program.") from error
        raise CannotOpen(f"The database {path} cannot be opened: {error}{_hint(path)}.") from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # a damaged schema may even hold what is no text
        raise CannotOpen(f"The file {path} is damaged, or no SQLite database: {error}.") from error
    _check_version([str(row[0]) for row in found])


def _hint(path: Path) -> str:
    """What SQLite does not tell: whether the disk or a permission is the reason."""
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return "; its file system is read-only"
    if not os.access(path, os.R_OK | os.W_OK) or not os.access(path.parent, os.W_OK | os.X_OK):
        return "; this user may not read and write the file and its folder"
    return ""


def _check_version(found: Sequence[str]) -> None:
    if not found:
        raise Missing("The database holds no tables of this program.")
    if found[0] != SCHEMA:
        raise WrongVersion(f"The database has schema {found[0]}, this program needs {SCHEMA}.", found[0])


def _open_postgres(
    url: str,
    site: Site,
    node: int | None,
    dispatch: Callable[[Unit], None],
    published: Callable[[Sequence[Any]], None],
    clock: Clock,
    wire: Wire | None,
) -> Database:
    import psycopg  # the driver is an optional dependency

    from fedserver.db.postgres import NodeLock, PostgresDatabase, take_node

    connection = check_postgres(url)
    try:
        numbers = range(SERVER_NODES) if node is None else (node,)
        taken = next((n for n in numbers if take_node(connection, n)), None)
        if taken is None:
            raise Locked("Every node number is taken by another process of this database.")
        rows = connection.execute(*meta.id_marks().prepare("postgresql")).fetchall()
        ids = MarkedIds(taken, max((int(value) for _, value in rows), default=0), clock)
        return PostgresDatabase(
            url, site, ids, dispatch, published, node_lock=NodeLock(url, taken, connection), clock=clock, wire=wire
        )
    except psycopg.Error as error:
        connection.close()
        raise CannotOpen(f"The database cannot be used: {error}") from error
    except BaseException:
        connection.close()
        raise


def check_postgres(url: str) -> Any:
    """An autocommit connection to a database of ``SCHEMA``; the same errors as ``check_sqlite``."""
    import psycopg

    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=5, application_name="fedserver")
    except psycopg.OperationalError as error:
        raise Missing(f"The database cannot be reached: {error}") from error
    try:
        _check_version(
            [str(row[0]) for row in connection.execute("SELECT version_num FROM alembic_version").fetchall()]
        )
    except psycopg.errors.UndefinedTable as error:
        connection.close()
        raise Missing("The database holds no tables of this program.") from error
    except BaseException:
        connection.close()
        raise
    return connection


class CommandSession:
    """One unit at a time for a command, beside a running node, whose caches hear of it within a second."""

    def __init__(
        self, connection: Any, dialect: Dialect, site: Site, ids: MarkedIds, dispatch: Callable[[Unit], None]
    ) -> None:
        self._connection = connection
        self._dialect: Dialect = dialect
        self._site = site
        self._ids = ids
        self._dispatch = dispatch

    def run(self, function: Callable[[Unit], T]) -> T:
        """Run a unit and commit. Raises ``Unavailable`` when the database stays locked for longer than 5 s."""
        for _ in range(TRIES - 1):
            try:
                return self._run(function)
            except (RunAgain, Exception) as error:
                if not is_rerun(error) and not isinstance(error, RunAgain):
                    raise
        return self._run(function)

    def patiently(self, function: Callable[[Unit], T]) -> T:
        """``run`` for one of many units in a row: afterwards whoever writes beside the command has as long a turn.

        SQLite's waiting writers look again ever more seldom, and would find the database locked each time.
        """
        started = time.monotonic()
        result = self.run(function)
        time.sleep(max(LEAST_PAUSE_S, time.monotonic() - started))
        return result

    def _run(self, function: Callable[[Unit], T]) -> T:
        ids = self._ids
        try:
            self._connection.execute("BEGIN IMMEDIATE" if self._dialect == "sqlite" else "SELECT 1")
        except sqlite3.OperationalError as error:
            raise Unavailable(retry_after=5, cause=error) from error
        try:
            unit = Unit(
                self._connection, self._dialect, now=now_ms(), ids=ids, site=self._site, dispatch=self._dispatch
            )
            result = function(unit)
            unit.settle()
            unit.run(meta.put(ids.mark_key, str(ids.high_water)))
            unit.run(meta.changed())
            self._connection.commit()
        except BaseException:
            self._connection.rollback()
            raise
        return result


@contextmanager
def open_for_command(
    url: str, site: Site, *, dispatch: Callable[[Unit], None] = nothing_follows
) -> Iterator[CommandSession]:
    """``with open_for_command(url, site) as command: command.run(function)``.

    Works while a node serves the same database; commands wait for one another. The errors of ``open_database``.
    """
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        check_sqlite(path)
        lock = ProcessLock(path.with_name(path.name + ".command"), "runs a command", wait=True)
        connection: Any = connect(path)
    else:
        from fedserver.db.postgres import NODE_LOCK
        from fedserver.db.postgres import connect as connect_postgres

        lock = None
        check_postgres(url).close()
        connection = connect_postgres(url)
        connection.execute("SELECT pg_advisory_lock(%s, %s)", (NODE_LOCK, COMMAND_NODE))
        connection.commit()
    try:
        dialect = dialect_of(url)
        rows = dict(connection.execute(*meta.id_marks().prepare(dialect)).fetchall())
        connection.commit()
        ids = MarkedIds(COMMAND_NODE)
        ids = MarkedIds(COMMAND_NODE, int(rows.get(ids.mark_key, 0)))
        yield CommandSession(connection, dialect, site, ids, dispatch)
    finally:
        connection.close()
        if lock is not None:
            lock.release()
