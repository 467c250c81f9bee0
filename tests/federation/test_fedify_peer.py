"""Our node and a server made of Fedify: everything people do to each other, seen on both ends, in both signature
schemes. Fedify shares no code with us; its word on our signatures and proofs is a second opinion, and its own are input
that we did not make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from node_support import Person
from peers.fedify import Done, FedifyPeer, PeerError, Received, Scheme, eventually, unavailable_reason
from peers.meeting import Meeting, meeting
from PIL import Image

from fedserver.kit.clock import SYSTEM
from keys.pair import PublicKey
from protocol.activitystreams.read import read_actor
from protocol.errors import Refusal
from protocol.proofs import check_proof, read_proof

ACTIVITY = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SCHEMES: tuple[Scheme, ...] = ("cavage", "rfc9421")


@pytest.fixture(scope="module", autouse=True)
def _peer_can_be_had() -> None:
    reason = unavailable_reason()
    if reason is not None:
        pytest.skip(reason)


# --- steps that many tests take ---


def _png() -> bytes:
    out = BytesIO()
    Image.new("RGB", (120, 80), (200, 30, 60)).save(out, "PNG")
    return out.getvalue()


async def _upload(person: Person, description: str) -> str:
    form = aiohttp.FormData()
    form.add_field("file", _png(), filename="robot.png", content_type="image/png")
    form.add_field("description", description)
    return str((await person.post("/api/v2/media", data=form))["id"])


async def _find(person: Person, peer: FedifyPeer) -> str:
    """Our id of the peer's actor."""
    return str((await person.find(f"@{peer.handle}"))["id"])


async def _we_follow(person: Person, peer: FedifyPeer) -> str:
    account_id = await _find(person, peer)
    await person.post(f"/api/v1/accounts/{account_id}/follow")
    await person.until(f"/api/v1/accounts/relationships?id[]={account_id}", lambda rows: rows[0]["following"])
    return account_id


async def _peer_follows(meet: Meeting) -> None:
    await meet.peer.follow(meet.actor())

    async def accepted() -> bool:
        return bool((await meet.peer.state())["following"].get(meet.actor()) == "accepted")

    await eventually(accepted, what="our Accept at the peer")


async def _arrived(person: Person, uri: str) -> Any:
    return await person.until("/api/v1/timelines/home", lambda rows: next((r for r in rows if r["uri"] == uri), None))


async def _notified(person: Person, kind: str) -> Any:
    return await person.until("/api/v1/notifications", lambda rows: next((r for r in rows if r["type"] == kind), None))


def _authentic(got: Received, scheme: Scheme) -> None:
    """What Fedify says of a request of ours: signed in this scheme by the actor's own key, and understood."""
    assert got.status == 202 and got.handled and got.notes == [], got
    assert got.signature["scheme"] == scheme, got.signature
    assert got.signature["verified"] and got.signature["owner"], got.signature
    assert got.proofs is not None and "error" not in got.proofs, got.proofs
    assert got.proofs["found"] == got.proofs["verified"], got.proofs
    assert all(one["found"] == one["verified"] for one in got.proofs["embedded"]), got.proofs
    assert got.jsonld is None, got.jsonld


def _taken(done: Done, scheme: Scheme) -> None:
    """What our node said to a request of the peer: 202 at the first knock, in this scheme."""
    assert [(one["scheme"], one["status"]) for one in done.posts] == [(scheme, 202)] * len(done.posts), done.posts
    assert done.posts


async def _all_from_us_authentic(meet: Meeting, scheme: Scheme) -> None:
    """Nothing we sent was refused, but for knocks in a scheme that this peer does not take."""
    for got in await meet.peer.received():
        if got.refused == "scheme":
            assert got.signature["scheme"] != scheme
        else:
            _authentic(got, scheme)


async def _document(meet: Meeting, url: str) -> tuple[int, Any]:
    async with meet.home.http.get(url, headers={"Accept": ACTIVITY}) as response:
        return response.status, await response.json(content_type=None)


