"""What arrives and what becomes of it: effects, once, in any order."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from federation_support import PUBLIC, Actor, Node, node

from fedserver.db.queries import accounts, statuses
from fedserver.db.queries.statuses import DIRECT, FOLLOWERS
from fedserver.federation.inbox import process, table
from fedserver.federation.inbox.inbound import Effect
from fedserver.services import blocks, follows

SAMPLES = Path(__file__).parent.parent / "fixtures" / "activities"


async def _known(n: Node) -> tuple[Any, Actor, Any]:
    """bob here follows alice there."""
    bob = await n.local()
    alice = n.peer.actor()
    return bob, alice, await n.follow(bob, alice)


async def test_a_post_of_somebody_who_is_followed(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, row = await _known(n)
        tag = {"type": "Mention", "href": bob.uri, "name": "@bob"}
        note = alice.note(content='<p>hi <script>alert(1)</script><a href="javascript:x">x</a></p>', tag=[tag])
        assert await n.deliver(alice, alice.create(note)) == 202
        status = await n.status(note["id"])
        assert status is not None
        assert (status.account_id, status.visibility, status.local) == (row.id, 0, 0)
        assert "script" not in status.content
        assert n.count("home_entries", f"account_id = {bob.id} AND status_id = {status.id}") == 1
        assert n.count("notifications", f"account_id = {bob.id} AND type = 'mention'") == 1
        assert n.count("inbound") == 0


async def test_a_hundred_copies_have_one_effect(tmp_path: Path) -> None:
    """DLV-01."""
    async with node(tmp_path) as n:
        bob, alice, _ = await _known(n)
        note = alice.note(tag=[{"type": "Mention", "href": bob.uri, "name": "@bob"}])
        create = alice.create(note)
        paths = ["/inbox", "/users/bob/inbox"] * 50
        answers = await asyncio.gather(*(n.deliver(alice, create, path) for path in paths))
        assert set(answers) == {202}
        assert n.count("statuses") == 1
        assert n.count("notifications") == 1
        assert n.query("SELECT statuses_count FROM accounts WHERE domain = 'peer.test'") == [(1,)]


async def test_what_concerns_nobody_is_not_kept(tmp_path: Path) -> None:
    """ORG-37."""
    async with node(tmp_path) as n:
        await n.local()
        stranger = n.peer.actor()
        note = stranger.note(to=["http://victim.test/users/vera"], cc=[])
        assert await n.deliver(stranger, stranger.create(note)) == 202
        assert await n.deliver(stranger, stranger.create(stranger.note(2))) == 202
        for table_name in ("statuses", "received", "inbound", "jobs"):
            assert n.count(table_name) == 0, table_name
        assert await n.account(stranger.uri) is None


async def test_a_stranger_may_address_and_answer(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        post = await n.post(bob)
        stranger = n.peer.actor()
        direct = stranger.note(1, to=[bob.uri], cc=[])
        answer = stranger.note(2, inReplyTo=post.uri)
        for note in (direct, answer):
            assert await n.deliver(stranger, stranger.create(note)) == 202
        await n.jobs()
        kept = await n.status(direct["id"])
        assert kept is not None
        assert kept.visibility == DIRECT
        reply = await n.status(answer["id"])
        assert reply is not None
        assert reply.in_reply_to_id == post.id
        found = await n.parts.db.one(statuses.by_id(post.id))
        assert found is not None
        assert found.replies_count == 1


async def test_the_parent_is_fetched(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        _, alice, _ = await _known(n)
        other = n.peer.actor("victim.test", "vera")
        root = other.note(1)
        middle = other.note(2, inReplyTo=root["id"])
        n.peer.pages[root["id"]], n.peer.pages[middle["id"]] = root, middle
        note = alice.note(3, inReplyTo=middle["id"])
        assert await n.deliver(alice, alice.create(note)) == 202
        assert "remote.fetch_object" in await n.jobs()
        found = [await n.status(one["id"]) for one in (root, middle, note)]
        assert all(found)
        assert [status.in_reply_to_id for status in found if status][1:] == [s.id for s in found[:2] if s]


async def test_order_does_not_matter(tmp_path: Path) -> None:
    """DLV-04."""
    async with node(tmp_path) as n:
        bob, alice, row = await _known(n)
        post = await n.post(bob)
        edited = alice.note(1, content="<p>new</p>", updated="2026-11-22T12:00:00Z", published="2026-11-22T11:00:00Z")
        assert await n.deliver(alice, alice.activity("Update", edited, to=[PUBLIC])) == 202
        old = {**edited, "content": "<p>old</p>"}
        old.pop("updated")
        assert await n.deliver(alice, alice.create(old)) == 202
        status = await n.status(edited["id"])
        assert status is not None
        assert status.content == "<p>new</p>"
        gone = alice.note(2)
        tombstone = {"type": "Tombstone", "id": gone["id"]}
        assert await n.deliver(alice, alice.activity("Delete", tombstone)) == 202
        assert await n.deliver(alice, alice.create(gone)) == 202
        assert await n.status(gone["id"]) is None
        for kind, target in (("Follow", bob.uri), ("Like", post.uri), ("Announce", post.uri), ("Block", bob.uri)):
            activity = alice.activity(kind, target, to=[PUBLIC])
            assert await n.deliver(alice, alice.activity("Undo", activity)) == 202
            assert await n.deliver(alice, activity) == 202, kind
        assert n.count("follows", f"account_id = {row.id}") == 0
        assert n.count("favourites") == n.count("blocks") == n.count("statuses", "reblog_of_id IS NOT NULL") == 0


async def test_likes_and_boosts_come_and_go(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, _ = await _known(n)
        post = await n.post(bob)
        like, react = alice.activity("Like", post.uri), alice.activity("EmojiReact", post.uri, content="🎉")
        boost = alice.activity("Announce", post.uri, to=[PUBLIC], cc=[f"{alice.uri}/followers"])
        for activity in (like, react, boost):
            assert await n.deliver(alice, activity) == 202
        found = await n.parts.db.one(statuses.by_id(post.id))
        assert found is not None
        assert (found.favourites_count, found.reblogs_count) == (1, 1)
        assert sorted(t for (t,) in n.query("SELECT type FROM notifications")) == ["favourite", "reblog"]
        assert await n.deliver(alice, alice.activity("Undo", like)) == 202
        assert await n.deliver(alice, alice.activity("Undo", boost["id"])) == 202
        found = await n.parts.db.one(statuses.by_id(post.id))
        assert found is not None
        assert (found.favourites_count, found.reblogs_count) == (0, 0)


async def test_private_posts_are_neither_liked_nor_boosted_by_strangers(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, _ = await _known(n)
        post = await n.post(bob, visibility=FOLLOWERS)
        for kind in ("Like", "Announce"):
            assert await n.deliver(alice, alice.activity(kind, post.uri, to=[PUBLIC])) == 202
        assert n.count("favourites") == n.count("statuses", "reblog_of_id IS NOT NULL") == 0


async def test_a_boost_brings_the_post(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, _ = await _known(n)
        vera = n.peer.actor("victim.test", "vera")
        note = vera.note()
        n.peer.pages[note["id"]] = note
        assert await n.deliver(alice, alice.activity("Announce", note["id"], to=[PUBLIC])) == 202
        await n.jobs()
        status = await n.status(note["id"])
        assert status is not None
        assert status.reblogs_count == 1
        assert n.count("home_entries", f"account_id = {bob.id}") == 1
        lost = alice.activity("Announce", "http://victim.test/users/vera/notes/404", to=[PUBLIC])
        assert await n.deliver(alice, lost) == 202
        await n.jobs()
        assert n.count("inbound") == 0


async def test_follow_answer_unfollow(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local(locked=1)
        alice = n.peer.actor()
        follow = alice.activity("Follow", bob.uri)
        assert await n.deliver(alice, follow) == 202
        await n.jobs()
        row = await n.account(alice.uri)
        assert row is not None
        assert n.count("follows", "state = 'requested'") == 1
        await n.run(lambda unit: follows.accept(unit, bob, row))
        sent = [json.loads(body) for (body,) in n.query("SELECT body FROM activities")]
        assert [(a["type"], a["object"]["id"]) for a in sent] == [("Accept", follow["id"])]
        assert await n.deliver(alice, alice.activity("Undo", follow)) == 202
        assert n.count("follows") == 0


async def test_accept_and_reject_of_our_follow(tmp_path: Path) -> None:
    """ORG-22."""
    async with node(tmp_path) as n:
        bob, alice, row = await _known(n)
        await n.run(lambda unit: follows.unfollow(unit, bob, row))
        never = alice.activity(
            "Accept", {"type": "Follow", "id": f"{bob.uri}#x", "actor": bob.uri, "object": alice.uri}
        )
        assert await n.deliver(alice, never) == 202
        assert n.count("follows") == 0
        made = await n.run(lambda unit: follows.follow(unit, bob, row))
        inner = {"type": "Follow", "id": made.uri, "actor": bob.uri, "object": alice.uri}
        for _ in range(2):
            assert await n.deliver(alice, alice.activity("Accept", inner)) == 202
        assert n.count("follows", "state = 'accepted'") == 1
        assert n.query(f"SELECT following_count FROM accounts WHERE id = {bob.id}") == [(1,)]
        assert await n.deliver(alice, alice.activity("Reject", made.uri)) == 202
        assert n.count("follows") == 0


async def test_blocks(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, _ = await _known(n)
        block = alice.activity("Block", bob.uri)
        assert await n.deliver(alice, block) == 202
        assert n.count("blocks") == 1
        assert n.count("follows") == 0
        assert await n.deliver(alice, alice.activity("Undo", block)) == 202
        assert n.count("blocks") == 0


async def test_whom_somebody_blocked_cannot_reach_them(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, row = await _known(n)
        post = await n.post(bob)
        await n.run(lambda unit: blocks.block(unit, bob, row))
        for kind, target in (("Follow", bob.uri), ("Like", post.uri), ("Announce", post.uri)):
            assert await n.deliver(alice, alice.activity(kind, target, to=[PUBLIC])) == 202
        assert n.count("follows") == n.count("favourites") == n.count("statuses", "reblog_of_id IS NOT NULL") == 0
        assert n.count("inbound") == 0


async def test_an_edit_keeps_author_and_visibility(tmp_path: Path) -> None:
    """ORG-15, ORG-16."""
    async with node(tmp_path) as n:
        _, alice, _ = await _known(n)
        note = alice.note(to=[f"{alice.uri}/followers"], cc=[], published="2026-01-01T00:00:00Z")
        assert await n.deliver(alice, alice.create(note)) == 202
        wider = {**note, "to": [PUBLIC], "content": "<p>edited</p>", "updated": "2026-01-02T00:00:00Z"}
        assert await n.deliver(alice, alice.create(wider)) == 202
        status = await n.status(note["id"])
        assert status is not None
        assert (status.visibility, status.content) == (FOLLOWERS, "<p>note 1</p>")
        assert await n.deliver(alice, alice.activity("Update", wider)) == 202
        status = await n.status(note["id"])
        assert status is not None
        assert (status.visibility, status.content) == (FOLLOWERS, "<p>edited</p>")
        assert n.count("status_edits") == 1


async def test_profiles_change_and_go(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        _, alice, row = await _known(n)
        changed = alice.document(name="Alice <b>A</b>", summary='<p onclick="x">me</p>')
        assert await n.deliver(alice, alice.activity("Update", changed)) == 202
        found = await n.account(alice.uri)
        assert found is not None
        assert (found.display_name, found.note, found.id) == ("Alice <b>A</b>", "<p>me</p>", row.id)
        assert await n.deliver(alice, alice.activity("Delete", alice.uri)) == 202
        found = await n.account(alice.uri)
        assert found is not None
        assert found.deleted_at is not None
        assert n.count("follows") == 0
        assert await n.deliver(alice, alice.create(alice.note(9))) == 202
        assert n.count("statuses") == 0


async def test_pins(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        _, alice, row = await _known(n)
        note = alice.note()
        n.peer.pages[note["id"]] = note
        add = alice.activity("Add", note["id"], target=f"{alice.uri}/featured")
        assert await n.deliver(alice, add) == 202
        await n.jobs()
        assert n.count("statuses", f"pinned_at IS NOT NULL AND account_id = {row.id}") == 1
        remove = alice.activity("Remove", note["id"], target=f"{alice.uri}/featured")
        assert await n.deliver(alice, remove) == 202
        assert n.count("statuses", "pinned_at IS NOT NULL") == 0


async def test_a_handler_that_fails_is_kept_and_runs_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DLV-03: the effect of the first half is undone, the second run has it once."""
    async with node(tmp_path) as n:
        bob, alice, row = await _known(n)
        good = table.TABLE["Follow"]

        def failing(unit: Any, inbound: Any) -> Effect:
            good(unit, inbound)
            raise RuntimeError("half-way")

        monkeypatch.setattr(process, "TABLE", {**table.TABLE, "Follow": failing})
        follow = alice.activity("Follow", bob.uri)
        assert await n.deliver(alice, follow) == 202
        assert n.count("follows", f"account_id = {row.id}") == 0
        assert n.count("inbound") == n.count("jobs", "name = 'inbox.process'") == 1
        with pytest.raises(RuntimeError):
            await n.jobs()
        assert n.count("inbound") == 1
        assert n.count("follows", f"account_id = {row.id}") == 0
        monkeypatch.undo()
        assert await n.deliver(alice, follow) == 202
        await n.jobs()
        assert n.count("inbound") == 0
        assert n.count("follows", f"account_id = {row.id}") == 1
        assert n.count("notifications") == 1


