"""Posts through the client API."""

from __future__ import annotations

import asyncio
from pathlib import Path

from client_support import Person, client_node


async def test_post_read_edit_and_delete(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        made = await alice.publish(
            "hello #World", spoiler_text="cw", visibility="unlisted", language="de", sensitive=False
        )
        assert made["content"].startswith("<p>hello <a href=")
        assert (made["spoiler_text"], made["sensitive"], made["visibility"]) == ("cw", True, "unlisted")
        assert [tag["name"] for tag in made["tags"]] == ["world"]
        assert made["uri"].endswith(f"/users/alice/statuses/{made['id']}")
        assert made["account"]["statuses_count"] == 1

        path = f"/api/v1/statuses/{made['id']}"
        assert (await api.node.get(path)).json["content"] == made["content"]
        source = (await alice.get(f"{path}/source")).json
        assert source == {"id": made["id"], "text": "hello #World", "spoiler_text": "cw"}

        edited = (await alice.send("PUT", path, data={"status": "changed"})).json
        assert (edited["content"], edited["spoiler_text"], edited["tags"]) == ("<p>changed</p>", "", [])
        assert edited["edited_at"] is not None and edited["edited_at"].endswith("Z")
        history = (await api.node.get(f"{path}/history")).json
        assert [each["content"] for each in history] == [made["content"], "<p>changed</p>"]
        assert history[0]["spoiler_text"] == "cw" and history[0]["account"]["username"] == "alice"

        gone = await alice.send("DELETE", path)
        assert gone.status == 200 and gone.json["text"] == "changed" and "content" not in gone.json
        missing = await alice.get(path)
        assert (missing.status, missing.json) == (404, {"error": "Record not found"})


async def test_every_encoding_of_parameters(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        form = await alice.post("/api/v1/statuses", data={"status": "form", "sensitive": "1"})
        query = await alice.post("/api/v1/statuses?status=query&sensitive=on")
        body = await alice.post("/api/v1/statuses", json={"status": "json", "sensitive": True})
        for answer, word in ((form, "form"), (query, "query"), (body, "json")):
            assert answer.status == 200
            assert answer.json["content"] == f"<p>{word}</p>" and answer.json["sensitive"] is True


async def test_refusals(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        for body, words in (
            ({}, "Validation failed: Text can't be blank"),
            ({"status": "x" * 5001}, "Validation failed: Text character limit of 5000 exceeded"),
            ({"status": "x", "visibility": "secret"}, "Validation failed: Visibility is not included in the list"),
            ({"status": "x", "media_ids": ["1"]}, "Validation failed: Media attachment not found"),
            ({"status": "x", "poll": {"options": ["a", "b"]}}, "Validation failed: Deadline can't be blank"),
            ({"status": "x", "scheduled_at": "tomorrow"}, "Validation failed: Scheduled at is invalid"),
            ({"status": ["x"]}, "status is not a text"),
        ):
            answer = await alice.post("/api/v1/statuses", json=body)
            assert answer.status == 422 and answer.json["error"].startswith(words), answer.text
        reply = await alice.post("/api/v1/statuses", json={"status": "x", "in_reply_to_id": "1"})
        assert reply.status == 404
        broken = await alice.post("/api/v1/statuses", data=b"{", headers={"Content-Type": "application/json"})
        assert broken.status == 400
        made = await alice.publish("mine")
        for method, body in (("PUT", {"status": "stolen"}), ("DELETE", {})):
            assert (await bob.send(method, f"/api/v1/statuses/{made['id']}", json=body)).status == 404
        assert (await alice.get("/api/v1/statuses/abc")).status == 404
        assert (await alice.get(f"/api/v1/statuses/{10**30}")).status == 404


async def test_idempotency_in_parallel(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")

        async def once(who: Person, text: str) -> tuple[int, str]:
            headers = {"Idempotency-Key": "same"}
            answer = await who.post("/api/v1/statuses", json={"status": text}, headers=headers)
            return answer.status, answer.json.get("id", "")

        found = await asyncio.gather(*(once(alice, "one") for _ in range(20)))
        assert len(set(found)) == 1 and found[0][0] == 200
        assert (await once(alice, "another"))[0] == 422
        other = await once(bob, "one")
        assert other[0] == 200 and other[1] != found[0][1]
        own = (await alice.get(f"/api/v1/accounts/{alice.account_id}/statuses")).json
        assert [each["id"] for each in own] == [found[0][1]]


async def test_reactions_come_back_in_the_post(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("like me")
        path = f"/api/v1/statuses/{made['id']}"
        for verb, flag, count in (
            ("favourite", "favourited", "favourites_count"),
            ("bookmark", "bookmarked", None),
        ):
            for _ in range(2):
                done = (await bob.post(f"{path}/{verb}")).json
                assert done["id"] == made["id"] and done[flag] is True
                assert count is None or done[count] == 1
            assert (await alice.get(path)).json[flag] is False
            undone = (await bob.post(f"{path}/un{verb}")).json
            assert undone[flag] is False and (count is None or undone[count] == 0)

        boost = (await bob.post(f"{path}/reblog")).json
        assert boost["reblog"]["id"] == made["id"] and boost["id"] != made["id"]
        assert boost["account"]["username"] == "bob" and boost["reblogged"] and boost["reblog"]["reblogged"]
        assert boost["reblog"]["reblogs_count"] == 1
        by = (await api.node.get(f"{path}/reblogged_by")).json
        assert [each["username"] for each in by] == ["bob"]
        # the boost's own id stands for what it boosts
        assert (await alice.post(f"/api/v1/statuses/{boost['id']}/favourite")).json["id"] == made["id"]
        liked = (await api.node.get(f"{path}/favourited_by")).json
        assert [each["username"] for each in liked] == ["alice"]
        back = (await bob.post(f"{path}/unreblog")).json
        assert back["id"] == made["id"] and back["reblogged"] is False and back["reblogs_count"] == 0
        assert (await bob.get(f"/api/v1/statuses/{boost['id']}")).status == 404


async def test_pins(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("pin me")
        assert made["pinned"] is False
        assert (await alice.post(f"/api/v1/statuses/{made['id']}/pin")).json["pinned"] is True
        assert "pinned" not in (await bob.get(f"/api/v1/statuses/{made['id']}")).json
        pinned = (await api.node.get(f"/api/v1/accounts/{alice.account_id}/statuses?pinned=true")).json
        assert [each["id"] for each in pinned] == [made["id"]]
        refused = await bob.post(f"/api/v1/statuses/{made['id']}/pin")
        assert refused.status == 422
        assert refused.json["error"] == "Validation failed: Someone else's post cannot be pinned"
        boost = (await bob.post(f"/api/v1/statuses/{made['id']}/reblog")).json
        refused = await bob.post(f"/api/v1/statuses/{boost['id']}/pin")
        assert (refused.status, refused.json["error"]) == (
            422,
            "Validation failed: Someone else's post cannot be pinned",
        )
        hidden = await alice.publish("not for bob", visibility="private")
        assert (await bob.post(f"/api/v1/statuses/{hidden['id']}/pin")).status == 404
        assert (await bob.post(f"/api/v1/statuses/{made['id']}/unpin")).status == 200
        assert (await alice.get(f"/api/v1/statuses/{made['id']}")).json["pinned"] is True
        direct = await alice.publish("@bob psst", visibility="direct")
        assert (await alice.post(f"/api/v1/statuses/{direct['id']}/pin")).status == 422
        assert (await alice.post(f"/api/v1/statuses/{made['id']}/unpin")).json["pinned"] is False


async def test_threads_show_what_the_viewer_may_see(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        root = await alice.publish("root")
        first = await bob.publish("first", in_reply_to_id=root["id"])
        secret = await alice.publish("@bob secret", in_reply_to_id=first["id"], visibility="direct")
        below = await bob.publish("below", in_reply_to_id=secret["id"])
        second = await eve.publish("second", in_reply_to_id=root["id"])
        assert first["in_reply_to_account_id"] == str(alice.account_id)

        def ids(rows: list[dict[str, str]]) -> list[str]:
            return [row["id"] for row in rows]

        seen = (await bob.get(f"/api/v1/statuses/{root['id']}/context")).json
        assert ids(seen["descendants"]) == [first["id"], secret["id"], below["id"], second["id"]]
        for answer in (await api.node.get(f"/api/v1/statuses/{root['id']}/context"),):
            assert ids(answer.json["descendants"]) == [first["id"], below["id"], second["id"]]
        above = (await api.node.get(f"/api/v1/statuses/{below['id']}/context")).json
        assert ids(above["ancestors"]) == [root["id"], first["id"]]
        await bob.post(f"/api/v1/accounts/{eve.account_id}/mute")
        seen = (await bob.get(f"/api/v1/statuses/{root['id']}/context")).json
        assert second["id"] not in ids(seen["descendants"])
        assert (await eve.get(f"/api/v1/statuses/{secret['id']}/context")).status == 404


async def test_private_posts_are_as_good_as_missing(tmp_path: Path) -> None:
    """VIS-06, VIS-07, VIS-14: the same answer as for an id that never was, on every path."""
    async with client_node(tmp_path) as api:
        alice, friend, eve = [await api.person(name) for name in ("alice", "friend", "eve")]
        await friend.follow(alice)
        private = await alice.publish("for followers", visibility="private")
        direct = await alice.publish("@friend only", visibility="direct")
        assert (await friend.get(f"/api/v1/statuses/{private['id']}")).status == 200
        assert (await friend.get(f"/api/v1/statuses/{direct['id']}")).status == 200
        paths = [("GET", tail) for tail in ("", "/context", "/history", "/source", "/favourited_by", "/reblogged_by")]
        paths += [("POST", f"/{verb}") for verb in ("favourite", "reblog", "bookmark", "unfavourite", "pin")]
        for post in (private, direct):
            for method, tail in paths:
                hidden = await eve.send(method, f"/api/v1/statuses/{post['id']}{tail}")
                never = await eve.send(method, f"/api/v1/statuses/1{tail}")
                assert hidden.status == 404, (method, tail, hidden.text)
                assert (hidden.status, hidden.body) == (never.status, never.body)
                if method == "GET" and tail != "/source":
                    assert (await api.node.send(method, f"/api/v1/statuses/{post['id']}{tail}")).status == 404
            reply = await eve.post("/api/v1/statuses", json={"status": "x", "in_reply_to_id": post["id"]})
            assert reply.status == 404
        assert (await friend.post(f"/api/v1/statuses/{private['id']}/reblog")).status in (404, 422)
        # an ex-follower sees it no longer
        await friend.post(f"/api/v1/accounts/{alice.account_id}/unfollow")
        assert (await friend.get(f"/api/v1/statuses/{private['id']}")).status == 404
        # nor does somebody whom the author blocks, even what is public
        public = await alice.publish("public")
        await alice.post(f"/api/v1/accounts/{eve.account_id}/block")
        assert (await eve.get(f"/api/v1/statuses/{public['id']}")).status == 404


async def test_batch_keeps_order_and_leaves_out(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, eve = await api.person("alice"), await api.person("eve")
        one, two = await alice.publish("one"), await alice.publish("two")
        secret = await alice.publish("@alice note", visibility="direct")
        query = f"/api/v1/statuses?id[]={two['id']}&id[]={secret['id']}&id[]={one['id']}&id[]=5"
        assert [row["id"] for row in (await eve.get(query)).json] == [two["id"], one["id"]]


async def test_mentions_are_resolved_before_the_post(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        asked: list[tuple[str, str]] = []

        class Resolver:
            """Finds the account by asking nobody: what the federation door does, without the network."""

            async def resolve_handles(self, pairs: list[tuple[str, str]]) -> None:
                asked.extend(pairs)
                for name, host in pairs:
                    if host == "there.test":
                        await api.remote(name, host)

        api.node.parts.resolver = Resolver()
        alice = await api.person("alice")
        made = await alice.publish("@bob@there.test and @nobody@gone.test and @alice")
        assert asked == [("bob", "there.test"), ("nobody", "gone.test")]
        assert [each["acct"] for each in made["mentions"]] == ["alice", "bob@there.test"]
        asked.clear()
        await alice.publish("@bob@there.test again")
        assert asked == []


async def test_a_warning_cannot_disturb_what_stands_around_it(tmp_path: Path) -> None:
    """UNI-09: controls and direction overrides go, as they do from the text."""
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        made = await alice.publish("a\u202eb", spoiler_text=" fo\x08o\u202e\u2066bar")
        assert made["spoiler_text"] == "foo\u2066bar\u2069"
        edited = await alice.send(
            "PUT", f"/api/v1/statuses/{made['id']}", json={"status": "a", "spoiler_text": "x\u202ey"}
        )
        assert edited.json["spoiler_text"] == "xy"
