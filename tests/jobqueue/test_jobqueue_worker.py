"""Jobs: leases, retries, keys, burial, schedules. On both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from db_fixtures import Place

from fedserver.db.database import Database
from fedserver.db.queries import jobs as queries
from fedserver.db.unit import Unit
from fedserver.jobqueue import schedule
from fedserver.jobqueue.enqueue import enqueue, enqueue_many
from fedserver.jobqueue.schedule import Periodic
from fedserver.jobqueue.wake import JOBS
from fedserver.jobqueue.worker import LEASE_MS, GiveUp, Worker, delay
from fedserver.kit.clock import ManualClock

DAY_S = 86400


class Seen(list[Any]):
    """The context of the test's handlers: what they were given."""


async def note(seen: Seen, payload: dict[str, Any]) -> None:
    seen.append(payload)


async def fail(seen: Seen, payload: dict[str, Any]) -> None:
    seen.append(payload)
    raise RuntimeError("no\x00good")


async def give_up(seen: Seen, payload: dict[str, Any]) -> None:
    raise GiveUp("never")


def worker(database: Database, seen: Seen, **more: Any) -> Worker[Seen]:
    return Worker(database, {"note": note, "fail": fail, "give_up": give_up}, seen, jitter=lambda: 0.0, **more)


async def _names(database: Database) -> list[tuple[str, int]]:
    return [(row.name, row.jobs) for row in await database.all(queries.waiting())]


async def test_a_job_of_a_unit_that_fails_does_not_exist(place: Place) -> None:
    async with place.opened() as database:

        def unit(unit: Unit) -> None:
            enqueue(unit, "note", {})
            raise ValueError

        with pytest.raises(ValueError):
            await database.run(unit)
        assert await _names(database) == []
        await asyncio.sleep(0)
        assert place.notes == []


async def test_jobs_run_once_and_are_gone(place: Place) -> None:
    seen = Seen()
    async with place.opened() as database:
        assert await database.run(lambda unit: enqueue_many(unit, "note", [{"n": n} for n in range(30)])) == 30
        assert place.notes == [JOBS]
        await worker(database, seen).drain()
        assert sorted(p["n"] for p in seen) == list(range(30))
        assert await _names(database) == []


async def test_two_workers_take_each_job_once(place: Place) -> None:
    seen = Seen()
    async with place.opened() as database:
        await database.run(lambda unit: enqueue_many(unit, "note", [{"n": n} for n in range(60)]))
        await asyncio.gather(*(worker(database, seen).drain() for _ in range(3)))
        assert sorted(p["n"] for p in seen) == list(range(60))


