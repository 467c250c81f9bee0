"""Polls through the client API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client_support import Api, Person, client_node

from fedserver.db.queries import polls, statuses
from fedserver.db.unit import Unit
from protocol.activitystreams.values import Poll, PollOption

POLL = {"options": ["a", "b", "c"], "expires_in": 600}


async def asked(person: Person, **more: Any) -> dict[str, Any]:
    made = await person.publish("which?", poll={**POLL, **more})
    poll: dict[str, Any] = made["poll"]
    return poll


async def over(api: Api, poll_id: str) -> None:
    def work(unit: Unit) -> None:
        unit.run(polls.change(int(poll_id), {"expires_at": unit.now - 1}))

    await api.run(work)


async def test_a_poll_of_every_encoding_and_its_entity(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        form = [("status", "q"), ("poll[options][]", "a"), ("poll[options][]", "b"), ("poll[expires_in]", "300")]
        answer = await alice.post("/api/v1/statuses", data=[*form, ("poll[multiple]", "true")])
        poll = answer.json["poll"]
        assert set(poll) == {
            "id",
            "expires_at",
            "expired",
            "multiple",
            "votes_count",
            "voters_count",
            "options",
            "emojis",
            "voted",
            "own_votes",
        }
        assert poll["multiple"] is True and poll["options"] == [
            {"title": "a", "votes_count": 0},
            {"title": "b", "votes_count": 0},
        ]
        visitor = (await api.node.get(f"/api/v1/polls/{poll['id']}")).json
        assert "voted" not in visitor and "own_votes" not in visitor
        shown = (await api.node.get(f"/api/v1/statuses/{answer.json['id']}")).json
        assert shown["poll"] == visitor
        gone = (await alice.send("DELETE", f"/api/v1/statuses/{answer.json['id']}")).json
        assert [each["title"] for each in gone["poll"]["options"]] == ["a", "b"] and gone["text"] == "q"
        assert (await alice.get(f"/api/v1/polls/{poll['id']}")).status == 404


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"options": ["a"]}, "Choices must have more than one item"),
        ({"options": ["a", " "]}, "Choices must have more than one item"),
        ({"options": list("abcde")}, "Choices can't contain more than 4 items"),
        ({"options": ["a", "b" * 51]}, "Choices cannot be longer than 50 characters each"),
        ({"options": ["a", "a "]}, "Choices contain duplicate items"),
        ({"expires_in": 299}, "Deadline is too soon"),
        ({"expires_in": 3_000_000}, "Deadline is too far into the future"),
        ({"expires_in": None}, "Deadline can't be blank"),
    ],
)
async def test_polls_that_are_refused(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        answer = await alice.post("/api/v1/statuses", json={"status": "q", "poll": {**POLL, **change}})
        assert (answer.status, answer.json["error"]) == (422, f"Validation failed: {words}")


async def test_voting_and_its_rules(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, carol = await api.person("alice"), await api.person("bob"), await api.person("carol")
        one, many = await asked(alice), await asked(alice, multiple=True)

        async def refused(person: Person, poll: dict[str, Any], choices: Any) -> str:
            answer = await person.post(f"/api/v1/polls/{poll['id']}/votes", json={"choices": choices})
            assert answer.status == 422, answer.text
            return str(answer.json["error"]).removeprefix("Validation failed: ")

        assert await refused(alice, one, [0]) == "You cannot vote in your own polls"
        assert await refused(bob, one, [0, 1]) == "You have already voted on this poll"
        for wrong in ([3], ["-1"], ["x"], [10**9]):
            assert await refused(bob, one, wrong) == "The chosen vote option does not exist"
        assert "choices" in await refused(bob, one, [])
        voted = (await bob.post(f"/api/v1/polls/{one['id']}/votes", json={"choices": [1, 1]})).json
        assert (voted["voted"], voted["own_votes"], voted["votes_count"], voted["voters_count"]) == (True, [1], 1, 1)
        for again in ([1], [0]):
            assert await refused(bob, one, again) == "You have already voted on this poll"
        assert (await carol.get(f"/api/v1/polls/{one['id']}")).json["voted"] is False

        await bob.post(f"/api/v1/polls/{many['id']}/votes", json={"choices": [0]})
        more = (await bob.post(f"/api/v1/polls/{many['id']}/votes", json={"choices": [2]})).json
        assert (more["own_votes"], more["votes_count"], more["voters_count"]) == ([0, 2], 2, 1)
        assert await refused(bob, many, [0]) == "You have already voted on this poll"
        await over(api, many["id"])
        assert await refused(carol, many, [0]) == "The poll has already ended"
        assert (await carol.get(f"/api/v1/polls/{many['id']}")).json["expired"] is True


async def test_hidden_totals_stay_hidden_until_the_end(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        poll = await asked(alice, hide_totals=True)
        voted = (await bob.post(f"/api/v1/polls/{poll['id']}/votes", json={"choices": [0]})).json
        assert [each["votes_count"] for each in voted["options"]] == [None, None, None]
        await over(api, poll["id"])
        ended = (await bob.get(f"/api/v1/polls/{poll['id']}")).json
        assert [each["votes_count"] for each in ended["options"]] == [1, 0, 0]


async def test_a_poll_is_as_visible_as_its_post(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("secret", poll=POLL, visibility="private")
        plain = await alice.publish("no poll")
        missing = await bob.get("/api/v1/polls/1")
        for path in (f"/api/v1/polls/{made['id']}", f"/api/v1/polls/{plain['id']}"):
            shown, voted = await bob.get(path), await bob.post(f"{path}/votes", json={"choices": [0]})
            assert (shown.status, shown.json) == (voted.status, voted.json) == (missing.status, missing.json)
        await bob.follow(alice)
        assert (await bob.post(f"/api/v1/polls/{made['id']}/votes", json={"choices": [0]})).status == 200


async def test_edits_keep_or_reset_the_votes(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("which?", poll=POLL)
        path, votes = f"/api/v1/statuses/{made['id']}", f"/api/v1/polls/{made['id']}/votes"
        await bob.post(votes, json={"choices": [0]})
        same = (await alice.send("PUT", path, json={"status": "which one?", "poll": POLL})).json
        assert same["poll"]["votes_count"] == 1
        other = {"options": ["x", "y"], "expires_in": 600}
        reset = (await alice.send("PUT", path, json={"status": "which one?", "poll": other})).json
        assert reset["poll"]["votes_count"] == 0 and (await bob.get(path)).json["poll"]["voted"] is False
        without = (await alice.send("PUT", path, json={"status": "never mind"})).json
        assert without["poll"] is None
        history = (await alice.get(f"{path}/history")).json
        assert [len(each["poll"]["options"]) if "poll" in each else 0 for each in history] == [3, 3, 2, 0]
        back = (await alice.send("PUT", path, json={"status": "after all", "poll": POLL})).json
        assert back["poll"]["votes_count"] == 0


async def test_a_poll_with_media_or_an_idempotency_key(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        both = await alice.post("/api/v1/statuses", json={"status": "q", "poll": POLL, "media_ids": ["1"]})
        assert both.status == 422 and both.json["error"].startswith("Cannot attach more than")
        headers = {"Idempotency-Key": "k"}
        first, second = [
            (await alice.post("/api/v1/statuses", json={"status": "q", "poll": POLL}, headers=headers)).json
            for _ in range(2)
        ]
        assert first["id"] == second["id"] and first["poll"] == second["poll"]
        changed = {**POLL, "options": ["a", "z"]}
        assert (
            await alice.post("/api/v1/statuses", json={"status": "q", "poll": changed}, headers=headers)
        ).status == 422


async def test_a_remote_poll_is_shown_voted_in_and_brought_up_to_date(tmp_path: Path) -> None:
    asked_for: list[int] = []

    async def refresh(status_id: int) -> None:
        asked_for.append(status_id)

    async with client_node(tmp_path, refresh_poll=refresh) as api:
        alice, rae = await api.person("alice"), await api.remote("rae")
        poll = Poll((PollOption("x", 3), PollOption("y", 1)), voters=4)
        status_id = await api.receive(rae, 1, type="Question", poll=poll)
        shown = (await alice.get(f"/api/v1/polls/{status_id}")).json
        assert (shown["votes_count"], shown["voters_count"], shown["expires_at"]) == (4, 4, None)
        assert asked_for == [status_id]
        await api.node.get(f"/api/v1/polls/{status_id}")
        assert asked_for == [status_id]
        voted = (await alice.post(f"/api/v1/polls/{status_id}/votes", json={"choices": [1]})).json
        assert [each["votes_count"] for each in voted["options"]] == [3, 2]
        row = await api.node.parts.db.one(statuses.by_id(status_id))
        assert row is not None and row.object_type == "Question"
