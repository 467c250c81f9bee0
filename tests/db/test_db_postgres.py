"""PostgreSQL alone: units that are run again, connections that break (database.md, rules 11-13; F16, F17)."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from db_fixtures import Place
from sqlalchemy import func, select, text

from fedserver.db.queries import jobs
from fedserver.db.statement import Statement, insert, nothing, number
from fedserver.db.tables import tags
from fedserver.db.unit import TRIES, Unit
from fedserver.jobqueue.enqueue import enqueue_many
from fedserver.kit.errors import Unavailable

pytestmark = pytest.mark.postgres
COUNT = Statement(select(func.count()).select_from(tags), number)
ISOLATION = Statement(text("SELECT current_setting('transaction_isolation')"), lambda row: str(row[0]))
TOUCH = Statement(text("UPDATE meta SET value = value || '.' WHERE key = :key"), nothing)


def tag(unit: Unit, name: str) -> int:
    id_ = unit.new_id()
    unit.run(insert(tags, {"id": id_, "name": name, "created_at": 0}))
    return id_


def kill_all(place: Place) -> None:
    """End every session of the database but this one, as a restarted server does."""
    with psycopg.connect(place.url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    time.sleep(0.05)


async def test_units_are_serializable_unless_they_say_otherwise(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:
        assert await database.run(lambda unit: unit.one(ISOLATION())) == "serializable"
        assert await database.run(lambda unit: unit.one(ISOLATION()), relaxed=True) == "read committed"
        assert await database.run(lambda unit: unit.one(ISOLATION())) == "serializable"


async def test_write_skew_is_run_again(postgres_place: Place) -> None:
    """Two units that each count and then insert: under READ COMMITTED both would see none."""
    async with postgres_place.opened() as database:
        both = threading.Barrier(2)
        runs: list[str] = []

        def unit(name: str) -> Any:
            def function(unit: Unit) -> int:
                runs.append(name)
                count = unit.get(COUNT())
                if len(runs) <= 2:
                    both.wait(5)
                if count == 0:
                    tag(unit, name)
                return count

            return function

        results = await asyncio.gather(database.run(unit("a")), database.run(unit("b")))
        assert sorted(results) == [0, 1]
        assert len(runs) == 3
        assert await database.one(COUNT()) == 1


async def test_a_unit_is_given_up_after_so_many_runs(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:
        runs = []

        def unit(unit: Unit) -> None:
            runs.append(1)
            raise psycopg.errors.SerializationFailure

        with pytest.raises(Unavailable):
            await database.run(unit)
        assert len(runs) == TRIES


async def test_a_swallowed_serialization_failure_still_runs_again(postgres_place: Place) -> None:
    """A service that carries on after a failed savepoint must not commit half of it."""
    async with postgres_place.opened() as database:
        runs = []

        def unit(unit: Unit) -> str:
            runs.append(1)
            try:
                with unit.savepoint():
                    if len(runs) == 1:
                        raise psycopg.errors.DeadlockDetected
                    return "done"
            except Exception:
                return "swallowed"

        assert await database.run(unit) == "done"
        assert len(runs) == 2


async def test_notes_of_an_abandoned_run_are_not_told(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:
        runs = []

        def unit(unit: Unit) -> None:
            runs.append(1)
            unit.after(len(runs))
            if len(runs) < 3:
                raise psycopg.errors.SerializationFailure

        await database.run(unit)
        assert postgres_place.notes == [3]


async def test_the_pool_heals_after_the_server_came_back(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:
        await database.run(lambda unit: tag(unit, "before"))
        assert await database.one(COUNT()) == 1
        kill_all(postgres_place)
        assert await database.run(lambda unit: tag(unit, "after")) > 0
        assert await database.one(COUNT()) == 2
        # the number of this process is its own again
        with psycopg.connect(postgres_place.url, autocommit=True) as other:
            held = other.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
        assert held == (1,)


async def test_a_connection_that_breaks_in_the_middle_runs_the_unit_again(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:
        runs = []

        def unit(unit: Unit) -> None:
            runs.append(1)
            tag(unit, f"{len(runs)}")
            if len(runs) == 1:
                kill_all(postgres_place)
            unit.get(COUNT())

        await database.run(unit)
        assert len(runs) == 2
        assert await database.one(COUNT()) == 1


async def test_a_lost_commit_is_not_called_a_success(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:

        def unit(unit: Unit) -> None:
            tag(unit, "x")
            kill_all(postgres_place)

        with pytest.raises(Unavailable):
            await database.run(unit)
        assert await database.one(COUNT()) == 0


async def test_no_two_processes_share_a_number_after_a_restart(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:
        kill_all(postgres_place)
        async with postgres_place.opened() as thief:
            # the other process was faster: this one makes no ids until its number is free
            with pytest.raises(Unavailable):
                await database.run(lambda unit: tag(unit, "x"))
            await thief.run(lambda unit: tag(unit, "y"))
        async with asyncio.timeout(10):
            # the server ends a session, and lets go of its locks, a moment after its client has
            while True:
                with suppress(Unavailable):
                    await database.run(lambda unit: tag(unit, "z"))
                    break
                await asyncio.sleep(0.05)


async def test_deadlocks_are_run_again(postgres_place: Place) -> None:
    async with postgres_place.opened() as database:
        await database.run(lambda unit: [unit.run(_put("a")), unit.run(_put("b"))])
        both = threading.Barrier(2)
        runs: list[str] = []

        def unit(first: str, second: str) -> Any:
            def function(unit: Unit) -> None:
                runs.append(first)
                unit.run(TOUCH(key=first))
                if len(runs) <= 2:
                    both.wait(5)
                unit.run(TOUCH(key=second))

            return function

        await asyncio.gather(database.run(unit("a", "b"), relaxed=True), database.run(unit("b", "a"), relaxed=True))
        assert len(runs) == 3


def _put(key: str) -> Any:
    from fedserver.db.queries import meta

    return meta.put(key, "")


async def test_claims_of_two_processes_never_meet(postgres_place: Place) -> None:
    async with postgres_place.opened() as one, postgres_place.opened() as other:
        await one.run(lambda unit: enqueue_many(unit, "x", [{}] * 200))

        def claim(unit: Unit) -> list[int]:
            return [job.id for job in unit.all(jobs.claim(10, unit.new_id(), unit.now, unit.now + 60_000))]

        parts = await asyncio.gather(*((one, other)[n % 2].run(claim, relaxed=True) for n in range(24)))
        ids = [id_ for part in parts for id_ in part]
        assert len(ids) == 200
        assert len(set(ids)) == 200


async def test_processes_hear_of_each_others_commits_and_of_nothing_else(postgres_place: Place) -> None:
    from typing import get_args

    from fedserver.bus.messages import Closed, Message
    from fedserver.bus.wire import Wire

    wire = Wire(get_args(Message))
    other = Place(postgres_place.url, postgres_place.dialect)
    async with postgres_place.opened(wire=wire) as here, other.opened(wire=wire) as there:
        await asyncio.sleep(0.3)

        def fails(unit: Unit) -> None:
            unit.after(Closed(1))
            raise RuntimeError("rolled back")

        with pytest.raises(RuntimeError):
            await here.run(fails)
        await here.run(lambda unit: unit.after(Closed(2)))
        await there.run(lambda unit: unit.after(Closed(3)))
        for _ in range(50):
            if len(other.notes) == 2 and len(postgres_place.notes) == 2:
                break
            await asyncio.sleep(0.1)
        assert sorted(note.account_id for note in other.notes) == [2, 3]
        assert sorted(note.account_id for note in postgres_place.notes) == [2, 3]
