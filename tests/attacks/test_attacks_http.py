"""HTTP: connections, requests and bodies as no client makes them. Deadlines are shortened: they are waited for."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import struct
import time
from pathlib import Path

import pytest
from attack_people import listen, newcomer, path_of, png, raw, signed_in
from attack_world import BASE, DOMAIN, World

from fedserver.edge import bodies, connection

HEAD = f"GET /api/v1/instance HTTP/1.1\r\nHost: {DOMAIN}\r\n".encode()
JSON_POST = f"POST /api/v1/apps HTTP/1.1\r\nHost: {DOMAIN}\r\nContent-Type: application/json\r\n".encode()


async def drip(world: World, start: bytes, seconds: float) -> float:
    """Send ``start`` and then a byte now and then; when the node closed."""
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection("127.0.0.1", world.config.server.listen.port)
    began = loop.time()
    writer.write(start)

    async def feed() -> None:
        while True:
            await asyncio.sleep(0.2)
            writer.write(b"a")

    task = asyncio.create_task(feed())
    try:
        await asyncio.wait_for(reader.read(), seconds)
    except ConnectionError:
        pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        writer.close()
    return loop.time() - began


async def test_HTTP_01_slow_headers_hold_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert connection.HEADERS_S <= 20
    monkeypatch.setattr(connection, "HEADERS_S", 1.0)
    times = await asyncio.gather(*[drip(world, HEAD + b"X: ", 10) for _ in range(300)])
    # and a connection on which nothing comes at all
    times.append(await drip(world, b"", 10))
    assert max(times) < 5


async def test_HTTP_02_slow_bodies_hold_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bodies.PAUSE_S <= 30 and bodies.GRACE_S <= 30
    monkeypatch.setattr(bodies, "PAUSE_S", 1.0)
    answers = await asyncio.gather(*[raw(world, JSON_POST + b"Content-Length: 1000\r\n\r\nabc", 10) for _ in range(50)])
    assert all(answer.split(b"\r\n")[0].endswith(b"408 Request Timeout") for answer in answers), answers[0][:200]
    # a byte now and then is a pause, too, once the time is over
    monkeypatch.setattr(bodies, "GRACE_S", 1.0)
    assert await drip(world, JSON_POST + b"Content-Length: 16000\r\n\r\n", 15) < 10


async def test_HTTP_04_one_byte_chunks(world: World) -> None:
    head = JSON_POST + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    cpu = time.process_time()
    answer = await raw(world, head + b"1\r\n \r\n" * 400_000 + b"0\r\n\r\n", 30)
    assert answer == b"" or answer.split(b" ")[1] in (b"400", b"413", b"422"), answer[:100]
    # client and node share this process
    assert time.process_time() - cpu < 4


def _part(name: bytes, value: bytes, filename: bytes = b"") -> bytes:
    more = b'; filename="' + filename + b'"' if filename else b""
    return b'--edge\r\nContent-Disposition: form-data; name="' + name + b'"' + more + b"\r\n\r\n" + value + b"\r\n"


async def test_HTTP_05_forms_as_no_browser_makes_them(world: World) -> None:
    user = await newcomer(world)
    forms = {
        "fields": b"".join(_part(b"f%d" % n, b"x") for n in range(12_000)) + b"--edge--\r\n",
        "texts": b"".join(_part(b"f%d" % n, b"x" * 500_000) for n in range(6)) + b"--edge--\r\n",
        "no end": _part(b"file", png(), b"x.png"),
        "long name": _part(b"file", png(), b"x" * 100_000) + b"--edge--\r\n",
        "nothing": b"",
        "only the end": b"--edge--\r\n",
        "headers": b"--edge\r\n" + b"A: b\r\n" * 5000 + b"\r\nx\r\n--edge--\r\n",
        "nested": b"--edge\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\n--in--\r\n--edge--\r\n",
    }
    rows = world.count("media_attachments")
    for name, body in forms.items():
        for path in ("/api/v2/media", "/api/v1/statuses"):
            headers = {"Content-Type": "multipart/form-data; boundary=edge"}
            answer = await user.post(path, data=io.BytesIO(body), headers=headers)
            assert answer.status in (400, 413, 422), (name, path, answer.status)
    for kind in (
        "multipart/form-data",
        f"multipart/form-data; boundary={'b' * 10_000}",
        "multipart/form-data; boundary=",
    ):
        answer = await user.post("/api/v2/media", data=b"x", headers={"Content-Type": kind[:8000]})
        assert answer.status in (400, 413, 422), kind[:60]
    assert world.count("media_attachments") == rows
    assert not list(world.node.parts.upload_dir.iterdir())


async def test_HTTP_07_requests_that_two_readers_would_read_apart(world: World) -> None:
    host = f"Host: {DOMAIN}\r\n".encode()
    smuggled = b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"
    start, post = b"GET /api/v1/instance HTTP/1.1\r\n", b"POST /api/v1/apps HTTP/1.1\r\n"
    requests = {
        "length and chunks": post
        + host
        + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + smuggled,
        "two lengths": post + host + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "odd length": post + host + b"Content-Length: +3\r\n\r\nabc",
        "negative length": post + host + b"Content-Length: -3\r\n\r\nabc",
        "chunked twice": post + host + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "bad chunk": post + host + b"Transfer-Encoding: chunked\r\n\r\n0x4\r\nabcd\r\n0\r\n\r\n",
        "space before colon": start + b"Host : x\r\n\r\n",
        "folded": start + host + b"A: b\r\n c\r\n\r\n",
        "line feeds": start + host + b"A: b\x00c\r\n\r\n",
        "nul": b"GET /\x00 HTTP/1.1\r\n" + host + b"\r\n",
        "long header": start + host + b"A: " + b"a" * 100_000 + b"\r\n\r\n",
        "many headers": start + host + b"".join(b"A%d: b\r\n" % n for n in range(1000)) + b"\r\n",
        "long target": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n" + host + b"\r\n",
        "another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    }
    lines = world.watch.lines
    for name, data in requests.items():
        answer = await raw(world, data, 3)
        assert answer == b"" or answer.split(b" ")[1] in (b"400", b"414", b"431", b"501"), (name, answer[:80])
        assert answer.count(b"HTTP/1.") <= 1, name
        assert b"Traceback" not in answer and b"aiohttp" not in answer, name
    assert world.watch.lines - lines < 200
    # without a host, or with two: nothing is done in the name of another
    for data in (start + b"\r\n", start + host + b"Host: evil.test\r\n\r\n", start + b"Host: evil.test\r\n\r\n"):
        answer = await raw(world, data.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), 3)
        assert b"evil.test" not in answer, answer[:200]


async def test_HTTP_08_frames_that_no_client_sends(world: World) -> None:
    user = await newcomer(world)
    head = f"GET /api/v1/streaming?stream=user&access_token={user.token} HTTP/1.1\r\nHost: {DOMAIN}\r\n"
    head += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    head += "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"

    def frame(opcode: int, body: bytes, *, final: bool = True, masked: bool = True, length: int | None = None) -> bytes:
        size = len(body) if length is None else length
        first = bytes([(0x80 if final else 0) | opcode])
        mark = 0x80 if masked else 0
        if size < 126:
            second = bytes([mark | size])
        else:
            second = bytes([mark | 127]) + struct.pack(">Q", size)
        return first + second + (bytes(4) if masked else b"") + body

    floods = {
        "100 MB": frame(1, b"x" * 1000, length=100 * 1024 * 1024),
        "unmasked": frame(1, b'{"type":"x"}', masked=False),
        "endless": frame(1, b"x" * 100, final=False) + frame(0, b"x" * 100, final=False) * 2000,
        "reserved": frame(3, b"x"),
        "long ping": frame(9, b"x" * 200),
        "not utf-8": frame(1, b"\xff\xfe"),
    }
    for name, data in floods.items():
        answer = await raw(world, head.encode() + data, 8)
        found = answer.partition(b"\r\n\r\n")[2]
        assert answer.startswith(b"HTTP/1.1 101"), (name, answer[:100])
        # aiohttp reads frames without a mask, which RFC 6455, 5.1 would have closed; the node only answers them
        assert b"\x88" in found or name == "unmasked", (name, found[:50])
    cpu = time.process_time()
    await raw(world, head.encode() + frame(9, b"ping") * 20_000, 3)
    assert time.process_time() - cpu < 3
    async with listen(world, f"access_token={user.token}&stream=user") as socket:
        assert not socket.ws.closed


async def test_HTTP_10_no_path_leads_out_of_its_folder(world: World, tmp_path: Path) -> None:
    user = await newcomer(world)
    medium = (await user.upload(png())).json
    good = path_of(medium["url"])
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"a secret file")
    link = world.config.media.dir / "link.png"
    os.symlink(secret, link)
    for root in ("/media", "/static/x", good.rsplit("/", 1)[0], ""):
        for path in (
            "/../../etc/passwd",
            "/%2e%2e%2f%2e%2e%2fetc/passwd",
            "/..%5c..%5cetc%5cpasswd",
            "//etc/passwd",
            "/%2fetc%2fpasswd",
            "/....//....//etc/passwd",
            "/%c0%ae%c0%ae/etc/passwd",
            "/.%00./etc/passwd",
            "/link.png",
            "/..;/etc/passwd",
            "/" + "../" * 12 + "etc/passwd",
        ):
            answer = await world.get(root + path)
            assert answer.status in (400, 404), (root + path, answer.status)
            assert b"root:" not in answer.body and b"secret" not in answer.body
    assert (await world.get(good)).status == 200
    link.unlink()


async def test_HTTP_11_no_path_leads_to_another_host(world: World) -> None:
    browser = await signed_in(await newcomer(world))
    paths = (
        "//evil.test/..",
        "//evil.test/%2e%2e",
        "/%5cevil.test",
        "/%2f%2fevil.test/",
        "///evil.test",
        "/\\evil.test/..",
        "/.//evil.test",
    )
    paths += (
        "/settings//evil.test",
        "/settings/..//evil.test",
        "//evil.test/settings",
        "https://evil.test/settings",
        "/@alice//evil.test/",
    )
    for path in paths:
        for method in ("GET", "HEAD", "POST"):
            headers = {"Accept": "text/html", "Cookie": browser.cookie()}
            if path.startswith("http"):
                data = f"{method} {path} HTTP/1.1\r\nHost: {DOMAIN}\r\nConnection: close\r\n\r\n"
                answer = await raw(world, data.encode(), 3)
                assert b"evil.test" not in answer.partition(b"\r\n\r\n")[0], path
                continue
            found = await world.send(method, path, headers=headers)
            where = found.headers.get("Location", "/")
            assert where.startswith(("/", BASE)) and not where.startswith(("//", "/\\")), (path, where)
            assert found.status not in (301, 302, 307, 308), (path, where)


async def test_HTTP_13_a_broken_cookie_jar_is_no_flood_of_lines(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for path in ("/", "/api/v1/instance", "/settings/profile"):
        caplog.clear()
        cookie = ";".join(f'{n}="[' for n in range(900))
        answer = await world.get(path, headers={"Cookie": cookie[:8000]})
        assert answer.status in (200, 303), path
        own = [
            record for record in caplog.records if record.name != "fedserver.access" and "ookie" in record.getMessage()
        ]
        assert len(own) <= 1
    data = HEAD + b"Connection: close\r\nCookie: " + b"a;" * 10_000 + b"\r\n\r\n"
    caplog.clear()
    assert (await raw(world, data, 3)).startswith((b"HTTP/1.1 400", b"HTTP/1.0 400", b"HTTP/1.1 431"))
    assert len([record for record in caplog.records if record.levelno > logging.DEBUG]) < 20


@pytest.mark.parametrize(
    "piece", ["@a.a.a.", "#", "<", "@a@b.", "https://a.", "((", "*_", "&", "a.a@", "\u0301", "<p>", "www."]
)
async def test_HTTP_14_no_text_takes_long(world: World, piece: str) -> None:
    user = await newcomer(world)
    text = (piece * 100_000)[:100_000]
    short = text[:4990]
    for work in (
        user.post("/api/v1/statuses", json={"status": short}),
        user.post("/api/v1/statuses", json={"status": text}),
        user.send(
            "PATCH", "/api/v1/accounts/update_credentials", json={"note": text[:2000], "display_name": text[:60]}
        ),
        user.send("PATCH", "/api/v1/accounts/update_credentials", json={"note": text}),
        user.get("/api/v2/search?type=accounts&q=" + text[:2000].replace("#", "%23").replace("&", "%26")),
        user.post("/api/v1/accounts/search", data={"q": text}),
    ):
        cpu = time.process_time()
        answer = await work
        assert answer.status < 500 and time.process_time() - cpu < 0.5, (piece, answer.status)
    author = world.good.actor(f"http14x{ord(piece[0])}{len(piece)}")
    note = author.note(
        "long", content=text, summary=text[:5000], cc=[user.uri], tag=[{"type": "Mention", "href": user.uri}]
    )
    cpu = time.process_time()
    assert (await world.deliver(author, author.create(note))).status == 202
    assert time.process_time() - cpu < 1.0
