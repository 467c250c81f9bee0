"""JSON: bodies, documents and collections that are too deep, too large, ambiguous or endless."""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import random
import time
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import psutil
from aiohttp import web
from attack_peers import ACTIVITY, AS, PUBLIC, Actor, newcomer
from attack_world import BASE, World

MIB = 1 << 20


async def _post(world: World, body: bytes, status: int | tuple[int, ...] = 400) -> None:
    """A signed body that must have no effect."""
    actor = newcomer(world.evil)
    codes = (status,) if isinstance(status, int) else status
    async with world.nothing_happens(outbound=3):
        answer = await world.deliver(actor, body)
        assert answer.status in codes, (body[:80], answer.status, answer.text)


async def _search(world: World, text: str) -> Any:
    answer = await world.get(f"/api/v2/search?resolve=true&q={quote(text, safe='')}", token=world.alice.token)
    assert answer.status == 200, answer.text
    return answer.json


async def _followed(world: World) -> Actor:
    """An actor at good.test whom alice follows."""
    actor = newcomer(world.good)
    account = (await _search(world, actor.uri))["accounts"][0]
    await world.alice.post(f"/api/v1/accounts/{account['id']}/follow")
    follow = world.query("SELECT uri FROM follows WHERE target_id = ?", int(account["id"]))[0][0]
    inner = {"id": follow, "type": "Follow", "actor": f"{BASE}/users/alice", "object": actor.uri}
    assert (await world.deliver(actor, actor.activity("Accept", inner))).status == 202
    await world.settled()
    return actor


async def test_JSON_01_deep_nesting(world: World) -> None:
    for body in (b"[" * 200_000, b'{"a":' * 150_000, b"[" * 200_000 + b"]" * 200_000, b'{"a":[' * 90_000):
        await _post(world, body)
    actor = newcomer(world.evil)
    deep: Any = "x"
    for _ in range(200):
        deep = {"object": deep}
    await _post(world, json.dumps(actor.activity("Create", deep)).encode())


async def test_JSON_03_long_integer(world: World) -> None:
    actor = newcomer(world.evil)
    follow = json.dumps(actor.activity("Follow", f"{BASE}/users/alice")).encode()
    for number in (b"9" * 5000, b"-" + b"1" * 5000, b"1" + b"0" * 400_000, b"1e" + b"9" * 5000):
        await _post(world, follow[:-1] + b',"n":' + number + b"}")


async def test_JSON_04_numbers_out_of_range(world: World) -> None:
    actor = await _followed(world)
    for text in (b"1e999", b"-1e999", b"NaN", b"Infinity", b"-Infinity", b"1180591620717411303424", b"0x10", b"01"):
        body = json.dumps(actor.create(actor.note("bad"))).encode()
        await _post(world, body[:-1] + b',"n":' + text + b"}")
    for name, value in (("totalItems", 2**63 - 1), ("totalItems", -1), ("totalItems", 1.5e300), ("totalItems", True)):
        likes = {"type": "Collection", "id": f"{actor.uri}/likes", name: value}
        note = actor.note(f"n{value}", likes=likes, shares=likes, replies=likes)
        assert (await world.deliver(actor, actor.create(note))).status == 202
    picture = {"type": "Image", "url": "https://good.test/x.png", "width": 2**62, "height": -5, "duration": "PT9e99S"}
    assert (await world.deliver(actor, actor.create(actor.note("wide", attachment=[picture])))).status == 202
    await world.settled()
    home = await world.get("/api/v1/timelines/home", token=world.alice.token)
    assert home.status == 200
    assert not any(word in home.body for word in (b"NaN", b"Infinity", b"e300"))
    for row in home.json:
        assert 0 <= row["favourites_count"] < 2**53


async def test_JSON_06_duplicate_keys(world: World) -> None:
    victim, actor = newcomer(world.victim), newcomer(world.evil)
    body = json.dumps(actor.activity("Follow", f"{BASE}/users/alice"))
    for twice in (
        body[:-1] + f',"actor":"{victim.uri}"}}',
        f'{{"actor":"{victim.uri}",' + body[1:],
        body[:-1] + ',"\\u0061ctor":"' + victim.uri + '"}',
        body[:-1] + ',"type":"Follow"}',
        body[:-1] + ',"x":{"a":1,"a":1}}',
    ):
        await _post(world, twice.encode())


