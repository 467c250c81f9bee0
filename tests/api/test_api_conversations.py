"""Conversations: who gets which, read and unread, what a deletion leaves; muted threads; the direct timeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import Person, client_node

PATH = "/api/v1/conversations"


async def conversations(person: Person) -> list[dict[str, Any]]:
    answer = await person.get(PATH)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json
    return found


async def acquaint(*people: Person) -> None:
    """Everybody follows everybody: mentions by strangers would be kept back."""
    for each in people:
        for other in people:
            if each is not other:
                await each.follow(other)


def short(found: list[dict[str, Any]]) -> list[tuple[bool, set[str], str]]:
    """(unread, the others, id of the last post)"""
    return [(each["unread"], {one["acct"] for one in each["accounts"]}, each["last_status"]["id"]) for each in found]


async def test_a_thread_between_the_same_people_is_one_conversation(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        await acquaint(alice, bob, eve)
        first = (await alice.publish("@bob hello", visibility="direct"))["id"]
        assert short(await conversations(alice)) == [(False, {"bob"}, first)]
        assert short(await conversations(bob)) == [(True, {"alice"}, first)]
        assert await conversations(eve) == []
        assert set((await conversations(bob))[0]) == {"id", "unread", "accounts", "last_status"}
        second = (await bob.publish("@alice hi", visibility="direct", in_reply_to_id=first))["id"]
        assert short(await conversations(alice)) == [(True, {"bob"}, second)]
        assert short(await conversations(bob)) == [(False, {"alice"}, second)]
        # the same thread with one more: another conversation, and the first one stays as it is
        third = (await alice.publish("@bob @eve all", visibility="direct", in_reply_to_id=second))["id"]
        assert short(await conversations(bob)) == [(True, {"alice", "eve"}, third), (False, {"alice"}, second)]
        assert short(await conversations(eve)) == [(True, {"alice", "bob"}, third)]
        # what is not direct makes none
        await alice.publish("@bob aloud", in_reply_to_id=third)
        assert len(await conversations(bob)) == 2
        for person in (alice, bob):
            assert [each["id"] for each in (await person.get("/api/v1/timelines/direct")).json] == [
                third,
                second,
                first,
            ]
        assert [each["id"] for each in (await eve.get("/api/v1/timelines/direct")).json] == [third]


async def test_pages_read_unread_and_delete(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        await acquaint(alice, bob)
        posts = [(await alice.publish(f"@bob {n}", visibility="direct"))["id"] for n in range(5)]
        answer = await bob.get(f"{PATH}?limit=2")
        assert [each["last_status"]["id"] for each in answer.json] == posts[:2:-1]
        assert f"max_id={posts[3]}" in answer.headers["Link"].split(",")[0]
        assert [each["last_status"]["id"] for each in (await bob.get(f"{PATH}?limit=2&max_id={posts[3]}")).json] == [
            posts[2],
            posts[1],
        ]
        assert [each["last_status"]["id"] for each in (await bob.get(f"{PATH}?limit=2&min_id={posts[0]}")).json] == [
            posts[2],
            posts[1],
        ]
        newest = answer.json[0]
        path = f"{PATH}/{newest['id']}"
        read = await bob.post(f"{path}/read")
        assert read.json == {**newest, "unread": False}
        assert [each["unread"] for each in await conversations(bob)] == [False, True, True, True, True]
        assert (await bob.post(f"{path}/unread")).json == newest
        assert (await bob.send("DELETE", path)).json == {}
        assert [each["last_status"]["id"] for each in await conversations(bob)] == posts[3::-1]
        # one's own view alone: the posts and the other side's view stay
        assert len(await conversations(alice)) == 5
        assert (await bob.get(f"/api/v1/statuses/{posts[4]}")).status == 200
        again = (await alice.publish("@bob again", visibility="direct", in_reply_to_id=posts[4]))["id"]
        assert short(await conversations(bob))[0] == (True, {"alice"}, again)


async def test_somebody_elses_conversation(tmp_path: Path) -> None:
    """VIS-17."""
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        await acquaint(alice, bob, eve)
        await alice.publish("@bob psst", visibility="direct")
        before = await conversations(bob)
        number = before[0]["id"]
        for other in (alice, eve):
            for method, path in (("POST", f"{number}/read"), ("POST", f"{number}/unread"), ("DELETE", number)):
                answer = await other.send(method, f"{PATH}/{path}")
                assert (answer.status, answer.json) == (404, {"error": "Record not found"})
        poor = await api.node.token(bob.user_id, "read:accounts write:statuses")
        for method, path in (("GET", PATH), ("POST", f"{PATH}/{number}/read"), ("DELETE", f"{PATH}/{number}")):
            assert (await api.node.send(method, path, token=poor)).status == 403
        assert await conversations(bob) == before


async def test_a_deleted_post_steps_back(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        await acquaint(alice, bob)
        first = (await alice.publish("@bob one", visibility="direct"))["id"]
        second = (await alice.publish("@bob two", visibility="direct", in_reply_to_id=first))["id"]
        await alice.send("DELETE", f"/api/v1/statuses/{second}")
        assert [each["last_status"]["id"] for each in await conversations(bob)] == [first]
        await alice.send("DELETE", f"/api/v1/statuses/{first}")
        assert await conversations(bob) == [] and await conversations(alice) == []


async def test_who_is_not_heard_makes_no_conversation(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        await bob.follow(alice)
        for word, undo, body in (
            ("block", "unblock", {}),
            ("mute", "unmute", {"notifications": True}),
        ):
            await bob.post(f"/api/v1/accounts/{alice.account_id}/{word}", json=body)
            await alice.publish("@bob psst", visibility="direct")
            assert await conversations(bob) == [], word
            await bob.post(f"/api/v1/accounts/{alice.account_id}/{undo}")
            await bob.follow(alice)
        await bob.post(f"/api/v1/accounts/{alice.account_id}/mute", json={"notifications": False})
        await alice.publish("@bob psst", visibility="direct")
        assert len(await conversations(bob)) == 1


async def test_strangers_wait_until_they_are_let_in(tmp_path: Path) -> None:
    """Mastodon 4.3 and later: what the policy filters makes no conversation before the request is accepted."""
    async with client_node(tmp_path) as api:
        stranger, bob = await api.person("stranger"), await api.person("bob")
        first = (await stranger.publish("@bob hello", visibility="direct"))["id"]
        other = (await stranger.publish("@bob something else", visibility="direct"))["id"]
        assert await conversations(bob) == [] and len(await conversations(stranger)) == 2
        (request,) = (await bob.get("/api/v1/notifications/requests")).json
        assert (await bob.post(f"/api/v1/notifications/requests/{request['id']}/accept")).status == 200
        assert short(await conversations(bob)) == [(True, {"stranger"}, other), (True, {"stranger"}, first)]
        again = (await stranger.publish("@bob more", visibility="direct", in_reply_to_id=first))["id"]
        assert short(await conversations(bob))[0] == (True, {"stranger"}, again)


async def test_a_direct_post_is_in_the_home_of_named_followers(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve, stranger = [await api.person(name) for name in ("alice", "bob", "eve", "stranger")]
        for person in (bob, eve):
            await person.follow(alice)
        made = (await alice.publish("@bob @stranger psst", visibility="direct"))["id"]

        async def home(person: Person) -> list[str]:
            return [each["id"] for each in (await person.get("/api/v1/timelines/home")).json]

        assert await home(bob) == [made] and await home(alice) == [made]
        assert await home(eve) == [] and await home(stranger) == []


async def test_a_muted_thread_is_silent(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        root = (await alice.publish("hello"))["id"]
        reply = (await bob.publish("@alice hi", in_reply_to_id=root))["id"]
        await alice.post("/api/v1/notifications/clear")
        path = f"/api/v1/statuses/{root}"
        muted = await alice.post(f"{path}/mute")
        assert muted.status == 200 and muted.json["muted"] is True and muted.json["id"] == root
        # the whole thread, for this viewer alone
        assert (await alice.get(f"/api/v1/statuses/{reply}")).json["muted"] is True
        assert (await bob.get(path)).json["muted"] is False
        again = (await bob.publish("@alice still here", in_reply_to_id=reply))["id"]
        await bob.post(f"{path}/favourite")
        await eve.post(f"{path}/reblog")
        assert (await alice.get("/api/v1/notifications")).json == []
        assert (await alice.get(f"{path}/context")).json["descendants"][1]["muted"] is True
        # another thread is heard
        await bob.publish("@alice elsewhere")
        assert [each["type"] for each in (await alice.get("/api/v1/notifications")).json] == ["mention"]
        assert (await alice.post(f"/api/v1/statuses/{again}/unmute")).json["muted"] is False
        assert (await alice.get(path)).json["muted"] is False
        await bob.publish("@alice once more", in_reply_to_id=again)
        assert len((await alice.get("/api/v1/notifications")).json) == 2
        secret = (await eve.publish("secret", visibility="private"))["id"]
        for word in ("mute", "unmute"):
            answer = await alice.post(f"/api/v1/statuses/{secret}/{word}")
            assert (answer.status, answer.json) == (404, {"error": "Record not found"})
            poor = await api.node.token(alice.user_id, "read write:statuses")
            assert (await api.node.post(f"{path}/{word}", token=poor)).status == 403


async def test_a_mute_follows_a_thread_whose_beginning_comes_later(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        far = await api.remote("carol")
        orphan = await api.receive(far, 2, in_reply_to=f"{far.uri}/notes/1")
        child = await api.receive(far, 3, in_reply_to=f"{far.uri}/notes/2")
        await alice.post(f"/api/v1/statuses/{orphan}/mute")
        assert (await alice.get(f"/api/v1/statuses/{child}")).json["muted"] is True
        root = await api.receive(far, 1)
        for number in (root, orphan, child):
            assert (await alice.get(f"/api/v1/statuses/{number}")).json["muted"] is True, number
