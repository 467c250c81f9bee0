"""The statements of the ledger, appeals and messages to authors elsewhere, run on both databases."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account

from fedserver.db.queries import decisions, ledger, statements
from fedserver.db.queries.decisions import Filter
from fedserver.db.statement import insert
from fedserver.db.tables import communities, policy_versions
from fedserver.db.unit import Unit
from fedserver.kit.ids import floor_of
from fedserver.kit.paging import Page
from fedserver.render import reasons

ANN, BEN = 1, 2
DAY_MS = 24 * 3600 * 1000
START = floor_of(20_000 * DAY_MS)
FIRST = Page()


def _decision(number: int, account_id: int | None = ANN, **more: Any) -> dict[str, Any]:
    return {
        "id": START + number,
        "community_id": 1,
        "verb": "hold",
        "source": "moderator",
        "target": "status",
        "target_id": number,
        "target_uri": f"post:{number}",
        "account_id": account_id,
        "created_at": 100 + number,
        "appeal_until": 1000,
        **more,
    }


def _rows(unit: Unit) -> None:
    unit.run(insert(communities, {"id": 1, "slug": "m", "title": "M", "created_at": 1, "updated_at": 1}))
    for each in (ANN, BEN):
        add_account(unit, each)
    version = {"community_id": 1, "document": "{}", "source": "", "signed": "{}", "created_at": 1}
    for number, enacted in ((1, 50), (2, 103), (3, None)):
        values = {"id": number, "version": number, "hash": f"h{number}", "enacted_at": enacted, **version}
        unit.run(insert(policy_versions, values))
    rule = {"source": "rule", "rule_id": "flood", "policy_version": 1}
    for values in (
        _decision(1),
        _decision(2, **rule),
        _decision(3, **rule, undone_at=5, public=0),
        _decision(4, BEN, **rule),
        _decision(5, verb="remove", group_id=START + 1),
        _decision(6, group_id=START + 1, appeal_until=None),
        _decision(7, None, target="community", verb="enact", policy_version=1),
    ):
        unit.run(ledger.add(values))
    unit.run(ledger.add({**_decision(8, **rule), "id": START + floor_of(DAY_MS)}))


async def test_the_ledger_filtered_and_what_is_told_as_one(place: Place) -> None:
    async with place.opened() as database:
        await database.run(_rows)

        async def numbers(query: Any) -> list[int]:
            return [row.target_id for row in await database.all(query)]

        every = [8, 7, 6, 5, 4, 3, 2, 1]
        assert await numbers(decisions.filtered(Filter(), FIRST)) == every
        assert await numbers(decisions.filtered(Filter(rule="flood"), FIRST)) == [8, 4, 3, 2]
        assert await numbers(decisions.filtered(Filter(account_id=BEN), FIRST)) == [4]
        assert await numbers(decisions.filtered(Filter(source="moderator"), Page(limit=2))) == [7, 6]
        assert await numbers(decisions.filtered(Filter(state="undone"), FIRST)) == [3]
        assert await numbers(decisions.filtered(Filter(state="standing", version=1), FIRST)) == [8, 7, 4, 2]
        assert await numbers(decisions.filtered(Filter(), Page(max_id=START + 3))) == [2, 1]
        assert await numbers(ledger.listed(FIRST, public=True)) == [8, 7, 6, 5, 4, 2, 1]
        assert await database.one(decisions.counted(1)) == (4, 3)
        assert await database.one(decisions.counted(9)) == (0, 0)
        assert await numbers(ledger.of_version(1, 10)) == [8, 4, 2]
        found = {row.target_id: row for row in await database.all(decisions.by_ids([START + n for n in range(9)]))}
        assert sorted(found) == [1, 2, 3, 4, 5, 6, 7]
        assert await numbers(decisions.told_with(found[2])) == [2, 3]
        assert await numbers(decisions.told_with(found[4])) == [4]
        assert await numbers(decisions.told_with(found[1])) == [1, 6]
        assert await numbers(decisions.told_with(found[6])) == [1, 6]
        assert await numbers(decisions.told_with(found[5])) == [5]
        versions = [await database.one(decisions.version_of(found[n])) for n in (1, 2, 5)]
        assert [row.version if row else None for row in versions] == [1, 1, 2]
        # read together, in whatever order: the same, each document once
        for order in (sorted(found), sorted(found, reverse=True)):
            together = await reasons.versions_of(database, [found[n] for n in order])
            alone = {found[n].id: await database.one(decisions.version_of(found[n])) for n in order}
            assert together == alone
        assert await database.all(decisions.ripe(2000, 10)) == []


async def test_appeals_and_messages(place: Place) -> None:
    def work(unit: Unit) -> list[bool]:
        _rows(unit)
        appeal = {"account_id": ANN, "text": "please", "created_at": 7}
        made = [
            unit.made(ledger.add_appeal({"id": 1, "decision_id": START + 1, **appeal})),
            unit.made(ledger.add_appeal({"id": 2, "decision_id": START + 1, **appeal})),
        ]
        telling = {"account_id": BEN, "decision_id": START + 4, "what": "decided", "created_at": 9}
        made += [unit.made(statements.want({"id": each, **telling})) for each in (10, 11)]
        made.append(unit.made(statements.want({"id": 12, **telling, "what": "undone"})))
        return made

    async with place.opened() as database:
        assert await database.run(work) == [True, False, True, False, True]
        assert [row.id for row in await database.all(decisions.appeals_of([START + 1, START + 2]))] == [1]
        assert [row.id for row in await database.all(ledger.appeals_page(FIRST))] == [1]
        assert await database.one(ledger.open_appeals()) == 1
        await database.run(lambda unit: unit.run(ledger.change_appeal(1, {"decided_at": 8, "outcome": "refused"})))
        assert await database.all(ledger.appeals_page(FIRST)) == []
        assert [row.outcome for row in await database.all(ledger.appeals_page(FIRST, decided_too=True))] == ["refused"]

        assert await database.one(statements.newest(BEN)) is None
        assert [row.id for row in await database.all(statements.waiting(BEN))] == [10, 12]
        said = {"id": 20, "account_id": BEN, "content": "x", "created_at": 30}

        def tell(unit: Unit) -> list[int]:
            unit.run(statements.add(said))
            return [unit.run(each) for each in (statements.told(10, 20), statements.drop(10), statements.drop(12))]

        assert await database.run(tell) == [1, 0, 1]
        assert await database.all(statements.waiting(BEN)) == []
        assert await database.one(statements.newest(BEN)) == 30
        assert [row.id for row in await database.all(statements.of_statement(20))] == [10]
        assert [row.what for row in await database.all(statements.of_decision(START + 4))] == ["decided"]
        kept = await database.one(statements.by_id(20))
        assert kept is not None and (kept.language, kept.reasons) == ("en", "[]")