async def test_later_is_later(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        await database.run(lambda unit: enqueue(unit, "note", {"n": 1}, run_at=unit.now + 60_000))
        await worker(database, seen).drain()
        assert seen == []
        clock.advance(60)
        await worker(database, seen).drain()
        assert seen == [{"n": 1}]


async def test_a_key_has_one_job_with_the_newest_payload(place: Place) -> None:
    seen = Seen()
    async with place.opened() as database:
        for n in range(3):
            await database.run(lambda unit, n=n: enqueue(unit, "note", {"n": n}, once="k"))
        await database.run(lambda unit: enqueue(unit, "note", {"n": 9}, once="other"))
        await worker(database, seen).drain()
        assert sorted(p["n"] for p in seen) == [2, 9]


async def test_asked_for_again_while_it_runs_it_runs_once_more(place: Place) -> None:
    seen = Seen()
    async with place.opened() as database:

        async def again(seen: Seen, payload: dict[str, Any]) -> None:
            seen.append(payload)
            if payload["n"] < 2:
                for _ in range(2):
                    await database.run(lambda unit: enqueue(unit, "again", {"n": payload["n"] + 1}, once="k"))

        await database.run(lambda unit: enqueue(unit, "again", {"n": 0}, once="k"))
        await Worker(database, {"again": again}, seen).drain()
        assert seen == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert await _names(database) == []


async def test_a_poison_job_is_buried_and_others_pass(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        await database.run(lambda unit: [enqueue(unit, "fail", {}, once="bad"), enqueue(unit, "note", {"n": 1})])
        for _ in range(6):
            await worker(database, seen, tries=4).drain()
            clock.advance(delay(10, 1.0) / 1000)
        assert seen.count({}) == 4
        assert {"n": 1} in seen
        (dead,) = await database.all(queries.dead(1 << 62, 10))
        assert (dead.name, dead.attempts, dead.last_error) == ("fail", 4, "RuntimeError: nogood")
        # asked for again by its key, or by an admin, it lives
        await database.run(lambda unit: enqueue(unit, "note", {"n": 2}, once="bad"))
        assert await database.all(queries.dead(1 << 62, 10)) == []
        await database.run(lambda unit: enqueue(unit, "give_up", {}))
        await worker(database, seen).drain()
        (dead,) = await database.all(queries.dead(1 << 62, 10))
        assert dead.last_error == "GiveUp: never"
        await database.run(lambda unit: unit.run(queries.revive(dead.id, unit.now)))
        await worker(database, seen).drain()
        await database.run(lambda unit: unit.run(queries.forget(dead.id)))
        assert await database.all(queries.dead(1 << 62, 10)) == []


async def test_the_time_of_the_next_try(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        await database.run(lambda unit: enqueue(unit, "fail", {}))
        for wait in (5, 15, 45, 135):
            await worker(database, seen).drain()
            assert await database.one(queries.next_at()) == clock.now_ms() + wait * 1000
            clock.advance(wait)
    assert delay(50, 0.0) == 3_600_000
    assert delay(1, 1.0) == 6250


async def test_a_job_that_kills_the_process_is_buried_too(place: Place) -> None:
    """Whoever claims it never comes back: each claim counts."""
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        await database.run(lambda unit: enqueue(unit, "note", {}))
        for _ in range(3):
            claimed = await database.run(lambda unit: unit.all(queries.claim(5, unit.new_id(), unit.now, unit.now + 9)))
            assert len(claimed) == 1
            clock.advance(1)
        await worker(database, seen, tries=3).drain()
        assert seen == []
        assert len(await database.all(queries.dead(1 << 62, 10))) == 1


async def test_a_lease_that_ended_acknowledges_nothing(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        await database.run(lambda unit: enqueue(unit, "note", {}))
        (job,) = await database.run(lambda unit: unit.all(queries.claim(5, 111, unit.now, unit.now + LEASE_MS)))
        await worker(database, seen).drain()
        assert seen == []
        clock.advance(LEASE_MS / 1000)
        (same,) = await database.run(lambda unit: unit.all(queries.claim(5, 222, unit.now, unit.now + LEASE_MS)))
        assert same.id == job.id
        # the first owner wakes up: neither its success nor its failure counts
        assert await database.run(lambda unit: unit.all(queries.done([job.id], 111))) == []
        await database.run(lambda unit: unit.run(queries.release(job.id, 111, now=unit.now, next_at=0)))
        await database.run(lambda unit: unit.run(queries.extend([job.id], 111, unit.now + 10**9)))
        assert await database.one(queries.next_at()) == clock.now_ms() + LEASE_MS
        assert await database.run(lambda unit: unit.all(queries.done([job.id], 222))) == [job.id]


async def test_a_clock_that_jumps_begins_no_job_twice(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        begun, going_on = 0, asyncio.Event()

        async def slow(seen: Seen, payload: dict[str, Any]) -> None:
            nonlocal begun
            begun += 1
            await going_on.wait()

        await database.run(lambda unit: enqueue(unit, "slow", {}))
        one = Worker(database, {"slow": slow}, seen, clock=clock)
        assert await one._take() == 1
        clock.advance(3600)
        assert await one._take() == 0
        going_on.set()
        await one.drain()
        assert begun == 1 and await database.one(queries.next_at()) is None


async def test_stop_gives_back_what_does_not_end(place: Place) -> None:
    seen = Seen()
    async with place.opened() as database:
        began = asyncio.Event()

        async def slow(seen: Seen, payload: dict[str, Any]) -> None:
            began.set()
            await asyncio.sleep(60)

        await database.run(lambda unit: enqueue(unit, "slow", {}))
        one = Worker(database, {"slow": slow}, seen)
        running = asyncio.create_task(one.run())
        await asyncio.wait_for(began.wait(), 5)
        await one.stop(grace_s=0.05)
        await asyncio.wait_for(running, 5)
        (job,) = await database.run(lambda unit: unit.all(queries.claim(5, 1, unit.now, unit.now + 1)))
        assert job.attempts == 1  # this claim; the one that was broken off does not count


async def test_run_wakes_at_once(place: Place) -> None:
    seen = Seen()
    async with place.opened() as database:
        one = worker(database, seen, poll_s=30.0)
        running = asyncio.create_task(one.run())
        await asyncio.sleep(0.1)
        await database.run(lambda unit: enqueue(unit, "note", {"n": 1}))
        one.wake()
        async with asyncio.timeout(2):
            while not seen:
                await asyncio.sleep(0.01)
        await one.stop()
        await asyncio.wait_for(running, 5)


TABLE = {"tidy": Periodic("tidy", "note", 3600), "hourly": Periodic("hourly", "fail", 7200)}


async def test_periodic_jobs_come_back_on_their_grid(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        table = {"tidy": TABLE["tidy"]}
        await database.run(lambda unit: schedule.ensure(unit, table))
        start = clock.now_ms()
        one = worker(database, seen, periodic=table)
        await one.drain()
        assert len(seen) == 1
        clock.advance(3600 + 100)
        await one.drain()
        assert len(seen) == 2
        assert await database.one(queries.next_at()) == start + 2 * 3_600_000
        # off for two days: one run, not 48
        clock.advance(2 * DAY_S)
        await one.drain()
        assert len(seen) == 3
        # started again: still one row
        await database.run(lambda unit: schedule.ensure(unit, table))
        assert await _names(database) == [("note", 1)]
        await database.run(lambda unit: schedule.ensure(unit, {}))
        assert await _names(database) == []


async def test_a_failing_periodic_job_is_never_buried(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        table = {"hourly": TABLE["hourly"]}
        await database.run(lambda unit: schedule.ensure(unit, table))
        for _ in range(12):
            await worker(database, seen, periodic=table, tries=3).drain()
            clock.advance(7200)
        assert len(seen) == 12
        assert await database.all(queries.dead(1 << 62, 10)) == []


async def test_periodic_jobs_survive_clock_jumps(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        table = {"tidy": TABLE["tidy"]}
        one = worker(database, seen, periodic=table)
        await database.run(lambda unit: schedule.ensure(unit, table))
        await one.drain()
        now = clock.now_ms()
        for jump_h, runs in ((1, 2), (400 * 24, 3), (0, 3), (-2, 3)):
            clock.set_wall(now + jump_h * 3_600_000)
            await database.run(lambda unit: schedule.mend(unit, table))
            await one.drain()
            assert len(seen) == runs, jump_h
        # back where it was: within one period it runs again
        clock.advance(3600)
        await one.drain()
        assert len(seen) == 4


async def test_jobs_that_a_clock_ahead_made_do_not_wait_for_it(place: Place) -> None:
    clock, seen = ManualClock(), Seen()
    async with place.opened(clock=clock) as database:
        one, now = worker(database, seen), clock.now_ms()
        clock.set_wall(now + 400 * 24 * 3_600_000)
        await database.run(lambda unit: enqueue(unit, "note", {"n": 1}, run_at=unit.now + 5000, once="ahead"))
        clock.set_wall(now)
        await one.drain()
        await database.run(lambda unit: schedule.mend(unit, {}))
        await one.drain()
        assert not seen, "it keeps its distance"
        clock.advance(6)
        await one.drain()
        assert len(seen) == 1


def test_next_run_is_never_more_than_a_period_ahead() -> None:
    for run_at, now in ((0, 10), (50_000, 10), (0, 10**12), (7, 7)):
        at = schedule.next_run(run_at, 5, now)
        assert now < at <= now + 5000
