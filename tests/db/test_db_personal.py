"""Lists, conversations, filters and muted threads on both databases: the statements that are written as text."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account, add_follower

from fedserver.db.queries import conversations, filters, homes, lists, relations, statuses, timelines
from fedserver.db.unit import Unit
from fedserver.kit.paging import Page

READER, MEMBER, FRIEND, STRANGER = 1, 2, 3, 4


def post(unit: Unit, author: int, *, visibility: int = 0, reply_to: tuple[int, int] | None = None) -> int:
    """A status; ``reply_to``: (id, author) of its parent."""
    status_id = unit.new_id()
    values: dict[str, Any] = {
        "id": status_id,
        "uri": f"https://home.example/s/{status_id}",
        "account_id": author,
        "local": 1,
        "visibility": visibility,
        "created_at": unit.now,
        "thread_id": status_id if reply_to is None else reply_to[0],
    }
    if reply_to is not None:
        parent = f"https://home.example/s/{reply_to[0]}"
        values |= {"in_reply_to_id": reply_to[0], "in_reply_to_account_id": reply_to[1], "in_reply_to_uri": parent}
    assert unit.one(statuses.add(values)) is not None
    return status_id


def people(unit: Unit) -> int:
    """The reader follows member and friend, and has the member in a list; the list's id."""
    for number in (READER, MEMBER, FRIEND, STRANGER):
        add_account(unit, number)
    for number in (MEMBER, FRIEND):
        add_follower(unit, number, READER)
    list_id = unit.new_id()
    values = {"id": list_id, "account_id": READER, "title": "x", "created_at": unit.now}
    unit.run(lists.add(values))
    follow = unit.get(relations.follow(READER, MEMBER))
    assert unit.made(lists.add_member(list_id, MEMBER, follow.id))
    assert not unit.made(lists.add_member(list_id, MEMBER, follow.id))
    return list_id


