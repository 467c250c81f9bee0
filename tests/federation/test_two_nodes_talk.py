"""Two nodes of ours: direct posts as conversations, muted threads, lists and filters of what comes from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node_support import Person, cluster


async def talks(person: Person, last_uri: str) -> list[dict[str, Any]]:
    """The conversations, once the newest of them ends with a post."""
    found: list[dict[str, Any]] = await person.until(
        "/api/v1/conversations",
        lambda rows: rows if rows and rows[0]["last_status"]["uri"] == last_uri else None,
    )
    return found


async def test_direct_posts_are_one_conversation_on_both_ends(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "anna"), beta=("ben",)) as (alpha, beta):
        alice, anna, ben = alpha.alice, alpha.anna, beta.ben
        # strangers' direct posts would be kept back
        await ben.follow(alice)
        for person in (alice, anna):
            await person.follow(ben)
        first = await alice.post("/api/v1/statuses", json={"status": "@ben@beta.test psst", "visibility": "direct"})
        (seen,) = await talks(ben, first["uri"])
        assert seen["unread"] is True and [each["acct"] for each in seen["accounts"]] == ["alice@alpha.test"]
        answer = await ben.post(
            "/api/v1/statuses",
            json={
                "status": "@alice@alpha.test yes?",
                "visibility": "direct",
                "in_reply_to_id": seen["last_status"]["id"],
            },
        )
        (own,) = await talks(alice, answer["uri"])
        assert own["unread"] is True and [each["acct"] for each in own["accounts"]] == ["ben@beta.test"]
        assert (await talks(ben, answer["uri"]))[0]["unread"] is False
        assert await anna.get("/api/v1/conversations") == []
        # a third person makes another conversation, on both nodes
        third = await ben.post(
            "/api/v1/statuses",
            json={
                "status": "@alice@alpha.test @anna@alpha.test both",
                "visibility": "direct",
                "in_reply_to_id": answer["id"],
            },
        )
        for person, others in ((alice, {"ben@beta.test", "anna"}), (anna, {"ben@beta.test", "alice"})):
            found = await talks(person, third["uri"])
            assert {each["acct"] for each in found[0]["accounts"]} == others
        assert len(await alice.get("/api/v1/conversations")) == 2
        # a deletion steps back everywhere
        await ben.call("DELETE", f"/api/v1/statuses/{third['id']}")
        await talks(alice, answer["uri"])
        await anna.until("/api/v1/conversations", lambda rows: rows == [])


async def test_a_muted_thread_says_nothing(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        first = await alice.post("/api/v1/statuses", json={"status": "@ben@beta.test psst", "visibility": "direct"})
        (seen,) = await talks(ben, first["uri"])
        number = seen["last_status"]["id"]
        assert (await ben.post(f"/api/v1/statuses/{number}/mute"))["muted"] is True
        body = {"status": "@ben@beta.test again", "visibility": "direct", "in_reply_to_id": first["id"]}
        again = await alice.post("/api/v1/statuses", json=body)
        context = await ben.until(f"/api/v1/statuses/{number}/context", lambda found: found["descendants"])
        assert context[0]["uri"] == again["uri"] and context[0]["muted"] is True
        assert (await ben.get("/api/v1/conversations"))[0]["last_status"]["id"] == number
        assert len(await ben.get("/api/v1/notifications")) == 1


async def test_lists_and_filters_of_remote_people(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        account = await ben.follow(alice)
        made = await ben.post("/api/v1/lists", json={"title": "far", "exclusive": True})
        await ben.post(f"/api/v1/lists/{made['id']}/accounts", json={"account_ids": [account["id"]]})
        words = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "spoon"}]}
        await ben.post("/api/v2/filters", json=words)
        note = await alice.post("/api/v1/statuses", json={"status": "a Spoon"})
        (seen,) = await ben.until(f"/api/v1/timelines/list/{made['id']}", lambda rows: rows)
        assert seen["uri"] == note["uri"] and seen["filtered"][0]["keyword_matches"] == ["Spoon"]
        assert await ben.get("/api/v1/timelines/home") == []
        # an edit is looked at anew
        await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "a fork"})
        await ben.until(f"/api/v1/statuses/{seen['id']}", lambda row: row["filtered"] == [])
