"""The unit of work: what a service gets, and all that it may touch.

A service is ``def verb(unit, ...)``. It reads and writes through ``unit.all / one / run``, records events, and never
commits: returning commits, raising rolls back. On PostgreSQL a unit may be run again from its start (serialization
failure), so a service changes nothing outside the unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from fedserver.db.statement import Dialect, Query
from fedserver.domain.site import Site
from fedserver.kit.errors import NotFound
from fedserver.kit.ids import IdMaker

R = TypeVar("R")

# how often PostgreSQL units that could not be serialized are run in all
TRIES = 10


class DriverCursor(Protocol):
    """What both drivers' cursors share."""

    @property
    def rowcount(self) -> int: ...
    def fetchall(self) -> list[Any]: ...
    def fetchone(self) -> Any: ...


class DriverConnection(Protocol):
    """What both drivers' connections share."""

    def execute(self, sql: Any, params: Any = ..., /) -> Any: ...


class RunAgain(BaseException):
    """This unit cannot go on: PostgreSQL could not serialize it, or SQLite has ended the transaction by itself.

    PostgreSQL's runner runs it again from its start. Not an ``Exception``, so that a service that carries on after a
    failed savepoint does not swallow it.
    """


def is_rerun(error: BaseException) -> bool:
    """Whether the database asks for the unit to be run again: serialization failure or deadlock."""
    return getattr(error, "sqlstate", None) in ("40001", "40P01")


class Unit:
    """One unit of work on one driver connection.

    ``now`` is the time (ms) at which the unit began, the same for all rows it writes; ``events`` is what services
    recorded, in order; ``afters`` is what is to be told to the rest of the process once the unit is durable.
    ``kept``: what services remember of this database from unit to unit, which may be out of date and is never needed.
    """

    __slots__ = ("_connection", "_dispatch", "afters", "dialect", "events", "ids", "kept", "now", "site")

    def __init__(
        self,
        connection: DriverConnection,
        dialect: Dialect,
        *,
        now: int,
        ids: IdMaker,
        site: Site,
        dispatch: Callable[[Unit], None] | None = None,
        kept: dict[str, Any] | None = None,
    ) -> None:
        self._connection = connection
        self._dispatch = dispatch
        self.dialect: Dialect = dialect
        self.now = now
        self.ids = ids
        self.site = site
        self.kept: dict[str, Any] = {} if kept is None else kept
        self.events: list[Any] = []
        self.afters: list[Any] = []

    def all(self, query: Query[R]) -> list[R]:
        """All rows."""
        rows = self._execute(query).fetchall()
        return [query.statement.row(r) for r in rows]

    def one(self, query: Query[R]) -> R | None:
        """The first row or None."""
        row = self._execute(query).fetchone()
        return None if row is None else query.statement.row(row)

    def get(self, query: Query[R]) -> R:
        """The first row; ``NotFound`` where there is none."""
        found = self.one(query)
        if found is None:
            raise NotFound()
        return found

    def run(self, query: Query[Any]) -> int:
        """Run a statement for its effect; the number of rows it touched."""
        return int(self._execute(query).rowcount)

    def made(self, query: Query[Any]) -> bool:
        """Run an ``insert_new``; whether this call made the row."""
        silent = query.statement.silent
        return self.run(Query(silent, query.params)) > 0 if silent is not None else self.one(query) is not None

    def record(self, event: Any) -> None:
        """Record an event; ``effects/table.py`` says what follows from it, in this same unit."""
        self.events.append(event)

    def after(self, note: Any) -> None:
        """Tell the process something once this unit is durable (a stream message, a wake-up)."""
        self.afters.append(note)

    def new_id(self) -> int:
        """A fresh 64-bit id, higher than every id made before."""
        return self.ids.new()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """A part of the unit that can fail alone: an exception undoes its rows, events and notes, and goes on up.

        Events recorded inside have their effects before the savepoint ends, so a failing effect fails the part too.
        """
        earlier, self.events = self.events, []
        notes = len(self.afters)
        self._connection.execute("SAVEPOINT part")
        try:
            yield
            self.settle()
            self._connection.execute("RELEASE SAVEPOINT part")
        except Exception as error:
            del self.afters[notes:]
            if is_rerun(error) or self._lost():
                raise RunAgain from error
            self._connection.execute("ROLLBACK TO SAVEPOINT part")
            self._connection.execute("RELEASE SAVEPOINT part")
            raise
        finally:
            self.events = earlier

    def _lost(self) -> bool:
        """Whether SQLite has rolled the whole transaction back (a full disk): whatever follows would commit alone."""
        return self.dialect == "sqlite" and not getattr(self._connection, "in_transaction", True)

    def settle(self) -> None:
        """Let the recorded events have their effects. The runner calls it once the service has returned."""
        if self._dispatch is not None and self.events:
            self._dispatch(self)
        self.events = []

    def _execute(self, query: Query[Any]) -> DriverCursor:
        sql, params = query.prepare(self.dialect)
        cursor: DriverCursor = self._connection.execute(sql, params)
        return cursor
