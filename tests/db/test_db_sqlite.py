"""SQLite alone: the transaction mode, group commit, and every way a write can fail (database.md, rules 1-7)."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from db_fixtures import Place
from sqlalchemy import func, select, text

from fedserver.db import sqlite_reader, sqlite_writer
from fedserver.db.statement import Statement, insert, number
from fedserver.db.tables import tags
from fedserver.db.unit import Unit
from fedserver.kit.errors import StorageFull, Unavailable

COUNT = Statement(select(func.count()).select_from(tags), number)


def tag(unit: Unit, name: str) -> int:
    id_ = unit.new_id()
    unit.run(insert(tags, {"id": id_, "name": name, "created_at": 0}))
    return id_


def writer_of(database: Any) -> sqlite_writer.SqliteWriter:
    found: sqlite_writer.SqliteWriter = database._writer
    return found


def pragma(database: Any, words: str) -> Any:
    """Run a pragma on the writer's connection, between its transactions."""
    connection = writer_of(database)._connection
    assert connection is not None
    return connection.execute(f"PRAGMA {words}").fetchone()


def count_outside(place: Place) -> int:
    with closing(sqlite3.connect(place.path)) as other:
        return int(other.execute("SELECT count(*) FROM tags").fetchone()[0])


async def test_durable_settings(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        assert pragma(database, "synchronous")[0] == 2
        assert pragma(database, "journal_mode")[0] == "wal"
        assert pragma(database, "foreign_keys")[0] == 1


async def test_a_released_savepoint_is_not_a_commit(sqlite_place: Place) -> None:
    """Rule 1: in the driver's default mode RELEASE commits. Here it is seen by nobody before COMMIT."""
    async with sqlite_place.opened() as database:
        seen: list[int] = []

        def unit(unit: Unit) -> None:
            with unit.savepoint():
                tag(unit, "released")
            seen.append(count_outside(sqlite_place))

        await database.run(unit)
        assert seen == [0]
        assert count_outside(sqlite_place) == 1


@contextmanager
def gathered(database: Any) -> Iterator[None]:
    """Hold the writer until the body has queued its units: they become one group."""
    gate = threading.Event()
    writer_of(database).submit(lambda unit: gate.wait(5))
    time.sleep(0.02)
    yield
    gate.set()


async def test_waiting_units_share_one_commit(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        seen = []
        with gathered(database):
            runs = [asyncio.create_task(database.run(lambda unit: seen.append(unit.now))) for _ in range(50)]
            await asyncio.sleep(0.01)
        await asyncio.gather(*runs)
        # the time of a group is one
        assert len(seen) == 50
        assert len(set(seen)) == 1


async def test_units_that_come_together_share_one_commit(sqlite_place: Place) -> None:
    """Loop and writer take turns: what comes in one pass of the loop, or while the writer is busy, is one group."""
    async with sqlite_place.opened() as database:
        seen: list[str] = []

        async def unit(name: str) -> None:
            await database.run(lambda unit: seen.append(f"{name}{unit.now}"))

        groups: list[int] = []
        writer: Any = writer_of(database)
        run_group = writer._run_group
        writer._run_group = lambda group: (groups.append(len(group)), run_group(group))[1]
        await asyncio.gather(*(unit("a") for _ in range(20)))
        assert groups == [20]
        busy = asyncio.create_task(database.run(lambda unit: time.sleep(0.05)))
        await asyncio.sleep(0.02)
        await asyncio.gather(busy, *(unit("b") for _ in range(20)))
        assert groups == [20, 1, 20]
        assert len(seen) == 40


async def test_a_failed_group_fails_everybody_and_the_next_works(sqlite_place: Place) -> None:
    """Rule 3: the transaction vanishes in the middle of a group, as after a full disk."""
    async with sqlite_place.opened() as database:

        def vanish(unit: Unit) -> None:
            tag(unit, "vanish")
            unit._connection.execute("ROLLBACK")

        with gathered(database):
            functions = [lambda unit: tag(unit, "first"), vanish, lambda unit: tag(unit, "last")]
            runs = [asyncio.create_task(database.run(function)) for function in functions]
            await asyncio.sleep(0.01)
        results = await asyncio.gather(*runs, return_exceptions=True)
        assert [type(r) for r in results] == [Unavailable] * 3
        assert count_outside(sqlite_place) == 0
        await database.run(lambda unit: tag(unit, "next"))
        assert count_outside(sqlite_place) == 1


async def test_a_service_that_swallows_a_lost_transaction_commits_nothing(sqlite_place: Place) -> None:
    """What it writes next would otherwise be a transaction of its own, durable although the caller hears 503."""
    async with sqlite_place.opened() as database:

        def unit(unit: Unit) -> None:
            try:
                with unit.savepoint():
                    unit._connection.execute("ROLLBACK")
                    raise sqlite3.OperationalError("database or disk is full")
            except Exception:
                tag(unit, "alone")

        with pytest.raises(Unavailable):
            await database.run(unit)
        assert count_outside(sqlite_place) == 0
        await database.run(lambda unit: tag(unit, "next"))


async def test_a_constraint_at_commit_fails_only_the_guilty(sqlite_place: Place) -> None:
    """Rule 3: no table of ours defers a constraint; if one did, the group would be run again one by one."""
    async with sqlite_place.opened() as database:

        def prepare(unit: Unit) -> None:
            unit._connection.execute(
                "CREATE TABLE odd (id INTEGER PRIMARY KEY,"
                " tag INTEGER REFERENCES tags (id) DEFERRABLE INITIALLY DEFERRED)"
            )

        def guilty(unit: Unit) -> None:
            unit._connection.execute("INSERT INTO odd (tag) VALUES (404)")
            unit.after("guilty")

        await database.run(prepare)
        with gathered(database):
            runs = [
                asyncio.create_task(database.run(function))
                for function in (lambda unit: tag(unit, "a"), guilty, lambda unit: tag(unit, "b"))
            ]
            await asyncio.sleep(0.01)
        results = await asyncio.gather(*runs, return_exceptions=True)
        assert [type(r) for r in results] == [int, sqlite3.IntegrityError, int]
        assert count_outside(sqlite_place) == 2
        assert sqlite_place.notes == []


async def test_a_full_disk_answers_507_and_heals(sqlite_place: Place) -> None:
    """Rule 7, F10: `max_page_count` makes SQLite say that the disk is full."""
    async with sqlite_place.opened() as database:
        await database.run(lambda unit: tag(unit, "before"))
        pages = pragma(database, "page_count")[0]
        pragma(database, f"max_page_count={pages + 1}")

        def big(unit: Unit) -> None:
            for n in range(40):
                tag(unit, f"{n}" * 2000)

        with gathered(database):
            runs = [asyncio.create_task(database.run(f)) for f in (lambda unit: tag(unit, "innocent"), big)]
            await asyncio.sleep(0.01)
        results = await asyncio.gather(*runs, return_exceptions=True)
        assert [type(r) for r in results] == [StorageFull, StorageFull]
        # nothing that was not acknowledged is there, reads go on
        assert count_outside(sqlite_place) == 1
        assert await database.one(COUNT()) == 1
        with pytest.raises(StorageFull):
            await database.run(big)
        pragma(database, "max_page_count=1000000")
        await database.run(big)
        assert count_outside(sqlite_place) == 41


async def test_locked_answers_503_and_heals(sqlite_place: Place) -> None:
    """Rule 7, F14."""
    async with sqlite_place.opened() as database:
        pragma(database, "busy_timeout=50")
        with closing(sqlite3.connect(sqlite_place.path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(Unavailable):
                await database.run(lambda unit: tag(unit, "locked"))
            assert await database.one(COUNT()) == 0
            other.execute("ROLLBACK")
        await database.run(lambda unit: tag(unit, "free"))
        assert count_outside(sqlite_place) == 1


class Odd:
    """A connection that fails where it is told to, and is the real one otherwise."""

    def __init__(self, real: sqlite3.Connection, fail: dict[str, sqlite3.Error]) -> None:
        self._real = real
        self.fail = fail

    def execute(self, sql: str, params: Any = ()) -> Any:
        if sql in self.fail:
            raise self.fail.pop(sql)
        return self._real.execute(sql, params)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def error(code: int) -> sqlite3.OperationalError:
    made = sqlite3.OperationalError("disk I/O error")
    made.sqlite_errorcode = code
    return made


async def test_a_failed_commit_is_not_acknowledged_and_does_not_wedge(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        writer = writer_of(database)
        assert writer._connection is not None
        writer._connection = Odd(writer._connection, {"COMMIT": error(sqlite3.SQLITE_IOERR)})  # type: ignore[assignment]
        with pytest.raises(Unavailable):
            await database.run(lambda unit: tag(unit, "lost"))
        assert count_outside(sqlite_place) == 0
        await database.run(lambda unit: tag(unit, "kept"))
        assert count_outside(sqlite_place) == 1


async def test_a_connection_that_cannot_roll_back_is_replaced(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        writer = writer_of(database)
        real = writer._connection
        assert real is not None

        class Broken(Odd):
            def rollback(self) -> None:
                raise sqlite3.OperationalError("no")

        writer._connection = Broken(real, {"COMMIT": error(sqlite3.SQLITE_IOERR)})  # type: ignore[assignment]
        with pytest.raises(Unavailable):
            await database.run(lambda unit: tag(unit, "lost"))
        await database.run(lambda unit: tag(unit, "kept"))
        assert writer._connection is not real
        assert count_outside(sqlite_place) == 1


async def test_after_a_failed_fsync_nothing_is_accepted(sqlite_place: Place) -> None:
    """F12: the page cache may have dropped what it could not write; trying again would lie."""
    async with sqlite_place.opened() as database:
        writer = writer_of(database)
        assert writer._connection is not None
        fail = {"COMMIT": error(sqlite3.SQLITE_IOERR_FSYNC)}
        writer._connection = Odd(writer._connection, fail)  # type: ignore[assignment]
        for _ in range(3):
            with pytest.raises(Unavailable):
                await database.run(lambda unit: tag(unit, "no"))
        assert await database.one(COUNT()) == 0
    # started again, it writes
    async with sqlite_place.opened() as database:
        await database.run(lambda unit: tag(unit, "yes"))
    assert count_outside(sqlite_place) == 1


async def test_the_queue_is_bounded(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "QUEUE", 3)
    async with sqlite_place.opened() as database:
        with gathered(database):
            runs = [asyncio.create_task(database.run(lambda unit: 1)) for _ in range(10)]
            await asyncio.sleep(0.02)
        results = await asyncio.gather(*runs, return_exceptions=True)
        assert results.count(1) == 3
        assert sum(isinstance(r, Unavailable) for r in results) == 7


async def test_an_overdue_unit_in_the_queue_is_answered_503(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        with gathered(database):
            runs = [asyncio.create_task(database.run(lambda unit: 1, deadline_s=s)) for s in (0.01, 5)]
            await asyncio.sleep(0.05)
        results = await asyncio.gather(*runs, return_exceptions=True)
        assert isinstance(results[0], Unavailable)
        assert results[1] == 1


async def test_a_caller_that_went_away_does_not_stop_the_writer(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        with gathered(database):
            run = asyncio.create_task(database.run(lambda unit: tag(unit, "cancelled")))
            await asyncio.sleep(0.01)
            run.cancel()
            await asyncio.sleep(0)
        await database.run(lambda unit: tag(unit, "next"))
        assert await database.one(COUNT()) == 1


async def test_a_publisher_that_fails_fails_no_unit(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:

        def broken(notes: Any) -> None:
            raise ValueError

        writer_of(database)._published = broken
        assert await database.run(lambda unit: unit.after("x")) is None
        await database.run(lambda unit: tag(unit, "next"))


SLOW = Statement(
    text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT count(*) FROM n"),
    number,
)


async def test_a_slow_read_has_a_limit(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_reader, "READ_LIMIT_S", 0.1)
    async with sqlite_place.opened() as database:
        began = time.monotonic()
        reads = await asyncio.gather(*(database.one(SLOW()) for _ in range(3)), return_exceptions=True)
        assert [type(r) for r in reads] == [Unavailable] * 3
        assert time.monotonic() - began < 3
        assert await database.one(COUNT()) == 0


async def test_a_read_that_nobody_waits_for_is_broken_off(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        reads = [asyncio.create_task(database.one(SLOW())) for _ in range(3)]
        await asyncio.sleep(0.05)
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        assert await asyncio.wait_for(database.one(COUNT()), 2) == 0


async def test_readers_cannot_write(sqlite_place: Place) -> None:
    async with sqlite_place.opened() as database:
        with pytest.raises(Unavailable, match="readonly"):
            await database.all(insert(tags, {"id": 1, "name": "x", "created_at": 0}))


async def test_odd_file_names(sqlite_place: Place, tmp_path: Any) -> None:
    odd = tmp_path / "a b?c#d%20e.db"
    sqlite_place.path.rename(odd)
    place = Place(f"sqlite:///{odd}", "sqlite")
    async with place.opened() as database:
        await database.run(lambda unit: tag(unit, "x"))
        assert await database.one(COUNT()) == 1
