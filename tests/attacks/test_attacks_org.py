"""ORG: whose word counts for what, when things are made, changed and fetched."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from attack_peers import ACTIVITY, AS, PUBLIC, newcomer
from attack_steps import account_of, arrived, followed, follower, search, status_of
from attack_world import BASE, EFFECTS, World

ALICE = f"{BASE}/users/alice"
TO_ALICE = {"to": [PUBLIC, ALICE]}


async def test_ORG_01_create_for_another_host(world: World) -> None:
    evil, victim = await followed(world, world.evil), newcomer(world.victim)
    forged = victim.note("forged", content="<p>forged</p>", **TO_ALICE)
    assert (await world.deliver(evil, evil.create(forged))).status in (202, 401, 403)
    await world.settled()
    assert status_of(world, forged["id"]) is None
    real = world.hosts["victim.test"].note(victim, "real", content="<p>real</p>", **TO_ALICE)
    twisted = {**real, "content": "<p>twisted</p>"}
    assert (await world.deliver(evil, evil.create(twisted))).status in (202, 401, 403)
    await world.settled()
    assert status_of(world, real["id"]) in (None, "<p>real</p>")


async def test_ORG_02_an_author_elsewhere(world: World) -> None:
    evil, victim = await followed(world, world.evil), newcomer(world.victim)
    for author in (victim.uri, ALICE, [victim.uri, evil.uri], {"id": victim.uri, "type": "Person"}):
        note = evil.note(f"by-{hash(str(author))}", attributedTo=author, **TO_ALICE)
        world.evil.pages[note["id"]] = {"@context": AS, **note}
        async with world.nothing_happens(outbound=4):
            assert (await world.deliver(evil, evil.create(note))).status in (202, 400, 401, 403)
            assert (await search(world, note["id"]))["statuses"] == []


async def test_ORG_03_a_page_elsewhere(world: World) -> None:
    evil = await followed(world, world.evil)
    urls: list[Any] = [
        "https://victim.test/@v/1",
        [{"type": "Link", "href": "https://victim.test/@v/1", "mediaType": "text/html"}],
        f"{BASE}/@alice/1",
        "https://evil.test@victim.test/",
        "http://evil.test.victim.test/",
    ]
    for number, url in enumerate(urls):
        note = await arrived(world, evil, f"page-{number}", url=url)
        row = status_of(world, note["id"], "id")
        shown = await world.alice.get(f"/api/v1/statuses/{row}")
        assert shown["url"] in (None, note["id"]), (url, shown["url"])
    profile = newcomer(world.evil, url="https://victim.test/@v")
    account = (await search(world, profile.uri))["accounts"][0]
    assert account["url"] == profile.uri


async def test_ORG_04_a_document_of_another_id(world: World) -> None:
    victim = newcomer(world.victim)
    forged = victim.note("never-written", content="<p>forged</p>")
    world.evil.pages["https://evil.test/n"] = {"@context": AS, **forged}
    assert (await search(world, "https://evil.test/n"))["statuses"] == []
    assert status_of(world, forged["id"]) is None
    real = world.victim.note(victim, "written", content="<p>real</p>")
    world.evil.pages["https://evil.test/m"] = {"@context": AS, **real, "content": "<p>forged</p>"}
    await search(world, "https://evil.test/m")
    assert status_of(world, real["id"]) in (None, "<p>real</p>")


async def test_ORG_05_an_upload_that_looks_like_a_note(world: World) -> None:
    victim = newcomer(world.victim)
    for number, kind in enumerate(
        (
            "text/plain",
            "image/png",
            "application/octet-stream",
            "text/html",
            "application/json",
            "application/ld+json",
            "",
        )
    ):
        url = f"https://victim.test/media/{number}.json"
        note = victim.note(number, id=url)
        world.victim.pages[url] = (kind, json.dumps({"@context": AS, **note}).encode())
        async with world.nothing_happens(outbound=3):
            assert (await search(world, url))["statuses"] == [], kind
    document = newcomer(world.victim)
    for kind in ("text/plain", "image/png", "application/json"):
        fake = f"https://victim.test/media/actor-{kind.replace('/', '-')}"
        world.victim.pages[fake] = (kind, json.dumps({**document.document(), "id": fake}).encode())
        assert (await search(world, fake))["accounts"] == [], kind


async def test_ORG_07_an_open_redirect(world: World) -> None:
    victim, evil = newcomer(world.victim), newcomer(world.evil)

    async def away(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": f"https://evil.test{request.path}"})

    for path, kind in (("/redirect/note", "note"), ("/redirect/actor", "actor")):
        url = f"https://victim.test{path}"
        world.victim.pages[url] = away
        document = {**victim.note(1), "id": url} if kind == "note" else {**victim.document(), "id": url}
        world.evil.pages[f"https://evil.test{path}"] = {"@context": AS, **document}
        found = await search(world, url)
        assert found["statuses"] == [] and found["accounts"] == []
        assert status_of(world, url) is None and account_of(world, url) is None
    assert account_of(world, evil.uri) is None


async def test_ORG_08_an_actor_of_another_host(world: World) -> None:
    victim = newcomer(world.victim)
    before = world.count("accounts", "uri = ?", victim.uri)
    evil = newcomer(world.evil)
    world.evil.pages[evil.uri] = {**victim.document(), "name": "forged", "publicKey": evil.document()["publicKey"]}
    await search(world, evil.uri)
    assert account_of(world, victim.uri, "display_name") in (None, "")
    assert account_of(world, evil.uri) is None
    assert (await world.deliver(evil, evil.activity("Follow", ALICE))).status == 401
    ghost = "https://victim.test/users/nobody"
    world.evil.pages["https://evil.test/ghost"] = {**evil.document(), "id": ghost}
    assert (await search(world, "https://evil.test/ghost"))["accounts"] == []
    assert account_of(world, ghost) is None and before == 0


async def test_ORG_09_a_handle_of_another_host(world: World) -> None:
    evil = world.evil.actor("admin9", preferredUsername="admin9")
    world.evil.finger("admin9", evil.uri, subject="acct:admin9@victim.test")
    world.evil.pages["https://evil.test/.well-known/webfinger?resource=acct:admin9@victim.test"] = world.evil.pages[
        "https://evil.test/.well-known/webfinger?resource=acct:admin9@evil.test"
    ]
    for text in (evil.uri, "@admin9@evil.test", "@admin9@victim.test"):
        for account in (await search(world, text))["accounts"]:
            assert account["acct"] == "admin9@evil.test", text
    proposed = newcomer(world.evil, webfinger="acct:boss@victim.test")
    for account in (await search(world, proposed.uri))["accounts"]:
        assert account["acct"].endswith("@evil.test")
    claimed = newcomer(world.evil, webfinger="alice@sut.test", preferredUsername="alice")
    for account in (await search(world, claimed.uri))["accounts"]:
        assert account["acct"] == "alice@evil.test"
    assert (await search(world, "@alice@sut.test"))["accounts"][0]["id"] == str(world.alice.account_id)


async def test_ORG_11_addresses_that_are_none(world: World) -> None:
    odd: list[Any] = [
        "javascript:alert(1)",
        "file:///etc/passwd",
        7,
        None,
        {"a": 1},
        [f"https://evil.test/inbox/{n}" for n in range(1000)],
        "https://evil.test:99999/",
        "",
        "x" * 5000,
    ]
    keys = ("inbox", "outbox", "followers", "following", "featured", "url", "endpoints")
    for key in keys:
        for value in odd:
            actor = newcomer(world.evil, **{key: {"sharedInbox": value} if key == "endpoints" else value})
            await world.deliver(actor, actor.activity("Follow", ALICE))
    healthy = await follower(world, world.good)
    await world.settled()
    text = "everybody gets this"
    await world.alice.post("/api/v1/statuses", json={"status": text})
    await world.until(lambda: any(text.encode() in body for body in world.good.bodies))
    assert account_of(world, healthy.uri) is not None
    for (inbox,) in world.query("SELECT url FROM inboxes"):
        assert str(inbox).startswith("https://")


async def test_ORG_13_update_of_another(world: World) -> None:
    victim, evil = await followed(world, world.victim), await followed(world, world.evil)
    note = await arrived(world, victim, "kept", content="<p>mine</p>")
    post = await world.alice.post("/api/v1/statuses", json={"status": "mine too"})
    names = [account_of(world, uri, "display_name") for uri in (victim.uri, ALICE)]
    changes: list[dict[str, Any]] = [
        {**note, "content": "<p>changed</p>"},
        {**note, "content": "<p>changed</p>", "attributedTo": evil.uri},
        {**evil.note("x"), "id": post["uri"], "content": "<p>changed</p>"},
        {**evil.note("x"), "id": post["uri"], "content": "<p>changed</p>", "attributedTo": ALICE},
        {**victim.document(), "name": "changed"},
        {"id": ALICE, "type": "Person", "name": "changed", "preferredUsername": "alice", "inbox": f"{evil.uri}/inbox"},
    ]
    for change in changes:
        async with world.nothing_happens(outbound=3):
            answer = await world.deliver(evil, evil.activity("Update", change, to=[PUBLIC]))
            assert answer.status in (202, 400, 401, 403)
    assert status_of(world, note["id"]) == "<p>mine</p>"
    assert [account_of(world, uri, "display_name") for uri in (victim.uri, ALICE)] == names


async def test_ORG_15_what_an_update_cannot_change(world: World) -> None:
    author = await followed(world, world.good)
    parent = await arrived(world, author, "parent")
    columns = ("account_id", "uri", "in_reply_to_id", "visibility")
    private = {"to": [f"{author.uri}/followers"], "cc": []}
    for number, (first, then) in enumerate(
        (
            ({}, {"inReplyTo": parent["id"]}),
            ({}, private),
            (private, {"to": [PUBLIC]}),
            ({"to": [ALICE], "cc": []}, {"to": [PUBLIC]}),
            ({"inReplyTo": parent["id"]}, {"inReplyTo": None}),
            ({}, {"attributedTo": ALICE}),
            ({}, {"attributedTo": "https://victim.test/users/v"}),
        )
    ):
        note = await arrived(world, author, f"fixed-{number}", **first)
        before = [status_of(world, note["id"], column) for column in columns]
        changed = {**note, **then, "content": "<p>edited</p>", "updated": "2026-11-22T20:00:00Z"}
        world.good.pages[note["id"]] = {"@context": AS, **changed}
        update = author.activity("Update", changed, to=[PUBLIC])
        assert (await world.deliver(author, update)).status in (202, 400, 401, 403)
        await world.settled()
        assert [status_of(world, note["id"], column) for column in columns] == before, then


async def test_ORG_16_a_known_id_again(world: World) -> None:
    author, evil = await followed(world, world.good), await followed(world, world.evil)
    note = await arrived(world, author, "secret", to=[f"{author.uri}/followers"], cc=[])
    visibility = status_of(world, note["id"], "visibility")
    public = {**note, "to": [PUBLIC], "content": "<p>public</p>"}
    for signer, activity in (
        (evil, evil.create(public)),
        (evil, evil.activity("Announce", public, to=[PUBLIC])),
        (evil, evil.activity("Announce", note["id"], to=[PUBLIC])),
        (author, author.activity("Create", public, to=[PUBLIC])),
    ):
        async with world.nothing_happens(outbound=3):
            assert (await world.deliver(signer, activity)).status in (202, 401, 403)
    assert status_of(world, note["id"], "visibility") == visibility
    assert status_of(world, note["id"]) == note["content"]


async def test_ORG_17_delete_of_another(world: World) -> None:
    victim, evil = await followed(world, world.victim), await followed(world, world.evil)
    note = await arrived(world, victim, "stays")
    post = await world.alice.post("/api/v1/statuses", json={"status": "stays"})
    for target in (note["id"], post["uri"], ALICE, victim.uri, f"{BASE}/actor"):
        for obj in (
            target,
            {"id": target, "type": "Tombstone"},
            {"id": target, "type": "Note", "attributedTo": evil.uri},
        ):
            async with world.nothing_happens(outbound=3, tables=[*EFFECTS, "accounts"]):
                assert (await world.deliver(evil, evil.activity("Delete", obj))).status in (202, 400, 401, 403)
    assert status_of(world, note["id"]) and status_of(world, post["uri"])
    assert world.count("accounts", "deleted_at IS NOT NULL") == 0


async def test_ORG_19_a_boost_with_a_copy(world: World) -> None:
    evil, victim = await followed(world, world.evil), newcomer(world.victim)
    real = world.victim.note(victim, "boosted", content="<p>real</p>")
    copy = {**real, "content": "<p>twisted</p>"}
    assert (await world.deliver(evil, evil.activity("Announce", copy, to=[PUBLIC]))).status == 202
    await world.settled()
    assert status_of(world, real["id"]) in (None, "<p>real</p>")
    invented = victim.note("invented", content="<p>twisted</p>")
    assert (await world.deliver(evil, evil.activity("Announce", invented, to=[PUBLIC]))).status == 202
    await world.settled()
    assert status_of(world, invented["id"]) is None


async def test_ORG_20_a_boost_of_an_activity(world: World) -> None:
    evil, victim = await followed(world, world.evil), await followed(world, world.victim)
    note = await arrived(world, victim, "inner", content="<p>mine</p>")
    inner = (
        victim.activity("Update", {**note, "content": "<p>changed</p>"}),
        victim.activity("Delete", note["id"]),
        victim.activity("Like", (await world.alice.post("/api/v1/statuses", json={"status": "x"}))["uri"]),
        victim.activity("Follow", f"{BASE}/users/bob"),
        {"type": "Delete", "actor": ALICE, "object": ALICE, "id": f"{ALICE}#delete"},
    )
    for activity in inner:
        async with world.nothing_happens(outbound=3):
            assert (await world.deliver(evil, evil.activity("Announce", activity, to=[PUBLIC]))).status in (202, 401)
    assert status_of(world, note["id"]) == "<p>mine</p>"


async def test_ORG_37_nobody_here_is_meant(world: World) -> None:
    stranger = newcomer(world.evil)
    for to in (["https://good.test/users/x"], [PUBLIC], [], [f"{BASE}/users/nobody"], [f"{ALICE}/followers"]):
        note = stranger.note(f"for-{len(to)}-{hash(str(to))}", to=to, cc=[])
        async with world.nothing_happens(outbound=3):
            assert (await world.deliver(stranger, stranger.create(note))).status == 202
            assert (await world.deliver(stranger, stranger.create(note), "/users/alice/inbox")).status == 202


async def test_ORG_38_passed_on_without_proof(world: World) -> None:
    evil, victim = await followed(world, world.evil), await followed(world, world.victim)
    note = victim.note("passed-on", content="<p>never written</p>", **TO_ALICE)
    create = victim.create(note)
    proofs: list[Any] = [
        None,
        {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofValue": "z3x"},
        {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": f"{evil.uri}#main-key",
            "proofPurpose": "assertionMethod",
            "created": "2026-11-22T00:00:00Z",
            "proofValue": "z" + "3" * 80,
        },
        {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": victim.key_id,
            "proofPurpose": "assertionMethod",
            "created": "2026-11-22T00:00:00Z",
            "proofValue": "z" + "3" * 80,
        },
        [],
        "x",
    ]
    for proof in proofs:
        activity = create if proof is None else {**create, "proof": proof}
        async with world.nothing_happens(outbound=3):
            answer = await world.deliver(evil, activity)
            assert answer.status in (202, 400, 401, 403), answer.text
    assert status_of(world, note["id"]) is None
    headers = {"Content-Type": ACTIVITY}
    async with world.nothing_happens():
        assert (await world.knock("/inbox", headers, json.dumps(create).encode())).status == 401
