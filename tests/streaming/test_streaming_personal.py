"""Streams of lists and conversations, changed filters, and what filters say of streamed posts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from client_support import Person, client_node
from streaming_support import listen, settled


async def make_list(person: Person, *members: Person) -> str:
    made: str = (await person.post("/api/v1/lists", json={"title": "some"})).json["id"]
    ids = [str(each.account_id) for each in members]
    answer = await person.post(f"/api/v1/lists/{made}/accounts", json={"account_ids": ids})
    assert answer.status == 200, answer.text
    return made


async def test_a_list_streams_its_members(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        bob, alice, eve = [await api.person(name) for name in ("bob", "alice", "eve")]
        await bob.follow(alice)
        await bob.follow(eve)
        number = await make_list(bob, alice)
        async with listen(api, bob.token) as socket:
            await socket.ask("subscribe", "list", list=number)
            await settled(api, 1)
            await eve.publish("not in the list")
            made = await alice.publish("hello", visibility="private")
            event = await socket.next()
            assert (event["stream"], event["event"]) == (["list", number], "update")
            assert event["payload"]["id"] == made["id"]
            await alice.send("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "changed"})
            assert (await socket.next())["event"] == "status.update"
            other = await eve.publish("boost me")
            await alice.post(f"/api/v1/statuses/{other['id']}/reblog")
            assert (await socket.next())["payload"]["reblog"]["id"] == other["id"]
            await alice.post(f"/api/v1/statuses/{other['id']}/unreblog")
            assert (await socket.next())["event"] == "delete"
            await alice.send("DELETE", f"/api/v1/statuses/{made['id']}")
            gone = await socket.next()
            assert (gone["event"], gone["payload"]) == ("delete", made["id"])
            await bob.send("DELETE", f"/api/v1/lists/{number}/accounts", json={"account_ids": [str(alice.account_id)]})
            await alice.publish("no longer")
            await socket.quiet()


async def test_a_list_is_streamed_to_its_owner_only(tmp_path: Path) -> None:
    """STR-05, VIS-17: the same answer for a list of somebody else and for none."""
    async with client_node(tmp_path) as api:
        bob, alice, eve = [await api.person(name) for name in ("bob", "alice", "eve")]
        await bob.follow(alice)
        number = await make_list(bob, alice)
        async with listen(api, eve.token, f"list&list={number}") as socket:
            assert (await socket.next())["status"] == 404
            for wanted in (number, "1", "", "x", "-1", "9" * 19, "9" * 40):
                await socket.ask("subscribe", "list", list=wanted)
                assert (await socket.next())["status"] == 404, wanted
            await socket.ask("subscribe", "list")
            assert (await socket.next())["status"] == 404
            await alice.publish("for the list")
            await socket.quiet()
        for wanted in (number, "1", "", "x", "9" * 40):
            answer = await api.node.get(f"/api/v1/streaming/list?list={wanted}&access_token={eve.token}")
            assert answer.status == 404, wanted
        notes = await api.node.token(bob.user_id, "read:notifications read:lists")
        assert (await api.node.get(f"/api/v1/streaming/list?list={number}&access_token={notes}")).status == 403


async def test_a_list_by_server_sent_events(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        bob, alice = await api.person("bob"), await api.person("alice")
        await bob.follow(alice)
        number = await make_list(bob, alice)
        url = f"{api.node.base}/api/v1/streaming/list?list={number}&access_token={bob.token}"
        async with api.node.http.get(url) as response:
            assert response.status == 200
            await settled(api, 1)
            made = await alice.publish("hello")
            text = b""
            async with asyncio.timeout(5):
                while b"\n\n" not in text:
                    text += await response.content.readany()
            assert b"event: update\ndata: {" in text and f'"id":"{made["id"]}"'.encode() in text


async def test_changed_filters_are_told(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        bob, eve = await api.person("bob"), await api.person("eve")
        body = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "spoon"}]}
        async with listen(api, bob.token, "user") as socket, listen(api, eve.token, "user") as other:
            await settled(api, 2)
            made = (await bob.post("/api/v2/filters", json=body)).json
            event = await socket.next_raw()
            assert event == {"stream": ["user"], "event": "filters_changed"}
            await bob.send("DELETE", f"/api/v2/filters/{made['id']}")
            assert (await socket.next_raw())["event"] == "filters_changed"
            await other.quiet()
        url = f"{api.node.base}/api/v1/streaming/user?access_token={bob.token}"
        async with api.node.http.get(url) as response:
            await settled(api, 1)
            await bob.post("/api/v2/filters", json=body)
            text = b""
            async with asyncio.timeout(5):
                while b"\n\n" not in text:
                    text += await response.content.readany()
            assert b"event: filters_changed\ndata: " in text


async def test_streamed_posts_carry_what_each_viewer_filters(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        body = {"title": "x", "context": ["public"], "keywords_attributes": [{"keyword": "spoon"}]}
        await bob.post("/api/v2/filters", json=body)
        async with listen(api, bob.token, "public") as mine, listen(api, eve.token, "public") as theirs:
            await settled(api, 2)
            await alice.publish("a spoon")
            (own,) = (await mine.next())["payload"]["filtered"]
            assert own["keyword_matches"] == ["spoon"] and own["filter"]["title"] == "x"
            assert (await theirs.next())["payload"]["filtered"] == []


async def test_conversations_are_streamed_as_they_are_listed(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        await bob.follow(alice)
        async with listen(api, bob.token, "direct") as mine, listen(api, alice.token, "direct") as theirs:
            await settled(api, 2)
            made = await alice.publish("@bob psst", visibility="direct")
            event = await mine.next()
            assert event["event"] == "conversation" and event["payload"]["last_status"]["id"] == made["id"]
            assert [event["payload"]] == (await bob.get("/api/v1/conversations")).json
            own: dict[str, Any] = (await theirs.next())["payload"]
            assert own["unread"] is False and [each["acct"] for each in own["accounts"]] == ["bob"]
            await bob.post(f"/api/v1/conversations/{event['payload']['id']}/read")
            assert (await mine.next())["payload"]["unread"] is False
            await theirs.quiet()
            # a muted thread says nothing
            await bob.post(f"/api/v1/statuses/{made['id']}/mute")
            await alice.publish("@bob again", visibility="direct", in_reply_to_id=made["id"])
            await mine.quiet()
