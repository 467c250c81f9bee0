"""POSTs against real peers on loopback, and the reading of what they answer."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from net_peers import Authority, canary, client, peer

from fedserver.net.answer import MOST, Answer, Found, NotHttp, read_answer
from fedserver.net.client import Client
from fedserver.net.errors import FetchFailed, FetchRefused

ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(main())


@pytest.mark.parametrize(
    ("data", "status", "stays"),
    [
        (ACCEPTED, 202, True),
        (b"HTTP/1.1 200 \r\ncontent-length:3 \r\nX: y\r\n\r\nabc", 200, True),
        (b"HTTP/1.1 204\r\n\r\n", 204, True),
        (b"HTTP/1.1 202 Accepted\nContent-Length: 0\n\n", 202, True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + ACCEPTED, 202, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n", 200, True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 200, True),
        # the end is known, and the peer wants no more
        (b"HTTP/1.1 202 Accepted\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", 202, False),
        (b"HTTP/1.0 202 Accepted\r\nContent-Length: 0\r\n\r\n", 202, False),
        (b"HTTP/1.1 101 Switching\r\nContent-Length: 0\r\n\r\n", 101, False),
        # where the end lies is doubtful
        (b"HTTP/1.1 202 Accepted\r\n\r\n", 202, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", 200, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc", 200, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\nabc", 200, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 200, False),
        (b"HTTP/1.1 204 No\r\nTransfer-Encoding: gzip\r\n\r\n", 204, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 200, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 200, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: x\r\n\r\n", 200, False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", 200, False),
        # more than was asked for
        (ACCEPTED + b"H", 202, False),
        (ACCEPTED + ACCEPTED, 202, False),
    ],
)
def test_answers_and_whether_their_connection_stays(data: bytes, status: int, stays: bool) -> None:
    found = read_answer(data)
    assert found is not None and found.complete
    assert (found.answer.status, found.stays) == (status, stays)


@pytest.mark.parametrize(
    "data",
    [
        ACCEPTED,
        b"HTTP/1.1 100 Continue\r\n\r\n" + ACCEPTED,
        b"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nslow",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_an_answer_may_come_in_pieces(data: bytes) -> None:
    whole = read_answer(data)
    assert whole is not None and whole.complete and whole.stays
    for length in range(len(data)):
        part = read_answer(data[:length])
        assert part is None or part == Found(whole.answer, False, False)


def test_what_answers_say() -> None:
    found = read_answer(
        b"HTTP/1.1 429 x\r\nretry-after: 7\r\nServer: Retry-After: 9\r\n"
        b'Accept-Signature: a=("@method")\r\naccept-signature: b=()\r\nContent-Length: 0\r\n\r\n'
    )
    assert found is not None and found.answer == Answer(429, 7000, 'a=("@method"), b=()')


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\r\nHTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 O\x00K\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * (MOST + 1),
        b"x" * (MOST + 1),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 2000,
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    with pytest.raises(NotHttp):
        read_answer(data)


@asynccontextmanager
async def talking(serve: Serve, **changes: Any) -> AsyncIterator[Client]:
    """A client, and ``http://a.test`` that does as ``serve`` says."""
    server = await asyncio.start_server(serve, "127.0.1.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, client(allow_http=True, hosts={"a.test": f"127.0.1.1:{port}"}, **changes) as http:
        yield http


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return await reader.readexactly(int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]))


