"""The Fedify peer against itself: what it says about signatures, proofs and state is worth something only if two of
them agree. Our node is not in here; tests/federation/test_fedify_peer.py has it."""

from __future__ import annotations

import aiohttp
import pytest
from peers.fedify import FedifyPeer, PeerError, Scheme, eventually
from peers.fedify_install import unavailable_reason


@pytest.fixture(scope="module", autouse=True)
def _peers() -> None:
    reason = unavailable_reason()
    if reason is not None:
        pytest.skip(reason)


async def _befriend(follower: FedifyPeer, author: FedifyPeer) -> None:
    await follower.follow(author.actor)

    async def accepted() -> bool:
        return (await follower.state())["following"].get(author.actor) == "accepted"

    await eventually(accepted, what="the Accept")
    assert (await author.state())["followers"] == [follower.actor]


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_two_peers_do_everything_to_each_other(scheme: Scheme) -> None:
    async with FedifyPeer("ana") as ana, FedifyPeer("bob") as bob:
        await ana.settings(scheme=scheme)
        await bob.settings(scheme=scheme)
        await _befriend(ana, bob)
        post = await bob.post("a picture", image={"alt": "a ramp", "width": 20, "height": 10})
        create = await ana.wait_for("Create")
        assert create.object_id == post.object
        assert create.path == "/inbox"
        assert (create.signature["scheme"], create.signature["verified"], create.signature["owner"]) == (
            scheme,
            True,
            True,
        )
        assert (create.proofs["found"], create.proofs["verified"], create.proofs["authentic"]) == (1, 1, True)
        assert create.activity["object"]["attachment"][0]["name"] == "a ramp"
        assert post.posts[0]["status"] == 202 and post.posts[0]["sync"]

        reply = await ana.post("seen", in_reply_to=post.object)
        like = await ana.like(post.object)
        boost = await ana.announce(post.object)
        await ana.undo(like.id)
        await ana.undo(boost.id)
        await bob.update(post.object, "another text")
        await bob.delete(post.object)
        await ana.flag(bob.actor, (post.object,), "not for me")
        await ana.unfollow(bob.actor)

        got = await bob.received()
        assert [one.type for one in got] == ["Follow", "Create", "Like", "Announce", "Undo", "Undo", "Flag", "Undo"]
        assert got[1].object_id == reply.object
        assert got[1].activity["object"]["inReplyTo"] == post.object
        assert [one.type for one in await ana.received()] == ["Accept", "Create", "Update", "Delete"]
        for one in [*got, *await ana.received()]:
            assert one.handled and one.status == 202, one
            assert one.signature["verified"] and one.signature["scheme"] == scheme, one
            assert one.notes == []
        assert (await bob.state())["followers"] == []


async def test_documents_of_a_peer() -> None:
    async with FedifyPeer("ana") as ana, FedifyPeer("bob") as bob:
        await _befriend(ana, bob)
        open_post = await bob.post("for all", image={"alt": "a ramp", "width": 20, "height": 10})
        friends = await bob.post("for friends", to="followers")
        assert (await ana.read(open_post.object))["type"] == "Note"
        assert (await ana.read(friends.object))["json"]["content"] == "<p>for friends</p>"
        assert (await ana.items(f"{bob.actor}/followers")) == {"total": 1, "items": [ana.actor]}
        assert (await ana.items(f"{bob.actor}/outbox"))["items"] == [open_post.id]
        assert (await ana.nodeinfo(bob.origin))["software"]["name"] == "fedserver-test-peer"
        assert (await ana.follow(f"@{bob.handle}")).posts[0]["status"] == 202
        async with aiohttp.ClientSession() as session:
            headers = {"accept": "application/activity+json"}
            async with session.get(friends.object, headers=headers) as response:
                assert response.status == 401
            url = (await ana.read(open_post.object))["json"]["attachment"]["url"]
            async with session.get(url) as response:
                assert response.content_type == "image/png"
                assert (await response.read()).startswith(b"\x89PNG")
            await bob.delete(open_post.object)
            async with session.get(open_post.object, headers=headers) as response:
                assert response.status == 410


async def test_manual_answers_and_no_proofs() -> None:
    async with FedifyPeer("ana") as ana, FedifyPeer("bob") as bob:
        await bob.settings(autoAccept=False)
        await ana.settings(proofs=False)
        await ana.follow(bob.actor)
        state = await bob.state()
        assert (state["followers"], state["waiting"]) == ([], [ana.actor])
        sheet = await bob.wait_for("Follow")
        assert sheet.proofs["found"] == 0
        assert sheet.signature["verified"]
        await bob.reject(ana.actor)
        assert (await ana.state())["following"] == {bob.actor: "rejected"}
        await ana.follow(bob.actor)
        await bob.accept(ana.actor)
        assert (await ana.state())["following"] == {bob.actor: "accepted"}
        with pytest.raises(PeerError, match="did not ask"):
            await bob.accept(ana.actor)


async def test_refusals_are_recorded() -> None:
    async with FedifyPeer() as peer, aiohttp.ClientSession() as session:
        await peer.settings(challenge=True)
        activity = {"@context": "https://www.w3.org/ns/activitystreams", "id": "http://127.0.0.1:1/x", "type": "Like"}
        body = {**activity, "actor": "http://127.0.0.1:1/nobody", "object": peer.actor}
        async with session.post(f"{peer.origin}/inbox", json=body) as response:
            assert response.status == 401
            assert "accept-signature" in response.headers
        sheet = await peer.wait_for("Like", lambda one: not one.handled)
        assert (sheet.status, sheet.handled, sheet.refused) == (401, False, "noSignature")
        assert sheet.signature["reason"] == "noSignature"


async def test_words_that_no_context_defines_are_told() -> None:
    async with FedifyPeer() as peer, aiohttp.ClientSession() as session:
        like = {"@context": "https://www.w3.org/ns/activitystreams", "id": "http://127.0.0.1:1/x", "type": "Like"}
        for body in (like, {**like, "blurhash": "x"}):
            async with session.post(f"{peer.origin}/inbox", json={**body, "actor": peer.actor}) as response:
                assert response.status == 401
        plain, unknown = await peer.received("Like")
        assert plain.jsonld is None
        assert unknown.jsonld is not None and "blurhash" in unknown.jsonld


async def test_an_actor_that_wants_signed_fetches() -> None:
    async with FedifyPeer("ana") as ana, FedifyPeer("bob") as bob, aiohttp.ClientSession() as session:
        await bob.settings(authorizedFetch=True)
        async with session.get(bob.actor, headers={"accept": "application/activity+json"}) as response:
            assert response.status == 401
        assert (await ana.read(bob.actor))["json"]["preferredUsername"] == "bob"
        assert [(one["scheme"], one["status"]) for one in await bob.fetched()] == [(None, 401), ("rfc9421", 200)]
