"""Relays in Mastodon's style: asked, fed with public posts; what they pass on is fetched at its own server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from federation_support import PUBLIC, Actor, Node, node

from fedserver.db.queries import relays as rows
from fedserver.db.queries.statuses import FOLLOWERS, UNLISTED
from fedserver.kit.errors import Invalid, NotFound
from fedserver.services import relays
from fedserver.services import statuses as status_service

INBOX = "http://peer.test/inbox"


def _out(n: Node) -> list[tuple[dict[str, Any], str]]:
    """Activities on their way, with the inbox."""
    found = n.query(
        "SELECT a.body, i.url FROM deliveries d JOIN activities a ON a.id = d.activity_id"
        " JOIN inboxes i ON i.id = d.inbox_id ORDER BY a.id"
    )
    return [(json.loads(body), url) for body, url in found]


async def _joined(n: Node) -> Actor:
    """A relay that accepted."""
    relay = n.peer.actor("peer.test", "relay", type="Application")
    await n.run(lambda unit: relays.join(unit, INBOX))
    [(follow, _)] = _out(n)
    assert (
        await n.deliver(relay, relay.activity("Accept", {k: follow[k] for k in ("id", "type", "actor", "object")}))
        == 202
    )
    n.query("DELETE FROM deliveries")
    return relay


async def test_a_relay_is_asked_and_left(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        relay = n.peer.actor("peer.test", "relay", type="Application")
        await n.run(lambda unit: relays.join(unit, INBOX))
        [(follow, url)] = _out(n)
        assert (follow["type"], follow["object"], follow["actor"], url) == ("Follow", PUBLIC, f"{n.base}/actor", INBOX)
        stranger = n.peer.actor("evil.test", "relay")
        assert await n.deliver(stranger, stranger.activity("Accept", follow)) == 202
        assert [each.state for each in await n.parts.db.all(rows.listed())] == ["pending"]
        assert await n.deliver(relay, relay.activity("Accept", follow)) == 202
        [known] = await n.parts.db.all(rows.listed())
        assert (known.state, known.actor_uri) == ("accepted", relay.uri)
        n.query("DELETE FROM deliveries")
        await n.run(lambda unit: relays.leave(unit, INBOX))
        [(undo, _)] = _out(n)
        assert (undo["type"], undo["object"]["id"]) == ("Undo", follow["id"])
        with pytest.raises(NotFound):
            await n.run(lambda unit: relays.leave(unit, INBOX))
        for bad in ("ftp://relay.test/", "relay.test", f"{n.base}/inbox", ""):
            with pytest.raises(Invalid):
                await n.run(lambda unit, url=bad: relays.join(unit, url))


async def test_only_public_posts_go_to_it(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        await _joined(n)
        bob = await n.local()
        for visibility in (UNLISTED, FOLLOWERS):
            await n.post(bob, visibility=visibility)
        assert _out(n) == []
        post = await n.post(bob)
        [(create, url)] = _out(n)
        assert (create["type"], create["object"]["id"], url) == ("Create", post.uri, INBOX)
        assert create["proof"]["cryptosuite"] == "eddsa-jcs-2022"
        await n.run(lambda unit: status_service.delete(unit, bob.id, post.id))
        assert [activity["type"] for activity, _ in _out(n)] == ["Create", "Delete"]


@pytest.mark.parametrize("kind", ["announced", "passed on", "passed on with a signature of its own"])
async def test_what_it_passes_on_is_fetched(tmp_path: Path, kind: str) -> None:
    async with node(tmp_path) as n:
        relay = await _joined(n)
        ann = n.peer.actor("victim.test", "ann")
        note = ann.note()
        n.peer.pages[note["id"]] = note
        forged = {**note, "content": "<p>forged</p>"}
        activity = relay.activity("Announce", note["id"]) if kind == "announced" else ann.create(forged)
        if kind.endswith("own"):
            activity["signature"] = {"type": "RsaSignature2017", "creator": ann.key_id, "signatureValue": "eA=="}
        assert await n.deliver(relay, activity) == 202
        await n.jobs()
        stored = await n.status(note["id"])
        assert stored is not None and "note 1" in stored.content
        assert n.count("statuses", "reblog_of_id IS NOT NULL") == 0
        if kind == "announced":
            return
        assert await n.deliver(relay, ann.activity("Delete", note["id"])) == 202
        await n.jobs()
        assert await n.status(note["id"]) is not None, "the relay alone deletes nothing"
        n.peer.pages[note["id"]] = 410
        assert await n.deliver(relay, ann.activity("Delete", note["id"])) == 202
        await n.jobs()
        assert await n.status(note["id"]) is None


async def test_a_server_that_is_no_relay_passes_nothing_on(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        await _joined(n)
        ann, stranger = n.peer.actor("victim.test", "ann"), n.peer.actor("evil.test", "relay")
        neighbour = n.peer.actor("peer.test", "somebody")
        note = ann.note()
        n.peer.pages[note["id"]] = note
        for sender in (stranger, neighbour):
            assert await n.deliver(sender, ann.create(note)) == 401
            assert await n.deliver(sender, sender.activity("Announce", note["id"])) == 202
            await n.jobs()
        assert await n.status(note["id"]) is None
