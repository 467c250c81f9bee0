"""Whose word counts: the attack cases ORG of the reference. evil.test speaks about what is victim.test's or ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from federation_support import AS, PUBLIC, Actor, Node, ed25519, node

from fedserver.db.queries import statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import FOLLOWERS, Status
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.kit.clock import to_iso
from fedserver.services import follows
from protocol.proofs import add_proof


@dataclass
class Scene:
    """bob (here) follows vera (victim.test) and mallory (evil.test); vera has posted a note."""

    bob: Account
    vera: Actor
    mallory: Actor
    vera_row: Account
    mallory_row: Account
    note: dict[str, Any]
    status: Status


async def _scene(n: Node, **note: Any) -> Scene:
    bob = await n.local()
    vera, mallory = n.peer.actor("victim.test", "vera"), n.peer.actor("evil.test", "mallory")
    vera_row, mallory_row = await n.follow(bob, vera), await n.follow(bob, mallory)
    post = vera.note(**note)
    n.peer.pages[post["id"]] = post
    assert await n.deliver(vera, vera.create(post)) == 202
    status = await n.status(post["id"])
    assert status is not None
    n.peer.seen.clear()
    return Scene(bob, vera, mallory, vera_row, mallory_row, post, status)


async def _say(n: Node, actor: Actor, activity: dict[str, Any]) -> None:
    assert await n.deliver(actor, activity) in (202, 401, 403)
    await n.jobs()
    assert n.count("inbound") == 0


async def _content(n: Node, uri: str) -> str | None:
    status = await n.status(uri)
    return status.content if status is not None else None


async def test_a_foreign_object_is_never_taken_from_the_payload(tmp_path: Path) -> None:
    """ORG-01, ORG-19."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        real = scene.vera.note("real")
        n.peer.pages[real["id"]] = real
        fake = {**real, "content": "<p>fake</p>"}
        absent = {**fake, "id": f"{scene.vera.uri}/notes/absent"}
        for kind in ("Create", "Announce", "Update"):
            for obj in (fake, absent):
                await _say(n, scene.mallory, scene.mallory.activity(kind, obj, to=[PUBLIC]))
        assert await _content(n, real["id"]) in (None, "<p>note real</p>")
        assert await _content(n, absent["id"]) is None
        boosted = await n.status(real["id"])
        assert boosted is not None
        assert boosted.reblogs_count == 1


async def test_the_author_is_on_the_objects_origin(tmp_path: Path) -> None:
    """ORG-02."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        own = scene.mallory.note("x", attributedTo=scene.vera.uri)
        n.peer.pages[own["id"]] = own
        await _say(n, scene.mallory, scene.mallory.create(own))
        await _say(n, scene.mallory, scene.mallory.activity("Announce", own["id"], to=[PUBLIC]))
        assert await n.status(own["id"]) is None


async def test_a_web_page_on_another_host_is_not_shown(tmp_path: Path) -> None:
    """ORG-03."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        own = scene.mallory.note("x", url="http://victim.test/@vera/1")
        await _say(n, scene.mallory, scene.mallory.create(own))
        status = await n.status(own["id"])
        assert status is not None
        assert status.url == own["id"]


