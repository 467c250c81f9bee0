"""Signatures and proofs between our node and servers made of Fedify: what is unsigned, forged or passed on, and who may
speak for whom."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from peers.fedify import FedifyPeer, PeerError, Scheme
from peers.meeting import meeting
from peers.steps import (
    ACTIVITY,
    PUBLIC,
    SCHEMES,
    arrived,
    document,
    notified,
    peer_follows,
    skip_without_peer,
    taken,
    we_follow,
)

from fedserver.kit.clock import SYSTEM
from keys.pair import PublicKey
from protocol.activitystreams.read import read_actor
from protocol.errors import Refusal
from protocol.proofs import check_proof, read_proof


@pytest.fixture(scope="module", autouse=True)
def _peer_can_be_had() -> None:
    skip_without_peer()


async def test_unsigned_and_foreign_activities_are_refused_by_both(tmp_path: Path) -> None:
    async with FedifyPeer("mallory") as mallory, meeting(tmp_path, others=(mallory,)) as meet:
        await meet.peer.settings(takes="both")
        like = {
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": f"{meet.peer.actor}/likes/1",
            "type": "Like",
            "actor": meet.peer.actor,
            "object": f"{meet.base}/users/alice/statuses/1",
        }
        headers = {"Content-Type": ACTIVITY}
        for inbox in (f"{meet.base}/inbox", f"{meet.actor()}/inbox", f"{meet.peer.origin}/inbox"):
            async with meet.home.http.post(inbox, data=json.dumps(like), headers=headers) as response:
                assert response.status == 401, inbox
        note = await meet.alice.post("/api/v1/statuses", json={"status": "like me"})
        forged = json.dumps({**like, "object": note["uri"]})
        done = await mallory.forward(forged, f"{meet.base}/inbox")
        assert [one["status"] for one in done.posts] == [401]
        row = await meet.alice.get(f"/api/v1/statuses/{note['id']}")
        assert row["favourites_count"] == 0
        ours = json.dumps({**like, "actor": meet.actor(), "id": f"{meet.actor()}/likes/1", "object": meet.peer.actor})
        done = await mallory.forward(ours, f"{meet.peer.origin}/inbox")
        assert [one["status"] for one in done.posts] == [401]


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_activities_without_proofs_count_by_their_signature(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        await meet.peer.settings(proofs=False)
        note = await meet.alice.post("/api/v1/statuses", json={"status": "like me"})
        taken(await meet.peer.like(note["uri"]), scheme)
        assert (await notified(meet.alice, "favourite"))["status"]["id"] == note["id"]


async def test_we_learn_the_scheme_of_a_peer(tmp_path: Path) -> None:
    async with meeting(tmp_path, scheme="rfc9421") as meet:
        await meet.peer.settings(challenge=True)
        await peer_follows(meet)
        first = await meet.peer.received()
        assert [(one.signature["scheme"], one.status) for one in first] == [("cavage", 401), ("rfc9421", 202)]
        await meet.peer.forget()
        await meet.alice.post("/api/v1/statuses", json={"status": "straight to the point"})
        got = await meet.peer.wait_for("Create")
        assert (got.signature["scheme"], got.status) == ("rfc9421", 202)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_a_node_that_wants_signed_fetches_is_read_by_the_peer(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme, sections={"federation": {"authorized_fetch": True}}) as meet:
        note = await meet.alice.post("/api/v1/statuses", json={"status": "only for those who sign"})
        assert (await document(meet, note["uri"]))[0] == 401
        read = await meet.peer.read(note["uri"])
        assert read["json"]["id"] == note["uri"]
        asked = [one for one in await meet.peer.sent() if one["url"] == note["uri"]]
        assert (asked[0]["scheme"], asked[0]["status"]) == (scheme, 200)
        await peer_follows(meet)


def _holds(actor: Any, document: Mapping[str, Any]) -> bool:
    """Whether we take the proof of a document with the key that the actor publishes for it."""
    proof = read_proof(document)
    assert not isinstance(proof, Refusal), proof
    [multikey] = [one for one in read_actor(actor).assertion_methods if one.id == proof.verification_method]
    key = PublicKey.from_multikey(multikey.public_key_multibase)
    return not isinstance(check_proof(document, key, SYSTEM.now_ms()), Refusal)


async def test_proofs_of_fedify_hold_for_us() -> None:
    async with FedifyPeer("ana") as ana, FedifyPeer("bob") as bob:
        await ana.follow(bob.actor)
        await ana.wait_for("Accept")
        await bob.post("proven", image={"alt": "a ramp"})
        create = await ana.wait_for("Create")
        assert "signature" in create.activity, "a linked-data signature beside the proof, which it does not cover"
        actor = (await ana.read(bob.actor))["json"]
        assert _holds(actor, create.activity)
        forged = {**create.activity, "object": {**create.activity["object"], "content": "<p>forged</p>"}}
        assert not _holds(actor, forged)


async def _passed_on(author: FedifyPeer, carrier: FedifyPeer, name: str) -> Any:
    """A Create that the author sent to the carrier alone; nobody can fetch its note."""
    note = {
        "id": f"{author.actor}/notes/{name}",
        "type": "Note",
        "attributedTo": author.actor,
        "content": f"<p>{name}</p>",
        "to": PUBLIC,
        "cc": f"{author.actor}/followers",
    }
    create = {"type": "Create", "object": note, "to": PUBLIC, "cc": f"{author.actor}/followers"}
    await author.send(create, carrier.actor)
    got = await carrier.wait_for("Create", lambda one: one.object_id == note["id"])
    return got.activity


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_what_is_passed_on_counts_by_its_proof(tmp_path: Path, scheme: Scheme) -> None:
    async with FedifyPeer("carrier") as carrier, meeting(tmp_path, others=(carrier,)) as meet:
        await carrier.settings(scheme=scheme)
        await we_follow(meet.alice, meet.peer)
        activity = await _passed_on(meet.peer, carrier, "as-it-was")
        forged = {**activity, "object": {**activity["object"], "content": "<p>forged</p>"}}
        unproven = {name: value for name, value in activity.items() if name not in ("proof", "signature")}
        only_linked_data = {name: value for name, value in activity.items() if name != "proof"}
        for bad in (forged, unproven, only_linked_data):
            done = await carrier.forward(json.dumps(bad), f"{meet.base}/inbox")
            assert [one["status"] for one in done.posts] == [401]
        done = await carrier.forward(json.dumps(activity), f"{meet.base}/inbox")
        assert [(one["scheme"], one["status"]) for one in done.posts] == [(scheme, 202)]
        seen = await arrived(meet.alice, activity["object"]["id"])
        assert seen["content"] == "<p>as-it-was</p>"


async def test_what_we_publish_counts_by_our_proof(tmp_path: Path) -> None:
    async with FedifyPeer("reader") as reader, meeting(tmp_path) as meet:
        await peer_follows(meet)
        await meet.alice.post("/api/v1/statuses", json={"status": "carry this"})
        activity = (await meet.peer.wait_for("Create")).activity
        forged = {**activity, "object": {**activity["object"], "content": "<p>forged</p>"}}
        for body, status in ((forged, 401), (activity, 202)):
            done = await meet.peer.forward(json.dumps(body), f"{reader.origin}/inbox")
            assert [one["status"] for one in done.posts] == [status]
        got = await reader.wait_for("Create")
        assert got.activity == activity
        assert not got.signature["owner"], "the carrier signed the request; the proof is all there is of the author"


async def test_nobody_speaks_for_another_server(tmp_path: Path) -> None:
    """Mallory signs properly, as Mallory; the activities are about what is not hers."""
    async with FedifyPeer("mallory") as mallory, meeting(tmp_path, others=(mallory,)) as meet:
        alice, peer = meet.alice, meet.peer
        await we_follow(alice, peer)
        post = await peer.post("mine")
        seen = await arrived(alice, post.object)
        ours = await alice.post("/api/v1/statuses", json={"status": "also mine"})
        like = await peer.like(ours["uri"])
        await notified(alice, "favourite")
        stolen = {
            "id": post.object,
            "type": "Note",
            "attributedTo": peer.actor,
            "content": "<p>stolen</p>",
            "to": PUBLIC,
        }
        invented = {**stolen, "id": f"{peer.actor}/notes/invented"}
        original = {"id": like.id, "type": "Like", "actor": peer.actor, "object": ours["uri"]}
        for activity in (
            {"type": "Update", "object": stolen, "to": PUBLIC},
            {"type": "Update", "object": {**stolen, "attributedTo": mallory.actor}, "to": PUBLIC},
            {"type": "Create", "object": invented, "to": PUBLIC},
            {"type": "Create", "object": {**invented, "attributedTo": mallory.actor}, "to": PUBLIC},
            {"type": "Undo", "object": original},
            {"type": "Undo", "object": {**original, "actor": mallory.actor}},
            {"type": "Delete", "object": post.object},
            {"type": "Delete", "object": peer.actor},
            {"type": "Delete", "object": ours["uri"]},
            {"type": "Accept", "object": {"id": f"{meet.actor()}#x", "type": "Follow", "actor": meet.actor()}},
            {"type": "Reject", "object": {"type": "Follow", "actor": meet.actor(), "object": peer.actor}},
            {"type": "Move", "object": peer.actor, "target": mallory.actor},
        ):
            try:
                sent = (await mallory.send(activity, meet.actor())).sent
            except PeerError as error:
                sent = error.sent
            # refused or without effect: either is right, but it did arrive
            assert [one["status"] for one in sent if one["method"] == "POST"][:1] in ([202], [401], [403]), activity
        # one that counts, behind the others: when it is there they had their chance
        await mallory.like(ours["uri"])
        path = f"/api/v1/statuses/{ours['id']}"
        await alice.until(path, lambda row: row["favourites_count"] == 2)
        assert (await alice.get(f"/api/v1/statuses/{seen['id']}"))["content"] == "<p>mine</p>"
        search = await alice.get("/api/v2/search", params={"q": invented["id"], "resolve": "true"})
        assert search["statuses"] == []
        relation = f"/api/v1/accounts/relationships?id[]={seen['account']['id']}"
        assert (await alice.get(relation))[0]["following"]
        assert (await mallory.state())["followers"] == []
