"""SSRF: no stranger decides where this node connects to. The canary and every unknown address stay undialled."""

from __future__ import annotations

import io
import time
from typing import Any
from urllib.parse import quote

from aiohttp import web
from attack_peers import Actor, key_of, newcomer
from attack_world import BASE, World
from PIL import Image

WORLD = {"bad_certificates": True}


async def _search(world: World, text: str) -> Any:
    answer = await world.get(f"/api/v2/search?resolve=true&q={quote(text, safe='')}", token=world.alice.token)
    assert answer.status in (200, 400, 422), answer.text
    return answer.json if answer.status == 200 else {"accounts": [], "statuses": []}


async def _finds_nothing(world: World, text: str, *, outbound: int = 0) -> None:
    async with world.nothing_happens(outbound=outbound):
        found = await _search(world, text)
        assert found["accounts"] == [] and found["statuses"] == [], (text, found)


async def _knock_as(world: World, key_id: str) -> int:
    """A follow signed with a key of that id; the status."""
    uri = key_id.partition("#")[0]
    sender = Actor(uri, key_of("stray"), key_id)
    async with world.nothing_happens():
        return (await world.deliver(sender, sender.activity("Follow", f"{BASE}/users/alice"))).status


async def test_SSRF_01_keyid_on_loopback(world: World) -> None:
    port = world.canary.port
    for key_id in (
        f"http://127.0.0.1:{port}/key",
        f"https://127.0.0.1:{port}/key",
        f"https://localhost:{port}/key",
        f"https://[::1]:{port}/key",
        f"https://0.0.0.0:{port}/key",
        f"https://2130706433:{port}/key",
        f"https://0x7f.1:{port}/key",
        f"https://127.1:{port}/key",
    ):
        began = time.monotonic()
        assert await _knock_as(world, key_id) in (400, 401, 403, 503), key_id
        assert time.monotonic() - began < 3


async def test_SSRF_02_keyid_on_a_name_of_loopback(world: World) -> None:
    world.allowed.add(503)
    world.names.add("inner.test", "127.0.0.1")
    world.names.add("both.test", ["127.0.0.1", "::1"])
    port = world.canary.port
    for host in ("inner.test", "both.test"):
        assert await _knock_as(world, f"https://{host}:{port}/key") in (401, 403), host


async def test_SSRF_04_a_name_that_changes_its_mind(world: World) -> None:
    """The address is judged where it is dialled; a second answer of the DNS is judged like the first."""
    for number, answers in enumerate((["127.0.1.77", "127.0.0.1"], ["127.0.0.1", "127.0.1.77"])):
        name = f"a{number}.test"
        world.names.add(name, *answers)
        for _ in range(3):
            async with world.nothing_happens():
                world.dialled.clear()
                found = await _search(world, f"@x@{name}:{world.canary.port}")
                assert found["accounts"] == []
                assert not [pair for pair in world.dialled if pair[0] == "127.0.0.1" and pair[1] == world.canary.port]
                world.dialled.clear()


async def test_SSRF_05_unspecified_address(world: World) -> None:
    for host in ("0.0.0.0", "0", "0.0.0.1"):
        await _finds_nothing(world, f"https://{host}:{world.canary.port}/users/x")


async def test_SSRF_07_loopback_v6(world: World) -> None:
    for host in ("[::1]", "[0:0:0:0:0:0:0:1]", "[::]"):
        await _finds_nothing(world, f"https://{host}:{world.canary.port}/u")


async def test_SSRF_08_mapped_v4(world: World) -> None:
    for host in ("[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]"):
        await _finds_nothing(world, f"https://{host}:{world.canary.port}/u")


async def test_SSRF_10_compatible_v4(world: World) -> None:
    for host in ("[::127.0.0.1]", "[::7f00:1]", "[::a00:1]"):
        await _finds_nothing(world, f"https://{host}/u")
        await _finds_nothing(world, f"https://{host}:{world.canary.port}/u")