async def test_JSON_07_lone_surrogates(world: World) -> None:
    actor = await _followed(world)
    for field in ("content", "name", "summary"):
        body = json.dumps(actor.create(actor.note("s", **{field: "MARK"}))).replace("MARK", "\\ud800")
        await _post(world, body.encode())
    body = json.dumps(actor.create(actor.note("s"))).replace('"content"', '"\\udfff":1,"content"')
    await _post(world, body.encode())
    document = json.dumps({**actor.document(), "name": "MARK"}).replace("MARK", "\\udc00")
    stranger = newcomer(world.evil)
    world.evil.pages[stranger.uri] = (ACTIVITY, document.replace(actor.uri, stranger.uri).encode())
    assert (await _search(world, stranger.uri))["accounts"] == []


async def test_JSON_09_other_encodings(world: World) -> None:
    actor = newcomer(world.evil)
    text = json.dumps(actor.activity("Follow", f"{BASE}/users/alice"))
    for body in (
        text.encode("utf-16"),
        text.encode("utf-16-le"),
        text.encode("utf-32"),
        b"\xef\xbb\xbf" + text.encode(),
        text.replace("Follow", "Follow\udcff").encode("utf-8", "surrogateescape"),
        text.encode()[:-1] + b',"x":"\xc0\xaf"}',
        text.encode()[:-1] + b',"x":"\\u0000"}',
        text.encode() + b"\0",
        text.encode() + text.encode(),
    ):
        await _post(world, body)


async def test_JSON_10_not_an_object(world: World) -> None:
    for body in (b"[]", b'"x"', b"1", b"null", b"true", b"", b" " * (MIB - 1), b"{}", b"[{}]", b"{", b"nonsense"):
        await _post(world, body, (400, 401))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*path, index)
            yield from _leaves(inner, (*path, index))


def _odd(actor: Actor) -> list[Any]:
    return [
        None,
        True,
        0,
        -1,
        1.5,
        2**62,
        "",
        "x" * 3000,
        "https://",
        "https://good.test:99999/",
        "javascript:alert(1)",
        [],
        [None, 1, {}, []],
        {},
        {"id": 5, "type": []},
        {"type": ["Note", "Person", 7]},
        [["a"]],
        actor.document(),
        [actor.document()] * 3,
    ]


