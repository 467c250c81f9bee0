"""Pages of posts: what readers get in one text is what a unit reads row by row, with every mark and every rule."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account, add_follower

from fedserver.db.database import Database
from fedserver.db.queries import accounts, conversations, filters, homes, reactions, relations, statuses, timelines
from fedserver.db.queries.shown import Shown
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.kit.paging import Page

READER, MEMBER, FRIEND, STRANGER = 1, 2, 3, 4


def post(unit: Unit, author: int, **more: Any) -> int:
    status_id = unit.new_id()
    uri = f"https://home.example/s/{status_id}"
    values = {"id": status_id, "uri": uri, "account_id": author, "local": 1, "visibility": 0, "created_at": unit.now}
    assert unit.one(statuses.add({**values, "thread_id": status_id, **more})) is not None
    return status_id


def world(unit: Unit) -> dict[str, int]:
    """The reader follows member and friend; a post of each kind is in the reader's home timeline."""
    for number in (READER, MEMBER, FRIEND, STRANGER):
        add_account(unit, number)
    for number in (MEMBER, FRIEND):
        add_follower(unit, number, READER)
    found = {"plain": post(unit, MEMBER), "far": post(unit, STRANGER)}
    found["boost"] = post(unit, MEMBER, reblog_of_id=found["far"], thread_id=None)
    found["marked"] = post(unit, FRIEND, visibility=2)
    found["own"] = post(unit, READER, pinned_at=5)
    found["new"] = post(unit, FRIEND, visibility=1)
    for name in ("plain", "boost", "marked", "own", "new"):
        unit.made(homes.put(READER, found[name]))
    for name in ("marked", "far"):
        values = {"id": unit.new_id(), "account_id": READER, "status_id": found[name], "created_at": unit.now}
        unit.made(reactions.add_favourite(values))
        unit.made(reactions.add_bookmark({**values, "id": unit.new_id()}))
    found["again"] = post(unit, READER, reblog_of_id=found["marked"])
    unit.made(conversations.mute_thread({"account_id": READER, "thread_id": found["plain"], "created_at": unit.now}))
    return found


async def same(database: Database, query: Query[Shown]) -> list[Shown]:
    """What both ways of reading give."""
    read, inside = await database.all(query), await database.run(lambda unit: unit.all(query))
    assert sorted(read) == sorted(inside) and all(type(row) is Shown for row in read)
    if "ids" not in query.params:
        assert read == inside
    return read


async def test_both_ways_of_reading_give_the_same_rows(place: Place) -> None:
    async with place.opened() as database:
        ids = await database.run(world)
        names = {number: name for name, number in ids.items()}
        now = 1 << 50
        home = await same(database, timelines.home(READER, Page(), now))
        assert [names[row.id] for row in home] == ["new", "own", "marked", "boost", "plain"]
        up = await same(database, timelines.home(READER, Page(min_id=1), now))
        assert up == home[::-1]
        by_name = {names[row.id]: row for row in home}
        assert {name: row.marks for name, row in by_name.items()} == {
            "new": 0, "own": 16, "marked": 1 + 2 + 4, "boost": 1 + 4, "plain": 8,
        }  # fmt: skip
        assert by_name["own"].pinned and by_name["plain"].muted and by_name["marked"].reblogged
        boost, plain = by_name["boost"], by_name["plain"]
        assert boost.favourited and boost.bookmarked and (boost.r_id, boost.r_account_id) == (ids["far"], STRANGER)
        assert plain[10:] == (None,) * 7 and boost[10:] == (ids["far"], 1, STRANGER, 1, 0, 0, 0)
        # where a page is cut by other numbers than the posts'
        kept = await same(database, timelines.favourited(READER, Page()))
        assert [names[row.id] for row in kept] == ["far", "marked"] and kept[0].page_id != kept[0].id
        named = await same(database, timelines.by_ids(READER, list(ids.values())))
        assert len(named) == len(ids)
        assert {row.id for row in await same(database, timelines.by_ids(None, list(ids.values())))} == {
            number for name, number in ids.items() if name not in ("marked", "again")
        }
        for query in (timelines.public(None, Page(), now), timelines.public(STRANGER, Page(), now, local=True)):
            assert [names[row.id] for row in await same(database, query)] == ["own", "far", "plain"]
        assert await same(database, timelines.home(STRANGER, Page(), now)) == []
        assert await same(database, timelines.by_ids(READER, [])) == []


async def test_a_filter_a_block_and_a_mute_bite_in_both(place: Place) -> None:
    async with place.opened() as database:
        ids = await database.run(world)
        now = 1 << 50

        async def seen() -> set[str]:
            rows = await same(database, timelines.home(READER, Page(), now))
            return {name for name, number in ids.items() for row in rows if row.id == number}

        everything = {"new", "own", "marked", "boost", "plain"}
        await database.run(lambda unit: unit.run(filters.touch(READER, 1)))
        rows = await same(database, timelines.home(READER, Page(), now))
        assert rows and {row.filters for row in rows} == {1}

        def blocks(unit: Unit, one: int, other: int) -> None:
            unit.run(relations.add_block({"id": unit.new_id(), "account_id": one, "target_id": other,
                                          "created_at": unit.now}))  # fmt: skip

        # of others: whose post is boosted, somebody else's, and who blocks the reader
        await database.run(lambda unit: blocks(unit, READER, STRANGER))
        assert await seen() == everything - {"boost"}
        await database.run(lambda unit: unit.run(relations.drop_block(READER, STRANGER)))
        await database.run(lambda unit: blocks(unit, MEMBER, STRANGER))
        assert await seen() == everything
        await database.run(lambda unit: blocks(unit, FRIEND, READER))
        assert await seen() == everything - {"new", "marked"}
        await database.run(lambda unit: blocks(unit, STRANGER, READER))

        async def named(viewer: int | None) -> set[str]:
            rows = await same(database, timelines.by_ids(viewer, list(ids.values())))
            return {name for name, number in ids.items() for row in rows if row.id == number}

        # who is blocked sees neither the posts of who blocks nor boosts of them, wherever they are named
        assert await named(READER) == {"own", "plain"}
        assert await named(None) == {"plain", "far", "boost", "own", "new"}
        assert await named(STRANGER) == {"far", "own", "new"}
        await database.run(lambda unit: unit.run(accounts.change(MEMBER, {"suspended_at": 1})))
        assert await named(None) == {"far", "own", "new"}
        await database.run(lambda unit: unit.run(accounts.change(MEMBER, {"suspended_at": None})))
        await database.run(lambda unit: unit.run(relations.drop_block(STRANGER, READER)))
        await database.run(lambda unit: unit.run(relations.drop_block(FRIEND, READER)))
        mute = {"account_id": READER, "target_id": MEMBER, "notifications": 0, "created_at": 1, "expires_at": now}
        await database.run(lambda unit: unit.run(relations.add_mute({"id": unit.new_id(), **mute})))
        # it is over at this very moment
        assert await seen() == everything
        now -= 1
        assert await seen() == everything - {"boost", "plain"}
