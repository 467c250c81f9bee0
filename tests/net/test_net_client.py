"""The client against real peers on loopback: redirects, rebinding, caps, deadlines, TLS."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from net_peers import Authority, Handler, canary, client, document, peer

from fedserver.net.answer import retry_after_ms
from fedserver.net.client import Client
from fedserver.net.errors import FetchFailed, FetchInvalid, FetchRefused, FetchStatus
from fedserver.net.fetch import (
    download,
    fetch_json,
    fetch_plain_json,
    fetch_webfinger,
    is_activity_type,
)

MIB = 1024 * 1024


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main())


def answering(response: Callable[[web.Request], web.StreamResponse]) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return response(request)

    return handle


def redirecting(location: Callable[[web.Request], str], status: int = 302) -> Handler:
    return answering(lambda request: web.Response(status=status, headers={"Location": location(request)}))


def test_a_document_over_tls(authority: Authority) -> None:
    async def main() -> None:
        handler = answering(lambda _: document(b'{"id": 1}', ETag='"x"'))
        async with (
            peer(handler, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            found = await fetch_json(http, "https://good.test/users/%7Ea?x=1#main-key")
            assert found.body == b'{"id": 1}'
            assert found.final_url == "https://good.test/users/%7Ea?x=1"
            assert found.content_type == "application/activity+json"
            assert found.headers["etag"] == '"x"'
            sent = good.seen[0].headers
            assert sent["Host"] == "good.test"
            assert sent["User-Agent"] == "fedserver/0 (+https://home.test)"
            assert "Cookie" not in sent

    run(main)


def test_the_signer_sees_what_is_sent_on_each_hop(authority: Authority) -> None:
    calls: list[tuple[str, str, bytes]] = []

    def signer(method: str, url: str, body: bytes) -> dict[str, str]:
        calls.append((method, url, body))
        return {"Signature": f"sig-{len(calls)}"}

    def respond(request: web.Request) -> web.StreamResponse:
        if request.path == "/a":
            return web.Response(status=301, headers={"Location": "/b?q=1"})
        return document()

    async def main() -> None:
        async with (
            peer(answering(respond), authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            found = await fetch_json(http, "https://good.test/a", signer=signer)
            assert found.final_url == "https://good.test/b?q=1"
            assert [(s.path, s.headers["Signature"]) for s in good.seen] == [("/a", "sig-1"), ("/b?q=1", "sig-2")]
        assert calls == [("GET", "https://good.test/a", b""), ("GET", "https://good.test/b?q=1", b"")]

    run(main)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://127.0.0.1:{port}/", "scheme"),
        ("https://127.0.0.1:{port}/", "port"),
        ("https://127.0.0.1/", "address"),
        ("https://[::ffff:127.0.0.1]/", "address"),
        ("https://home.test/users/a", "own_host"),
        ("https://x@good.test/", "userinfo"),
        ("file:///etc/passwd", "scheme"),
        ("//①②⑦.⓪.⓪.①/", "address"),
        ("", "url"),
    ],
)
def test_redirects_are_judged_like_first_requests(authority: Authority, location: str, reason: str) -> None:
    async def main() -> None:
        async with canary() as trap:
            handler = redirecting(lambda _: location.format(port=trap.port))
            async with (
                peer(handler, authority.context("good.test")) as good,
                client(authority, hosts={"good.test": good.target}) as http,
            ):
                with pytest.raises(FetchRefused) as caught:
                    await fetch_json(http, "https://good.test/x")
                assert caught.value.reason == reason
                assert len(good.seen) == 1
            assert trap.hits == 0

    run(main)


def test_redirect_loops_and_chains_end(authority: Authority) -> None:
    async def main() -> None:
        def following(request: web.Request) -> str:
            step = int(request.query.get("n", "0"))
            return {"/self": "/self", "/ping": "/pong", "/pong": "/ping"}.get(request.path, f"/chain?n={step + 1}")

        async with (
            peer(redirecting(following), authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            for path, reason, asked in (("/self", "loop", 1), ("/ping", "loop", 2), ("/chain", "redirects", 4)):
                good.seen.clear()
                with pytest.raises(FetchRefused) as caught:
                    await fetch_json(http, f"https://good.test{path}")
                assert (caught.value.reason, len(good.seen)) == (reason, asked)

    run(main)


def test_rebinding_is_seen_in_the_next_answer() -> None:
    answers = [[(int(socket.AF_INET), "127.0.1.1")], [(int(socket.AF_INET), "127.0.0.1")]]

    def lookup(name: str, port: int) -> list[tuple[int, str]]:
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def main() -> None:
        async with canary() as trap, peer(answering(lambda _: document()), None) as good:
            port = int(good.target.rpartition(":")[2])
            ports = frozenset({port, trap.port})
            async with client(lookup=lookup, allow_http=True, allow_ports=ports) as http:
                await fetch_json(http, f"http://a.test:{port}/")
                with pytest.raises(FetchRefused) as caught:
                    await fetch_json(http, f"http://a.test:{trap.port}/")
                assert caught.value.reason == "address"
            assert trap.hits == 0

    run(main)


class LyingResolver(AbstractResolver):
    """A resolver that was talked around: it answers with whatever it was told."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=a, port=port, family=socket.AF_INET, proto=0, flags=0)
            for a in self.addresses
        ]

    async def close(self) -> None:
        pass