async def test_JSON_11_fields_of_other_types(world: World) -> None:
    """Every field of every activity in turn holds something else: whatever comes of it, it is no fault of ours."""
    actor = await _followed(world)
    world.good.pages[f"{actor.uri}/outbox"] = {"id": f"{actor.uri}/outbox", "type": "OrderedCollection"}
    post = await world.alice.post("/api/v1/statuses", json={"status": "target"})
    whole = actor.note(
        "fuzz",
        summary="cw",
        sensitive=True,
        inReplyTo=post["uri"],
        published="2026-01-01T00:00:00Z",
        updated="2026-01-01T00:00:00Z",
        contentMap={"en": "<p>x</p>"},
        url=[{"type": "Link", "href": f"{actor.uri}/page", "mediaType": "text/html"}],
        tag=[
            {"type": "Mention", "href": f"{BASE}/users/alice", "name": "@alice@sut.test"},
            {"type": "Hashtag", "href": "https://good.test/t", "name": "#fuzz"},
            {"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": "https://good.test/e.png"}},
        ],
        attachment=[{"type": "Document", "mediaType": "image/png", "url": "https://good.test/i.png", "width": 5}],
        replies={"id": f"{actor.uri}/r", "type": "Collection", "first": {"type": "CollectionPage", "items": []}},
    )
    full_actor = actor.document(
        name="n",
        summary="s",
        icon={"type": "Image", "url": "https://good.test/i.png"},
        attachment=[{"type": "PropertyValue", "name": "a", "value": "b"}],
        alsoKnownAs=["https://good.test/users/o"],
        manuallyApprovesFollowers=False,
        published="2026-01-01T00:00:00Z",
    )
    samples = [
        actor.create(whole),
        actor.activity("Update", whole),
        actor.activity("Update", full_actor),
        actor.activity("Announce", post["uri"], to=[PUBLIC], published="2026-01-01T00:00:00Z"),
        actor.activity("Like", post["uri"]),
        actor.activity("Follow", f"{BASE}/users/bob"),
        actor.activity("Undo", {"id": f"{actor.uri}/f", "type": "Follow", "object": f"{BASE}/users/bob"}),
        actor.activity("Flag", [f"{BASE}/users/bob", post["uri"]], content="spam"),
        actor.activity("Block", f"{BASE}/users/bob"),
        actor.activity("Delete", {"id": f"{actor.uri}/notes/9", "type": "Tombstone"}),
        actor.activity("Move", actor.uri, target="https://evil.test/users/x"),
        actor.activity("Add", f"{actor.uri}/notes/1", target=f"{actor.uri}/featured"),
        actor.activity("Accept", {"id": "x", "type": "Follow", "actor": f"{BASE}/users/bob", "object": actor.uri}),
    ]
    cases: list[dict[str, Any]] = []
    for number, sample in enumerate(samples):
        for path in _leaves(sample):
            if path in (("actor",), ("@context",)):
                continue
            for odd in _odd(actor):
                changed = copy.deepcopy(sample)
                place: Any = changed
                for step in path[:-1]:
                    place = place[step]
                place[path[-1]] = odd
                if path != ("id",):
                    changed["id"] = f"{actor.uri}/fuzz/{number}-{len(cases)}"
                cases.append(changed)
    chosen = random.Random(7).sample(cases, 700)
    for start in range(0, len(chosen), 10):
        answers = await asyncio.gather(*(world.deliver(actor, case) for case in chosen[start : start + 10]))
        assert {answer.status for answer in answers} <= {202, 400, 401}, [a.text for a in answers]
    for path in ("/api/v1/timelines/home", "/api/v1/notifications", "/api/v1/timelines/public"):
        assert (await world.get(path, token=world.alice.token)).status == 200, path
    await world.settled(30)


async def test_JSON_11_actors_of_other_types(world: World) -> None:
    """The same for the documents that we fetch."""
    template = newcomer(world.evil)
    paths = list(_leaves(template.document(icon={"type": "Image", "url": "https://good.test/i.png"})))
    random.Random(3).shuffle(paths)
    cases = [(path, odd) for path in paths for odd in _odd(template)]
    for path, odd in random.Random(5).sample(cases, 100):
        actor = newcomer(world.evil)
        document = actor.document(icon={"type": "Image", "url": "https://good.test/i.png"})
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = odd
        world.evil.pages[actor.uri] = document
        found = await _search(world, actor.uri)
        assert len(found["accounts"]) <= 1