async def _names_refused(world: World, *addresses: str) -> None:
    for number, address in enumerate(addresses):
        name = f"n{number}-{abs(hash(address)) % 10**8}.test"
        world.names.add(name, address)
        await _finds_nothing(world, f"https://{name}/u")
        await _finds_nothing(world, f"@x@{name}")
        assert world.names.asked[name] >= 1, f"{name} was not even looked up"


async def test_SSRF_11_nat64(world: World) -> None:
    await _names_refused(world, "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe")


async def test_SSRF_13_private_v6(world: World) -> None:
    await _names_refused(
        world, "fc00::1", "fd12::1", "fe80::1%lo", "fec0::1", "ff02::1", "3fff::1", "100::1", "2001:db8::1", "5f00::1"
    )


async def test_SSRF_14_private_v4(world: World) -> None:
    await _names_refused(
        world, "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1"
    )
    await _names_refused(world, "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1")


async def _pictures(world: World, urls: list[str], *, as_icon: bool) -> None:
    """An actor with such a picture, or a post with such attachments: known here, and nothing is dialled for it."""
    for url in urls:
        more: dict[str, Any] = {"icon": {"type": "Image", "url": url}} if as_icon else {}
        actor = newcomer(world.good, **more)
        found = (await _search(world, actor.uri))["accounts"]
        assert len(found) == 1
        shown = [found[0]["avatar"], found[0]["avatar_static"]]
        if not as_icon:
            note = world.good.note(actor, 1, attachment=[{"type": "Document", "mediaType": "image/png", "url": url}])
            posts = (await _search(world, note["id"]))["statuses"]
            assert len(posts) == 1
            shown = [a[k] for a in posts[0]["media_attachments"] for k in ("url", "preview_url") if a[k]]
            assert all(a["remote_url"] is None or a["remote_url"][:4] == "http" for a in posts[0]["media_attachments"])
        async with world.nothing_happens():
            for address in shown:
                assert address.startswith(f"{BASE}/"), address
                answer = await world.get(address.removeprefix(BASE))
                assert answer.status in (200, 404) and b"root:" not in answer.body, (url, answer.status)
                if "/media/" in address:
                    assert answer.status == 404, url


async def test_SSRF_16_digits_in_disguise(world: World) -> None:
    port = world.canary.port
    urls = [
        f"http://①②⑦.⓪.⓪.①:{port}/a.png",
        f"https://①②⑦.⓪.⓪.①:{port}/a.png",
        f"http://127。0。0。1:{port}/a.png",
        f"https://127。0。0。1:{port}/",
        f"https://１２７.0.0.1:{port}/a.png",
        f"https://0177.0.0.1:{port}/a.png",
        f"https://127.0.0.1:{port}/a.png",
    ]
    await _pictures(world, urls, as_icon=True)
    await _pictures(world, urls, as_icon=False)


async def test_SSRF_18_other_schemes(world: World) -> None:
    port = world.canary.port
    urls = [
        "file:///etc/passwd",
        f"gopher://127.0.0.1:{port}/x",
        f"ftp://127.0.0.1:{port}/x",
        "data:image/png;base64,iVBORw0KGgo=",
        "unix:/run/x.sock",
        "//etc/passwd",
        "/etc/passwd",
        "javascript:alert(1)",
    ]
    await _pictures(world, urls, as_icon=False)
    await _pictures(world, urls, as_icon=True)


def _redirect(*targets: str, status: int = 302) -> Any:
    """Each request is sent to the next target, the last one for ever."""
    left = list(targets)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        target = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(status=status, headers={"Location": target})

    return answer


