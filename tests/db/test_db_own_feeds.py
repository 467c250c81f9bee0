"""A reader's own feeds on both databases: candidates, personal signals, orders apart, what was seen."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account
from test_db_feeds import AUTHOR, FAN, OTHER, people, post

from fedserver.db.queries import accounts, feeds, own_feeds, places, ranking, ranking_own, seen
from fedserver.db.statement import insert
from fedserver.db.tables import (
    favourites,
    followed_tags,
    follows,
    home_entries,
    list_entries,
    lists,
    status_tags,
    tags,
    users,
)
from fedserver.db.unit import Unit
from fedserver.kit.paging import Page

READER = 9


def _reader(unit: Unit) -> None:
    people(unit)
    add_account(unit, READER)
    values = {
        "id": 900,
        "account_id": READER,
        "community_id": 1,
        "role": "user",
        "state": "active",
        "valid_after": 0,
        "created_at": 1,
    }
    unit.run(insert(users, {**values, "preferences": '{"remember_seen":true}'}))


def _follow(unit: Unit, who: int, whom: int) -> None:
    number = unit.new_id()
    values = {"id": number, "account_id": who, "target_id": whom, "state": "accepted", "created_at": unit.now}
    unit.run(insert(follows, {**values, "uri": f"https://home.example/f/{number}"}))


async def test_candidates_of_one_reader_and_what_is_theirs(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            _reader(unit)
            _follow(unit, READER, AUTHOR)
            _follow(unit, READER, OTHER)
            _follow(unit, FAN, OTHER)
            public = post(unit, AUTHOR)
            hidden = post(unit, AUTHOR, visibility=2)
            not_mine = post(unit, FAN, visibility=2)
            direct = post(unit, AUTHOR, visibility=3)
            boost = post(unit, OTHER, reblog_of_id=public)
            listed = post(unit, OTHER)
            for status_id in (hidden, not_mine, direct, boost):
                unit.run(insert(home_entries, {"account_id": READER, "status_id": status_id}))
            for number, owner in ((70, READER), (71, FAN)):
                row = {"id": number, "account_id": owner, "title": "x", "created_at": 1, "replies_policy": 0}
                unit.run(insert(lists, row))
                unit.run(insert(list_entries, {"list_id": number, "status_id": listed}))

            def found(*, home: bool = False, taken: tuple[int, ...] = ()) -> set[int]:
                query = ranking.own_candidates(READER, 0, 50, home=home, lists=taken, with_text=False)
                return {row.id for row in unit.all(query)}

            assert found(home=True) == {hidden, public}, "a boost stands for what it boosts"
            assert found(taken=(70,)) == {listed} and found(taken=(71,)) == set() and found() == set()
            assert found(home=True, taken=(70, 71, 1, 2, 3)) == {hidden, public, listed}

            unit.run(insert(tags, {"id": 5, "name": "cats", "created_at": 1}))
            unit.run(insert(followed_tags, {"id": 6, "account_id": READER, "tag_id": 5, "created_at": 1}))
            unit.run(insert(status_tags, {"status_id": public, "tag_id": 5}))
            unit.run(insert(favourites, {"id": 8, "account_id": FAN, "status_id": public, "created_at": unit.now}))
            assert unit.all(ranking_own.followed_tags_of(READER)) == ["cats"]
            assert [tuple(row) for row in unit.all(ranking_own.tags_of([public, hidden]))] == [(public, "cats")]
            assert unit.all(ranking_own.media([public])) == [] and unit.all(ranking_own.mentions_of([public])) == []
            assert sorted(unit.all(ranking_own.followed(READER, [AUTHOR, FAN]))) == [AUTHOR]
            assert {tuple(row) for row in unit.all(ranking_own.in_common(READER, [AUTHOR, FAN]))} == {(FAN, 1)}
            unit.run(accounts.change(FAN, {"hide_collections": 1}))
            assert unit.all(ranking_own.in_common(READER, [AUTHOR, FAN])) == []

            unit.run(seen.add(READER, [public, 12345], 7))
            unit.run(seen.add(READER, [public, hidden], 8))
            unit.run(seen.add(FAN, [public], 8))
            assert unit.get(seen.count(READER)) == 2 and unit.get(seen.count(FAN)) == 0
            assert unit.all(seen.readers()) == [READER]
            assert unit.all(ranking_own.seen(READER, [public, listed])) == [public]
            unit.run(seen.sweep(8))
            assert unit.get(seen.count(READER)) == 1
            unit.run(seen.forget(READER))
            assert unit.get(seen.count(READER)) == 0

        await database.run(work)


async def test_orders_of_one_reader(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> tuple[int, int, int]:
            _reader(unit)
            first, second = post(unit, AUTHOR), post(unit, OTHER)
            row: dict[str, Any] = {"id": 50, "account_id": READER, "title": "{}", "document": "{}"}
            assert unit.made(own_feeds.add({**row, "created_at": 1, "changed_at": 1}))
            assert unit.made(own_feeds.add({**row, "id": 51, "created_at": 1, "changed_at": 1}))
            assert [one.id for one in unit.all(own_feeds.listed(READER))] == [50, 51]
            assert unit.one(own_feeds.one(FAN, 50)) is None and unit.get(own_feeds.count(READER)) == 2
            for number in (1000, 2000, 3000, 4000):
                order = {"id": number, "account_id": READER, "list_id": 50, "actor_id": FAN, "made_by": "h", "size": 2}
                unit.run(own_feeds.add_order({**order, "created_at": number, "checked_at": number}))
                for place_, status_id in ((1, first), (2, second)):
                    entry = {"id": number + 10 - place_, "order_id": number, "place": place_, "reasons": "{}"}
                    unit.run(own_feeds.add_place({**entry, "status_id": status_id}))
            unit.run(own_feeds.trim(50, 3))
            latest = unit.get(own_feeds.latest(READER, 50))
            assert latest.id == 4000 and unit.one(own_feeds.latest(FAN, 50)) is None
            assert unit.all(own_feeds.status_ids(4000)) == [first, second]
            assert unit.get(own_feeds.entry_of(4000, second)).place == 2
            assert unit.get(own_feeds.place(READER, 4009))[0].status_id == first
            assert unit.one(own_feeds.place(FAN, 4009)) is None and unit.one(own_feeds.place(READER, 1009)) is None
            assert unit.get(places.inner(4009, READER)) == first
            assert unit.one(places.inner(4009, FAN)) is None and unit.one(places.inner(4009, None)) is None
            assert unit.get(places.kind(READER, 50)) == places.OWN and unit.one(places.kind(FAN, 50)) is None
            return first, second, 0

        first, second, _ = await database.run(work)

        async def page(cut: Page, viewer: int = READER) -> list[tuple[int, int, int]]:
            rows = await database.all(places.page(places.OWN, viewer, 50, cut, 10))
            return [(row.shown.page_id, row.shown.id, row.place) for row in rows]

        assert await page(Page()) == [(4009, first, 1), (4008, second, 2)]
        assert await page(Page(), FAN) == []
        assert await page(Page(max_id=3009)) == [(3008, second, 2)], "the order in which it began"
        assert await page(Page(min_id=4008)) == [(4009, first, 1)]
        assert await database.one(places.at(places.OWN, READER, 50, second)) == 4008

        def rest(unit: Unit) -> None:
            unit.run(own_feeds.change_order(3000, {"checked_at": 9000}))
            unit.run(own_feeds.sweep(5000))
            assert unit.get(own_feeds.latest(READER, 50)).id == 3000
            unit.run(own_feeds.forget_orders(READER, 50))
            assert unit.one(own_feeds.latest(READER, 50)) is None
            assert unit.run(own_feeds.drop(FAN, 50)) == 0 and unit.run(own_feeds.drop(READER, 50)) == 1

        await database.run(rest)


async def test_a_page_of_a_feed_of_everybody(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> tuple[int, int]:
            _reader(unit)
            first, second = post(unit, AUTHOR), post(unit, OTHER)
            unit.run(feeds.add({"id": 7, "community_id": 1, "name": "best", "title": "{}", "created_at": 1}))
            unit.run(feeds.change(7, {"actor_id": FAN}))
            unit.made(feeds.subscribe({"id": 70, "account_id": READER, "feed_id": 7, "created_at": 1}))
            for number in (1000, 2000):
                snapshot = {"id": number, "feed_id": 7, "policy_hash": "h", "size": 2, "inputs": b"", "created_at": 5}
                unit.run(feeds.add_snapshot(snapshot))
                for place_, status_id in ((1, first), (2, second)):
                    entry = {"id": number + 10 - place_, "snapshot_id": number, "place": place_, "reasons": "{}"}
                    unit.run(feeds.add_entry({**entry, "status_id": status_id}))
            assert unit.get(places.kind(READER, 70)) == places.FEED
            unit.run(feeds.change(7, {"personal": 1}))
            assert unit.get(places.kind(READER, 70)) == places.OWN
            assert unit.get(own_feeds.subscribed_name(READER, 70)) == "best"
            return first, second

        first, second = await database.run(work)
        rows = await database.all(places.page(places.FEED, READER, 70, Page(), 10))
        assert [(row.shown.id, row.place, row.actor_id, row.made_at) for row in rows] == [
            (first, 1, FAN, 5),
            (second, 2, FAN, 5),
        ]
        assert await database.all(places.page(places.FEED, OTHER, 70, Page(), 10)) == []
        older = await database.all(places.page(places.FEED, READER, 70, Page(max_id=1009), 10))
        assert [row.shown.page_id for row in older] == [1008]