async def test_lists_on_arrival_and_filled_in(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            list_id = people(unit)
            plain = post(unit, MEMBER)
            friend = post(unit, FRIEND)
            answer = post(unit, MEMBER, reply_to=(friend, FRIEND))
            direct = post(unit, MEMBER, visibility=3)

            def shown() -> list[int]:
                return [row.id for row in unit.all(timelines.in_list(READER, list_id, Page(), unit.now))]

            for status_id, reply_to in ((plain, None), (answer, FRIEND)):
                unit.run(lists.fan_out(status_id, MEMBER, boost=False, reply_to=reply_to, active_since=0))
            assert shown() == [plain]
            assert unit.all(lists.reached(plain)) == [lists.Reached(1, list_id)]
            unit.run(lists.change(list_id, {"replies_policy": lists.FOLLOWED}))
            unit.run(lists.backfill(list_id, MEMBER))
            assert shown() == [answer, plain] and direct not in shown()
            unit.run(lists.drop_entries(list_id, MEMBER))
            assert shown() == []
            unit.run(lists.backfill(list_id, MEMBER, 1))
            assert shown() == [answer]
            unit.run(lists.fan_out(plain, MEMBER, boost=True, reply_to=None, active_since=0))
            assert unit.all(lists.long_lists(1)) == [list_id]
            unit.run(lists.trim(list_id, 0))
            assert shown() == [answer]
            assert [row.id for row in unit.all(lists.containing(READER, MEMBER))] == [list_id]
            assert [row.page_id for row in unit.all(lists.members(list_id, Page(min_id=1)))] == [MEMBER]
            # the membership goes with the follow
            unit.run(relations.drop_follow(READER, MEMBER))
            assert unit.all(lists.member_ids(list_id)) == [] and shown() == []

        await database.run(work)


async def test_homes_leave_out_the_exclusive_and_the_hidden(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            list_id = people(unit)

            def arrives(author: int, **more: Any) -> bool:
                status_id = post(unit, author)
                if more.get("names_people"):
                    unit.made(statuses.add_mention(status_id, STRANGER))
                unit.run(homes.fan_out(status_id, author, unit.now, boost=False, reply_to=None, **more))
                return unit.all(homes.holders(status_id)) == [READER]

            assert arrives(MEMBER) and arrives(FRIEND, names_people=True)
            unit.run(lists.change(list_id, {"exclusive": 1}))
            assert not arrives(MEMBER) and arrives(FRIEND)
            mute = {"account_id": READER, "target_id": STRANGER, "created_at": unit.now, "notifications": 1}
            unit.made(relations.add_mute({"id": unit.new_id(), **mute, "expires_at": unit.now - 1}))
            assert arrives(FRIEND, names_people=True)
            unit.run(relations.drop_mute(READER, STRANGER))
            unit.made(relations.add_mute({"id": unit.new_id(), **mute, "expires_at": unit.now + 60_000}))
            assert not arrives(FRIEND, names_people=True) and arrives(FRIEND)
            follow = unit.get(relations.follow(READER, FRIEND))
            unit.run(relations.change_follow(follow.id, {"languages": '["en","fr"]'}))
            assert arrives(FRIEND) and arrives(FRIEND, language="fr") and not arrives(FRIEND, language="de")
            unit.run(homes.backfill(READER, FRIEND))
            unit.run(relations.change_follow(follow.id, {"languages": None}))
            assert arrives(FRIEND, language="de")
            named = post(unit, FRIEND, visibility=3)
            unit.made(statuses.add_mention(named, READER))
            unit.made(statuses.add_mention(named, STRANGER))
            unit.run(homes.fan_out_direct(named, FRIEND))
            assert unit.all(homes.holders(named)) == [READER]
            unit.run(homes.drop_author(READER, MEMBER))
            unit.run(homes.backfill(READER, MEMBER))
            home = [row.account_id for row in unit.all(timelines.home(READER, Page(), unit.now))]
            assert MEMBER not in home and FRIEND in home
            assert tuple(unit.get(relations.domain_preview(READER, ""))) == (2, 0)

        await database.run(work)


async def test_conversations_and_muted_threads(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            people(unit)
            first = post(unit, FRIEND, visibility=3)
            second = post(unit, FRIEND, visibility=3, reply_to=(first, FRIEND))

            def put(status_id: int, unread: int) -> int:
                values = {"id": unit.new_id(), "account_id": READER, "thread_id": first, "people": str(FRIEND)}
                made = unit.get(conversations.put({**values, "status_id": status_id, "unread": unread}))
                unit.made(conversations.add_status(made, status_id))
                return made

            number = put(second, 1)
            # an older post that comes later is not the newest
            assert put(first, 0) == number
            row = unit.get(conversations.one(READER, number))
            assert (row.last_status_id, row.unread, row.others) == (second, 0, [FRIEND])
            assert [row.id for row in unit.all(timelines.direct(FRIEND, Page(), unit.now))] == []
            for status_id, left in ((second, first), (first, None)):
                unit.run(statuses.remove(status_id))
                assert unit.run(conversations.step_back(status_id)) == 1
                unit.run(conversations.drop_empty())
                found = unit.all(conversations.listed(READER, Page()))
                assert [each.last_status_id for each in found] == ([left] if left else [])
            orphan = post(unit, MEMBER)
            child = post(unit, MEMBER, reply_to=(orphan, MEMBER))
            unit.made(conversations.mute_thread({"account_id": READER, "thread_id": orphan, "created_at": unit.now}))
            assert unit.one(conversations.thread_muted(READER, child)) == 1
            root = post(unit, FRIEND)
            unit.run(statuses.change(orphan, {"in_reply_to_id": root, "thread_id": root}))
            unit.run(conversations.merge_threads(root, root))
            unit.run(statuses.rethread(root, root))
            for status_id in (root, orphan, child):
                assert unit.one(conversations.thread_muted(READER, status_id)) == 1
                assert unit.all(timelines.by_ids(READER, [status_id]))[0].muted
                assert not unit.all(timelines.by_ids(FRIEND, [status_id]))[0].muted
            assert unit.all(filters.see_their_own([READER, FRIEND], root)) == [READER]
            unit.run(conversations.unmute_thread(READER, root))
            assert unit.one(conversations.thread_muted(READER, child)) is None

        await database.run(work)


async def test_the_number_of_filters_comes_with_every_row(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            people(unit)
            status_id = post(unit, MEMBER)

            def number(viewer: int | None) -> int:
                return unit.all(timelines.by_ids(viewer, [status_id]))[0].filters

            assert number(READER) == number(None) == 0
            for version in (5, 9, 0):
                unit.run(filters.touch(READER, version))
                assert (number(READER), number(FRIEND), number(None)) == (version, 0, 0)
            unit.run(filters.touch(READER, 1))
            assert unit.all(filters.see_their_own([READER, FRIEND], 1)) == [READER]

        await database.run(work)