async def test_SSRF_19_redirects_inside(world: World) -> None:
    port = world.canary.port
    for number, target in enumerate(
        (
            f"http://127.0.0.1:{port}/",
            f"https://127.0.0.1:{port}/",
            f"//127.0.0.1:{port}/",
            f"https://①②⑦.⓪.⓪.①:{port}/",
            f"https://[::ffff:127.0.0.1]:{port}/",
            "file:///etc/passwd",
            f"https://evil.test@127.0.0.1:{port}/",
            f"{BASE}/users/alice",
        )
    ):
        for status in (301, 307):
            url = f"https://evil.test/away/{number}/{status}"
            world.evil.pages[url] = _redirect(target, status=status)
            await _finds_nothing(world, url, outbound=3)


async def test_SSRF_21_redirects_without_end(world: World) -> None:
    a, b = "https://evil.test/loop/a", "https://evil.test/loop/b"
    world.evil.pages["https://evil.test/self"] = _redirect("https://evil.test/self")
    world.evil.pages[a], world.evil.pages[b] = _redirect(b), _redirect(a)
    for hop in range(50):
        world.evil.pages[f"https://evil.test/hop/{hop}"] = _redirect(f"https://evil.test/hop/{hop + 1}")
    await _finds_nothing(world, "https://evil.test/self", outbound=6)
    await _finds_nothing(world, a, outbound=6)
    await _finds_nothing(world, "https://evil.test/hop/0", outbound=6)
    for uri in ("https://evil.test/self", a, "https://evil.test/hop/0"):
        sent = world.outbound()
        sender = Actor(uri, key_of("stray"), f"{uri}#k{time.monotonic_ns()}")
        assert (await world.deliver(sender, sender.activity("Follow", f"{BASE}/users/alice"))).status in (401, 403)
        assert world.outbound() - sent <= 6, world.evil.seen[-12:]


async def test_SSRF_25_ports(world: World) -> None:
    """Names of peers are mapped to their test port; any other port is refused by its number."""
    world.allowed.add(503)
    for port in (22, 25, 6379, 5432, 8080, 0, 65535, 65536):
        assert await _knock_as(world, f"https://good.test:{port}/users/x#k") in (400, 401, 403), port
        await _finds_nothing(world, f"https://good.test:{port}/users/x")
        await _finds_nothing(world, f"@x@good.test:{port}")


