"""What posts say of their own text, what they build on, and what the first author hears of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import Person, client_node, png


async def _saying(person: Person, words: str = "x", **provenance: Any) -> dict[str, Any]:
    return await person.publish(words, provenance=provenance)


async def _told(person: Person) -> list[tuple[str, str]]:
    answer = await person.get("/api/v1/notifications")
    return [(each["type"], each["status"]["id"]) for each in answer.json if "status" in each]


async def test_a_text_says_how_it_was_made(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice", indexable=1), await api.person("bob")
        post = await _saying(alice, "an essay", text="generated")
        assert post["provenance"]["text"] == "generated" and post["provenance"]["label"] is None
        assert (await bob.get(f"/api/v1/statuses/{post['id']}")).json["provenance"] == post["provenance"]
        for said in ("assisted", "not_ai"):
            assert (await _saying(alice, text=said))["provenance"]["text"] == said
        assert (await _saying(alice, text=""))["provenance"]["text"] is None
        assert (
            await alice.post("/api/v1/statuses", json={"status": "x", "provenance": {"text": "human"}})
        ).status == 422
        assert (await alice.post("/api/v1/statuses", json={"status": "x", "provenance": "generated"})).status == 422
        # who hides AI hides generated texts as well
        await bob.send("PATCH", "/api/v1/preferences", data={"provenance[ai]": "hide"})
        seen = [each["id"] for each in (await bob.get("/api/v1/timelines/public")).json]
        assert post["id"] not in seen and len(seen) == 3
        # edited: what is not said stays, what was said stands in the history
        path = f"/api/v1/statuses/{post['id']}"
        assert (await alice.send("PUT", path, json={"status": "essay"})).json["provenance"]["text"] == "generated"
        data = {"status": "essay", "provenance[text]": "assisted"}
        assert (await alice.send("PUT", path, data=data)).json["provenance"]["text"] == "assisted"
        history = (await bob.get(f"{path}/history")).json
        assert [each["provenance"]["text"] for each in history] == ["generated", "generated", "assisted"]
        assert (await bob.send("PUT", path, data=data)).status == 404


async def test_lineage_stands_on_both_posts_and_the_first_author_hears_of_it_once(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        original = await alice.publish("first", media_ids=[(await alice.upload(png())).json["id"]])
        remote = await api.receive(await api.remote("carol"), 7)
        sources = [original["id"], "https://there.test/users/carol/notes/7", "https://nobody.test/1", original["url"]]
        remix = await _saying(bob, "second, after @alice", based_on=sources)
        assert remix["provenance"]["based_on"] == [
            {"uri": original["uri"], "id": original["id"]},
            {"uri": "https://there.test/users/carol/notes/7", "id": str(remote)},
            {"uri": "https://nobody.test/1", "id": None},
        ]
        path = f"/api/v1/statuses/{original['id']}"
        assert (await eve.get(path)).json["provenance"]["remixes_count"] == 1
        assert await _told(alice) == [("mention", remix["id"])]
        listed = await api.node.get(f"{path}/remixes")
        assert [each["id"] for each in listed.json] == [remix["id"]]
        # what is not for everybody is neither counted nor listed for others
        hidden = await bob.publish("third", visibility="private", provenance={"based_on": [original["id"]]})
        assert (await eve.get(path)).json["provenance"]["remixes_count"] == 1
        assert [each["id"] for each in (await eve.get(f"{path}/remixes")).json] == [remix["id"]]
        assert [each["id"] for each in (await bob.get(f"{path}/remixes")).json] == [hidden["id"], remix["id"]]
        assert await _told(alice) == [("mention", remix["id"])]
        # edited out, then deleted
        edited = await bob.send(
            "PUT", f"/api/v1/statuses/{remix['id']}", json={"status": "second", "provenance": {"based_on": []}}
        )
        assert edited.json["provenance"]["based_on"] == []
        assert (await eve.get(path)).json["provenance"]["remixes_count"] == 0
        again = await _saying(eve, based_on=[original["uri"]])
        assert (await eve.get(path)).json["provenance"]["remixes_count"] == 1
        await alice.send("DELETE", path)
        gone = (await eve.get(f"/api/v1/statuses/{again['id']}")).json["provenance"]["based_on"]
        assert gone == [{"uri": original["uri"], "id": None}]


async def test_what_nobody_may_build_on(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        kept = await _saying(alice, no_remix=True)
        assert kept["provenance"]["no_remix"] is True

        async def status_of(person: Person, *sources: str) -> int:
            body = {"status": "x", "provenance": {"based_on": list(sources)}}
            return (await person.post("/api/v1/statuses", json=body)).status

        refused = await bob.post("/api/v1/statuses", json={"status": "x", "provenance": {"based_on": [kept["id"]]}})
        assert refused.status == 422 and "no remix" in refused.json["error"]
        assert await status_of(bob, kept["uri"]) == 422
        assert await status_of(bob, kept["url"]) == 422
        # one's own wish binds others only, and may be taken back
        assert await status_of(alice, kept["id"]) == 200
        later = {"status": "x", "provenance": {"no_remix": False}}
        await alice.send("PUT", f"/api/v1/statuses/{kept['id']}", json=later)
        assert await status_of(bob, kept["id"]) == 200
        private = await alice.publish("for me", visibility="private")
        assert await status_of(bob, private["id"]) == 404
        # an address tells nobody whether there is something behind it
        body = {"status": "x", "provenance": {"based_on": [private["uri"]]}}
        (told,) = (await bob.post("/api/v1/statuses", json=body)).json["provenance"]["based_on"]
        assert told == {"uri": private["uri"], "id": None}
        await bob.follow(alice)
        assert await status_of(bob, private["id"]) == 422
        assert await status_of(bob, "javascript:alert(1)") == 422
        assert await status_of(bob, "not an address") == 422
        assert await status_of(bob, *[f"https://x.test/{n}" for n in range(11)]) == 422
        assert await status_of(bob, "https://x.test/" + "x" * 2000) == 422
        scheduled = {"status": "x", "scheduled_at": "2199-01-01T00:00:00Z", "provenance": {"based_on": [private["id"]]}}
        assert (await bob.post("/api/v1/statuses", json=scheduled)).status == 422
        good = {**scheduled, "provenance": {"based_on": [kept["id"]], "text": "assisted"}}
        assert (await bob.post("/api/v1/statuses", json=good)).status == 200
