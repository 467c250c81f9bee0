"""ORG-35: what a poll takes from other servers."""

from __future__ import annotations

from typing import Any

from attack_peers import PUBLIC
from attack_steps import arrived, followed, status_of
from attack_world import BASE, World

ALICE = f"{BASE}/users/alice"


async def test_ORG_35_votes_and_questions(world: World) -> None:
    """Closed polls, double votes, options that are not there, empty votes, a million options."""
    evil = await followed(world, world.evil)
    poll = {"options": ["one", "two"], "expires_in": 600}
    alice = world.alice
    body = {"status": "which?", "poll": poll}
    made = (await world.send("POST", "/api/v1/statuses", token=alice.token, json=body)).json

    async def vote(number: int, name: Any, **more: Any) -> None:
        note = {
            "id": f"{evil.uri}#votes/{number}",
            "type": "Note",
            "name": name,
            "attributedTo": evil.uri,
            "to": [ALICE],
            "inReplyTo": made["uri"],
            **more,
        }
        assert (await world.deliver(evil, evil.create(note))).status in (202, 400)
        await world.settled()

    async def votes() -> list[int]:
        found = (await world.get(f"/api/v1/polls/{made['id']}", token=alice.token)).json
        return [each["votes_count"] for each in found["options"]]

    for number, name in enumerate(("three", None, 7, ["one", "two"], {"one": 1}, "x" * 5000)):
        await vote(number, name, content=None)
    assert sum(await votes()) <= 1
    for number in range(20, 25):
        await vote(number, "two")
    assert sum(await votes()) == 1
    options = [{"type": "Note", "name": f"option {number}"} for number in range(20_000)]
    more = {"type": "Question", "oneOf": options, "endTime": "2999-01-01T00:00:00Z"}
    question = await arrived(world, evil, "huge", to=[PUBLIC, ALICE], **more)
    kept = status_of(world, question["id"], "id")
    shown = (await world.get(f"/api/v1/polls/{kept}", token=alice.token)).json
    assert 2 <= len(shown["options"]) <= 500
    closed = {**more, "oneOf": options[:2], "endTime": "2020-01-01T00:00:00Z"}
    over = status_of(world, (await arrived(world, evil, "over", to=[PUBLIC, ALICE], **closed))["id"], "id")
    late = await world.send("POST", f"/api/v1/polls/{over}/votes", token=alice.token, json={"choices": [0]})
    assert late.status == 422
