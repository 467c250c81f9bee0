"""Asking other servers: search, handles, threads, first follow; bounded whatever they answer."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from federation_support import ACTIVITY, PUBLIC, Actor, Node, node

from fedserver.db.queries import accounts, statuses
from fedserver.federation.fetching import outbox, replies
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.jobs import HANDLERS


def _collection(uri: str, items: list[Any], **more: Any) -> dict[str, Any]:
    return {"id": uri, "type": "OrderedCollection", "totalItems": len(items), "orderedItems": items, **more}


async def test_search_finds_accounts_and_posts(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        mine = await n.post(bob)
        alice = n.peer.actor()
        note = alice.note()
        n.peer.pages[note["id"]] = note
        resolve = n.federation.resolver.resolve
        for text in ("@alice@peer.test", "alice@peer.test", alice.uri, "acct:alice@peer.test"):
            found = await resolve(text)
            assert found is not None, text
            assert found.kind == "account"
            row = await n.parts.db.one(accounts.by_id(found.id))
            assert row is not None
            assert (row.uri, row.acct) == (alice.uri, "alice@peer.test")
        post = await resolve(note["id"])
        assert post is not None
        assert post.kind == "status"
        assert await resolve(note["id"]) == post
        assert await resolve(mine.uri) == ("status", mine.id)
        assert await resolve(f"{n.base}/@bob/{mine.id}") == ("status", mine.id)
        assert await resolve("@bob") == ("account", bob.id) == await resolve(f"{n.base}/@bob")
        for nothing in ("", "hello world", "http://peer.test/404", f"{n.base}/users/nobody", "@nobody@peer.test"):
            assert await resolve(nothing) is None, nothing
        assert n.peer.asked("127.0.0.1") == 0


async def test_everything_is_signed_by_the_instance_actor(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        alice = n.peer.actor()
        await n.federation.actors.store(alice.uri, Budget(5))
        signed = [s for (_, url), s in zip(n.peer.seen, n.peer.signatures, strict=True) if url == alice.uri]
        assert len(signed) == 1
        assert f'keyId="{n.base}/actor#main-key"' in signed[0]


async def test_the_second_knock_and_its_memory(tmp_path: Path) -> None:
    """A server that takes RFC 9421 only is asked twice once, and once from then on."""
    async with node(tmp_path) as n:
        alice, carol = n.peer.actor(), n.peer.actor(name="carol")

        def only_new(document: dict[str, Any]) -> Any:
            async def answer(request: web.Request) -> web.Response:
                if "Signature-Input" not in request.headers:
                    return web.json_response({"id": document["id"], "type": "Person"}, content_type=ACTIVITY)
                return web.json_response(document, content_type=ACTIVITY)

            return answer

        n.peer.pages[alice.uri] = only_new(alice.document())
        n.peer.pages[carol.uri] = only_new(carol.document())
        await n.federation.actors.store(alice.uri, Budget(10))
        assert n.peer.asked(alice.uri) == 2
        await n.federation.actors.store(carol.uri, Budget(10))
        assert n.peer.asked(carol.uri) == 1


async def test_many_who_want_the_same_actor_cause_one_fetch(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        alice = n.peer.actor()
        found = await asyncio.gather(*(n.federation.actors.store(alice.uri, Budget(5)) for _ in range(20)))
        assert len({account.id for account in found}) == 1
        assert n.peer.asked(alice.uri) == 1
        n.peer.pages["http://peer.test/users/gone"] = 410
        for _ in range(3):
            with pytest.raises(NotFetched) as raised:
                await n.federation.actors.store("http://peer.test/users/gone", Budget(5))
            assert raised.value.gone
        assert n.peer.asked("/users/gone") == 1


async def test_handles_are_looked_up_side_by_side_and_in_time(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        people = [n.peer.actor(name=f"p{i}") for i in range(5)]
        slow = n.peer.actor("evil.test", "slow")

        async def never(request: web.Request) -> web.Response:
            await asyncio.sleep(20)
            return web.Response()

        n.peer.pages[slow.uri] = never
        pairs = [(f"p{i}", "peer.test") for i in range(5)] + [("slow", "evil.test"), ("nobody", "peer.test")]
        began = time.monotonic()
        found = await n.federation.resolver.resolve_handles(pairs, 1.5)
        assert time.monotonic() - began < 2.5
        assert set(found) == {(f"p{i}", "peer.test") for i in range(5)}
        assert len(people) == n.count("accounts", "domain = 'peer.test'")


async def test_a_first_follow_fills_the_profile(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        alice, vera = n.peer.actor(), n.peer.actor("victim.test", "vera")
        notes = [alice.note(i, published=f"2026-01-{i:02}T00:00:00Z") for i in range(1, 6)]
        stolen = vera.note("stolen")
        foreign = alice.create(alice.note("x", attributedTo=vera.uri))
        base = f"{alice.uri}/outbox"
        n.peer.pages[base] = {"id": base, "type": "OrderedCollection", "first": f"{base}?p=1"}
        n.peer.pages[f"{base}?p=1"] = {
            "id": f"{base}?p=1",
            "type": "OrderedCollectionPage",
            "next": f"{base}?p=2",
            "orderedItems": [*[alice.create(note) for note in notes[:3]], alice.create(stolen), foreign, 7, None],
        }
        n.peer.pages[f"{base}?p=2"] = {
            "id": f"{base}?p=2",
            "type": "OrderedCollectionPage",
            "next": f"{base}?p=1",
            "orderedItems": [alice.create(note) for note in notes[3:]],
        }
        n.peer.pages[f"{alice.uri}/featured"] = _collection(f"{alice.uri}/featured", [notes[0], stolen])
        row = await n.follow(bob, alice)
        await HANDLERS["remote.first_follow"](n.parts, {"account_id": row.id})
        assert n.count("statuses", f"account_id = {row.id}") == 5
        assert n.count("statuses") == 5
        pinned = await n.parts.db.all(statuses.pinned(row.id))
        assert [status.uri for status in pinned] == [notes[0]["id"]]
        assert n.count("home_entries", f"account_id = {bob.id}") == 0
        assert n.count("notifications", "type = 'mention'") == 0


async def _endless(n: Node, alice: Actor, name: str) -> list[int]:
    """A collection whose every page leads to a new one."""
    counter = [0]

    async def page(request: web.Request) -> web.Response:
        counter[0] += 1
        uri = f"{alice.uri}/{name}"
        kind = "OrderedCollection" if counter[0] == 1 else "OrderedCollectionPage"
        following = "first" if counter[0] == 1 else "next"
        document = {"id": uri, "type": kind, following: f"{uri}?page={counter[0]}", "orderedItems": []}
        return web.json_response(document, content_type=ACTIVITY)

    for number in range(50):
        n.peer.pages[f"{alice.uri}/{name}?page={number}"] = page
    n.peer.pages[f"{alice.uri}/{name}"] = page
    return counter


async def test_endless_collections_end(tmp_path: Path) -> None:
    """JSON-16."""
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        row = await n.follow(bob, alice)
        counter = await _endless(n, alice, "outbox")
        assert await outbox.first_follow(n.federation, row) == 0
        assert counter[0] <= outbox.PAGES + 1
        loop = f"{alice.uri}/loop"
        n.peer.pages[loop] = {"id": loop, "type": "OrderedCollection", "first": loop}
        many = f"{alice.uri}/many"
        items = [alice.note(i) for i in range(3000)]
        n.peer.pages[many] = _collection(many, items)
        for uri in (loop, many):
            await n.run(lambda unit, u=uri: unit.run(accounts.change(row.id, {"outbox": u})))  # type: ignore[misc]
            account = await n.account(alice.uri)
            assert account is not None
            await outbox.first_follow(n.federation, account)
        assert n.count("statuses") == outbox.POSTS


async def test_a_thread_is_filled_within_bounds(tmp_path: Path) -> None:
    """JSON-17: a long chain of parents, a cycle, a flood of replies with bodies that are not believed."""
    async with node(tmp_path) as n:
        bob = await n.local()
        alice, vera = n.peer.actor(), n.peer.actor("victim.test", "vera")
        await n.follow(bob, alice)
        chain = [alice.note(i, inReplyTo=f"{alice.uri}/notes/{i + 1}") for i in range(100)]
        for note in chain:
            n.peer.pages[note["id"]] = note
        flood = [f"http://evil.test/n/{i}" for i in range(2000)]
        real = vera.note("real")
        n.peer.pages[real["id"]] = real
        fake = {**real, "content": "<p>fake</p>"}
        uri = f"{alice.uri}/replies"
        n.peer.pages[uri] = {"id": uri, "type": "Collection", "items": [fake, *flood]}
        top = {**chain[0], "replies": uri}
        assert await n.deliver(alice, alice.create(top)) == 202
        n.query("DELETE FROM jobs")
        n.peer.seen.clear()
        status = await n.status(top["id"])
        assert status is not None
        await HANDLERS["remote.fill_thread"](n.parts, {"status_id": status.id})
        assert len(n.peer.seen) <= replies.REQUESTS + 10
        stored = await n.status(real["id"])
        assert stored is not None
        assert stored.content == "<p>note real</p>"
        before = len(n.peer.seen)
        await HANDLERS["remote.fill_thread"](n.parts, {"status_id": status.id})
        assert len(n.peer.seen) == before
        one, two = vera.note("a"), vera.note("b")
        one["inReplyTo"], two["inReplyTo"] = two["id"], one["id"]
        n.peer.pages[one["id"]], n.peer.pages[two["id"]] = one, two
        assert await n.federation.objects.store(one["id"], Budget(20)) is not None


async def test_refreshing_an_actor(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        alice = n.peer.actor()
        row = await n.follow(bob, alice)
        n.peer.pages[alice.uri] = alice.document(name="New")
        await HANDLERS["remote.refresh_actor"](n.parts, {"account_id": row.id})
        found = await n.account(alice.uri)
        assert found is not None
        assert found.display_name == "New"
        n.peer.pages[alice.uri] = 404
        await HANDLERS["remote.refresh_actor"](n.parts, {"account_id": row.id})
        n.peer.pages[alice.uri] = 410
        found = await n.account(alice.uri)
        assert found is not None
        assert found.deleted_at is None
        n.parts.extra.clear()
        await HANDLERS["remote.refresh_actor"](n.parts, {"account_id": row.id})
        found = await n.account(alice.uri)
        assert found is not None
        assert found.deleted_at is not None


async def test_a_refused_server_is_never_asked(tmp_path: Path) -> None:
    from fedserver.services import moderation

    async with node(tmp_path) as n:
        evil = n.peer.actor("evil.test", "mallory")
        await n.run(lambda unit: moderation.block_domain(unit, "evil.test", None))
        with pytest.raises(NotFetched):
            await n.federation.actors.store(evil.uri, Budget(5))
        assert await n.federation.resolver.resolve("@mallory@evil.test") is None
        assert n.peer.seen == []


async def test_a_transient_failure_keeps_the_activity(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        alice, vera = n.peer.actor(), n.peer.actor("victim.test", "vera")
        await n.follow(bob, alice)
        note = vera.note()
        n.peer.pages[note["id"]] = 503
        assert await n.deliver(alice, alice.activity("Announce", note["id"], to=[PUBLIC])) == 202
        with pytest.raises(NotFetched):
            await n.jobs()
        assert n.count("inbound") == 1
        n.peer.pages[note["id"]] = note
        await n.jobs()
        assert n.count("inbound") == 0
        assert n.count("statuses", "reblog_of_id IS NOT NULL") == 1
