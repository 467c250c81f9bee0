"""What a server made of Fedify reads of our node, and what ours fetches of it; accounts that move or leave."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from peers.fedify import FedifyPeer, eventually
from peers.meeting import Meeting, meeting
from peers.steps import PUBLIC, arrived, find, peer_follows, skip_without_peer, taken, upload, we_follow


@pytest.fixture(scope="module", autouse=True)
def _peer_can_be_had() -> None:
    skip_without_peer()


async def _posts_of_every_kind(meet: Meeting) -> dict[str, str]:
    """URIs by kind."""

    async def post(**words: Any) -> Any:
        return await meet.alice.post("/api/v1/statuses", json=words)

    media_id = await upload(meet.alice, "a red rectangle")
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
        await peer_follows(meet)
        await find(meet.alice, meet.peer)
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
        account_id = await we_follow(meet.alice, meet.peer)
        await target.profile(aliases=[meet.peer.actor])
        taken(await meet.peer.move(target.actor), "rfc9421")

        async def followed() -> bool:
            return (await target.state())["followers"] == [meet.actor()]

        await eventually(followed, what="our Follow of the new account")
        undo = await meet.peer.wait_for("Undo")
        assert undo.activity["object"]["type"] == "Follow"
        moved = await meet.alice.get(f"/api/v1/accounts/{account_id}")
        assert moved["moved"]["acct"] == target.handle


async def test_a_move_that_the_new_account_does_not_confirm_changes_nothing(tmp_path: Path) -> None:
    async with FedifyPeer("newhome") as target, meeting(tmp_path, others=(target,)) as meet:
        account_id = await we_follow(meet.alice, meet.peer)
        await meet.peer.move(target.actor)
        post = await meet.peer.post("still here")
        await arrived(meet.alice, post.object)
        assert (await target.state())["followers"] == []
        path = f"/api/v1/accounts/relationships?id[]={account_id}"
        assert (await meet.alice.get(path))[0]["following"]


async def test_posts_from_before_the_follow_come_home(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        posts = [(await meet.peer.post(f"number {n}")).object for n in range(3)]
        friends = await meet.peer.post("for friends", to="followers")
        account_id = await we_follow(meet.alice, meet.peer)
        rows = await meet.alice.until(f"/api/v1/accounts/{account_id}/statuses", lambda rows: len(rows) >= 3 and rows)
        assert {row["uri"] for row in rows} == set(posts)
        assert friends.object not in {row["uri"] for row in rows}


async def test_a_boost_of_a_third_servers_post_brings_that_post(tmp_path: Path) -> None:
    async with FedifyPeer("third") as third, meeting(tmp_path, others=(third,)) as meet:
        await we_follow(meet.alice, meet.peer)
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


async def test_an_account_that_leaves_takes_everything_along(tmp_path: Path) -> None:
    async with meeting(tmp_path) as meet:
        await we_follow(meet.alice, meet.peer)
        post = await meet.peer.post("soon gone")
        seen = await arrived(meet.alice, post.object)
        leave = {"type": "Delete", "object": meet.peer.actor, "to": PUBLIC}
        taken(await meet.peer.send(leave, meet.actor()), "rfc9421")
        await meet.alice.until(f"/api/v1/accounts/{meet.alice.account_id}", lambda row: row["following_count"] == 0)

        async def gone() -> bool:
            return (await meet.alice.raw("GET", f"/api/v1/statuses/{seen['id']}"))[0] == 404

        await eventually(gone, what="the removal of the posts")
