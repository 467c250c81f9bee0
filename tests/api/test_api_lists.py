"""Lists: their entity, who is in them, which posts they show, and whose they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client_support import Api, Person, client_node
from door_support import Answer

PATH = "/api/v1/lists"


async def make(person: Person, title: str = "friends", **more: Any) -> str:
    answer = await person.post(PATH, json={"title": title, **more})
    assert answer.status == 200, answer.text
    found: str = answer.json["id"]
    return found


async def add(person: Person, list_id: str, *members: int, method: str = "POST") -> Answer:
    return await person.send(
        method, f"{PATH}/{list_id}/accounts", json={"account_ids": [str(each) for each in members]}
    )


async def seen(person: Person, path: str) -> list[str]:
    answer = await person.get(path)
    assert answer.status == 200, answer.text
    return [each["id"] for each in answer.json]


async def test_a_list_and_who_is_in_it(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        made = (await bob.post(PATH, json={"title": "friends"})).json
        assert made == {"id": made["id"], "title": "friends", "replies_policy": "list", "exclusive": False}
        path = f"{PATH}/{made['id']}"
        assert (await bob.get(path)).json == made and (await bob.get(PATH)).json == [made]
        change = {"title": "best", "replies_policy": "none", "exclusive": True}
        assert (await bob.send("PUT", path, json=change)).json == {"id": made["id"], **change}
        # only those one follows
        assert (await add(bob, made["id"], alice.account_id)).status == 404
        await bob.follow(alice)
        both = await add(bob, made["id"], alice.account_id, eve.account_id)
        assert both.status == 404 and await seen(bob, f"{path}/accounts") == []
        done = await add(bob, made["id"], alice.account_id)
        assert (done.status, done.json) == (200, {})
        again = await add(bob, made["id"], alice.account_id)
        assert (again.status, again.json) == (422, {"error": "Validation failed: Account has already been taken"})
        assert (await add(bob, made["id"], bob.account_id)).status == 200
        for query in ("", "?limit=0"):
            assert set(await seen(bob, f"{path}/accounts{query}")) == {str(alice.account_id), str(bob.account_id)}
        paged = await bob.get(f"{path}/accounts?limit=1")
        assert len(paged.json) == 1 and 'rel="next"' in paged.headers["Link"]
        holding = f"/api/v1/accounts/{alice.account_id}/lists"
        assert [each["id"] for each in (await bob.get(holding)).json] == [made["id"]]
        assert (await eve.get(holding)).json == []
        # with the ids in the body, and nothing happens to who is not in it
        gone = await add(bob, made["id"], alice.account_id, eve.account_id, method="DELETE")
        assert (gone.status, gone.json) == (200, {})
        assert await seen(bob, f"{path}/accounts") == [str(bob.account_id)]
        assert (await bob.send("DELETE", f"{path}/accounts?account_ids[]={bob.account_id}")).status == 200
        assert (await bob.send("DELETE", path)).json == {} and (await bob.get(PATH)).json == []


async def test_bad_input_and_somebody_elses_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VIS-17."""
    async with client_node(tmp_path) as api:
        alice, eve = await api.person("alice"), await api.person("eve")
        for body, error in (
            ({}, "Title can't be blank"),
            ({"title": "  "}, "Title can't be blank"),
            ({"title": "x", "replies_policy": "some"}, "Replies policy is not included in the list"),
        ):
            answer = await alice.post(PATH, json=body)
            assert (answer.status, answer.json) == (422, {"error": f"Validation failed: {error}"})
        for body in ({"title": ["x"]}, {"title": "x", "exclusive": "perhaps"}):
            assert (await alice.post(PATH, json=body)).status == 422
        list_id = await make(alice)
        for body in ({}, {"account_ids": []}, {"account_ids": ["x"]}, {"account_ids": {"a": {"b": 1}}}):
            assert (await alice.post(f"{PATH}/{list_id}/accounts", json=body)).status == 422, body
        ways = [
            *[(method, f"{PATH}/{list_id}") for method in ("GET", "PUT", "DELETE")],
            *[(method, f"{PATH}/{list_id}/accounts") for method in ("GET", "POST", "DELETE")],
            ("GET", f"/api/v1/timelines/list/{list_id}"),
        ]
        body = {"title": "x", "account_ids": [str(eve.account_id)]}
        for method, path in ways:
            for number in (list_id, "1", "999999999999999999"):
                wanted = path.replace(list_id, number)
                answer = await eve.send(method, wanted, json=body if method != "GET" else None)
                assert (answer.status, answer.json) == (404, {"error": "Record not found"}), (method, wanted)
            poor = await api.node.token(alice.user_id, "read:statuses write:statuses read:filters")
            assert (await api.node.send(method, path, token=poor)).status == 403, (method, path)
        assert [each["title"] for each in (await alice.get(PATH)).json] == ["friends"]
        monkeypatch.setattr("fedserver.services.lists.MAX_LISTS", 1)
        answer = await alice.post(PATH, json={"title": "one more"})
        assert (answer.status, answer.json["error"]) == (
            422,
            "Validation failed: You have reached the maximum number of lists",
        )


async def _crowd(api: Api) -> tuple[Person, Person, Person, Person]:
    """Reader, who follows member and friend, and a stranger."""
    reader, member, friend, stranger = [await api.person(n) for n in ("reader", "member", "friend", "stranger")]
    await reader.follow(member)
    await reader.follow(friend)
    return reader, member, friend, stranger