def once(data: bytes, seen: list[bytes]) -> Serve:
    """Answers every request of a connection with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                seen.append(await read_request(reader))
                writer.write(data)
        except asyncio.IncompleteReadError:
            writer.close()

    return serve


def test_what_is_sent(authority: Authority) -> None:
    async def main() -> None:
        async with (
            peer(_accepted, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}) as http,
        ):
            answer = await http.post("https://good.test/in%2Dbox?a=b#c", "ä".encode(), {"Digest": "x"})
            assert answer == Answer(202, None, None)
            seen = good.seen[0]
            assert (seen.method, seen.path, seen.body) == ("POST", "/in-box?a=b", "ä".encode())
            assert seen.headers == {
                "Host": "good.test",
                "Digest": "x",
                "User-Agent": "fedserver/0 (+https://home.test)",
                "Content-Length": "2",
            }
            await http.post("https://good.test/inbox", b"", {"Host": "other.test"})
            assert good.seen[1].headers["Host"] == "other.test"
            for headers in ({"X": "a\rb"}, {"X": "a\nb"}, {"X\n": "b"}, {"X": "a\0b"}, {"X": "\ud800"}):
                with pytest.raises(FetchRefused) as caught:
                    await http.post("https://good.test/inbox", b"", headers)
                assert caught.value.reason == "header"
            assert len(good.seen) == 2

    run(main)


async def _accepted(_: web.Request) -> web.StreamResponse:
    return web.Response(status=202)


def test_connections_are_kept_for_a_while_and_tls_sessions_resumed(authority: Authority) -> None:
    async def main() -> None:
        async with (
            peer(_accepted, authority.context("good.test")) as good,
            client(authority, hosts={"good.test": good.target}, keep_alive=0.2) as http,
        ):
            for _ in range(2):
                await http.post("https://good.test/inbox", b"", {})
            await asyncio.sleep(0.6)
            await http.post("https://good.test/inbox", b"", {})
            first, second, third = good.seen
            assert first.connection == second.connection and not first.resumed
            assert third.resumed

    run(main)


def test_a_wrong_certificate_gets_nothing(authority: Authority) -> None:
    async def main() -> None:
        async with (
            peer(_accepted, authority.context("other.test")) as wrong,
            peer(_accepted, authority.context("good.test", self_signed=True)) as stranger,
            client(authority, hosts={"good.test": wrong.target, "b.test": stranger.target}) as http,
        ):
            for url in ("https://good.test/inbox", "https://b.test/inbox"):
                with pytest.raises(FetchFailed) as caught:
                    await http.post(url, b"secret", {})
                assert caught.value.reason == "tls"
            assert wrong.seen == stranger.seen == []

    run(main)


class _Lying:
    """A resolver that leads where it likes."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def addresses(self, host: str, port: int) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in self._addresses]


def test_the_socket_is_judged_whatever_the_resolver_said() -> None:
    async def main() -> None:
        async with canary() as trap, client(allow_http=True, allow_ports=frozenset({trap.port})) as http:
            posts: Any = http._posts
            for addresses in (("127.0.0.1",), ("127.0.0.1", "127.0.0.2", "10.0.0.1")):
                posts._resolver = _Lying(*addresses)
                with pytest.raises(FetchRefused) as caught:
                    await http.post(f"http://x{len(addresses)}.test:{trap.port}/", b"", {})
                assert caught.value.reason == "address"
            for url in ("http://127.0.0.1:{}/", "http://[::ffff:127.0.0.1]:{}/", "http://①②⑦.⓪.⓪.①:{}/"):
                with pytest.raises(FetchRefused):
                    await http.post(url.format(trap.port), b"", {})
            assert trap.hits == 0

    run(main)


def test_a_name_that_leads_inside_the_second_time_is_refused() -> None:
    """DNS rebinding: what was found is forgotten, and the next address is judged like the first."""
    found = ["127.0.1.1"]

    async def main() -> None:
        seen: list[bytes] = []
        server = await asyncio.start_server(once(b"HTTP/1.1 202 x\r\n\r\n", seen), "127.0.1.1", 0)
        port = server.sockets[0].getsockname()[1]

        def lookup(name: str, asked: int) -> list[tuple[int, str]]:
            return [(int(socket.AF_INET), found[0])]

        async with server, client(lookup=lookup, allow_http=True, allow_ports=frozenset({port})) as http:
            url = f"http://re.test:{port}/"
            assert (await http.post(url, b"", {})).status == 202
            posts: Any = http._posts
            posts._resolver._known.clear()
            found[0] = "127.0.0.1"
            with pytest.raises(FetchRefused) as caught:
                await http.post(url, b"", {})
            assert caught.value.reason == "address" and len(seen) == 1

    run(main)


