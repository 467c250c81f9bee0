"""Polls between two nodes: asked here, voted there, counted on both ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node_support import Person, RunningNode, cluster

from fedserver.db.queries import jobs, polls
from fedserver.db.unit import Unit

POLL = {"options": ["cats", "dogs", "birds"], "expires_in": 3600}


async def arrived(person: Person, uri: str) -> Any:
    return await person.until("/api/v1/timelines/home", lambda rows: next((r for r in rows if r["uri"] == uri), None))


async def hurry(node: RunningNode, key: str) -> None:
    """Let a job that waits run now."""
    await node.node.db.run(lambda unit: unit.run(jobs.pull_in(key, unit.now)))
    node.node.jobs.wake()


async def test_a_vote_travels_and_the_counts_come_back(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "anna"), beta=("ben", "bea")) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        await beta.bea.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "which?", "poll": {**POLL, "multiple": True}})
        assert note["poll"]["voted"] is True and note["poll"]["own_votes"] == [] and not note["poll"]["expired"]
        seen = await arrived(ben, note["uri"])
        poll = seen["poll"]
        assert [each["title"] for each in poll["options"]] == ["cats", "dogs", "birds"]
        assert (poll["multiple"], poll["voted"], poll["own_votes"], poll["votes_count"]) == (True, False, [], 0)

        voted = await ben.post(f"/api/v1/polls/{poll['id']}/votes", json={"choices": [0, 2]})
        assert (voted["voted"], voted["own_votes"], voted["votes_count"], voted["voters_count"]) == (True, [0, 2], 2, 1)
        counted = await alice.until(f"/api/v1/polls/{note['id']}", lambda row: row if row["votes_count"] == 2 else None)
        assert [each["votes_count"] for each in counted["options"]] == [1, 0, 1] and counted["voters_count"] == 1
        await alpha.anna.post(f"/api/v1/polls/{note['id']}/votes", json={"choices": ["1"]})
        # no vote is a post
        assert [row["uri"] for row in await alice.get("/api/v1/timelines/home")] == [note["uri"]]
        assert (await alice.get(f"/api/v1/statuses/{note['id']}/context"))["descendants"] == []

        await hurry(alpha, f"poll.tell:{note['id']}")
        bea = beta.bea
        told = await bea.until(
            f"/api/v1/statuses/{seen['id']}", lambda row: row if row["poll"]["votes_count"] == 3 else None
        )
        assert [each["votes_count"] for each in told["poll"]["options"]] == [1, 1, 1]
        assert told["poll"]["voters_count"] == 2 and told["edited_at"] is None
        assert told["poll"]["voted"] is False
        mine = (await ben.get(f"/api/v1/statuses/{seen['id']}"))["poll"]
        assert mine["own_votes"] == [0, 2]


async def test_the_end_is_told_to_the_author_and_the_voters_on_both_ends(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "which?", "poll": POLL})
        seen = await arrived(ben, note["uri"])
        await ben.post(f"/api/v1/polls/{seen['id']}/votes", json={"choices": [1]})
        await alice.until(f"/api/v1/polls/{note['id']}", lambda row: row["votes_count"] == 1)
        for node, status_id in ((alpha, note["id"]), (beta, seen["id"])):

            def over(unit: Unit, status_id: int = int(status_id)) -> None:
                unit.run(polls.change(status_id, {"expires_at": unit.now - 1}))

            await node.node.db.run(over)
            await hurry(node, f"poll.close:{status_id}")
        for person, status_id in ((alice, note["id"]), (ben, seen["id"])):
            told = await person.until(
                "/api/v1/notifications", lambda rows: next((r for r in rows if r["type"] == "poll"), None)
            )
            assert told["status"]["id"] == status_id and told["account"]["acct"].startswith("alice")
            assert told["status"]["poll"]["expired"] is True
        late, words, _ = await alice.raw("POST", f"/api/v1/polls/{note['id']}/votes", json={"choices": [0]})
        assert (late, words["error"]) == (422, "Validation failed: The poll has already ended")
        document = await fetched(alpha, note["uri"])
        assert document["type"] == "Question" and document["closed"] and document["votersCount"] == 1


async def test_other_options_end_the_votes_on_both_ends(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "which?", "poll": POLL})
        seen = await arrived(ben, note["uri"])
        await ben.post(f"/api/v1/polls/{seen['id']}/votes", json={"choices": [1]})
        await alice.until(f"/api/v1/polls/{note['id']}", lambda row: row["votes_count"] == 1)
        other = {"options": ["tea", "coffee"], "expires_in": 600}
        edited = await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "which?", "poll": other})
        assert [each["votes_count"] for each in edited["poll"]["options"]] == [0, 0] and edited["edited_at"]
        changed = await ben.until(
            f"/api/v1/statuses/{seen['id']}", lambda row: row if len(row["poll"]["options"]) == 2 else None
        )
        assert (changed["poll"]["voted"], changed["poll"]["votes_count"]) == (False, 0)
        history = await ben.get(f"/api/v1/statuses/{seen['id']}/history")
        assert [len(each["poll"]["options"]) for each in history] == [3, 2]
        again = await ben.post(f"/api/v1/polls/{seen['id']}/votes", json={"choices": [0]})
        assert again["own_votes"] == [0]


async def fetched(node: RunningNode, uri: str) -> Any:
    path = "/" + uri.split("/", 3)[3]
    async with node.http.get(node.url + path, headers={"Accept": "application/activity+json"}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json(content_type=None)