async def test_one_activity_causes_few_requests(tmp_path: Path) -> None:
    """DLV-06."""
    async with node(tmp_path) as n:
        bob, alice, _ = await _known(n)
        before = len(n.peer.seen)
        people = [f"http://victim.test/users/u{i}" for i in range(1000)]
        tags = [{"type": "Mention", "href": uri, "name": "@u"} for uri in [bob.uri, *people]]
        note = alice.note(tag=tags, cc=people, inReplyTo="http://victim.test/notes/0")
        assert await n.deliver(alice, alice.create(note)) == 202
        await n.jobs()
        assert len(n.peer.seen) - before <= 4
        status = await n.status(note["id"])
        assert status is not None


async def test_a_contact_resumes_deliveries(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        _, alice, _ = await _known(n)
        n.query("UPDATE hosts SET state = 'unavailable', failures = 9, closed_until = 99999999999999")
        assert await n.deliver(alice, alice.create(alice.note())) == 202
        assert n.query("SELECT state FROM hosts WHERE name = 'peer.test'") == [("ok",)]


@pytest.mark.parametrize("software", ["gotosocial", "snac", "takahe"])
async def test_recorded_activities_are_taken(tmp_path: Path, software: str, caplog: pytest.LogCaptureFixture) -> None:
    """Real bodies, with names put in place of the recorded ones; every one is answered 202 and none fails."""
    async with node(tmp_path) as n:
        bob = await n.local()
        files = sorted((SAMPLES / software).glob("*.json"))
        assert files
        for file in files:
            document = json.loads(file.read_text())
            if "actor" not in document or "object" not in document:
                continue
            old = document["actor"] if isinstance(document["actor"], str) else document["actor"]["id"]
            host = old.split("/")[2]
            text = (
                file.read_text()
                .replace(old, "http://peer.test/users/alice")
                .replace(f"https://{host}", "http://peer.test")
            )
            for other in ("gts.test", "snac.test", "takahe.test"):
                text = text.replace(f"https://{other}", n.base)
            alice = n.peer.actor()
            assert (await n.send(alice, text.encode())).status == 202, file.name
            ran = await n.jobs()
            assert n.count("inbound") == 0, (file.name, ran)
        assert await n.parts.db.one(accounts.by_id(bob.id)) is not None
        assert [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")] == []


async def test_snac_ends_a_follow_by_naming_its_target(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, alice, row = await _known(n)
        await n.run(lambda unit: follows.follow(unit, row, bob))
        text = (SAMPLES / "snac" / "undo_uri.json").read_text()
        text = text.replace("https://gts.test/users/gina", bob.uri).replace("https://snac.test/sally", alice.uri)
        assert (await n.send(alice, text.encode())).status == 202
        assert n.count("follows", f"account_id = {row.id}") == 0


VALUES: tuple[Any, ...] = ([], {}, 7, None, True, "", [[]], {"type": "Person", "id": 5}, ["x"] * 50, 2**62)


@pytest.mark.parametrize("kind", sorted(table.TABLE))
async def test_no_field_of_any_type_breaks_the_inbox(
    tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """JSON-11: no 5xx, and no handler fails."""
    async with node(tmp_path) as n:
        bob, alice, _ = await _known(n)
        post = await n.post(bob)
        target: Any = {"Follow": bob.uri, "Block": bob.uri, "Like": post.uri, "Announce": post.uri}.get(kind)
        if kind in ("Create", "Update"):
            target = alice.note(tag=[{"type": "Mention", "href": bob.uri, "name": "@bob"}], attachment=[], url="x")
        elif kind in ("Accept", "Reject", "Undo"):
            target = {"type": "Follow", "id": f"{bob.uri}#f", "actor": alice.uri, "object": bob.uri}
        whole = alice.activity(
            kind, target or post.uri, target=f"{alice.uri}/featured", to=[PUBLIC], cc=[], content="x"
        )
        places = [(key,) for key in whole] + [("object", key) for key in (target if isinstance(target, dict) else ())]
        for place in places:
            for value in VALUES:
                changed = json.loads(json.dumps(whole))
                changed["id"] = f"{alice.uri}/a/{'-'.join(place)}-{VALUES.index(value)}"
                inner = changed if len(place) == 1 else changed["object"]
                inner[place[-1]] = value
                answer = await n.deliver(alice, changed)
                assert answer in (202, 400, 401), (place, value, answer)
        n.query("DELETE FROM jobs WHERE name <> 'inbox.process'")
        await n.jobs(rounds=1)
        assert (await n.get("/users/bob")).status == 200
        assert [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")] == []
