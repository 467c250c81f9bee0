"""What others read here: discovery, actors, posts, collections, and who may not."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from federation_support import PUBLIC, node

from fedserver.db.queries import accounts, statuses
from fedserver.db.queries.statuses import DIRECT, FOLLOWERS, UNLISTED
from fedserver.services import boosts, follows, moderation, pins
from fedserver.services import statuses as status_service
from keys.pair import PublicKey
from protocol import webfinger
from protocol.activitystreams.read import read_activity, read_actor, read_collection, read_object, read_tombstone
from protocol.activitystreams.values import Collection, CollectionPage
from protocol.authority import check_key
from protocol.proofs import ProofVerified, check_proof


async def test_webfinger_leads_to_the_actor_and_back(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        domain = n.parts.site.domain
        answer = await n.get(f"/.well-known/webfinger?resource=acct:bob@{domain}")
        assert answer.status == 200
        assert answer.headers["Content-Type"] == "application/jrd+json"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        jrd = webfinger.read_jrd(answer.json)
        assert jrd.self_href == bob.uri
        assert str(jrd.handle) == f"bob@{domain}"
        by_url = await n.get(f"/.well-known/webfinger?resource={bob.uri}&rel=self")
        assert [link["rel"] for link in by_url.json["links"]] == ["self"]
        own = webfinger.read_jrd((await n.get(f"/.well-known/webfinger?resource={n.base}/")).json)
        assert own.self_href == f"{n.base}/actor"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?resource=", 400),
        ("?resource=nothing", 400),
        ("?resource=acct:bob@{domain}&resource=acct:bob@{domain}", 400),
        ("?resource=acct:bob@elsewhere.test", 404),
        ("?resource=acct:nobody@{domain}", 404),
        ("?resource=https://elsewhere.test/users/bob", 404),
        ("?resource=acct:bob@{domain}%00", 400),
    ],
)
async def test_webfinger_refuses(tmp_path: Path, query: str, status: int) -> None:
    async with node(tmp_path) as n:
        await n.local()
        path = "/.well-known/webfinger" + query.format(domain=n.parts.site.domain)
        assert (await n.get(path)).status == status


async def test_nodeinfo_and_host_meta(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        await n.post(bob)
        links = (await n.get("/.well-known/nodeinfo")).json["links"]
        assert [link["href"] for link in links] == [f"{n.base}/nodeinfo/2.1", f"{n.base}/nodeinfo/2.0"]
        for version in ("2.0", "2.1"):
            found = (await n.get(f"/nodeinfo/{version}")).json
            assert found["version"] == version
            assert found["usage"] == {
                "users": {"total": 1, "activeMonth": 1, "activeHalfyear": 1},
                "localPosts": 1,
                "localComments": 0,
            }
            assert found["openRegistrations"] is True
            assert found["metadata"] == {"upstream": {"name": "mastodon"}}
        assert b"{uri}" in (await n.get("/.well-known/host-meta")).body
        assert "{uri}" in (await n.get("/.well-known/host-meta.json")).json["links"][0]["template"]


async def test_the_actor_lists_its_keys_and_is_itself(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local(note="<p>hi</p>")
        answer = await n.get("/users/bob")
        assert answer.headers["Content-Type"].startswith("application/activity+json")
        assert {"Accept", "Signature"} <= {part.strip() for part in answer.headers["Vary"].split(",")}
        actor = read_actor(answer.json)
        assert actor.id == bob.uri == f"{n.base}/users/bob"
        key = check_key(actor, f"{bob.uri}#main-key")
        assert key is not None
        PublicKey.from_pem(key.pem)
        assert len(actor.assertion_methods) == 1
        again = await n.get("/users/bob", tag=answer.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        instance = read_actor((await n.get("/actor")).json)
        assert (instance.id, instance.type) == (f"{n.base}/actor", "Application")
        for name in ("outbox", "followers", "following"):
            assert (await n.get(f"/actor/{name}")).json["totalItems"] == 0


async def test_people_go_to_the_page(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        post = await n.post(bob)
        profile = await n.get("/users/bob", accept="text/html")
        assert (profile.status, profile.headers["Location"]) == (302, "/@bob")
        assert "Accept" in profile.headers["Vary"]
        page = await n.get(post.uri, accept="text/html,application/xhtml+xml")
        assert (page.status, page.headers["Location"]) == (302, f"/@bob/{post.id}")


async def test_the_address_of_a_page_answers_to_servers(tmp_path: Path) -> None:
    """What people copy from their browser and paste into a search elsewhere."""
    async with node(tmp_path) as n:
        bob = await n.local()
        post, hidden = await n.post(bob), await n.post(bob, visibility=FOLLOWERS)
        profile = await n.get("/@bob")
        assert (profile.status, read_actor(profile.json).id) == (200, bob.uri)
        assert "Accept" in profile.headers["Vary"]
        note = await n.get(f"/@bob/{post.id}")
        assert (note.status, read_object(note.json).id) == (200, post.uri)
        for path in ("/@nobody", f"/@bob/{hidden.id}", "/@bob/1", "/@bob/x"):
            assert (await n.get(path)).status == 404, path


async def test_unknown_and_deleted_actors(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        await n.run(lambda unit: unit.run(accounts.change(bob.id, {"deleted_at": unit.now})))
        gone = await n.get("/users/bob")
        assert gone.status == 410
        assert read_tombstone(gone.json).id == bob.uri
        for path in ("/users/nobody", "/users/instance.actor", "/users/nobody/outbox", "/users/bob/outbox"):
            assert (await n.get(path)).status == 404, path


async def test_a_post_carries_its_proof_and_reads_as_written(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        post = await n.post(bob, "hello #world", spoiler="careful")
        answer = await n.get(post.uri)
        note = read_object(answer.json)
        assert (note.id, note.attributed_to, note.warning) == (post.uri, bob.uri, "careful")
        assert note.to == (PUBLIC,)
        assert [tag.name for tag in note.hashtags] == ["world"]
        keys = read_actor((await n.get("/users/bob")).json).assertion_methods
        key = PublicKey.from_multikey(keys[0].public_key_multibase)
        assert isinstance(check_proof(answer.json, key, n.parts.clock.now_ms()), ProofVerified)
        create = (await n.get(f"{post.uri}/activity")).json
        assert read_activity(create).type == "Create"
        assert isinstance(check_proof(create, key, n.parts.clock.now_ms()), ProofVerified)
        for kind in ("likes", "shares"):
            assert (await n.get(f"{post.uri}/{kind}")).json["totalItems"] == 0


async def test_a_deleted_post_leaves_a_tombstone(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        post = await n.post(bob)
        await n.run(lambda unit: status_service.delete(unit, bob.id, post.id))
        gone = await n.get(post.uri)
        assert gone.status == 410
        assert read_tombstone(gone.json).id == post.uri


@pytest.mark.parametrize("visibility", [FOLLOWERS, DIRECT])
async def test_a_private_post_is_there_for_whom_it_is_for(tmp_path: Path, visibility: int) -> None:
    """VIS-02, VIS-03."""
    async with node(tmp_path) as n:
        bob = await n.local()
        alice, carol, named = (n.peer.actor(name=name) for name in ("alice", "carol", "named"))
        follower = await n.follow(bob, alice)
        await n.follow(bob, carol)
        mentioned = await n.follow(bob, named)

        def followed(unit: Any) -> None:
            follows.follow(unit, follower, bob)

        await n.run(followed)
        post = await n.post(bob, f"psst @{mentioned.acct}", visibility=visibility)
        for path in ("", "/activity", "/replies", "/likes", "/shares"):
            assert (await n.get(post.uri + path)).status == 404, path
            assert (await n.get(post.uri + path, signer=carol)).status == 404, path
            answer = await n.get(post.uri + path, signer=named)
            assert answer.status == 200, path
            assert answer.headers["Cache-Control"] == "private, no-store"
            expected = 200 if visibility == FOLLOWERS else 404
            assert (await n.get(post.uri + path, signer=alice)).status == expected, path
        n.peer.pages.pop(named.uri)
        tampered = await n.get(post.uri, signer=named, change=lambda h: h.update(Date="Thu, 01 Jan 1970 00:00:00 GMT"))
        assert tampered.status == 404


async def test_the_outbox_shows_open_posts_only(tmp_path: Path) -> None:
    """VIS-01."""
    async with node(tmp_path) as n:
        bob = await n.local()
        ann = await n.local("ann")
        shown = [await n.post(bob, f"public {i}") for i in range(22)]
        shown.append(await n.post(bob, "unlisted", visibility=UNLISTED))
        for visibility in (FOLLOWERS, DIRECT):
            await n.post(bob, "secret", visibility=visibility)
        theirs = await n.post(ann, "boosted")
        await n.run(lambda unit: boosts.boost(unit, bob.id, theirs.id))
        outbox = read_collection((await n.get("/users/bob/outbox")).json)
        assert isinstance(outbox, Collection)
        assert outbox.total == 24
        found: list[str] = []
        url: str | None = outbox.first
        while url is not None:
            answer = await n.get(url)
            assert b"secret" not in answer.body
            page = read_collection(answer.json)
            assert isinstance(page, CollectionPage)
            found += [read_activity(item.document or {}).type for item in page.items]
            url = page.next if page.items else None
        assert found == ["Announce", *["Create"] * 23]
        last = read_collection((await n.get("/users/bob/outbox?min_id=0&page=true")).json)
        assert (last.items[-1].document or {})["object"]["id"] == shown[0].uri


async def test_a_boost_of_what_became_private_is_not_shown(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, ann = await n.local(), await n.local("ann")
        theirs = await n.post(ann)
        boost = await n.run(lambda unit: boosts.boost(unit, bob.id, theirs.id))
        uri = f"{n.base}/users/bob/statuses/{boost}/activity"
        assert read_activity((await n.get(uri)).json).object_id == theirs.uri
        await n.run(lambda unit: moderation.suspend(unit, ann.id, None))
        assert (await n.get(uri)).status == 404
        assert (await n.get("/users/bob/outbox")).json["totalItems"] == 0


async def test_followers_are_shown_or_hidden(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, ann = await n.local(), await n.local("ann")
        await n.run(lambda unit: follows.follow(unit, ann, bob))
        assert (await n.get("/users/bob/followers")).json["totalItems"] == 1
        page = (await n.get("/users/bob/followers?page=true")).json
        assert page["orderedItems"] == [ann.uri]
        assert (await n.get("/users/ann/following?page=true")).json["orderedItems"] == [bob.uri]
        await n.run(lambda unit: unit.run(accounts.change(bob.id, {"hide_collections": 1})))
        for query in ("", "?page=true"):
            hidden = (await n.get(f"/users/bob/followers{query}")).json
            assert hidden["totalItems"] == 1
            assert not {"first", "items", "orderedItems"} & hidden.keys()


async def test_pinned_posts_and_replies(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob, ann = await n.local(), await n.local("ann")
        post = await n.post(bob)
        private = await n.post(bob, "for friends", visibility=FOLLOWERS)
        for status in (post, private):
            await n.run(partial(pins.pin, author_id=bob.id, status_id=status.id, pinned=True))
        featured = (await n.get("/users/bob/collections/featured")).json
        assert [item["id"] for item in featured["orderedItems"]] == [post.uri]
        own = await n.post(bob, "more", in_reply_to_id=post.id)
        other = await n.post(ann, "why", in_reply_to_id=post.id)
        await n.post(ann, "secret", in_reply_to_id=post.id, visibility=DIRECT)
        replies = (await n.get(f"{post.uri}/replies")).json
        assert replies["first"]["items"] == [own.uri]
        second = (await n.get(replies["first"]["next"])).json
        assert second["items"] == [other.uri]
        assert (await n.get("/users/bob/collections/tags")).json["totalItems"] == 0


PATHS = ("", "/outbox", "/followers", "/following", "/collections/featured", "/statuses/{id}", "/statuses/{id}/replies")


@pytest.mark.parametrize("path", PATHS)
async def test_secure_mode_asks_for_a_signature(tmp_path: Path, path: str) -> None:
    """SIG-36, HDR-02."""
    async with node(tmp_path, secure=True) as n:
        bob = await n.local()
        post = await n.post(bob)
        url = "/users/bob" + path.format(id=post.id)
        alice, evil = n.peer.actor(), n.peer.actor("evil.test", "mallory")
        refused = await n.get(url)
        assert refused.status == 401
        assert "@target-uri" in refused.headers["Accept-Signature"]
        for scheme in ("cavage", "rfc9421"):
            answer = await n.get(url, signer=alice, scheme=scheme)
            assert answer.status == 200, answer.body
            assert answer.headers["Cache-Control"] == "private, no-store"
        await n.run(lambda unit: moderation.block_domain(unit, "evil.test", None))
        n.federation.policy.forget()
        assert (await n.get(url, signer=evil)).status == 403
        assert n.peer.asked("evil.test") == 0
        for open_path in ("/actor", "/.well-known/nodeinfo", "/nodeinfo/2.1", "/.well-known/host-meta"):
            assert (await n.get(open_path)).status == 200


async def test_a_signature_may_leave_the_query_out_but_not_the_path(tmp_path: Path) -> None:
    """SIG-35."""
    async with node(tmp_path, secure=True) as n:
        await n.local()
        alice = n.peer.actor()
        assert (await n.get("/users/bob/outbox?page=true", signer=alice)).status == 200
        signed: dict[str, str] = {}
        await n.get("/users/bob/outbox", signer=alice, change=signed.update)
        headers: dict[str, str] = {}
        await n.get("/users/bob/outbox", signer=alice, change=lambda h: headers.update(h))
        assert (await n.raw("GET", "/users/bob/outbox?page=true", headers)).status == 200
        assert (await n.raw("GET", "/users/bob/followers", headers)).status == 401


async def test_odd_paths_are_not_found(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        await n.local()
        for path in ("/users/bob/statuses/abc", "/users/bob/statuses/-1", f"/users/bob/statuses/{2**70}"):
            assert (await n.get(path)).status == 404, path
        ann = await n.local("ann")
        post = await n.post(ann)
        assert (await n.get(f"/users/bob/statuses/{post.id}")).status == 404
        assert await n.parts.db.one(statuses.by_id(post.id)) is not None


async def test_bad_signatures_on_fetches_are_counted(tmp_path: Path) -> None:
    async with node(tmp_path, secure=True) as n:
        await n.local()
        alice = n.peer.actor()
        for _ in range(2999):
            n.parts.extra["limits"].hit("inbox", "127.0.0.1")
        assert (await n.get("/users/bob")).status == 401
        assert (await n.get("/users/bob", signer=alice, now=1)).status == 401
        assert (await n.get("/users/bob", signer=alice)).status == 429
        assert n.peer.seen == []
