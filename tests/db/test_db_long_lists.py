"""Long lists of domains: a unit does a bounded part of them, and an entry costs the same in a list of any length."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from db_fixtures import Place, add_account

from fedserver.db.queries import domain_lists as rows
from fedserver.db.queries import federation, moderation
from fedserver.db.statement import Query, Statement, insert
from fedserver.db.tables import communities, jobs
from fedserver.db.unit import Unit
from fedserver.domain.moderation.lists import Listed, Read
from fedserver.edge.domain_lists import take
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.services import domain_lists, domains
from fedserver.services.keyring import KeyRing
from keys.sealing import MasterKey

_JOBS: Statement[Any] = Statement(jobs.select().with_only_columns(jobs.c.name, jobs.c.payload), tuple)


class Cost:
    """Statements and rows read by each unit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.statements = self.rows = self.most = 0
        whole = Unit.all

        def counted(unit: Unit, query: Query[Any]) -> list[Any]:
            found = whole(unit, query)
            self.rows += len(found)
            self.most = max(self.most, len(found))
            return found

        run = Unit._execute

        def executed(unit: Unit, query: Query[Any]) -> Any:
            self.statements += 1
            return run(unit, query)

        monkeypatch.setattr(Unit, "all", counted)
        monkeypatch.setattr(Unit, "_execute", executed)

    def of(self) -> tuple[int, int]:
        """What was counted since the last time."""
        found = self.statements, self.rows
        self.statements = self.rows = 0
        return found


def _furnish(unit: Unit) -> None:
    times = {"created_at": unit.now, "updated_at": unit.now}
    unit.run(insert(communities, {"id": 1, "slug": "main", "title": "Main", **times}))
    for number, domain in enumerate(("d7.example", "part.of.d250.example:8443", "else.example")):
        add_account(unit, 11 + number, domain=domain)
        unit.made(federation.new_host(21 + number, domain, False))


def _listed(first: int, last: int) -> Read:
    return Read(tuple(Listed(f"d{number}.example", "suspend") for number in range(first, last)), ())


def _subscribe(mode: str) -> Callable[[Unit], int]:
    return lambda unit: domain_lists.subscribe(unit, "long", None, mode=mode, drafts=False)


async def _align(db: Any, list_id: int) -> None:
    while await db.run(lambda unit: domain_lists.align(unit, list_id, domain_lists.CHUNK)):
        pass


def _dispatch() -> Callable[[Unit], None]:
    return dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))


async def test_a_long_list_is_followed_at_the_same_price_an_entry(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place.opened(_dispatch()) as db:
        await db.run(_furnish)
        list_id = await db.run(_subscribe("enforce"))
        cost, prices = Cost(monkeypatch), []
        for before, after in ((0, 200), (200, 400), (400, 800)):
            assert (await take(db, list_id, _listed(0, after))).added == after - before
            cost.of()
            await _align(db, list_id)
            statements, read = cost.of()
            prices.append((statements / (after - before), read / (after - before)))
        # the policies that stand already are not read again, and no unit reads more than its part
        assert prices[2][0] < prices[0][0] * 1.1 < 20 and prices[2][1] < prices[0][1] * 1.2 < 4
        assert cost.most <= domain_lists.READ_CHUNK
        assert len(await db.all(moderation.policies())) == 800
        marks = {mark.name: mark.suspended for mark in await db.all(federation.host_marks())}
        assert marks == {"d7.example": 1, "part.of.d250.example:8443": 1, "else.example": 0}
        # accounts are looked for where any are known
        asked = [orjson.loads(payload)["domains"] for name, payload in await db.all(_JOBS()) if name == domains.APPLY]
        assert sorted(asked) == [["d250.example"], ["d7.example"]]
        await db.run(_subscribe("advise"))
        await _align(db, list_id)
        assert await db.all(moderation.policies()) == []
        assert not any(mark.suspended for mark in await db.all(federation.host_marks()))


async def test_entries_that_come_back_are_found_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    async with place.opened(_dispatch()) as db:
        await db.run(_furnish)
        list_id = await db.run(_subscribe("advise"))
        prices = []
        for length in (800, 1600, 3200):
            await take(db, list_id, _listed(0, length))
            # what is gone is not forgotten yet when the list has it again
            assert (await take(db, list_id, _listed(0, length // 2 + 1))).gone == length // 2 - 1
            cost = Cost(monkeypatch)
            taken = await take(db, list_id, _listed(0, length))
            assert (taken.added, taken.changed, taken.gone) == (length // 2 - 1, 0, 0)
            prices.append(tuple(each / length for each in cost.of()))
            assert cost.most <= domain_lists.READ_CHUNK
            monkeypatch.undo()
            assert await db.one(rows.live_count(list_id)) == length
        assert max(prices)[0] < min(prices)[0] * 1.2 < 2 and max(each[1] for each in prices) < 3


async def test_a_step_leaves_the_writer_to_others_and_can_be_cut_off(place: Place) -> None:
    async with place.opened(_dispatch()) as db:
        await db.run(_furnish)
        list_id = await db.run(_subscribe("enforce"))
        chunk, listed = domain_lists.READ_CHUNK, _listed(0, 450).entries
        taking = await db.run(lambda unit: domain_lists.begin(unit, list_id, listed, etag='"new"'))
        taking = await db.run(lambda unit: domain_lists.step(unit, taking))
        assert await db.one(rows.live_count(list_id)) == chunk
        found = await db.one(rows.one(list_id))
        # until its end it counts as not fetched: the next time it is asked for in full
        assert found is not None and (found.state, found.etag) == ("waiting", "")
        assert (await take(db, list_id, _listed(0, 450))).added == 450 - chunk
        # nobody follows it any more, in the middle of it
        taking = await db.run(lambda unit: domain_lists.begin(unit, list_id, _listed(200, 700).entries))
        await db.run(lambda unit: domain_lists.unsubscribe(unit, list_id, None))
        assert (await db.run(lambda unit: domain_lists.step(unit, taking))).done
        assert await db.one(rows.live_count(list_id)) == 450


async def test_what_was_milder_before_it_went_is_looked_at_when_it_is_back(place: Place) -> None:
    async with place.opened(_dispatch()) as db:
        await db.run(_furnish)
        list_id = await db.run(lambda unit: domain_lists.subscribe(unit, "long", None, mode="advise"))
        others = [Listed("other.example", "suspend")]
        for listed in ([*others, Listed("d7.example", "limit")], others):
            await db.run(lambda unit, listed=listed: domain_lists.take(unit, list_id, listed))
            await db.run(lambda unit: domain_lists.confirm_all(unit, list_id, None))
        taken = await db.run(lambda unit: domain_lists.take(unit, list_id, [*others, Listed("d7.example", "suspend")]))
        assert (taken.added, taken.waiting) == (1, 1)
        (entry,) = await db.all(rows.named(list_id, ["d7.example"]))
        assert (entry.severity, entry.state, entry.waits_for, entry.gone) == ("suspend", "draft", "changed", 0)
