"""Our node and a server made of Fedify: everything people do to each other, seen on both ends, in both signature
schemes. Fedify shares no code with us; its word on our activities is a second opinion, and its own are input that we
did not make."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from peers.fedify import Scheme, eventually
from peers.meeting import meeting
from peers.steps import (
    SCHEMES,
    all_from_us_authentic,
    arrived,
    document,
    find,
    notified,
    peer_follows,
    skip_without_peer,
    taken,
    upload,
    we_follow,
)
from PIL import Image


@pytest.fixture(scope="module", autouse=True)
def _peer_can_be_had() -> None:
    skip_without_peer()


# --- what we do, seen by the peer ---


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_our_post_with_an_image_its_edit_and_its_deletion(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        await peer_follows(meet)
        follower = await notified(meet.alice, "follow")
        assert follower["account"]["acct"] == meet.peer.handle
        media_id = await upload(meet.alice, "a red rectangle")
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
        assert (await document(meet, note["uri"]))[0] == 410
        await all_from_us_authentic(meet, scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_we_follow_answer_and_react_and_take_it_back(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        alice, peer = meet.alice, meet.peer
        account_id = await we_follow(alice, peer)
        assert (await peer.state())["followers"] == [meet.actor()]
        post = await peer.post("a picture", image={"alt": "a ramp", "width": 60, "height": 40})
        taken(post, scheme)
        seen = await arrived(alice, post.object)
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
        await all_from_us_authentic(meet, scheme)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_our_report_names_the_post_and_not_the_reporter(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        account_id = await we_follow(meet.alice, meet.peer)
        post = await meet.peer.post("something bad")
        seen = await arrived(meet.alice, post.object)
        body = {"account_id": account_id, "status_ids": [seen["id"]], "comment": "look at this", "forward": True}
        await meet.alice.post("/api/v1/reports", json=body)
        flag = await meet.peer.wait_for("Flag")
        assert sorted(flag.activity["object"]) == sorted([meet.peer.actor, post.object])
        assert flag.activity["content"] == "look at this"
        assert flag.actor != meet.actor()
        assert meet.actor() not in json.dumps(flag.activity)
        await all_from_us_authentic(meet, scheme)


async def test_our_private_and_direct_posts_reach_whom_they_are_for(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        await peer_follows(meet)
        await find(meet.alice, meet.peer)
        among = await meet.alice.post("/api/v1/statuses", json={"status": "among us", "visibility": "private"})
        got = await meet.peer.wait_for("Create", lambda one: one.object_id == among["uri"])
        assert "https://www.w3.org/ns/activitystreams#Public" not in json.dumps(
            [got.activity["to"], got.activity.get("cc")]
        )
        assert (await meet.peer.read(among["uri"]))["json"]["id"] == among["uri"]
        assert (await document(meet, among["uri"]))[0] in (401, 404)
        words = {"status": f"@{meet.peer.handle} psst", "visibility": "direct"}
        direct = await meet.alice.post("/api/v1/statuses", json=words)
        got = await meet.peer.wait_for("Create", lambda one: one.object_id == direct["uri"])
        assert got.activity["to"] in (meet.peer.actor, [meet.peer.actor])
        assert not got.activity.get("cc")


async def test_our_block_a_changed_profile_and_a_removed_follower(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        await peer_follows(meet)
        account_id = await find(meet.alice, meet.peer)
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
        await all_from_us_authentic(meet, "rfc9421")


# --- what the peer does, seen by us ---


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_peer_answers_and_reacts_and_takes_it_back(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        alice, peer = meet.alice, meet.peer
        await peer_follows(meet)
        note = await alice.post("/api/v1/statuses", json={"status": "first"})
        path = f"/api/v1/statuses/{note['id']}"
        reply = await peer.post("an answer", in_reply_to=note["uri"])
        taken(reply, scheme)
        mention = await notified(alice, "mention")
        assert (mention["status"]["uri"], mention["status"]["in_reply_to_id"]) == (reply.object, note["id"])
        like, boost = await peer.like(note["uri"]), await peer.announce(note["uri"])
        taken(like, scheme)
        taken(boost, scheme)
        assert (await notified(alice, "favourite"))["status"]["id"] == note["id"]
        assert (await notified(alice, "reblog"))["status"]["id"] == note["id"]
        counted = await alice.get(path)
        assert (counted["replies_count"], counted["favourites_count"], counted["reblogs_count"]) == (1, 1, 1)
        context = await alice.get(f"{path}/context")
        assert [one["uri"] for one in context["descendants"]] == [reply.object]

        taken(await peer.undo(like.id), scheme)
        taken(await peer.undo(boost.id), scheme)
        await alice.until(path, lambda row: (row["favourites_count"], row["reblogs_count"]) == (0, 0))
        taken(await peer.delete(reply.object), scheme)
        await alice.until(path, lambda row: row["replies_count"] == 0)
        assert (await alice.get(f"{path}/context"))["descendants"] == []
        taken(await peer.unfollow(meet.actor()), scheme)
        await alice.until(f"/api/v1/accounts/{alice.account_id}", lambda row: row["followers_count"] == 0)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_peers_edit_and_deletion(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme) as meet:
        await we_follow(meet.alice, meet.peer)
        post = await meet.peer.post("first words", image={"alt": "a ramp"}, summary="a warning", sensitive=True)
        seen = await arrived(meet.alice, post.object)
        assert (seen["spoiler_text"], seen["sensitive"]) == ("a warning", True)
        path = f"/api/v1/statuses/{seen['id']}"
        taken(await meet.peer.update(post.object, "second words"), scheme)
        changed = await meet.alice.until(path, lambda row: row if "second words" in row["content"] else None)
        assert changed["edited_at"]
        assert [one["description"] for one in changed["media_attachments"]] == ["a ramp"]
        history = await meet.alice.get(f"{path}/history")
        assert ["first" in one["content"] for one in history] == [True, False]
        taken(await meet.peer.delete(post.object), scheme)

        async def gone() -> bool:
            return (await meet.alice.raw("GET", path))[0] == 404

        await eventually(gone, what="the deletion")
        home = await meet.alice.get("/api/v1/timelines/home")
        assert all(row["uri"] != post.object for row in home)


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_the_peers_report_reaches_the_moderators(tmp_path: Path, scheme: Scheme) -> None:
    async with meeting(tmp_path, scheme=scheme, people=("olga", "alice")) as meet:
        note = await meet.alice.post("/api/v1/statuses", json={"status": "something bad"})
        taken(await meet.peer.flag(meet.actor(), (note["uri"],), "not for me"), scheme)
        found = await notified(meet.home.people["olga"], "admin.report")
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
        await we_follow(alice, peer)
        friends = await peer.post("for friends", to="followers")
        direct = await peer.post("for alice", to="direct", mentions=(meet.actor(),))
        assert (await arrived(alice, friends.object))["visibility"] == "private"
        mention = await notified(alice, "mention")
        assert (mention["status"]["uri"], mention["status"]["visibility"]) == (direct.object, "direct")
        for status in (mention["status"], await arrived(alice, friends.object)):
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
        account_id = await we_follow(meet.alice, meet.peer)
        await meet.peer.profile(name="A renamed peer")
        await meet.alice.until(f"/api/v1/accounts/{account_id}", lambda row: row["display_name"] == "A renamed peer")
        note = await meet.alice.post("/api/v1/statuses", json={"status": "react to me"})
        reaction = {"type": "EmojiReact", "object": note["uri"], "content": "👍"}
        taken(await meet.peer.send(reaction, meet.actor()), "rfc9421")
        taken(await meet.peer.send({"type": "Block", "object": meet.actor()}, meet.actor()), "rfc9421")
        await meet.alice.until(
            f"/api/v1/accounts/relationships?id[]={account_id}",
            lambda rows: rows[0]["blocked_by"] and not rows[0]["following"],
        )