def test_the_socket_is_judged_whatever_the_resolver_said() -> None:
    async def main() -> None:
        async with canary() as trap, client(allow_http=True, allow_ports=frozenset({trap.port})) as http:
            connector: Any = http._session.connector if http._session else None
            for addresses in (("127.0.0.1",), ("127.0.0.1", "127.0.0.2", "10.0.0.1")):
                connector._resolver = LyingResolver(*addresses)
                with pytest.raises(FetchRefused) as caught:
                    await fetch_json(http, f"http://x{len(addresses)}.test:{trap.port}/")
                assert caught.value.reason == "address"
            assert trap.hits == 0

    run(main)


def test_a_literal_address_never_asks_the_resolver_and_is_refused() -> None:
    asked: list[str] = []

    def lookup(name: str, port: int) -> list[tuple[int, str]]:
        asked.append(name)
        return [(int(socket.AF_INET), "127.0.1.1")]

    async def main() -> None:
        async with canary() as trap:
            async with client(lookup=lookup, allow_http=True, allow_ports=frozenset({trap.port})) as http:
                for url in ("http://127.0.0.1:{}/", "http://[::ffff:127.0.0.1]:{}/", "http://①②⑦.⓪.⓪.①:{}/"):
                    with pytest.raises(FetchRefused):
                        await http.get(url.format(trap.port), accept="*/*", max_bytes=10)
            assert trap.hits == 0
            assert asked == []

    run(main)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "100.64.0.1", "64:ff9b::7f00:1", "fe80::1"])
def test_names_with_private_addresses_are_refused(address: str) -> None:
    family = int(socket.AF_INET6 if ":" in address else socket.AF_INET)

    async def main() -> None:
        async with client(lookup=lambda name, port: [(family, address)]) as http:
            started = time.monotonic()
            with pytest.raises(FetchRefused) as caught:
                await fetch_json(http, "https://evil.test/")
            assert caught.value.reason == "address"
            with pytest.raises(FetchRefused):
                await http.post("https://evil.test/inbox", b"{}", {})
            assert time.monotonic() - started < 1

    run(main)


def test_an_unknown_name_is_a_passing_failure() -> None:
    def lookup(name: str, port: int) -> list[tuple[int, str]]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    async def main() -> None:
        async with client(lookup=lookup) as http:
            with pytest.raises(FetchFailed) as caught:
                await fetch_json(http, "https://nowhere.test/")
            assert caught.value.reason == "dns"

    run(main)