# --- what we do, seen by the peer ---


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_our_post_with_an_image_its_edit_and_its_deletion(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        await _peer_follows(meet)
        follower = await _notified(meet.alice, "follow")
        assert follower["account"]["acct"] == meet.peer.handle
        media_id = await _upload(meet.alice, "a red rectangle")
        note = await meet.alice.post("/api/v1/statuses", json={"status": "look #Robots", "media_ids": [media_id]})
        create = await meet.peer.wait_for("Create")
        assert create.object_id == note["uri"]
        assert create.proofs is not None and create.proofs["authentic"]
        [attachment] = create.activity["object"]["attachment"]
        assert attachment["name"] == "a red rectangle"
        async with meet.home.http.get(attachment["url"]) as response:
            assert response.status == 200
            assert Image.open(BytesIO(await response.read())).size == (120, 80)
        as_read = await meet.peer.read(note["uri"])
        assert as_read["type"] == "Note"
        assert as_read["proofs"]["verified"] == as_read["proofs"]["found"] == 1

        await meet.alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "look twice #Robots"})
        update = await meet.peer.wait_for("Update", lambda got: got.object_id == note["uri"])
        assert "look twice" in update.activity["object"]["content"]
        assert update.activity["object"]["updated"]
        await meet.alice.call("DELETE", f"/api/v1/statuses/{note['id']}")
        delete = await meet.peer.wait_for("Delete")
        assert delete.object_id == note["uri"]
        assert (await _document(meet, note["uri"]))[0] == 410
        await _all_from_us_authentic(meet, scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_we_follow_answer_and_react_and_take_it_back(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        alice, peer = meet.alice, meet.peer
        account_id = await _we_follow(alice, peer)
        assert (await peer.state())["followers"] == [meet.actor()]
        post = await peer.post("a picture", image={"alt": "a ramp", "width": 60, "height": 40})
        _taken(post, scheme)
        seen = await _arrived(alice, post.object)
        assert seen["account"]["acct"] == peer.handle
        assert seen["content"] == "<p>a picture</p>"
        [attachment] = seen["media_attachments"]
        assert (attachment["type"], attachment["description"]) == ("image", "a ramp")
        assert attachment["url"].startswith(meet.base)
        async with meet.home.http.get(attachment["url"]) as response:
            assert response.status == 200
            assert Image.open(BytesIO(await response.read())).size == (60, 40)

        text = f"@{peer.handle} nice"
        reply = await alice.post("/api/v1/statuses", json={"status": text, "in_reply_to_id": seen["id"]})
        got = await peer.wait_for("Create", lambda one: one.object_id == reply["uri"])
        assert got.activity["object"]["inReplyTo"] == post.object
        assert [tag["href"] for tag in got.activity["object"]["tag"]] == [peer.actor]
        for verb, kind in (("favourite", "Like"), ("reblog", "Announce")):
            await alice.post(f"/api/v1/statuses/{seen['id']}/{verb}")
            did = await peer.wait_for(kind)
            assert did.object_id == post.object
            await alice.post(f"/api/v1/statuses/{seen['id']}/un{verb}")
            undone = await peer.wait_for("Undo", lambda one, did=did: one.object_id == did.id)
            assert undone.activity["object"]["type"] == kind
        await alice.post(f"/api/v1/accounts/{account_id}/unfollow")

        async def alone() -> bool:
            return (await peer.state())["followers"] == []

        await eventually(alone, what="the Undo of our Follow")
        await _all_from_us_authentic(meet, scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_our_report_names_the_post_and_not_the_reporter(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        account_id = await _we_follow(meet.alice, meet.peer)
        post = await meet.peer.post("something bad")
        seen = await _arrived(meet.alice, post.object)
        body = {"account_id": account_id, "status_ids": [seen["id"]], "comment": "look at this", "forward": True}
        await meet.alice.post("/api/v1/reports", json=body)
        flag = await meet.peer.wait_for("Flag")
        assert sorted(flag.activity["object"]) == sorted([meet.peer.actor, post.object])
        assert flag.activity["content"] == "look at this"
        assert flag.actor != meet.actor()
        assert meet.actor() not in json.dumps(flag.activity)
        await _all_from_us_authentic(meet, scheme)


async def test_our_private_and_direct_posts_reach_whom_they_are_for(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        await _peer_follows(meet)
        await _find(meet.alice, meet.peer)
        among = await meet.alice.post("/api/v1/statuses", json={"status": "among us", "visibility": "private"})
        got = await meet.peer.wait_for("Create", lambda one: one.object_id == among["uri"])
        assert "https://www.w3.org/ns/activitystreams#Public" not in json.dumps(
            [got.activity["to"], got.activity.get("cc")]
        )
        assert (await meet.peer.read(among["uri"]))["json"]["id"] == among["uri"]
        assert (await _document(meet, among["uri"]))[0] in (401, 404)
        words = {"status": f"@{meet.peer.handle} psst", "visibility": "direct"}
        direct = await meet.alice.post("/api/v1/statuses", json=words)
        got = await meet.peer.wait_for("Create", lambda one: one.object_id == direct["uri"])
        assert got.activity["to"] in (meet.peer.actor, [meet.peer.actor])
        assert not got.activity.get("cc")


async def test_our_block_a_changed_profile_and_a_removed_follower(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        await _peer_follows(meet)
        account_id = await _find(meet.alice, meet.peer)
        await meet.alice.call("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "Alice the Second"})
        update = await meet.peer.wait_for("Update")
        assert update.activity["object"]["name"] == "Alice the Second"
        await meet.alice.post(f"/api/v1/accounts/{account_id}/remove_from_followers")
        rejected = await meet.peer.wait_for("Reject")
        assert (await meet.peer.state())["following"] == {meet.actor(): "rejected"}
        assert rejected.notes == []
        await meet.alice.post(f"/api/v1/accounts/{account_id}/block")
        block = await meet.peer.wait_for("Block")
        assert block.object_id == meet.peer.actor
        await meet.alice.post(f"/api/v1/accounts/{account_id}/unblock")
        undone = await meet.peer.wait_for("Undo")
        assert undone.object_id == block.id
        await _all_from_us_authentic(meet, "rfc9421")


# --- what the peer does, seen by us ---


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_peer_answers_and_reacts_and_takes_it_back(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        alice, peer = meet.alice, meet.peer
        await _peer_follows(meet)
        note = await alice.post("/api/v1/statuses", json={"status": "first"})
        path = f"/api/v1/statuses/{note['id']}"
        reply = await peer.post("an answer", in_reply_to=note["uri"])
        _taken(reply, scheme)
        mention = await _notified(alice, "mention")
        assert (mention["status"]["uri"], mention["status"]["in_reply_to_id"]) == (reply.object, note["id"])
        like, boost = await peer.like(note["uri"]), await peer.announce(note["uri"])
        _taken(like, scheme)
        _taken(boost, scheme)
        assert (await _notified(alice, "favourite"))["status"]["id"] == note["id"]
        assert (await _notified(alice, "reblog"))["status"]["id"] == note["id"]
        counted = await alice.get(path)
        assert (counted["replies_count"], counted["favourites_count"], counted["reblogs_count"]) == (1, 1, 1)
        context = await alice.get(f"{path}/context")
        assert [one["uri"] for one in context["descendants"]] == [reply.object]

        _taken(await peer.undo(like.id), scheme)
        _taken(await peer.undo(boost.id), scheme)
        await alice.until(path, lambda row: (row["favourites_count"], row["reblogs_count"]) == (0, 0))
        _taken(await peer.delete(reply.object), scheme)
        await alice.until(path, lambda row: row["replies_count"] == 0)
        assert (await alice.get(f"{path}/context"))["descendants"] == []
        _taken(await peer.unfollow(meet.actor()), scheme)
        await alice.until(f"/api/v1/accounts/{alice.account_id}", lambda row: row["followers_count"] == 0)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_peers_edit_and_deletion(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        await _we_follow(meet.alice, meet.peer)
        post = await meet.peer.post("first words", image={"alt": "a ramp"}, summary="a warning", sensitive=True)
        seen = await _arrived(meet.alice, post.object)
        assert (seen["spoiler_text"], seen["sensitive"]) == ("a warning", True)
        path = f"/api/v1/statuses/{seen['id']}"
        _taken(await meet.peer.update(post.object, "second words"), scheme)
        changed = await meet.alice.until(path, lambda row: row if "second words" in row["content"] else None)
        assert changed["edited_at"]
        assert [one["description"] for one in changed["media_attachments"]] == ["a ramp"]
        history = await meet.alice.get(f"{path}/history")
        assert ["first" in one["content"] for one in history] == [True, False]
        _taken(await meet.peer.delete(post.object), scheme)

        async def gone() -> bool:
            return (await meet.alice.raw("GET", path))[0] == 404

        await eventually(gone, what="the deletion")
        home = await meet.alice.get("/api/v1/timelines/home")
        assert all(row["uri"] != post.object for row in home)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_peers_report_reaches_the_moderators(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme, people=("olga", "alice")) as meet:
        note = await meet.alice.post("/api/v1/statuses", json={"status": "something bad"})
        _taken(await meet.peer.flag(meet.actor(), (note["uri"],), "not for me"), scheme)
        found = await _notified(meet.home.people["olga"], "admin.report")
        assert found["account"]["acct"] == meet.peer.handle
        report = found["report"]
        assert report["comment"] == "not for me"
        assert report["target_account"]["acct"] == "alice"
        assert report["status_ids"] == [note["id"]]


async def test_the_peer_decides_about_our_follow(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        alice, peer = meet.alice, meet.peer
        await peer.settings(autoAccept=False)
        account = await alice.find(f"@{peer.handle}")
        path = f"/api/v1/accounts/relationships?id[]={account['id']}"
        relation = await alice.post(f"/api/v1/accounts/{account['id']}/follow")
        assert relation["requested"] and not relation["following"]
        await peer.wait_for("Follow")
        assert (await peer.state())["waiting"] == [meet.actor()]
        await peer.reject(meet.actor())
        await alice.until(path, lambda rows: not rows[0]["requested"] and not rows[0]["following"])
        await alice.post(f"/api/v1/accounts/{account['id']}/follow")

        async def waiting() -> bool:
            return (await peer.state())["waiting"] == [meet.actor()]

        await eventually(waiting, what="our second Follow")
        await peer.accept(meet.actor())
        await alice.until(path, lambda rows: rows[0]["following"])


async def test_we_decide_about_the_peers_follow(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        alice, peer = meet.alice, meet.peer
        await alice.call("PATCH", "/api/v1/accounts/update_credentials", data={"locked": "true"})
        await peer.follow(f"@alice@{meet.base.removeprefix('http://')}")
        [request] = await alice.until("/api/v1/follow_requests", lambda rows: rows)
        assert (await peer.state())["following"] == {meet.actor(): "pending"}
        await alice.post(f"/api/v1/follow_requests/{request['id']}/reject")
        await peer.wait_for("Reject")
        assert (await peer.state())["following"] == {meet.actor(): "rejected"}
        await peer.follow(meet.actor())
        [request] = await alice.until("/api/v1/follow_requests", lambda rows: rows)
        await alice.post(f"/api/v1/follow_requests/{request['id']}/authorize")
        await peer.wait_for("Accept")
        assert (await peer.state())["following"] == {meet.actor(): "accepted"}


async def test_the_peers_private_and_direct_posts_stay_where_they_belong(tmp_path: Path) -> None:
    async with meeting(tmp_path, people=("alice", "eve")) as meet:
        alice, eve, peer = meet.alice, meet.home.people["eve"], meet.peer
        await _we_follow(alice, peer)
        friends = await peer.post("for friends", to="followers")
        direct = await peer.post("for alice", to="direct", mentions=(meet.actor(),))
        assert (await _arrived(alice, friends.object))["visibility"] == "private"
        mention = await _notified(alice, "mention")
        assert (mention["status"]["uri"], mention["status"]["visibility"]) == (direct.object, "direct")
        for status in (mention["status"], await _arrived(alice, friends.object)):
            assert (await eve.raw("GET", f"/api/v1/statuses/{status['id']}"))[0] == 404
        public = await eve.get("/api/v1/timelines/public")
        assert public == []


async def test_a_post_by_its_address_from_a_peer_that_wants_signed_fetches(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        await meet.peer.settings(authorizedFetch=True)
        post = await meet.peer.post("come and get me", image={"alt": "a ramp"})
        query = {"q": post.object, "resolve": "true"}
        found = await meet.alice.get("/api/v2/search", params=query)
        assert [one["uri"] for one in found["statuses"]] == [post.object]
        asked = [one for one in await meet.peer.fetched() if one["path"] == "/users/peer"]
        assert asked[-1]["status"] == 200 and asked[-1]["scheme"] is not None


async def test_a_changed_profile_a_block_and_a_reaction_of_the_peer(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        account_id = await _we_follow(meet.alice, meet.peer)
        await meet.peer.profile(name="A renamed peer")
        await meet.alice.until(f"/api/v1/accounts/{account_id}", lambda row: row["display_name"] == "A renamed peer")
        note = await meet.alice.post("/api/v1/statuses", json={"status": "react to me"})
        reaction = {"type": "EmojiReact", "object": note["uri"], "content": "👍"}
        _taken(await meet.peer.send(reaction, meet.actor()), "rfc9421")
        _taken(await meet.peer.send({"type": "Block", "object": meet.actor()}, meet.actor()), "rfc9421")
        await meet.alice.until(
            f"/api/v1/accounts/relationships?id[]={account_id}",
            lambda rows: rows[0]["blocked_by"] and not rows[0]["following"],
        )


# --- signatures and proofs ---


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
        _taken(await meet.peer.like(note["uri"]), scheme)
        assert (await _notified(meet.alice, "favourite"))["status"]["id"] == note["id"]


async def test_we_learn_the_scheme_of_a_peer(tmp_path: Path) -> None:
    async with meeting(tmp_path, scheme="rfc9421") as meet:
        await meet.peer.settings(challenge=True)
        await _peer_follows(meet)
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
        assert (await _document(meet, note["uri"]))[0] == 401
        read = await meet.peer.read(note["uri"])
        assert read["json"]["id"] == note["uri"]
        asked = [one for one in await meet.peer.sent() if one["url"] == note["uri"]]
        assert (asked[0]["scheme"], asked[0]["status"]) == (scheme, 200)
        await _peer_follows(meet)


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
        await _we_follow(meet.alice, meet.peer)
        activity = await _passed_on(meet.peer, carrier, "as-it-was")
        forged = {**activity, "object": {**activity["object"], "content": "<p>forged</p>"}}
        unproven = {name: value for name, value in activity.items() if name not in ("proof", "signature")}
        only_linked_data = {name: value for name, value in activity.items() if name != "proof"}
        for bad in (forged, unproven, only_linked_data):
            done = await carrier.forward(json.dumps(bad), f"{meet.base}/inbox")
            assert [one["status"] for one in done.posts] == [401]
        done = await carrier.forward(json.dumps(activity), f"{meet.base}/inbox")
        assert [(one["scheme"], one["status"]) for one in done.posts] == [(scheme, 202)]
        seen = await _arrived(meet.alice, activity["object"]["id"])
        assert seen["content"] == "<p>as-it-was</p>"


async def test_what_we_publish_counts_by_our_proof(tmp_path: Path) -> None:
    async with FedifyPeer("reader") as reader, meeting(tmp_path) as meet:
        await _peer_follows(meet)
        await meet.alice.post("/api/v1/statuses", json={"status": "carry this"})
        activity = (await meet.peer.wait_for("Create")).activity
        forged = {**activity, "object": {**activity["object"], "content": "<p>forged</p>"}}
        for body, status in ((forged, 401), (activity, 202)):
            done = await meet.peer.forward(json.dumps(body), f"{reader.origin}/inbox")
            assert [one["status"] for one in done.posts] == [status]
        got = await reader.wait_for("Create")
        assert got.activity == activity
        assert not got.signature["owner"], "the carrier signed the request; the proof is all there is of the author"


async def _posts_of_every_kind(meet: Meeting) -> dict[str, str]:
    """URIs by kind."""

    async def post(**words: Any) -> Any:
        return await meet.alice.post("/api/v1/statuses", json=words)

    media_id = await _upload(meet.alice, "a red rectangle")
    plain = await post(status="plain")
    warned = await post(status="nothing to see", spoiler_text="a warning", sensitive=True, language="en")
    picture = await post(status="look #Robots", media_ids=[media_id])
    reply = await post(status="an answer", in_reply_to_id=plain["id"])
    mention = await post(status=f"@{meet.peer.handle} hello")
    unlisted = await post(status="quietly", visibility="unlisted")
    await meet.alice.post(f"/api/v1/statuses/{plain['id']}/pin")
    kinds = {"plain": plain, "warned": warned, "picture": picture, "reply": reply, "mention": mention}
    return {kind: row["uri"] for kind, row in {**kinds, "unlisted": unlisted}.items()}


async def test_the_peer_reads_all_that_we_publish(tmp_path: Path) -> None:
    """Each document as JSON-LD without loss, with its proof where it has one."""
    async with meeting(tmp_path) as meet:
        await _peer_follows(meet)
        await _find(meet.alice, meet.peer)
        posts = await _posts_of_every_kind(meet)
        for kind, uri in posts.items():
            read = await meet.peer.read(uri)
            assert read["type"] == "Note"
            assert read["jsonld"] is None, (kind, read["jsonld"])
            assert (read["proofs"]["found"], read["proofs"]["verified"]) == (1, 1), (kind, read["proofs"])
        person = await meet.peer.read(meet.actor())
        assert (person["type"], person["jsonld"]) == ("Person", None)
        assert person["json"]["preferredUsername"] == "alice"
        outbox = await meet.peer.items(person["json"]["outbox"])
        assert outbox["total"] == len(posts)
        assert set(outbox["items"]) == {f"{uri}/activity" for uri in posts.values()}
        assert (await meet.peer.items(person["json"]["featured"]))["items"] == [posts["plain"]]
        assert (await meet.peer.items(person["json"]["followers"]))["total"] == 1
        replies = (await meet.peer.read(posts["plain"]))["json"]["replies"]
        assert (await meet.peer.items(replies if isinstance(replies, str) else replies["id"]))["items"] == [
            posts["reply"]
        ]
        for name in ("outbox", "featured", "followers", "following", "featuredTags"):
            assert (await meet.peer.read(person["json"][name]))["jsonld"] is None, name
        nodeinfo = await meet.peer.nodeinfo(meet.base)
        assert nodeinfo is not None and nodeinfo["software"]["name"] == "fedserver"
        assert nodeinfo["usage"]["localPosts"] == len(posts)


async def test_the_peer_moves_and_our_people_follow(tmp_path: Path) -> None:
    async with FedifyPeer("newhome") as target, meeting(tmp_path, others=(target,)) as meet:
        account_id = await _we_follow(meet.alice, meet.peer)
        await target.profile(aliases=[meet.peer.actor])
        _taken(await meet.peer.move(target.actor), "rfc9421")

        async def followed() -> bool:
            return (await target.state())["followers"] == [meet.actor()]

        await eventually(followed, what="our Follow of the new account")
        undo = await meet.peer.wait_for("Undo")
        assert undo.activity["object"]["type"] == "Follow"
        moved = await meet.alice.get(f"/api/v1/accounts/{account_id}")
        assert moved["moved"]["acct"] == target.handle


async def test_a_move_that_the_new_account_does_not_confirm_changes_nothing(tmp_path: Path) -> None:
    async with FedifyPeer("newhome") as target, meeting(tmp_path, others=(target,)) as meet:
        account_id = await _we_follow(meet.alice, meet.peer)
        await meet.peer.move(target.actor)
        post = await meet.peer.post("still here")
        await _arrived(meet.alice, post.object)
        assert (await target.state())["followers"] == []
        path = f"/api/v1/accounts/relationships?id[]={account_id}"
        assert (await meet.alice.get(path))[0]["following"]


# --- what people do next ---


async def test_posts_from_before_the_follow_come_home(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        posts = [(await meet.peer.post(f"number {n}")).object for n in range(3)]
        friends = await meet.peer.post("for friends", to="followers")
        account_id = await _we_follow(meet.alice, meet.peer)
        rows = await meet.alice.until(f"/api/v1/accounts/{account_id}/statuses", lambda rows: len(rows) >= 3 and rows)
        assert {row["uri"] for row in rows} == set(posts)
        assert friends.object not in {row["uri"] for row in rows}


async def test_a_boost_of_a_third_servers_post_brings_that_post(tmp_path: Path) -> None:
    async with FedifyPeer("third") as third, meeting(tmp_path, others=(third,)) as meet:
        await _we_follow(meet.alice, meet.peer)
        post = await third.post("from elsewhere", image={"alt": "a ramp"})
        boost = await meet.peer.announce(post.object)
        home = "/api/v1/timelines/home"
        seen = await meet.alice.until(home, lambda rows: next((row for row in rows if row["reblog"]), None))
        assert seen["uri"] == boost.id
        assert seen["account"]["acct"] == meet.peer.handle
        assert (seen["reblog"]["uri"], seen["reblog"]["account"]["acct"]) == (post.object, third.handle)
        assert seen["reblog"]["media_attachments"][0]["description"] == "a ramp"
        await meet.peer.undo(boost.id)
        await meet.alice.until(home, lambda rows: all(not row["reblog"] for row in rows))


async def test_nobody_speaks_for_another_server(tmp_path: Path) -> None:
    """Mallory signs properly, as Mallory; the activities are about what is not hers."""
    async with FedifyPeer("mallory") as mallory, meeting(tmp_path, others=(mallory,)) as meet:
        alice, peer = meet.alice, meet.peer
        await _we_follow(alice, peer)
        post = await peer.post("mine")
        seen = await _arrived(alice, post.object)
        ours = await alice.post("/api/v1/statuses", json={"status": "also mine"})
        like = await peer.like(ours["uri"])
        await _notified(alice, "favourite")
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


async def test_an_account_that_leaves_takes_everything_along(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        await _we_follow(meet.alice, meet.peer)
        post = await meet.peer.post("soon gone")
        seen = await _arrived(meet.alice, post.object)
        leave = {"type": "Delete", "object": meet.peer.actor, "to": PUBLIC}
        _taken(await meet.peer.send(leave, meet.actor()), "rfc9421")
        await meet.alice.until(f"/api/v1/accounts/{meet.alice.account_id}", lambda row: row["following_count"] == 0)

        async def gone() -> bool:
            return (await meet.alice.raw("GET", f"/api/v1/statuses/{seen['id']}"))[0] == 404

        await eventually(gone, what="the removal of the posts")