def test_a_name_is_looked_up_once_for_many_posts() -> None:
    asked: list[str] = []

    def lookup(name: str, port: int) -> list[tuple[int, str]]:
        asked.append(name)
        time.sleep(0.05)
        return [(int(socket.AF_INET), "127.0.1.1"), (int(socket.AF_INET), "127.0.1.1")]

    async def main() -> None:
        seen: list[bytes] = []
        server = await asyncio.start_server(once(b"HTTP/1.1 202 x\r\n\r\n", seen), "127.0.1.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, client(lookup=lookup, allow_http=True, allow_ports=frozenset({port})) as http:
            url = f"http://once.test:{port}/"
            answers = await asyncio.gather(*(http.post(url, b"", {}) for _ in range(4)))
            answers.append(await http.post(url, b"", {}))
            assert [answer.status for answer in answers] == [202] * 5
            assert asked == ["once.test"]

    run(main)


def test_silence_half_an_answer_and_noise() -> None:
    async def main() -> None:
        for data, reason in (
            (b"", "timeout"),
            (b"HTTP/1.1 202 Acc", "timeout"),
            (b"SSH-2.0-OpenSSH\r\n", "connection"),
        ):
            async with talking(once(data, []), total_timeout=0.3) as http:
                with pytest.raises(FetchFailed) as caught:
                    await http.post("http://a.test/", b"", {})
                assert caught.value.reason == reason
        # the verdict is there, the rest of the body never comes
        async with talking(once(b"HTTP/1.1 410 Gone\r\nContent-Length: 9\r\n\r\nx", []), total_timeout=0.3) as http:
            assert (await http.post("http://a.test/", b"", {})).status == 410

    run(main)


def test_a_peer_that_hangs_up() -> None:
    async def main() -> None:
        seen: list[bytes] = []

        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            seen.append(await read_request(reader))
            writer.write(b"HTTP/1.1 202")
            writer.close()

        async with talking(hang_up) as http:
            with pytest.raises(FetchFailed) as caught:
                await http.post("http://a.test/", b"1", {})
            assert caught.value.reason == "connection"
        assert seen == [b"1"]
        with socket.create_server(("127.0.1.1", 0)) as listening:
            port = listening.getsockname()[1]
        async with client(allow_http=True, hosts={"a.test": f"127.0.1.1:{port}"}) as http:
            with pytest.raises(FetchFailed) as caught:
                await http.post("http://a.test/", b"", {})
            assert caught.value.reason == "connection"

    run(main)


def test_an_answer_that_nobody_asked_for_ends_the_connection() -> None:
    """It would be taken for the answer to the next request."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await read_request(reader) is not None:
            writer.write(ACCEPTED)
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(b"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")

    async def main() -> None:
        async with talking(serve) as http:
            for _ in range(2):
                assert (await http.post("http://a.test/", b"", {})).status == 202
                await asyncio.sleep(0.15)
        assert connections == 2

    run(main)


def test_a_host_gets_so_many_at_once_and_who_gives_up_leaves_its_place() -> None:
    at_once: list[int] = []

    async def main() -> None:
        open_now = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal open_now
            try:
                body = await read_request(reader)
                open_now += 1
                at_once.append(open_now)
                await asyncio.sleep(10 if body == b"slow" else 0.05)
                writer.write(b"HTTP/1.1 202 x\r\n\r\n")
            finally:
                open_now -= 1
                writer.close()

        async with talking(serve, connections_per_host=2, total_timeout=1.0) as http:
            answers = await asyncio.gather(*(http.post("http://a.test/", b"", {}) for _ in range(6)))
            assert {answer.status for answer in answers} == {202} and max(at_once) == 2
            slow = [asyncio.create_task(http.post("http://a.test/", b"slow", {})) for _ in range(2)]
            await asyncio.sleep(0.05)
            with pytest.raises(FetchFailed) as caught:
                await http.post("http://a.test/", b"", {}, total=0.1)
            assert caught.value.reason == "timeout"
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
            assert (await http.post("http://a.test/", b"", {})).status == 202
            posts: Any = http._posts
            assert (posts._all_busy, dict(posts._busy), posts._waiting) == (0, {}, [])

    run(main)


def test_a_closed_client_posts_no_more() -> None:
    async def main() -> None:
        async with talking(once(ACCEPTED, [])) as http:
            await http.post("http://a.test/", b"", {})
            await http.close()
            with pytest.raises(RuntimeError):
                await http.post("http://a.test/", b"", {})

    run(main)