async def test_documents_that_are_not_what_was_asked_for(tmp_path: Path) -> None:
    """ORG-04, ORG-05, ORG-07, ORG-08."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        fake = scene.vera.note("fake", content="<p>evil</p>")
        n.peer.pages["http://evil.test/n"] = fake
        for kind in ("text/plain", "image/png", "application/json", "application/ld+json"):
            uri = f"http://victim.test/media/{kind.replace('/', '-')}"
            n.peer.pages[uri] = (kind, json.dumps({**fake, "id": uri}).encode())

        async def redirect(request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": "http://evil.test/m"})

        moved = scene.vera.note("moved", content="<p>evil</p>")
        n.peer.pages[moved["id"]] = redirect
        n.peer.pages["http://evil.test/m"] = moved
        n.peer.pages["http://evil.test/actor"] = scene.vera.document(name="Evil")
        for uri in [u for u in n.peer.pages if "/media/" in u] + ["http://evil.test/n", moved["id"]]:
            with pytest.raises(NotFetched):
                await n.federation.objects.store(uri, Budget(10))
        assert n.count("statuses") == 1
        with pytest.raises(NotFetched):
            await n.federation.actors.store("http://evil.test/actor", Budget(10))
        vera = await n.account(scene.vera.uri)
        assert vera is not None
        assert vera.display_name == ""


async def test_a_handle_stays_with_the_host_that_confirms_it(tmp_path: Path) -> None:
    """ORG-09."""
    async with node(tmp_path) as n:
        n.peer.actor("victim.test", "admin")
        evil = n.peer.actor("evil.test", "admin", webfinger="admin@victim.test")
        n.peer.finger("evil.test", "admin", evil.uri, subject="acct:admin@victim.test")
        account = await n.federation.actors.store(evil.uri, Budget(10))
        assert account.acct == "admin@evil.test"
        found = await n.federation.resolver.resolve("@admin@victim.test")
        assert found is not None
        assert found.id != account.id


async def test_split_domains_are_confirmed_both_ways(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        actor = n.peer.actor("victim.test", "vera")
        n.peer.finger("victim.test", "vera", actor.uri, subject="acct:vera@peer.test")
        n.peer.finger("peer.test", "vera", actor.uri)
        assert (await n.federation.actors.store(actor.uri, Budget(10))).acct == "vera@peer.test"


@pytest.mark.parametrize("value", ["javascript:alert(1)", "file:///etc/passwd", 7, ["x"] * 1000, {}, None])
async def test_odd_endpoints_of_an_actor(tmp_path: Path, value: Any) -> None:
    """ORG-11."""
    async with node(tmp_path) as n:
        odd = n.peer.actor("evil.test", "odd", outbox=value, followers=value, endpoints={"sharedInbox": value})
        account = await n.federation.actors.store(odd.uri, Budget(10))
        assert (account.outbox, account.followers_uri, account.shared_inbox) == (None, None, None)
        n.peer.pages[odd.uri] = odd.document(inbox=value)
        with pytest.raises(NotFetched):
            await n.federation.actors.store(odd.uri, Budget(10), fresh=True)


async def test_nobody_edits_or_deletes_for_another(tmp_path: Path) -> None:
    """ORG-13, ORG-16, ORG-17."""
    async with node(tmp_path) as n:
        scene = await _scene(n, to=["http://victim.test/users/vera/followers"], cc=[])
        local = await n.post(scene.bob, "mine")
        changed = {**scene.note, "content": "<p>evil</p>", "to": [PUBLIC]}
        mine = {**scene.note, "id": local.uri, "attributedTo": scene.bob.uri, "content": "<p>evil</p>"}
        for kind in ("Update", "Create"):
            for obj in (changed, mine):
                await _say(n, scene.mallory, scene.mallory.activity(kind, obj, to=[PUBLIC]))
        for target in (scene.note["id"], local.uri, scene.vera.uri, scene.bob.uri):
            await _say(n, scene.mallory, scene.mallory.activity("Delete", target))
        assert n.peer.asked("/notes/") == 0
        status = await n.status(scene.note["id"])
        assert status is not None
        assert (status.content, status.visibility) == ("<p>note 1</p>", FOLLOWERS)
        assert await n.parts.db.one(statuses.by_id(local.id)) is not None
        assert n.count("accounts", "deleted_at IS NOT NULL") == 0
        assert n.count("tombstones") == 0


async def test_a_neighbour_on_the_same_server_is_somebody_else(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        scene = await _scene(n)
        neighbour = n.peer.actor("victim.test", "ned")
        await n.follow(scene.bob, neighbour)
        changed = {**scene.note, "content": "<p>evil</p>"}
        await _say(n, neighbour, neighbour.activity("Update", changed, to=[PUBLIC]))
        taken = {**changed, "attributedTo": neighbour.uri}
        await _say(n, neighbour, neighbour.activity("Update", taken, to=[PUBLIC]))
        await _say(n, neighbour, neighbour.activity("Delete", scene.note["id"]))
        assert await _content(n, scene.note["id"]) == "<p>note 1</p>"


async def test_a_group_is_no_witness(tmp_path: Path) -> None:
    """ORG-20."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        for kind, obj in (("Delete", scene.note["id"]), ("Update", {**scene.note, "content": "<p>evil</p>"})):
            inner = scene.vera.activity(kind, obj)
            await _say(n, scene.mallory, scene.mallory.activity("Announce", inner, to=[PUBLIC]))
        assert await _content(n, scene.note["id"]) == "<p>note 1</p>"
        assert n.count("statuses") == 1