async def _chunks(count: int, size: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * size


async def test_JSON_13_oversized_bodies(world: World) -> None:
    await _post(world, b" " * (MIB + 1), 413)
    headers = {"Content-Type": ACTIVITY, "Content-Length": str(100 * MIB)}
    reader, writer = await asyncio.open_connection("127.0.0.1", world.config.server.listen.port)
    head = "".join(f"{name}: {value}\r\n" for name, value in {"Host": "sut.test", **headers}.items())
    writer.write(f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode())
    began = time.monotonic()
    line = await asyncio.wait_for(reader.readline(), 5)
    assert b"413" in line and time.monotonic() - began < 2, line
    writer.close()
    # chunked: the counter ends it, wherever the sender is by then
    reader, writer = await asyncio.open_connection("127.0.0.1", world.config.server.listen.port)
    head = f"Host: sut.test\r\nContent-Type: {ACTIVITY}\r\nTransfer-Encoding: chunked\r\n"
    writer.write(f"POST /inbox HTTP/1.1\r\n{head}\r\n".encode())
    sent = 0
    answered = asyncio.create_task(reader.readline())
    try:
        while sent < 100 * MIB and not answered.done():
            writer.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
            await writer.drain()
            sent += 65536
            await asyncio.sleep(0)
    except ConnectionError:
        pass
    line = await asyncio.wait_for(answered, 5)
    assert b"413" in line and sent < 50 * MIB, (line, sent)
    writer.close()


def _endless(kind: str, *, compressed: bool) -> Any:
    """100 MB without a length, or a gzip bomb of two GiB; ``sent`` counts what left."""
    state = {"sent": 0}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        headers = {"Content-Type": kind, **({"Content-Encoding": "gzip"} if compressed else {})}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        for _ in range(2048 if compressed else 1600):
            part = packer.compress(b" " * MIB) if compressed else b" " * 65536
            if request.transport is None or request.transport.is_closing():
                break
            if part:
                await response.write(part)
            state["sent"] += len(part)
            await asyncio.sleep(0)
        return response

    answer.state = state  # type: ignore[attr-defined]
    return answer


async def test_JSON_14_huge_documents(world: World) -> None:
    memory = psutil.Process().memory_info().rss
    for compressed in (False, True):
        page = _endless(ACTIVITY, compressed=compressed)
        url = f"https://evil.test/huge/{compressed}"
        world.evil.pages[url] = page
        async with world.nothing_happens(outbound=3):
            began = time.monotonic()
            assert (await _search(world, url))["accounts"] == []
            assert time.monotonic() - began < 8
        await asyncio.sleep(0.2)
        assert page.state["sent"] < (2 * MIB if compressed else 30 * MIB)
    assert psutil.Process().memory_info().rss - memory < 20 * MIB
    small = gzip.compress(json.dumps({"id": "https://evil.test/ok"}).encode() + b" " * (2 * MIB))
    world.evil.pages["https://evil.test/ok"] = web.Response(
        body=small, headers={"Content-Type": ACTIVITY, "Content-Encoding": "gzip"}
    )
    assert (await _search(world, "https://evil.test/ok"))["statuses"] == []


async def _first_follow(world: World, actor: Actor, outbound: int) -> None:
    """bob follows somebody whom nobody followed: the outbox is read, at most ``outbound`` requests for all of it."""
    sent = world.outbound()
    account = (await _search(world, actor.uri))["accounts"][0]
    await world.bob.post(f"/api/v1/accounts/{account['id']}/follow")
    row = world.query("SELECT uri FROM follows WHERE target_id = ?", int(account["id"]))[0][0]
    inner = {"id": row, "type": "Follow", "actor": f"{BASE}/users/bob", "object": actor.uri}
    assert (await world.deliver(actor, actor.activity("Accept", inner))).status == 202
    await world.settled(20)
    assert world.outbound() - sent <= outbound, world.outbound() - sent


async def test_JSON_16_endless_collections(world: World) -> None:
    asked = 0

    async def page(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        number = int(request.path.rpartition("-")[2] or 0)
        document = {
            "@context": AS,
            "id": f"https://evil.test{request.path}",
            "type": "OrderedCollectionPage",
            "next": f"https://evil.test/page-{number + 1}",
            "orderedItems": [],
        }
        return web.Response(body=json.dumps(document).encode(), headers={"Content-Type": ACTIVITY})

    for number in range(300):
        world.evil.pages[f"/page-{number}"] = page
    endless, loop, many = newcomer(world.evil), newcomer(world.evil), newcomer(world.evil)
    victim = newcomer(world.victim)
    for actor in (endless, loop, many):
        outbox = f"{actor.uri}/outbox"
        world.evil.pages[outbox] = {"@context": AS, "id": outbox, "type": "OrderedCollection"}
    world.evil.pages[f"{endless.uri}/outbox"]["first"] = "https://evil.test/page-0"
    world.evil.pages[f"{loop.uri}/outbox"]["first"] = f"{loop.uri}/outbox"
    foreign = victim.note("foreign")
    items = [foreign, victim.create(foreign), *(f"{many.uri}/notes/{n}" for n in range(20_000))]
    world.evil.pages[f"{many.uri}/outbox"]["orderedItems"] = items
    for actor in (endless, loop, many):
        await _first_follow(world, actor, 60)
    assert asked <= 10
    assert world.count("statuses", "uri = ?", foreign["id"]) == 0


async def test_JSON_17_endless_threads(world: World) -> None:
    writer = await _followed(world)

    async def link(request: web.BaseRequest) -> web.StreamResponse:
        number = int(request.path.rpartition("-")[2])
        note = writer.note(f"link-{number}", inReplyTo=f"{writer.uri}/notes/link-{number + 1}")
        body = json.dumps({"@context": AS, **note}).encode()
        return web.Response(body=body, headers={"Content-Type": ACTIVITY})

    base = writer.uri.removeprefix("https://good.test")
    for number in range(10_000):
        world.good.pages[f"{base}/notes/link-{number}"] = link
    sent = world.outbound()
    first = writer.note("link-0", inReplyTo=f"{writer.uri}/notes/link-1")
    assert (await world.deliver(writer, writer.create(first))).status == 202
    await world.settled(20)
    assert world.outbound() - sent <= 50
    a, b = writer.note("cycle-a"), writer.note("cycle-b")
    for one, other in ((a, b), (b, a)):
        one["inReplyTo"] = other["id"]
        world.good.pages[one["id"]] = {"@context": AS, **one}
    sent = world.outbound()
    assert (await world.deliver(writer, writer.create(a))).status == 202
    await world.settled(20)
    assert world.outbound() - sent <= 6
    assert (await world.deliver(writer, writer.create(b))).status == 202
    await world.settled(20)
    for (row,) in world.query("SELECT id FROM statuses WHERE uri LIKE '%/cycle-%'"):
        answer = await world.get(f"/api/v1/statuses/{row}/context", token=world.alice.token)
        assert len(answer.json["ancestors"]) + len(answer.json["descendants"]) <= 2, answer.json
    replies = {
        "id": f"{writer.uri}/many/replies",
        "type": "Collection",
        "items": [f"https://victim.test/fake/{n}" for n in range(20_000)],
    }
    world.good.pages[replies["id"]] = {"@context": AS, **replies}
    popular = writer.note("many", replies=replies["id"])
    assert (await world.deliver(writer, writer.create(popular))).status == 202
    await world.settled()
    row = world.query("SELECT id FROM statuses WHERE uri = ?", popular["id"])[0][0]
    sent = world.outbound()
    for _ in range(3):
        assert (await world.get(f"/api/v1/statuses/{row}/context", token=world.alice.token)).status == 200
    await world.settled(20)
    assert world.outbound() - sent <= 60


async def test_JSON_19_foreign_contexts(world: World) -> None:
    actor = await _followed(world)
    context = [AS, "https://evil.test/ctx", {"@import": "https://evil.test/ctx2"}, "https://127.0.0.1/ctx"]
    sent = world.outbound()
    note = actor.note("ctx")
    assert (await world.deliver(actor, {**actor.create(note), "@context": context})).status == 202
    await world.settled()
    assert world.count("statuses", "uri = ?", note["id"]) == 1
    stranger = newcomer(world.evil)
    world.evil.pages[stranger.uri] = {**stranger.document(), "@context": context}
    assert len((await _search(world, stranger.uri))["accounts"]) == 1
    assert world.evil.asked("ctx") == 0
    assert world.outbound() - sent <= 3


async def test_JSON_20_remapped_terms(world: World) -> None:
    victim, actor = newcomer(world.victim), await _followed(world)
    remaps: list[dict[str, Any]] = [
        {"actor": "as:object", "object": "as:actor"},
        {"who": "as:actor"},
        {"content": "https://evil.test/x", "name": "as:content"},
        {"id": "https://evil.test/x", "uri": "@id"},
        {"type": "https://evil.test/x", "kind": "@type"},
    ]
    for number, remap in enumerate(remaps):
        note = actor.note(f"remap-{number}", uri=f"{victim.uri}/notes/1", kind="Person", name="other")
        activity = {**actor.create(note), "who": victim.uri, "@context": [AS, remap]}
        assert (await world.deliver(actor, activity)).status in (202, 400, 401)
        await world.settled()
        found = world.query("SELECT content FROM statuses WHERE uri = ?", note["id"])
        assert found in ([], [(note["content"],)]), found
    assert world.count("statuses", "uri LIKE ?", f"{victim.uri}%") == 0
    forged = {
        "@context": [AS, {"who": "as:actor", "actor": "as:summary"}],
        **actor.activity("Follow", f"{BASE}/users/bob"),
    }
    async with world.nothing_happens():
        assert (await world.deliver(actor, {**forged, "actor": victim.uri, "who": actor.uri})).status in (400, 401, 403)


def _with_ld_signature(activity: dict[str, Any], creator: str) -> dict[str, Any]:
    signature = {
        "type": "RsaSignature2017",
        "creator": creator,
        "created": "2026-11-22T00:00:00Z",
        "signatureValue": "AAAA",
    }
    return {**activity, "signature": signature}


async def test_JSON_21_linked_data_signatures(world: World) -> None:
    victim, actor = newcomer(world.victim), newcomer(world.evil)
    note = victim.note("lds", to=[PUBLIC, f"{BASE}/users/alice"])
    create = _with_ld_signature(victim.create(note), victim.key_id)
    shapes: list[dict[str, Any]] = [
        create,
        {"@context": AS, "@graph": [create]},
        {"@context": AS, "@graph": [create], "id": create["id"], "type": "Create", "actor": victim.uri},
        {**create, "@included": [actor.note("inner")]},
        {**create, "@reverse": {"object": actor.uri}},
    ]
    for shape in shapes:
        async with world.nothing_happens():
            assert (await world.deliver(actor, shape)).status in (400, 401, 403)
    own = actor.create(actor.note("own", to=[PUBLIC, f"{BASE}/users/alice"]))
    rearranged = {**own, "@graph": [create], "@included": [create], "@reverse": {"object": create}}
    assert (await world.deliver(actor, rearranged)).status in (202, 400)
    await world.settled()
    assert world.count("statuses", "uri = ?", note["id"]) == 0


async def test_JSON_23_terms_outside_of_the_signature(world: World) -> None:
    victim, actor = newcomer(world.victim), newcomer(world.evil)
    note = victim.note("outside", to=[PUBLIC, f"{BASE}/users/alice"])
    note["hidden"] = "not an iri"
    create = _with_ld_signature(victim.create(note), victim.key_id)
    create["@context"] = [AS, {"hidden": {"@id": "as:content", "@type": "@id"}}]
    async with world.nothing_happens():
        assert (await world.deliver(actor, create)).status in (400, 401, 403)
        assert (await world.deliver(actor, {**create, "to": [f"{BASE}/users/bob"]})).status in (400, 401, 403)


async def test_JSON_25_aliased_keywords(world: World) -> None:
    victim, actor = newcomer(world.victim), await _followed(world)
    for number, extra in enumerate(
        (
            {"@type": "Person"},
            {"@id": f"{victim.uri}/notes/1"},
            {"@type": "https://www.w3.org/ns/activitystreams#Person"},
            {"https://www.w3.org/ns/activitystreams#attributedTo": victim.uri},
            {"as:attributedTo": victim.uri},
        )
    ):
        note = actor.note(f"alias-{number}", **extra)
        assert (await world.deliver(actor, actor.create(note))).status in (202, 400)
        activity = {**actor.activity("Follow", f"{BASE}/users/bob"), **extra, "@id": f"{victim.uri}#f"}
        assert (await world.deliver(actor, activity)).status in (202, 400)
    await world.settled()
    assert world.count("statuses", "uri LIKE ?", f"{victim.uri}%") == 0
    assert world.count("accounts", "uri = ?", victim.uri) == 0
    for forged in (
        {"@type": "Follow", "@id": f"{actor.uri}#1", "actor": victim.uri, "object": f"{BASE}/users/bob"},
        {
            "https://www.w3.org/ns/activitystreams#actor": victim.uri,
            "https://www.w3.org/ns/activitystreams#object": f"{BASE}/users/bob",
            "@type": "https://www.w3.org/ns/activitystreams#Follow",
        },
    ):
        async with world.nothing_happens():
            assert (await world.deliver(actor, {"@context": AS, **forged})).status in (400, 401, 403)