async def test_SSRF_28_userinfo_and_line_breaks(world: World) -> None:
    port = world.canary.port
    for url in (
        f"https://good.test@127.0.0.1:{port}/",
        f"https://good.test:x@127.0.0.1:{port}/",
        f"https://127.0.0.1:{port}#@good.test/",
        f"https://127.0.0.1:{port}\\@good.test/",
        "https://good.test\r\nX: 1/",
        "https://good.test/\r\nX: 1",
        f"https://good.test%40127.0.0.1:{port}/",
        f"https://good.test%2f@127.0.0.1:{port}/",
    ):
        await _finds_nothing(world, url)
    seen: list[dict[str, str]] = []

    async def page(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(dict(request.headers))
        return web.Response(status=404)

    world.good.pages["/%0d%0aX:1"] = page
    world.good.pages["/\r\nX:1"] = page
    await _finds_nothing(world, "https://good.test/%0d%0aX:1", outbound=3)
    assert all("X" not in headers for headers in seen)


async def test_SSRF_30_the_media_proxy(world: World) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(picture, "PNG")
    world.good.pages["https://good.test/a.png"] = ("image/png", picture.getvalue())
    actor = newcomer(world.good)
    documents = [{"type": "Document", "mediaType": "image/png", "url": "https://good.test/a.png"}]
    first = (await _search(world, world.good.note(actor, 1, attachment=documents)["id"]))["statuses"][0]
    good = first["media_attachments"][0]["preview_url"]
    assert (await world.get(good.removeprefix(BASE))).status == 200
    number, token, kind = good.removeprefix(f"{BASE}/media/").split("/")
    async with world.nothing_happens():
        for path in (
            f"/media/{int(number) + 1}/{token}/{kind}",
            f"/media/{number}/{token[:-1]}x/{kind}",
            f"/media/{number}/{token}/other",
            f"/media/{number}/{token}/{kind}/https://127.0.0.1:{world.canary.port}/",
            f"/proxy/{token}?url=https://127.0.0.1:{world.canary.port}/",
        ):
            assert (await world.get(path)).status in (403, 404), path
    asked = world.good.asked("a.png")
    await world.get(good.removeprefix(BASE) + f"?url=https://127.0.0.1:{world.canary.port}/")
    assert world.good.asked("a.png") == asked
    own = [
        {"type": "Document", "mediaType": "image/png", "url": url}
        for url in (good, good.replace("sut", "SUT"), good.replace("sut.test", "sut.test.:443"), f"{BASE}/users/alice")
    ]
    second = (await _search(world, world.good.note(actor, 2, attachment=own)["id"]))["statuses"][0]
    async with world.nothing_happens():
        for medium in second["media_attachments"]:
            answer = await world.get(str(medium["preview_url"] or medium["url"]).removeprefix(BASE))
            assert answer.status == 404


async def test_SSRF_32_our_own_host(world: World) -> None:
    post = await world.alice.post("/api/v1/statuses", json={"status": "hello"})
    path = post["uri"].removeprefix(BASE)
    spellings = (
        "https://sut.test",
        "https://sut.test.",
        "https://sut.test:443",
        "https://SUT.test",
        "https://Sut.Test.:443",
    )
    for base in (*spellings, "https://www.sut.test", "https://ｓut.test", "http://sut.test"):
        async with world.nothing_happens():
            found = await _search(world, f"{base}{path}")
            assert [row["uri"] for row in found["statuses"]] in ([], [post["uri"]]), base
            assert (await _search(world, f"@alice@{base.partition('://')[2]}"))["accounts"][1:] == []
    actor = newcomer(world.good)
    assert (await world.deliver(actor, actor.activity("Follow", f"{BASE}/users/alice"))).status == 202
    await world.settled()
    sent = len(world.strangers())
    for number, base in enumerate((*spellings, "https://www.sut.test")):
        note = actor.note(
            f"own-{number}", inReplyTo=f"{base}/users/alice/statuses/1", to=[f"{BASE}/users/alice"], cc=[]
        )
        assert (await world.deliver(actor, actor.create(note))).status == 202
        for kind in ("Like", "Announce", "Move"):
            more = {"target": f"{base}/users/bob"} if kind == "Move" else {}
            assert (await world.deliver(actor, actor.activity(kind, f"{base}{path}", **more))).status == 202
        assert (await world.deliver(actor, actor.activity("Create", f"{base}{path}x"))).status == 202
    await world.settled()
    assert len(world.strangers()) == sent
    assert ("127.0.0.1", world.config.server.listen.port) not in [
        pair for pair in world.dialled if pair not in _own_calls(world)
    ]


def _own_calls(world: World) -> set[tuple[str, int]]:
    """The test itself talks to the node, so its address is no sign; names that were looked up would be."""
    assert not any("sut" in name for name in world.names.asked)
    return {("127.0.0.1", world.config.server.listen.port)}


async def test_SSRF_33_certificates(world: World) -> None:
    """A peer with an expired certificate, with one that nobody signed, and with one for another name."""
    assert len((await _search(world, newcomer(world.good).uri))["accounts"]) == 1
    world.allowed.add(503)
    for name in ("expired.test", "selfsigned.test", "misnamed.test"):
        host = world.hosts[name]
        actor = newcomer(host)
        async with world.nothing_happens():
            assert (await _search(world, actor.uri))["accounts"] == []
            assert (await _search(world, f"@{actor.uri.rpartition('/')[2]}@{name}"))["accounts"] == []
            answer = await world.deliver(actor, actor.activity("Follow", f"{BASE}/users/alice"))
            assert answer.status in (401, 503)
        assert host.seen == [], name
        assert (host.address, host.port) in world.dialled, f"{name} was not even tried"