async def test_answers_to_follows_that_were_not_made_to_the_sender(tmp_path: Path) -> None:
    """ORG-22, ORG-25."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        locked = await n.local("locked", locked=1)
        ours = await n.run(lambda unit: follows.follow(unit, locked, scene.vera_row))
        theirs = scene.mallory.activity("Follow", locked.uri)
        await _say(n, scene.mallory, theirs)
        for kind in ("Accept", "Reject"):
            inner = {"type": "Follow", "id": ours.uri, "actor": locked.uri, "object": scene.vera.uri}
            for request in (inner, {**inner, "object": scene.mallory.uri}, ours.uri, theirs, theirs["id"]):
                await _say(n, scene.mallory, scene.mallory.activity(kind, request))
        assert n.query("SELECT state FROM follows WHERE state = 'requested'") == [("requested",)] * 2
        assert n.count("follows", "state = 'accepted'") == 2


async def test_followers_only_posts_wait_for_the_accept(tmp_path: Path) -> None:
    """ORG-26."""
    async with node(tmp_path) as n:
        scene = await _scene(n, to=["http://victim.test/users/vera/followers"], cc=[])
        late = await n.local("late")
        await n.run(lambda unit: follows.follow(unit, late, scene.vera_row))
        assert await n.parts.db.one(statuses.visible(scene.status.id, late.id)) is None
        assert await n.parts.db.one(statuses.visible(scene.status.id, scene.bob.id)) is not None
        assert n.count("home_entries", f"account_id = {late.id}") == 0


async def test_nobody_undoes_for_another(tmp_path: Path) -> None:
    """ORG-27."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        post, ann = await n.post(scene.bob), await n.local("ann")
        done = {
            kind: scene.vera.activity(kind, target, to=[PUBLIC])
            for kind, target in (
                ("Follow", scene.bob.uri),
                ("Like", post.uri),
                ("Announce", post.uri),
                ("Block", ann.uri),
            )
        }
        for activity in done.values():
            await _say(n, scene.vera, activity)
        before = [n.count(t) for t in ("follows", "favourites", "statuses", "blocks")]
        for activity in done.values():
            forms: list[Any] = [activity, activity["id"], {**activity, "actor": scene.mallory.uri}]
            forms.append({k: v for k, v in activity.items() if k != "actor"})
            for form in forms:
                await _say(n, scene.mallory, scene.mallory.activity("Undo", form))
        assert [n.count(t) for t in ("follows", "favourites", "statuses", "blocks")] == before


async def test_a_move_needs_both_sides(tmp_path: Path) -> None:
    """ORG-29."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        n.peer.pages[scene.vera.uri] = scene.vera.document(movedTo=scene.mallory.uri)
        for target in (scene.mallory.uri, "http://peer.test/users/nobody", scene.bob.uri):
            await _say(n, scene.vera, scene.vera.activity("Move", scene.vera.uri, target=target))
        await _say(n, scene.mallory, scene.mallory.activity("Move", scene.vera.uri, target=scene.mallory.uri))
        assert n.count("accounts", "moved_to_id IS NOT NULL") == 0
        new = n.peer.actor("peer.test", "vera", alsoKnownAs=[scene.vera.uri])
        await _say(n, scene.vera, scene.vera.activity("Move", scene.vera.uri, target=new.uri))
        assert n.count("accounts", "moved_to_id IS NOT NULL") == 0, "the old account does not say so"
        n.peer.pages[scene.vera.uri] = scene.vera.document(movedTo=new.uri)
        await _say(n, scene.vera, scene.vera.activity("Move", scene.vera.uri, target=new.uri))
        row = await n.account(new.uri)
        assert row is not None
        assert n.query(f"SELECT moved_to_id FROM accounts WHERE id = {scene.vera_row.id}") == [(row.id,)]
        assert n.count("follows", f"account_id = {scene.bob.id} AND target_id = {row.id}") == 1


async def test_reports_are_capped_and_leak_nothing(tmp_path: Path) -> None:
    """ORG-31."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        private = await n.post(scene.bob, "psst", visibility=FOLLOWERS)
        shown = await n.post(scene.bob, "hello")
        many = [scene.bob.uri, private.uri, shown.uri, *[f"{n.base}/users/bob/statuses/{i}" for i in range(10_000)]]
        flag = scene.mallory.activity("Flag", many, content="<img src=x onerror=alert(1)>")
        await _say(n, scene.mallory, flag)
        assert n.count("reports") == 1
        assert n.query("SELECT status_id FROM report_statuses") == [(shown.id,)]
        forged = scene.mallory.activity("Flag", [scene.vera.uri], actor=scene.bob.uri)
        await _say(n, scene.mallory, forged)
        assert n.count("reports") == 1


