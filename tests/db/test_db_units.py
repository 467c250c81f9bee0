"""What a unit of work promises, on both databases."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from db_fixtures import SITE, Place, add_account
from sqlalchemy import bindparam, func, select

from fedserver.db.database import open_database, open_for_command
from fedserver.db.errors import Missing
from fedserver.db.queries import meta
from fedserver.db.statement import Statement, insert, insert_new, number, one_of, scalar, update
from fedserver.db.tables import meta as meta_table
from fedserver.db.tables import tags
from fedserver.db.unit import Unit
from fedserver.kit.clock import ManualClock
from fedserver.kit.errors import NotFound, Unavailable

COUNT = Statement(select(func.count()).select_from(tags), number)
NAMES = Statement(select(tags.c.name).order_by(tags.c.id), scalar)
BY_IDS = Statement(select(tags.c.name).where(one_of(tags.c.id, "ids")).order_by(tags.c.id), scalar)
BY_NAMES = Statement(select(tags.c.id).where(one_of(tags.c.name, "names")).order_by(tags.c.id), scalar)
PAGE = Statement(select(tags.c.id).order_by(tags.c.id).limit(bindparam("n")).offset(bindparam("skip")), scalar)
SUM = Statement(select(func.sum(tags.c.created_at)), scalar)


def tag(unit: Unit, name: str, id_: int | None = None) -> int:
    id_ = unit.new_id() if id_ is None else id_
    unit.run(insert(tags, {"id": id_, "name": name, "created_at": unit.now}))
    return id_


async def test_a_unit_that_fails_is_undone_alone(place: Place) -> None:
    async with place.opened() as database:

        def bad(unit: Unit) -> None:
            tag(unit, "bad")
            unit.after("never")
            raise ValueError("mine")

        results = await asyncio.gather(
            *(database.run(lambda unit, n=n: tag(unit, f"good{n}")) for n in range(20)),
            *(database.run(bad) for _ in range(20)),
            return_exceptions=True,
        )
        assert [type(r) for r in results] == [int] * 20 + [ValueError] * 20
        assert sorted(await database.all(NAMES())) == sorted(f"good{n}" for n in range(20))
        await asyncio.sleep(0)
        assert place.notes == []


async def test_a_constraint_fails_only_the_guilty(place: Place) -> None:
    async with place.opened() as database:
        results = await asyncio.gather(
            *(database.run(lambda unit, n=n: tag(unit, f"{n % 3}")) for n in range(9)), return_exceptions=True
        )
        assert sum(isinstance(r, int) for r in results) == 3
        assert sorted(await database.all(NAMES())) == ["0", "1", "2"]


async def test_who_writes_reads_it_at_once(place: Place) -> None:
    async with place.opened() as database:
        for n in range(200):
            id_ = await database.run(lambda unit, n=n: tag(unit, f"{n}"))
            assert await database.all(BY_IDS(ids=[id_])) == [f"{n}"]


async def test_insert_new_tells_who_made_the_row(place: Place) -> None:
    async with place.opened() as database:

        def unit(unit: Unit) -> bool:
            return unit.made(insert_new(tags, {"id": unit.new_id(), "name": "same", "created_at": 0}))

        made = await asyncio.gather(*(database.run(unit) for _ in range(10)))
        assert sorted(made) == [False] * 9 + [True]
        # and the unit goes on after a conflict
        assert await database.run(lambda u: (unit(u), tag(u, "next"))[0]) is False
        assert await database.one(COUNT()) == 2


async def test_a_check_then_a_write_never_loses_a_race(place: Place) -> None:
    """Rule 11: a counter that is read and written back."""
    async with place.opened() as database:
        await database.run(lambda unit: unit.run(meta.put("n", "0")))

        def count(unit: Unit) -> None:
            value = int(unit.get(meta.get("n")))
            time.sleep(0.002)
            unit.run(update(meta_table, "key", "n", {"value": str(value + 1)}))

        done = 0
        for _ in range(6):
            results = await asyncio.gather(*(database.run(count) for _ in range(3)), return_exceptions=True)
            # PostgreSQL may give up after three runs, but never counts wrongly
            assert all(r is None or isinstance(r, Unavailable) for r in results)
            done += sum(r is None for r in results)
        assert done >= 6
        assert await database.one(meta.get("n")) == str(done)


async def test_lists_of_every_length(place: Place) -> None:
    async with place.opened() as database:
        ids = [await database.run(lambda unit, n=n: tag(unit, f"t'{n}\"")) for n in range(5)]
        assert await database.all(BY_IDS(ids=[])) == []
        assert await database.all(BY_IDS(ids=ids[:2])) == ["t'0\"", "t'1\""]
        assert await database.all(BY_IDS(ids=ids + list(range(2000)))) == [f"t'{n}\"" for n in range(5)]
        assert await database.all(BY_NAMES(names=["t'3\"", "none"])) == [ids[3]]
        assert await database.all(PAGE(n=2, skip=1)) == ids[1:3]
        assert await database.run(lambda unit: unit.all(PAGE(n=2, skip=3))) == ids[3:]


async def test_a_missing_parameter_is_named(place: Place) -> None:
    async with place.opened() as database:
        with pytest.raises(KeyError, match="ids"):
            await database.all(BY_IDS())


async def test_sums_are_ints_on_both(place: Place) -> None:
    async with place.opened(clock=ManualClock(7)) as database:
        assert await database.one(SUM()) is None
        await database.run(lambda unit: [tag(unit, "a"), tag(unit, "b")])
        total = await database.one(SUM())
        assert (total, type(total)) == (14, int)


async def test_get_says_not_found(place: Place) -> None:
    async with place.opened() as database:
        with pytest.raises(NotFound):
            await database.run(lambda unit: unit.get(meta.get("no")))
        assert await database.one(meta.get("no")) is None


async def test_notes_arrive_before_the_caller_goes_on(place: Place) -> None:
    async with place.opened() as database:
        for n in range(20):
            await database.run(lambda unit, n=n: unit.after(n))
            assert place.notes[-1] == n


async def test_events_have_their_effects_in_the_unit(place: Place) -> None:
    def dispatch(unit: Unit) -> None:
        for event in unit.events:
            if event == "bad":
                raise ValueError(event)
            tag(unit, event)

    async with place.opened(dispatch) as database:
        await database.run(lambda unit: unit.record("effect"))

        def bad(unit: Unit) -> None:
            tag(unit, "row")
            unit.record("bad")

        with pytest.raises(ValueError):
            await database.run(bad)
        assert await database.all(NAMES()) == ["effect"]


async def test_a_savepoint_fails_alone_with_events_and_notes(place: Place) -> None:
    def dispatch(unit: Unit) -> None:
        for event in unit.events:
            tag(unit, event)

    async with place.opened(dispatch) as database:

        def unit(unit: Unit) -> str:
            tag(unit, "before")
            unit.record("outer")
            with unit.savepoint():
                unit.record("inner")
                unit.after("inner")
            try:
                with unit.savepoint():
                    tag(unit, "lost")
                    unit.record("lost too")
                    unit.after("lost")
                    tag(unit, "before")
            except Exception as error:
                tag(unit, "after")
                return type(error).__name__
            return "nothing"

        assert "Integrity" in await database.run(unit) or place.dialect == "postgresql"
        assert sorted(await database.all(NAMES())) == ["after", "before", "inner", "outer"]
        assert place.notes == ["inner"]


async def test_an_effect_that_fails_fails_its_savepoint(place: Place) -> None:
    def dispatch(unit: Unit) -> None:
        if "bad" in unit.events:
            raise ValueError

    async with place.opened(dispatch) as database:

        def unit(unit: Unit) -> None:
            tag(unit, "kept")
            with pytest.raises(ValueError), unit.savepoint():
                tag(unit, "lost")
                unit.record("bad")

        await database.run(unit)
        assert await database.all(NAMES()) == ["kept"]


async def test_an_overdue_unit_is_not_run(place: Place) -> None:
    more: dict[str, Any] = {}
    async with place.opened(**more) as database:
        ran = []
        with pytest.raises(Unavailable) as caught:
            await database.run(ran.append, deadline_s=-1)
        assert caught.value.retry_after > 0
        assert ran == []


async def test_a_read_does_not_wait_for_a_slow_one(place: Place) -> None:
    slow = Statement(
        select(func.count()).select_from(
            select(tags.c.id).where(tags.c.name > "").limit(1).subquery(),
        ),
        number,
    )
    async with place.opened() as database:
        gate = threading.Event()
        waiting = asyncio.create_task(database.run(lambda unit: gate.wait(5)))
        await asyncio.sleep(0.05)
        assert await asyncio.wait_for(database.one(slow()), 1) == 0
        gate.set()
        assert await waiting


# --- ids across restarts (rule 18)


async def test_ids_go_on_after_a_clock_that_was_set_back(place: Place) -> None:
    clock = ManualClock()
    async with place.opened(clock=clock) as database:
        first = await database.run(lambda unit: [unit.new_id() for _ in range(50)])
    clock.set_wall(clock.now_ms() - 2 * 3_600_000)
    async with place.opened(clock=clock) as database:
        second = await database.run(lambda unit: [unit.new_id() for _ in range(50)])
    ids = first + second
    assert ids == sorted(set(ids))


async def test_the_mark_is_durable_before_the_ids_are(place: Place) -> None:
    """As after kill -9: what the database says while the process still runs."""
    async with place.opened() as database:
        for _ in range(3):
            last = await database.run(lambda unit: tag(unit, str(unit.new_id())))
            assert max(mark for _, mark in await database.all(meta.id_marks())) >= last


# --- commands beside a running node


async def test_a_command_writes_beside_the_node(place: Place) -> None:
    async with place.opened() as database:
        before = await database.changes()
        first = await database.run(lambda unit: tag(unit, "node"))

        def command() -> list[int]:
            with open_for_command(place.url, SITE) as session:
                return [session.run(lambda unit, n=n: tag(unit, f"command{n}")) for n in range(2)]

        made = await asyncio.get_running_loop().run_in_executor(None, command)
        last = await database.run(lambda unit: tag(unit, "again"))
        assert len({first, last, *made}) == 4
        assert await database.changes() == before + 2
        # the node's own writes are not counted
        await database.run(lambda unit: tag(unit, "more"))
        assert await database.changes() == before + 2


async def test_a_command_that_fails_leaves_nothing(place: Place) -> None:
    with open_for_command(place.url, SITE) as session:

        def bad(unit: Unit) -> None:
            tag(unit, "lost")
            raise ValueError

        with pytest.raises(ValueError):
            session.run(bad)
        assert session.run(lambda unit: unit.one(COUNT())) == 0


def test_a_command_creates_no_database(tmp_path: Any) -> None:
    with pytest.raises(Missing), open_for_command(f"sqlite:///{tmp_path}/no.db", SITE):
        pass
    assert list(tmp_path.iterdir()) == []


async def test_closing_ends_what_waits(place: Place) -> None:
    database = open_database(place.url, SITE)
    await database.open()
    runs = [asyncio.create_task(database.run(lambda unit, n=n: tag(unit, f"{n}"))) for n in range(50)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*runs)) == 50


async def test_foreign_keys_hold_and_cascade(place: Place) -> None:
    async with place.opened() as database:

        def orphan(unit: Unit) -> None:
            values = {"id": 5, "uri": "u", "account_id": 404, "created_at": 0}
            from fedserver.db.tables import statuses

            unit.run(insert(statuses, values))

        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await database.run(orphan)
        await database.run(lambda unit: add_account(unit, 1))
