"""The statements of notifications, push and announcements, run on both databases."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account

from fedserver.db.queries import announcements, notices, notifications, push
from fedserver.db.statement import insert
from fedserver.db.tables import communities
from fedserver.db.unit import Unit
from fedserver.kit.ids import MAX_ID
from fedserver.kit.paging import Page

ME, BEN, EVE = 1, 2, 3
FIRST = Page()


def _row(number: int, source: int, key: str | None, filtered: int = 0) -> dict[str, Any]:
    return {
        "id": number,
        "account_id": ME,
        "type": "favourite" if key else "mention",
        "from_account_id": source,
        "group_key": key,
        "filtered": filtered,
        "once": str(number),
        "created_at": number,
    }


async def test_pages_groups_and_what_decides(place: Place) -> None:
    def rows(unit: Unit) -> None:
        for each in (ME, BEN, EVE):
            add_account(unit, each)
        given = ((10, BEN, "favourite-7-1"), (11, EVE, "favourite-7-1"), (12, BEN, None), (13, BEN, "favourite-7-2"))
        for number, source, key in given:
            assert unit.made(notifications.add(_row(number, source, key)))
        assert not unit.made(notifications.add(_row(10, BEN, None)))
        assert unit.made(notifications.add(_row(14, EVE, None, 1)))

    async with place.opened() as database:
        await database.run(rows)

        async def ids(page: Page = FIRST, **more: Any) -> list[int]:
            return [row.id for row in await database.all(notifications.page(ME, page, 20, **more))]

        assert await ids() == [13, 12, 11, 10]
        assert await ids(with_filtered=True) == [14, 13, 12, 11, 10]
        assert await ids(types=["mention"]) == [12] and await ids(exclude=["mention"]) == [13, 11, 10]
        assert await ids(from_id=EVE) == [11]
        assert await ids(grouped=["favourite"]) == [13, 12, 11]
        assert await ids(Page(min_id=1), grouped=["favourite"]) == [10, 12, 13]
        assert await ids(Page(max_id=11), grouped=["favourite"]) == [10]
        keys = ["favourite-7-1", "favourite-7-2"]
        found = await database.all(notifications.groups(ME, keys, 20, low=11, high=12))
        mine = [row for row in found if row.group_key == keys[0]]
        assert [(row.id, row.total, row.newest_id, row.page_min_id) for row in mine] == [
            (11, 2, 11, 11),
            (10, 2, 11, 11),
        ]
        assert await database.one(notifications.last_key(ME, "favourite-7-1", "favourite-7-9")) == keys[1]
        assert [row.id for row in await database.all(notifications.of_group(ME, keys[0], Page(), 20))] == [11, 10]
        standing = await database.one(notifications.standing(ME, BEN, 20, domain="x", status_id=5))
        assert standing is not None and not standing.blocked and standing.for_new_accounts is None
        assert await database.all(notifications.addressed(ME, BEN, 5)) == []


async def test_policies_requests_severances(place: Place) -> None:
    def rows(unit: Unit) -> tuple[int, int]:
        for each in (ME, BEN):
            add_account(unit, each)
        unit.made(notifications.add(_row(14, BEN, None, 1)))
        for drop in ("drop", "accept"):
            unit.run(notices.save_policy(ME, notices.Policy(for_new_accounts=drop), 5))
        for number in (50, 51):
            unit.run(notices.permit(ME, BEN, 5))
            event = {"account_id": ME, "type": "domain_block", "target_name": "x", "created_at": 5}
            counts = {"followers_count": 1, "following_count": 2}
            first = unit.get(notices.add_severance({"id": number, **event, **counts}))
        return first, unit.run(notices.merge(ME, EVE))

    async with place.opened() as database:
        assert await database.run(rows) == (50, 0)
        (severed,) = await database.all(notices.severances_by_id([50, 51]))
        assert (severed.followers_count, severed.following_count) == (2, 4)
        assert await database.one(notices.policy(ME)) == notices.Policy()
        assert await database.all(notices.requests(ME, Page())) == []
        assert await database.run(lambda unit: unit.run(notices.merge(ME, BEN))) == 1
        assert await database.run(lambda unit: unit.run(notices.drop_filtered(ME, BEN))) == 0
        assert await database.all(push.of_account(ME, 5)) == [] and await database.one(push.last_id()) == 0


async def test_announcements(place: Place) -> None:
    def rows(unit: Unit) -> None:
        add_account(unit, ME)
        unit.run(insert(communities, {"id": 1, "slug": "m", "title": "M", "created_at": 1, "updated_at": 1}))
        fixed = {"community_id": 1, "text": "x", "content": "x", "created_at": 1, "updated_at": 1, "published_at": 1}
        unit.run(announcements.add({"id": 1, **fixed}))
        unit.run(announcements.add({"id": 2, **fixed, "starts_at": 1, "ends_at": 2, "all_day": 1}))
        for _ in range(2):
            unit.run(announcements.read(ME, 1))
        values = {"id": 5, "announcement_id": 1, "account_id": ME, "name": "👍", "created_at": 1}
        assert unit.made(announcements.react(values))
        assert not unit.made(announcements.react(values | {"id": 6}))

    async with place.opened() as database:
        await database.run(rows)
        told = await database.all(announcements.current(ME, 3))
        assert [(each.announcement.id, each.read) for each in told] == [(1, True), (2, False)]
        assert [each.announcement.id for each in await database.all(announcements.current(ME, MAX_ID))] == [1]
        (reaction,) = await database.all(announcements.reactions([1, 2], ME))
        assert (reaction.name, reaction.total, reaction.me) == ("👍", 1, 1)
        assert await database.one(announcements.count(1, "👍")) == 1