async def test_only_ones_own_posts_are_pinned_to_ones_own_profile(tmp_path: Path) -> None:
    """ORG-33."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        own = scene.mallory.note("own")
        await _say(n, scene.mallory, scene.mallory.create(own))
        for obj, target in (
            (scene.note["id"], f"{scene.vera.uri}/featured"),
            (scene.note["id"], f"{scene.mallory.uri}/featured"),
            (own["id"], f"{scene.vera.uri}/featured"),
            (own["id"], f"{scene.bob.uri}/collections/featured"),
        ):
            await _say(n, scene.mallory, scene.mallory.activity("Add", obj, target=target))
        assert n.count("statuses", "pinned_at IS NOT NULL") == 0


async def test_forwarded_activities_need_their_own_signer(tmp_path: Path) -> None:
    """ORG-38, JSON-21: a linked-data signature is no proof."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        later = scene.vera.create(scene.vera.note("later"))
        later["signature"] = {"type": "RsaSignature2017", "creator": scene.vera.key_id, "signatureValue": "x"}
        assert await n.deliver(scene.mallory, later) == 401
        assert n.count("statuses") == 1


def _with_ed25519(n: Node, actor: Actor) -> str:
    """Let the actor's document list an Ed25519 key; its id."""
    key_id = f"{actor.uri}#ed25519-key"
    public = ed25519(actor.uri).public.to_multikey()
    method = {"id": key_id, "type": "Multikey", "controller": actor.uri, "publicKeyMultibase": public}
    n.peer.pages[actor.uri] = actor.document(assertionMethod=[method])
    return key_id


async def test_forwarded_activities_with_a_proof_are_taken(tmp_path: Path) -> None:
    """ORG-38: passed on by mallory, vouched for by vera; whatever is changed on the way voids it."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        method, other = _with_ed25519(n, scene.vera), _with_ed25519(n, scene.mallory)
        key, when = ed25519(scene.vera.uri), to_iso(n.parts.clock.now_ms())
        good = add_proof(scene.vera.create(scene.vera.note("later")), key, method, when)
        evil = scene.vera.create(scene.vera.note("evil"))
        inner = {**good["object"], "content": "<p>changed</p>"}
        for forged in (
            {**good, "object": inner},
            {**good, "to": [scene.bob.uri]},
            add_proof(evil, ed25519(scene.mallory.uri), other, when),
            add_proof(evil, ed25519(scene.mallory.uri), method, when),
            add_proof(evil, key, scene.vera.key_id, when),
            {**evil, "proof": good["proof"]},
        ):
            assert await n.deliver(scene.mallory, forged) == 401
        assert n.count("statuses") == 1
        stranger = Actor(scene.mallory.uri, scene.vera.key, scene.mallory.key_id)
        assert await n.deliver(stranger, good) == 401
        assert await n.deliver(scene.mallory, {**good, "signature": {"type": "RsaSignature2017"}}) == 202
        assert await _content(n, good["object"]["id"]) == "<p>note later</p>"
        assert await n.deliver(scene.vera, good) == 202
        assert n.count("statuses") == 2
        deletion = scene.vera.activity("Delete", scene.note["id"])
        assert await n.deliver(scene.mallory, add_proof(deletion, key, method, when)) == 202
        assert await n.status(scene.note["id"]) is None


async def test_contexts_and_aliases_change_no_meaning(tmp_path: Path) -> None:
    """JSON-19, JSON-20, JSON-25."""
    async with node(tmp_path) as n:
        scene = await _scene(n)
        own = scene.mallory.note("own")
        context = [AS, "http://evil.test/ctx", {"actor": "as:object", "content": "as:name", "id": "@type"}]
        activity = {**scene.mallory.create(own), "@context": context, "@type": "Delete", "@id": scene.note["id"]}
        await _say(n, scene.mallory, activity)
        assert n.peer.asked("/ctx") == 0
        assert await _content(n, own["id"]) == "<p>note own</p>"
        assert await _content(n, scene.note["id"]) == "<p>note 1</p>"


async def test_names_that_look_like_ours_are_not_ours(tmp_path: Path) -> None:
    """UNI-05."""
    async with node(tmp_path) as n:
        await n.local()
        domain = n.parts.site.domain
        for name in (f"{domain}/", f"{domain}.evil.test", "127.0.0.1", f"x{domain}", f"bob@{domain}"):
            found = await n.federation.resolver.resolve(f"@bob@{name}")
            assert found is None, name
        assert (await n.federation.resolver.resolve(f"@bob@{domain.upper()}.".rstrip("."))) is not None


async def test_an_actor_cannot_take_the_place_of_anothers_key(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local()
        vera = n.peer.actor("victim.test", "vera")
        mallory = n.peer.actor("evil.test", "mallory")
        document = mallory.document()
        stolen = {"id": vera.key_id, "owner": mallory.uri, "publicKeyPem": mallory.key.public.to_pem()}
        document["publicKey"] = [document["publicKey"], stolen]
        n.peer.pages[mallory.uri] = document
        await n.follow(bob, mallory)
        assert n.count("account_keys", "uri LIKE '%victim.test%'") == 0
        assert await n.deliver(vera, vera.activity("Follow", bob.uri)) == 202
