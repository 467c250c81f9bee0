"""Notifications: every way to list them, groups, the policy, and those whom it keeps back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from client_support import Api, Person, client_node
from sqlalchemy import text

from fedserver.db.queries import accounts, notifications, users
from fedserver.db.statement import Statement, nothing
from fedserver.db.unit import Unit
from fedserver.kit.paging import Page
from fedserver.services.notifications import TYPES, notify

V1, V2 = "/api/v1/notifications", "/api/v2/notifications"
OLD = 40 * 24 * 3600 * 1000


async def crowd(api: Api, count: int) -> list[Person]:
    return [await api.person(f"fan{number}") for number in range(count)]


async def ok(person: Person, path: str) -> Any:
    answer = await person.get(path)
    assert answer.status == 200, answer.text
    return answer.json


async def ids(person: Person, query: str = "") -> list[str]:
    return [each["id"] for each in await ok(person, f"{V1}?{query}")]


async def keys(person: Person, query: str = "") -> list[str]:
    return [each["group_key"] for each in (await ok(person, f"{V2}?{query}"))["notification_groups"]]


async def favourites(people: Sequence[Person], post: dict[str, Any]) -> None:
    for person in people:
        assert (await person.post(f"/api/v1/statuses/{post['id']}/favourite")).status == 200


async def policy(person: Person, **rules: str) -> dict[str, Any]:
    answer = await person.send("PATCH", f"{V2}/policy", json=rules)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def test_listing_narrowing_and_paging(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, ben, eve = [await api.person(name) for name in ("alice", "ben", "eve")]
        post = await alice.publish("mine")
        await ben.follow(alice)
        await favourites((ben, eve), post)
        await ben.post(f"/api/v1/statuses/{post['id']}/reblog")
        await eve.publish("@alice hello")
        found = await ok(alice, V1)
        assert [each["type"] for each in found] == ["mention", "reblog", "favourite", "favourite", "follow"]
        assert [each["account"]["username"] for each in found] == ["eve", "ben", "eve", "ben", "ben"]
        assert "status" not in found[-1] and found[0]["status"]["content"].find("hello") > 0
        all_ids = [each["id"] for each in found]
        assert await ids(alice, "types[]=mention&types[]=follow") == [all_ids[0], all_ids[4]]
        assert await ids(alice, "exclude_types[]=favourite") == [all_ids[0], all_ids[1], all_ids[4]]
        assert await ids(alice, f"account_id={eve.account_id}") == [all_ids[0], all_ids[2]]
        assert await ids(alice, "types[]=invented") == []
        seen, path = [], f"{V1}?limit=2"
        while True:
            answer = await alice.get(path)
            if not answer.json:
                break
            seen += [each["id"] for each in answer.json]
            link = answer.headers["Link"]
            assert link.index('rel="next"') < link.index('rel="prev"')
            path = re.search(r"<https?://[^/]+(/[^>]*)>; rel=\"next\"", link)[1]  # type: ignore[index]
        assert seen == all_ids
        assert await ids(alice, f"min_id={all_ids[4]}&limit=2") == all_ids[2:4]
        assert await ids(alice, f"since_id={all_ids[4]}&limit=2") == all_ids[:2]
        await alice.post("/api/v1/markers", json={"notifications": {"last_read_id": all_ids[2]}})
        assert await ok(alice, f"{V1}/unread_count") == {"count": 2}
        assert await ok(alice, f"{V1}/unread_count?types[]=mention") == {"count": 1}
        assert await ok(alice, f"{V1}/unread_count?limit=1") == {"count": 1}
        # somebody else's are nobody's business
        for method, path in (("GET", f"{V1}/{all_ids[0]}"), ("POST", f"{V1}/{all_ids[0]}/dismiss")):
            assert (await ben.send(method, path)).status == 404
        assert (await alice.get(f"{V1}/{all_ids[0]}")).json == found[0]
        assert (await alice.post(f"{V1}/{all_ids[0]}/dismiss")).json == {}
        assert (await alice.post(f"{V1}/dismiss", json={"id": all_ids[1]})).json == {}
        assert (await alice.post(f"{V1}/dismiss", json={})).status == 404
        assert (await alice.post(f"{V1}/dismiss", json={"id": all_ids[1]})).status == 404
        assert await ids(alice) == all_ids[2:]
        assert (await alice.post(f"{V1}/clear")).json == {}
        assert await ids(alice) == []


async def test_groups_and_what_stands_beside_them(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, fans = await api.person("alice"), await crowd(api, 10)
        one, two = await alice.publish("one"), await alice.publish("two")
        await favourites(fans, one)
        await favourites(fans[:2], two)
        await fans[0].publish("@alice hi")
        for fan in fans[:3]:
            await fan.follow(alice)
        body = await ok(alice, V2)
        follow, mention, second, first = body["notification_groups"]
        assert [each["type"] for each in (follow, mention, second, first)] == [
            "follow",
            "mention",
            "favourite",
            "favourite",
        ]
        assert re.fullmatch(rf"favourite-{one['id']}-[0-9]+", first["group_key"])
        assert re.fullmatch(r"follow-[0-9]+", follow["group_key"])
        assert mention["group_key"] == f"ungrouped-{mention['most_recent_notification_id']}"
        assert first["notifications_count"] == 10 and follow["notifications_count"] == 3
        newest = [str(fan.account_id) for fan in fans[::-1]]
        assert first["sample_account_ids"] == newest[:8]
        assert first["status_id"] == one["id"] and "status_id" not in follow
        listed = [
            each for each in await ok(alice, f"{V1}?types[]=favourite&limit=80") if each["status"]["id"] == one["id"]
        ]
        assert {each["group_key"] for each in listed} == {first["group_key"]}
        assert (first["page_max_id"], first["page_min_id"]) == (listed[0]["id"], listed[-1]["id"])
        assert first["most_recent_notification_id"] == listed[0]["id"]
        assert first["latest_page_notification_at"] == listed[0]["created_at"]
        assert {each["id"] for each in body["statuses"]} == {one["id"], two["id"], mention["status_id"]}
        assert {each["id"] for each in body["accounts"]} >= set(newest[:8]) and "partial_accounts" not in body
        partial = await ok(alice, f"{V2}?expand_accounts=partial_avatars")
        whole = {each["id"] for each in partial["accounts"]}
        assert whole == {g["sample_account_ids"][0] for g in partial["notification_groups"]}
        few = partial["partial_accounts"]
        assert not {each["id"] for each in few} & whole and len(few) + len(whole) == 10
        assert set(few[0]) == {"id", "acct", "locked", "bot", "url", "avatar", "avatar_static"}
        wrong = await alice.get(f"{V2}?expand_accounts=none")
        assert wrong.status == 400 and "expand_accounts" in wrong.json["error"]
        # one group by its key, its people, away with it
        shown = await ok(alice, f"{V2}/{first['group_key']}")
        assert shown["notification_groups"][0]["notifications_count"] == 10
        assert "page_min_id" not in shown["notification_groups"][0]
        people = await ok(alice, f"{V2}/{first['group_key']}/accounts")
        assert [each["id"] for each in people] == newest
        assert (await fans[0].get(f"{V2}/{first['group_key']}")).status == 404
        assert await ok(fans[0], f"{V2}/{first['group_key']}/accounts") == []
        assert (await fans[0].post(f"{V2}/{first['group_key']}/dismiss")).json == {}
        assert (await alice.post(f"{V2}/{first['group_key']}/dismiss")).json == {}
        assert (await alice.post(f"{V2}/{mention['group_key']}/dismiss")).json == {}
        assert await keys(alice) == [follow["group_key"], second["group_key"]]
        for nonsense in ("ungrouped-x", "ungrouped-99999999999999999999", "favourite", "%00"):
            assert (await alice.get(f"{V2}/{nonsense}")).status in (400, 404), nonsense
        assert (await alice.post(f"{V2}/clear")).json == {}
        assert await keys(alice) == []


async def test_pages_of_groups(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, fans = await api.person("alice"), await crowd(api, 4)
        posts = [await alice.publish(f"post {number}") for number in range(5)]
        for fan in fans:
            await favourites([fan], posts[0])
            await favourites([fan], posts[1])
        for post in posts[2:]:
            await favourites(fans[:2], post)
        heads = await keys(alice)
        assert [key.split("-")[1] for key in heads] == [post["id"] for post in posts[::-1]]
        seen: list[str] = []
        path = f"{V2}?limit=2"
        for _ in range(9):
            answer = await alice.get(path)
            groups = answer.json["notification_groups"]
            if not groups:
                break
            assert len({each["group_key"] for each in groups}) == len(groups) <= 2
            seen += [each["group_key"] for each in groups]
            path = re.search(r"<https?://[^/]+(/[^>]*)>; rel=\"next\"", answer.headers["Link"])[1]  # type: ignore[index]
        assert list(dict.fromkeys(seen)) == heads, "each group, where its newest stands"
        # forward from the oldest: each group where its oldest stands
        every = await ids(alice, "limit=80")
        forward = await ok(alice, f"{V2}?min_id=0&limit=2")
        assert [each["group_key"] for each in forward["notification_groups"]] == [heads[3], heads[4]]
        assert forward["notification_groups"][1]["page_min_id"] == every[-1]
        # what is newer than a group's page comes as the same group
        first = (await ok(alice, f"{V2}?limit=1"))["notification_groups"][0]
        await favourites([fans[3]], posts[4])
        newer = (await ok(alice, f"{V2}?since_id={first['page_max_id']}"))["notification_groups"]
        assert [each["group_key"] for each in newer] == [first["group_key"]]
        assert newer[0]["notifications_count"] == 3 and newer[0]["page_min_id"] == newer[0]["page_max_id"]
        assert await ok(alice, f"{V2}/unread_count") == {"count": 5}
        assert await ok(alice, f"{V2}/unread_count?limit=3") == {"count": 3}
        assert await ok(alice, f"{V2}/unread_count?grouped_types[]=reblog") == {"count": 15}
        # a client that groups nothing of this type gets each alone
        alone = (await ok(alice, f"{V2}?grouped_types[]=follow&limit=80"))["notification_groups"]
        assert len(alone) == 15 and all(each["group_key"].startswith("ungrouped-") for each in alone)
        assert all(each["notifications_count"] == 1 for each in alone)


async def test_who_is_hidden_heads_no_group(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, fans = await api.person("alice"), await crowd(api, 3)
        post = await alice.publish("one")
        await favourites(fans, post)
        await alice.post(f"/api/v1/accounts/{fans[2].account_id}/mute")
        group = (await ok(alice, V2))["notification_groups"][0]
        assert group["notifications_count"] == 2
        assert group["sample_account_ids"] == [str(fans[1].account_id), str(fans[0].account_id)]
        await alice.post(f"/api/v1/accounts/{fans[1].account_id}/block")
        await api.run(lambda unit: unit.run(accounts.change(fans[0].account_id, {"suspended_at": 1})))
        assert await keys(alice) == []
        # a group grows for twelve hours, and another begins
        await alice.post(f"/api/v1/accounts/{fans[2].account_id}/unmute")
        key = (await keys(alice))[0]

        def older(unit: Unit) -> None:
            now, unit.now = unit.now, unit.now + 13 * 3600 * 1000
            fan = unit.get(accounts.by_id(fan_id))
            assert notify(unit, unit.get(accounts.by_id(alice.account_id)), "favourite", fan, status_id=int(post["id"]))
            unit.now = now

        fan_id = (await api.person("late")).account_id
        await api.run(older)
        assert len(set(await keys(alice)) | {key}) == 2


async def test_the_policy_and_requests(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, ben, eve = [await api.person(name) for name in ("alice", "ben", "eve")]
        held = await ok(alice, f"{V2}/policy")
        assert held == {
            "for_not_following": "accept",
            "for_not_followers": "accept",
            "for_new_accounts": "accept",
            "for_private_mentions": "filter",
            "for_limited_accounts": "filter",
            "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
        }
        held = await policy(alice, for_not_following="filter")
        assert held["for_not_following"] == "filter" and held["for_private_mentions"] == "filter"
        assert (await alice.send("PUT", f"{V2}/policy", json={})).json == held
        for wrong in ("maybe", "", "ACCEPT"):
            assert (await alice.send("PATCH", f"{V2}/policy", json={"for_new_accounts": wrong})).status == 422
        assert (await ok(alice, f"{V1}/policy"))["filter_not_following"] is True
        first = await ben.publish("@alice one")
        last = await ben.publish("@alice two")
        await eve.follow(alice)
        assert await ids(alice) == []
        filtered = await ok(alice, f"{V1}?include_filtered=true")
        assert [each["type"] for each in filtered] == ["follow", "mention", "mention"]
        assert all(each["filtered"] is True for each in filtered)
        # what asks nothing makes no request
        request = (await ok(alice, f"{V1}/requests"))[0]
        assert len(await ok(alice, f"{V1}/requests")) == 1
        assert request["account"]["username"] == "ben" and request["notifications_count"] == "2"
        assert request["last_status"]["id"] == last["id"] != first["id"]
        assert (await ok(alice, f"{V2}/policy"))["summary"] == {
            "pending_requests_count": 1,
            "pending_notifications_count": 2,
        }
        path = f"{V1}/requests/{request['id']}"
        assert await ok(alice, path) == request
        for method, tail in (("GET", ""), ("POST", "/accept"), ("POST", "/dismiss")):
            assert (await ben.send(method, path + tail)).status == 404
        assert (await alice.post(f"{path}/accept")).json == {}
        assert (await alice.post(f"{path}/accept")).status == 404
        assert await ok(alice, f"{V1}/requests/merged") == {"merged": True}
        assert [each["type"] for each in await ok(alice, V1)] == ["mention", "mention"]
        await ben.publish("@alice three")
        assert len(await ids(alice)) == 3, "an accepted sender stays accepted"
        # a block takes everything of it back
        await alice.post(f"/api/v1/accounts/{ben.account_id}/block")
        await alice.post(f"/api/v1/accounts/{ben.account_id}/unblock")
        await ben.publish("@alice four")
        assert await ids(alice) == [] and len(await ok(alice, f"{V1}/requests")) == 1


async def test_many_requests_at_once(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, fans = await api.person("alice"), await crowd(api, 4)
        await policy(alice, for_not_followers="filter")
        for fan in fans:
            await fan.publish("@alice hello")
        found = [each["id"] for each in await ok(alice, f"{V1}/requests")]
        answer = await alice.get(f"{V1}/requests?limit=3")
        assert [each["id"] for each in answer.json] == found[:3] and f"max_id={found[2]}" in answer.headers["Link"]
        assert [each["id"] for each in await ok(alice, f"{V1}/requests?min_id={found[3]}&limit=2")] == found[1:3]
        other = await api.person("other")
        assert (await other.post(f"{V1}/requests/accept", json={"id": found})).json == {}
        assert len(await ok(alice, f"{V1}/requests")) == 4
        assert (await alice.post(f"{V1}/requests/accept", json={"id": found[:2]})).json == {}
        assert (await alice.post(f"{V1}/requests/dismiss", data={"id[]": found[2]})).json == {}
        assert [each["id"] for each in await ok(alice, f"{V1}/requests")] == [found[3]]
        assert len(await ids(alice)) == 2 and len(await ids(alice, "include_filtered=1")) == 3
        # a request of somebody who was suspended is not shown
        await api.run(lambda unit: unit.run(accounts.change(fans[0].account_id, {"suspended_at": 1})))
        assert await ok(alice, f"{V1}/requests") == []


@pytest.mark.parametrize(
    ("rule", "stranger", "known"),
    [
        ("for_not_following", {}, "followed"),
        ("for_not_followers", {}, "follower"),
        ("for_new_accounts", {}, "old"),
        ("for_limited_accounts", {"limited_at": 1}, "followed"),
        ("for_private_mentions", {}, "followed"),
    ],
)
async def test_each_rule_and_its_exception(tmp_path: Path, rule: str, stranger: dict[str, Any], known: str) -> None:
    everything = ("for_not_following", "for_not_followers", "for_new_accounts", "for_private_mentions")
    async with client_node(tmp_path) as api:
        alice, ben, friend = await api.person("alice"), await api.person("ben"), await api.person("friend")
        await policy(alice, **dict.fromkeys((*everything, "for_limited_accounts"), "accept"))
        if known == "followed":
            await alice.follow(friend)
        elif known == "follower":
            await friend.follow(alice)
            await api.run(lambda unit: unit.run(_older_follow()))
        else:
            await api.run(lambda unit: unit.run(accounts.change(friend.account_id, {"created_at": unit.now - OLD})))
        for person in (ben, friend):
            if stranger:
                await api.run(lambda unit, who=person: unit.run(accounts.change(who.account_id, stranger)))
        await alice.post(f"{V1}/clear")
        visibility = "direct" if rule == "for_private_mentions" else "public"
        for value, shown, kept in (("accept", 2, 0), ("filter", 1, 1), ("drop", 1, 0)):
            await policy(alice, **{rule: value})
            await alice.post(f"{V1}/clear")
            for person in (ben, friend):
                await person.publish(f"@alice {value}", visibility=visibility)
            assert len(await ids(alice)) == shown, value
            assert len(await ids(alice, "include_filtered=true")) == shown + kept, value


def _older_follow() -> Any:
    return Statement(text("UPDATE follows SET created_at = 1"), nothing)()


async def test_whom_one_wrote_to_first_may_answer_in_private(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, ben = await api.person("alice"), await api.person("ben")
        await ben.publish("@alice unasked", visibility="direct")
        assert await ids(alice) == []
        asked = await alice.publish("@ben a question", visibility="direct")
        await ben.publish("@alice an answer", visibility="direct", in_reply_to_id=asked["id"])
        assert len(await ids(alice)) == 1
        mod = await api.person("max", role="moderator")
        await mod.publish("@alice a word", visibility="direct")
        assert len(await ids(alice)) == 2, "who moderates is heard"


async def test_reports_are_told_to_those_who_moderate_and_only_as_long_as_they_do(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        mod, ben, eve = await api.person("max", role="moderator"), await api.person("ben"), await api.person("eve")
        await ben.post("/api/v1/reports", json={"account_id": str(eve.account_id), "comment": "look"})
        found = (await ok(mod, V1))[0]
        assert (found["type"], found["report"]["comment"]) == ("admin.report", "look")
        group = (await ok(mod, V2))["notification_groups"][0]
        assert group["report"]["target_account"]["username"] == "eve"
        await api.run(lambda unit: unit.run(users.change(mod.user_id, {"role": "user"})))
        again = await api.node.token(mod.user_id, "read")
        for path in (V1, f"{V1}?types[]=admin.report"):
            assert (await api.node.get(path, token=again)).json == []
        assert (await api.node.get(V2, token=again)).json["notification_groups"] == []
        assert (await api.node.get(f"{V2}/{group['group_key']}", token=again)).status == 404


async def test_every_type_is_told(tmp_path: Path) -> None:
    """What services record becomes an entity, whatever the type."""
    async with client_node(tmp_path) as api:
        alice, ben = await api.person("alice"), await api.person("ben")
        post = int((await alice.publish("mine"))["id"])

        def work(unit: Unit) -> None:
            me, other = unit.get(accounts.by_id(alice.account_id)), unit.get(accounts.by_id(ben.account_id))
            for kind in TYPES:
                about = {} if kind.startswith(("follow", "admin", "severed", "moderation")) else {"status_id": post}
                assert notify(unit, me, kind, other, **about), kind
                assert not notify(unit, me, kind, other, **about), f"{kind} twice"
            assert notify(unit, me, "poll", me, status_id=post), "one's own poll"
            assert not notify(unit, me, "mention", me, status_id=post)

        await api.run(work)
        rows = await api.node.parts.db.all(notifications.page(alice.account_id, Page(limit=80), 1))
        assert {row.type for row in rows} == set(TYPES)
        shown = await ok(alice, f"{V1}?limit=80")
        assert {each["type"] for each in shown} == {name for name in TYPES if not name.startswith("admin")}
        for each in shown:
            assert ("status" in each) == (each["type"] not in ("follow", "follow_request", *TYPES[-2:])), each["type"]
