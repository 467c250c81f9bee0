"""Votes that arrive, Questions that arrive, and what is not believed of either."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from federation_support import PUBLIC, Actor, Node, node

from fedserver.db.queries import polls
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.polls import Poll
from fedserver.db.queries.statuses import FOLLOWERS, Status
from fedserver.federation.polls import refresh
from fedserver.services.polls import PollDraft

SAMPLES = Path(__file__).parent.parent / "fixtures" / "activities"
DRAFT = PollDraft(["one", "two"], 600)


def vote(voter: Actor, status: Status, name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """As Mastodon 4.5 sends it."""
    note = {
        "id": f"{voter.uri}#votes/{number}",
        "type": "Note",
        "name": name,
        "attributedTo": voter.uri,
        "to": status.uri.partition("/statuses/")[0],
        "inReplyTo": status.uri,
        **more,
    }
    return voter.activity("Create", note, id=f"{note['id']}/activity", to=[note["to"]])


def question(author: Actor, votes: tuple[int, int] = (0, 0), **more: Any) -> dict[str, Any]:
    """As Mastodon 4.5 sends it."""
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": number}}
        for name, number in zip(("one", "two"), votes, strict=True)
    ]
    return {
        **author.note(1),
        "type": "Question",
        "endTime": "2999-01-01T00:00:00Z",
        "votersCount": sum(votes),
        "oneOf": options,
        **more,
    }


async def asked(n: Node, **more: Any) -> tuple[Account, Status]:
    bob = await n.local()
    return bob, await n.post(bob, "which?", poll=DRAFT, **more)


async def counts(n: Node, status: Status) -> list[int]:
    poll: Poll | None = await n.parts.db.one(polls.by_id(status.id))
    assert poll is not None
    return [each.votes for each in poll.choices]


async def test_a_vote_counts_once_and_is_no_post(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        _, status = await asked(n)
        alice = n.peer.actor()
        for number in (1, 1, 2):
            assert await n.deliver(alice, vote(alice, status, "two", number)) == 202
            await n.jobs()
        assert await n.deliver(alice, vote(alice, status, "one", 3)) == 202
        assert await counts(n, status) == [0, 1]
        assert n.count("statuses") == 1 and n.count("poll_votes") == 1 and n.count("notifications") == 0
        document = (await n.get(status.uri)).json
        assert [each["replies"]["totalItems"] for each in document["oneOf"]] == [0, 1]
        assert (document["type"], document["votersCount"]) == ("Question", 1) and document["endTime"]


@pytest.mark.parametrize("software", ["gotosocial", "snac"])
async def test_votes_of_other_software(tmp_path: Path, software: str) -> None:
    async with node(tmp_path) as n:
        _, status = await asked(n)
        alice = n.peer.actor()
        sample = json.loads((SAMPLES / software / "create_note_pollvote.json").read_text())
        note = sample["object"][0] if isinstance(sample["object"], list) else sample["object"]
        text = json.dumps(sample)
        changed = json.loads(text.replace(sample["actor"], alice.uri).replace(note["inReplyTo"], status.uri))
        inner = changed["object"][0] if isinstance(changed["object"], list) else changed["object"]
        inner["name"], changed["id"], inner["id"] = "one", f"{alice.uri}/votes/1/create", f"{alice.uri}/votes/1"
        assert await n.deliver(alice, changed) == 202
        await n.jobs()
        assert await counts(n, status) == [1, 0]


async def test_votes_that_do_not_count(tmp_path: Path) -> None:
    """ORG-35."""
    async with node(tmp_path) as n:
        bob, status = await asked(n)
        private = await n.post(bob, "followers?", poll=DRAFT, visibility=FOLLOWERS)
        plain = await n.post(bob, "no poll")
        alice, mallory = n.peer.actor(), n.peer.actor("evil.test", "mallory")
        other = n.peer.actor(name="other")
        forged = vote(alice, status, "one")
        for activity in (
            # somebody else's vote, signed by mallory
            {**forged, "actor": mallory.uri, "id": f"{mallory.uri}/1"},
            # in the name of a neighbour
            {**forged, "actor": other.uri, "id": f"{other.uri}/1"},
        ):
            signer = mallory if "evil" in activity["actor"] else other
            assert await n.deliver(signer, activity) == 202
        assert await n.deliver(mallory, forged) in (401, 403)
        for number, (target, name) in enumerate(
            ((status, "three"), (status, "ONE"), (private, "one"), (plain, "one")), 10
        ):
            assert await n.deliver(alice, vote(alice, target, name, number)) == 202
        await n.jobs()
        assert n.count("poll_votes") == 0 and n.count("statuses") == 3

        def over(unit: Any) -> None:
            unit.run(polls.change(status.id, {"expires_at": unit.now - 1}))

        await n.run(over)
        assert await n.deliver(alice, vote(alice, status, "one", 20)) == 202
        n.query(
            f"INSERT INTO blocks (id, account_id, target_id, created_at) SELECT 1, {bob.id}, id, 0 FROM accounts"
            f" WHERE uri = '{alice.uri}'"
        )
        again = await n.post(bob, "again?", poll=DRAFT)
        assert await n.deliver(alice, vote(alice, again, "one", 21)) == 202
        assert n.count("poll_votes") == 0


async def test_a_follower_votes_in_a_poll_for_followers(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, status = await asked(n, visibility=FOLLOWERS)
        alice = n.peer.actor()
        follow = alice.activity("Follow", bob.uri)
        assert await n.deliver(alice, follow) == 202
        await n.jobs()
        assert await n.deliver(alice, vote(alice, status, "one")) == 202
        assert await counts(n, status) == [1, 0]


async def test_a_question_arrives_and_its_counts_are_brought_up_to_date(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice = await n.local(), n.peer.actor()
        await n.follow(bob, alice)
        noun = question(alice, (3, 1))
        assert await n.deliver(alice, alice.create(noun)) == 202
        status = await n.status(noun["id"])
        assert status is not None and status.object_type == "Question"
        assert await counts(n, status) == [3, 1]
        mallory = n.peer.actor("evil.test", "mallory")
        lie = mallory.activity("Update", question(alice, (9, 9)))
        assert await n.deliver(mallory, lie) == 202
        assert await counts(n, status) == [3, 1]
        assert await n.deliver(alice, alice.activity("Update", question(alice, (4, 2)), to=[PUBLIC])) == 202
        assert await counts(n, status) == [4, 2]
        assert n.count("status_edits") == 0
        # asked for when somebody looks, and not again at once
        n.peer.pages[noun["id"]] = question(alice, (5, 2))
        n.query("UPDATE polls SET fetched_at = 1")
        for _ in range(3):
            await refresh(n.parts, status.id)
        assert await counts(n, status) == [5, 2] and n.peer.asked("/notes/1") == 1
        many = [{"type": "Note", "name": f"o{number}"} for number in range(100_000 // 50)]
        huge = {**question(alice), "id": f"{alice.uri}/notes/2", "oneOf": many}
        assert await n.deliver(alice, alice.create(huge)) == 202
        kept = await n.status(huge["id"])
        assert kept is not None and len(await counts(n, kept)) == 50


async def test_our_vote_goes_to_the_author_alone(tmp_path: Path) -> None:
    from fedserver.services import polls as service

    async with node(tmp_path) as n:
        bob, alice = await n.local(), n.peer.actor()
        await n.follow(bob, alice)
        noun = question(alice)
        await n.deliver(alice, alice.create(noun))
        status = await n.status(noun["id"])
        assert status is not None
        n.query("DELETE FROM deliveries")
        n.query("DELETE FROM activities")
        await n.run(lambda unit: service.vote(unit, bob.id, status.id, [1]))
        bodies = [json.loads(body) for (body,) in n.query("SELECT body FROM activities")]
        assert len(bodies) == 1 and n.count("deliveries") == 1
        sent = bodies[0]
        assert (sent["type"], sent["to"], sent["actor"]) == ("Create", alice.uri, bob.uri)
        note = sent["object"]
        assert (note["type"], note["name"], note["inReplyTo"]) == ("Note", "two", noun["id"]) and "content" not in note