@pytest.mark.parametrize("policy", ["list", "followed", "none"])
@pytest.mark.parametrize("when", ["on arrival", "afterwards"])
async def test_which_replies_a_list_shows(tmp_path: Path, policy: str, when: str) -> None:
    async with client_node(tmp_path) as api:
        reader, member, friend, stranger = await _crowd(api)
        inside = await api.person("inside")
        await reader.follow(inside)
        list_id = await make(reader, replies_policy=policy)
        if when == "on arrival":
            await add(reader, list_id, member.account_id, inside.account_id)
        posts = {each.name: (await each.publish("hello"))["id"] for each in (reader, friend, stranger, inside)}
        own = (await member.publish("first"))["id"]
        replies = {name: (await member.publish("re", in_reply_to_id=number))["id"] for name, number in posts.items()}
        thread = (await member.publish("on", in_reply_to_id=own))["id"]
        if when == "afterwards":
            await add(reader, list_id, member.account_id, inside.account_id)
        shown = set(await seen(reader, f"/api/v1/timelines/list/{list_id}"))
        takes = {"list": {"reader", "inside"}, "followed": {"reader", "inside", "friend"}, "none": {"reader"}}[policy]
        assert shown == {posts["inside"], own, thread, *(replies[name] for name in takes)}


async def test_a_list_shows_what_its_members_post_and_boost(tmp_path: Path) -> None:
    """VIS-11: and nothing else of theirs."""
    async with client_node(tmp_path) as api:
        reader, member, friend, stranger = await _crowd(api)
        list_id = await make(reader)
        path = f"/api/v1/timelines/list/{list_id}"
        await add(reader, list_id, member.account_id)
        open_one = (await member.publish("open"))["id"]
        private = (await member.publish("for followers", visibility="private"))["id"]
        await member.publish("@reader direct", visibility="direct")
        await friend.publish("not in the list")
        other = (await stranger.publish("boosted"))["id"]
        boost = (await member.post(f"/api/v1/statuses/{other}/reblog")).json["id"]
        assert await seen(reader, path) == [boost, private, open_one]
        first = await reader.get(f"{path}?limit=1")
        assert [each["id"] for each in first.json] == [boost] and 'rel="next"' in first.headers["Link"]
        assert await seen(reader, f"{path}?max_id={boost}&limit=1") == [private]
        assert await seen(reader, f"{path}?min_id={open_one}&limit=1") == [private]
        # hidden people are hidden here too
        await reader.post(f"/api/v1/accounts/{stranger.account_id}/mute")
        assert await seen(reader, path) == [private, open_one]
        await reader.post(f"/api/v1/accounts/{stranger.account_id}/unmute")
        await member.send("DELETE", f"/api/v1/statuses/{open_one}")
        assert await seen(reader, path) == [boost, private]
        # who leaves the list takes the posts along; so does the end of the follow
        await add(reader, list_id, member.account_id, method="DELETE")
        assert await seen(reader, path) == []
        await add(reader, list_id, member.account_id)
        assert await seen(reader, path) == [boost, private]
        await reader.post(f"/api/v1/accounts/{member.account_id}/unfollow")
        assert await seen(reader, path) == [] and await seen(reader, f"{PATH}/{list_id}/accounts") == []


async def test_a_member_who_has_not_accepted_yet(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        reader, shy = await api.person("reader"), await api.person("shy", locked=1)
        before = (await shy.publish("before", visibility="private"))["id"]
        await reader.follow(shy)
        list_id = await make(reader)
        assert (await add(reader, list_id, shy.account_id)).status == 200
        await shy.publish("waiting")
        path = f"/api/v1/timelines/list/{list_id}"
        assert await seen(reader, path) == []
        await shy.post(f"/api/v1/follow_requests/{reader.account_id}/authorize")
        assert before in await seen(reader, path) and len(await seen(reader, path)) == 2


async def test_an_exclusive_list_keeps_its_members_out_of_home(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        reader, member, friend, stranger = await _crowd(api)
        home = "/api/v1/timelines/home"
        early = (await member.publish("early"))["id"]
        list_id = await make(reader, exclusive=True)
        path = f"/api/v1/timelines/list/{list_id}"
        assert await seen(reader, home) == [early]
        await add(reader, list_id, member.account_id)
        late = (await member.publish("late"))["id"]
        other = (await stranger.publish("x"))["id"]
        boost = (await member.post(f"/api/v1/statuses/{other}/reblog")).json["id"]
        assert await seen(reader, home) == [] and await seen(reader, path) == [boost, late, early]
        # somebody else's list has no say
        mine = (await friend.publish("friend"))["id"]
        await stranger.follow(member)
        assert await seen(reader, home) == [mine]
        assert late in await seen(stranger, home)
        await reader.send("PUT", f"{PATH}/{list_id}", json={"exclusive": False})
        assert set(await seen(reader, home)) == {mine, boost, late, early}
        await reader.send("PUT", f"{PATH}/{list_id}", json={"exclusive": True})
        assert await seen(reader, home) == [mine]
        await reader.send("DELETE", f"{PATH}/{list_id}")
        assert set(await seen(reader, home)) == {mine, boost, late, early}