def test_caps_count_decompressed_bytes(authority: Authority) -> None:
    bomb = gzip.compress(b" " * (64 * MIB))

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/activity+json"})
        await response.prepare(request)
        while True:
            await response.write(b" " * 65536)
            await asyncio.sleep(0)  # a transport that takes everything would never let the reader run

    def respond(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/exact":
                return document(b" " * MIB)
            case "/over":
                return document(b" " * (MIB + 1))
            case "/gzip":
                return document(gzip.compress(b"[1]") + gzip.compress(b"[2]"), **{"Content-Encoding": "gzip"})
            case "/deflate":
                return document(zlib.compress(b"[1]"), **{"Content-Encoding": "deflate"})
            case "/cut":
                return document(gzip.compress(b"x" * 500)[:-4], **{"Content-Encoding": "gzip"})
            case "/lie":
                return document(b"plain", **{"Content-Encoding": "gzip"})
            case "/br":
                return document(b"plain", **{"Content-Encoding": "br"})
        return document(bomb, **{"Content-Encoding": "gzip"})

    async def handle(request: web.Request) -> web.StreamResponse:
        return await endless(request) if request.path == "/endless" else respond(request)

    async def main() -> None:
        async with (
            peer(handle, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            assert len((await fetch_json(http, "https://good.test/exact")).body) == MIB
            assert (await fetch_json(http, "https://good.test/gzip")).body == b"[1][2]"
            assert (await fetch_json(http, "https://good.test/deflate")).body == b"[1]"
            tracemalloc.start()
            for path, reason in (
                ("over", "too_large"),
                ("bomb", "too_large"),
                ("endless", "too_large"),
                ("cut", "encoding"),
                ("lie", "encoding"),
                ("br", "encoding"),
            ):
                with pytest.raises(FetchInvalid) as caught:
                    await fetch_json(http, f"https://good.test/{path}")
                assert caught.value.reason == reason
            assert tracemalloc.get_traced_memory()[1] < 20 * MIB
            tracemalloc.stop()

    run(main)


def test_deadlines(authority: Authority) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        if request.path == "/silent":
            await asyncio.sleep(30)
        response = web.StreamResponse(headers={"Content-Type": "application/activity+json"})
        await response.prepare(request)
        while True:
            await response.write(b" ")
            await asyncio.sleep(0.05)

    async def main() -> None:
        async with (
            peer(drip, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}, total_timeout=0.5) as http,
        ):
            for path in ("drip", "silent"):
                started = time.monotonic()
                with pytest.raises(FetchFailed) as caught:
                    await fetch_json(http, f"https://good.test/{path}")
                assert caught.value.reason == "timeout"
                assert 0.4 < time.monotonic() - started < 2

    run(main)


def test_a_slow_host_does_not_hold_up_the_others(authority: Authority) -> None:
    async def slow(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return document()

    async def main() -> None:
        async with (
            peer(slow, authority.context("slow.test")) as lazy,
            peer(answering(lambda _: document()), authority.context("good.test"), "127.0.1.2") as good,
            client(
                authority,
                hosts={"slow.test": lazy.target, "good.test": good.target},
                connections_per_host=2,
                total_timeout=1.5,
            ) as http,
        ):
            waiting = [asyncio.ensure_future(fetch_json(http, f"https://slow.test/{n}")) for n in range(10)]
            await asyncio.sleep(0.3)
            assert len(lazy.seen) == 2
            started = time.monotonic()
            await fetch_json(http, "https://good.test/")
            assert time.monotonic() - started < 1
            results = await asyncio.gather(*waiting, return_exceptions=True)
            assert all(isinstance(result, FetchFailed) for result in results)

    run(main)


@pytest.mark.parametrize("fault", ["expired", "self-signed", "wrong host", "unknown authority"])
def test_bad_certificates_are_refused(authority: Authority, fault: str) -> None:
    context = {
        "expired": lambda: authority.context("good.test", age_days=3),
        "self-signed": lambda: authority.context("good.test", self_signed=True),
        "wrong host": lambda: authority.context("other.test"),
        "unknown authority": lambda: authority.context("good.test"),
    }[fault]()
    trusted = None if fault == "unknown authority" else authority

    async def main() -> None:
        async with (
            peer(answering(lambda _: document()), context) as good,
            client(trusted, hosts={"good.test": good.target}) as http,
        ):
            with pytest.raises(FetchFailed) as caught:
                await fetch_json(http, "https://good.test/")
            assert caught.value.reason == "tls"
            assert good.seen == []

    run(main)


def test_connections_are_kept_and_tls_sessions_resumed(authority: Authority) -> None:
    async def main() -> None:
        def respond(request: web.Request) -> web.StreamResponse:
            return document(**({"Connection": "close"} if request.path == "/close" else {}))

        async with (
            peer(answering(respond), authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            for path in ("a", "b", "close", "c"):
                await fetch_json(http, f"https://good.test/{path}")
            first, second, _, fourth = good.seen
            assert first.connection == second.connection
            assert not first.resumed
            assert fourth.resumed

    run(main)


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        ("application/activity+json", True),
        ("application/activity+json; charset=utf-8", True),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', True),
        ('application/ld+json; profile="http://a.test https://www.w3.org/ns/activitystreams"', True),
        ("application/ld+json;profile=https://www.w3.org/ns/activitystreams", True),
        ("application/ld+json", False),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams2"', False),
        ("application/json", False),
        ("text/plain", False),
        ("image/png", False),
        ("", False),
    ],
)
def test_media_types_of_documents(authority: Authority, kind: str, accepted: bool) -> None:
    assert is_activity_type(kind) is accepted

    async def main() -> None:
        handler = answering(lambda _: web.Response(body=b"{}", headers={"Content-Type": kind}))
        async with (
            peer(handler, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            if accepted:
                await fetch_json(http, "https://good.test/")
            else:
                with pytest.raises(FetchInvalid) as caught:
                    await fetch_json(http, "https://good.test/")
                assert caught.value.reason == "content_type"

    run(main)


def test_other_statuses_are_errors_that_carry_them(authority: Authority) -> None:
    async def main() -> None:
        def respond(request: web.Request) -> web.StreamResponse:
            return web.Response(status=int(request.path[1:]), headers={"Retry-After": "7"})

        async with (
            peer(answering(respond), authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            for status in (304, 401, 404, 410, 429, 503):
                with pytest.raises(FetchStatus) as caught:
                    await fetch_json(http, f"https://good.test/{status}")
                assert (caught.value.status, caught.value.retry_after) == (status, 7000)

    run(main)


def test_posts(authority: Authority) -> None:
    async def main() -> None:
        def respond(request: web.Request) -> web.StreamResponse:
            if request.path == "/moved":
                return web.Response(status=307, headers={"Location": "/inbox"})
            if request.path == "/large":
                return web.Response(status=500, body=b"x" * MIB)
            return web.Response(status=401, headers={"Accept-Signature": 'sig1=("@method")', "Retry-After": "-1"})

        async with (
            peer(answering(respond), authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            answer = await http.post("https://good.test/inbox", b"{1}", {"Digest": "x", "Content-Type": "a/b"})
            assert (answer.status, answer.accept_signature) == (401, 'sig1=("@method")')
            assert answer.retry_after is None
            assert good.seen[0].body == b"{1}"
            assert good.seen[0].headers["Digest"] == "x"
            moved = await http.post("https://good.test/moved", b"{}", {})
            assert (moved.status, len(good.seen)) == (307, 2)
            assert (await http.post("https://good.test/large", b"{}", {})).status == 500
            for headers in ({"X": "a\r\nY: b"}, {"X\r\nY": "b"}):
                with pytest.raises(FetchRefused):
                    await http.post("https://good.test/inbox", b"{}", headers)
            assert len(good.seen) == 3

    run(main)


def test_a_post_on_a_connection_that_the_peer_closed_is_sent_again() -> None:
    """The server closes each kept connection silently after one answer."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = True
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if not first:
                break  # the second request on a connection is dropped unanswered
            first = False
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            got.append(await reader.readexactly(length))
            writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.1.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, client(allow_http=True, hosts={"a.test": f"127.0.1.1:{port}"}) as http:
            for number in (b"1", b"2", b"3"):
                assert (await http.post("http://a.test/inbox", number, {})).status == 202
        assert got == [b"1", b"2", b"3"]

    run(main)


def test_retry_after() -> None:
    day = 24 * 3600 * 1000
    assert retry_after_ms("120") == 120_000
    assert retry_after_ms("1" + "0" * 30) == day
    assert retry_after_ms("Fri, 31 Dec 2100 23:59:59 GMT") == day
    assert retry_after_ms("Fri, 31 Dec 1999 23:59:59 GMT") == 0
    for garbage in (None, "-1", "soon", "", "1.5", "٣"):
        assert retry_after_ms(garbage) is None


def test_webfinger_falls_back_to_http_only_where_allowed() -> None:
    async def main() -> None:
        handler = answering(lambda _: document(b'{"subject": "x"}', "application/jrd+json; charset=utf-8"))
        async with peer(handler, None) as good:
            hosts = {"a.test": good.target}
            async with client(hosts=hosts) as http:
                with pytest.raises(FetchFailed):
                    await fetch_webfinger(http, "a.test", "acct:x@a.test")
            async with client(hosts=hosts, allow_http=True) as http:
                found = await fetch_webfinger(http, "a.test", "acct:x+y@a.test")
            assert found.body == b'{"subject": "x"}'
            assert [seen.path for seen in good.seen] == ["/.well-known/webfinger?resource=acct:x%2By@a.test"]

    run(main)


def test_plain_json_refuses_pages(authority: Authority) -> None:
    async def main() -> None:
        handler = answering(lambda request: document(b"{}", request.query["t"]))
        async with (
            peer(handler, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            await fetch_plain_json(http, "https://good.test/?t=application/json")
            with pytest.raises(FetchInvalid):
                await fetch_plain_json(http, "https://good.test/?t=text/html")

    run(main)


def test_downloads_leave_no_partial_file(authority: Authority, tmp_path: Path) -> None:
    async def handle(request: web.Request) -> web.StreamResponse:
        if request.path == "/whole":
            return document(b"x" * 200_000, "image/png")
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 10_000)
            if request.path == "/drip":
                await asyncio.sleep(0.05)
            if request.path == "/cut":
                assert request.transport is not None
                request.transport.abort()
        return response

    async def fails(http: Client, path: str, error: type[Exception]) -> None:
        with pytest.raises(error):
            await download(http, f"https://good.test/{path}", tmp_path / "f", max_bytes=300_000, total=0.6)
        assert list(tmp_path.iterdir()) == []

    async def main() -> None:
        async with (
            peer(handle, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            await fails(http, "large", FetchInvalid)
            await fails(http, "drip", FetchFailed)
            await fails(http, "cut", FetchFailed)
            found = await download(http, "https://good.test/whole", tmp_path / "f", max_bytes=300_000)
            assert (found.size, found.content_type) == (200_000, "image/png")
            with pytest.raises(FileExistsError):
                await download(http, "https://good.test/whole", tmp_path / "f", max_bytes=300_000)
            assert (tmp_path / "f").stat().st_size == 200_000

    run(main)


def test_proxies_in_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with canary() as trap, peer(answering(lambda _: document()), None) as good:
            for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
            async with client(allow_http=True, hosts={"a.test": good.target}) as http:
                await fetch_json(http, "http://a.test/")
            assert (trap.hits, len(good.seen)) == (0, 1)

    run(main)
