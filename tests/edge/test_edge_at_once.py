"""Answers that are sent where their request arrives: the same bytes, in the same order, as on the long way."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp.web import Response, StreamResponse
from door_support import Node, node

from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.routing import Route
from fedserver.kit import logs
from fedserver.kit.errors import Unavailable

LARGE = 3_000_000


async def now(call: Call) -> StreamResponse:
    """Needs no task, and has none."""
    at_once = asyncio.current_task() is None
    return responses.json({"at_once": at_once, "n": call.raw_query, "mark": logs.request_id.get() == call.request_id})


async def later(call: Call) -> StreamResponse:
    """Waits twice; the second time for something that fails."""
    await asyncio.sleep(0)
    loop = asyncio.get_running_loop()
    failing = loop.create_future()
    loop.call_later(0.01, failing.set_exception, OSError("gone"))
    async with asyncio.timeout(5):
        with suppress(OSError):
            await failing
    with logs.bind(job="j1"):
        await asyncio.sleep(0.01)
    return await now(call)


async def bound(call: Call) -> StreamResponse:
    """What is bound before it waits is let go after it."""
    with logs.bind(job="j2"):
        await asyncio.sleep(0.01)
    return await now(call)


async def refused(call: Call) -> StreamResponse:
    raise Unavailable(retry_after=7)


async def crash(call: Call) -> StreamResponse:
    raise RuntimeError("the secret reason")


async def large(call: Call) -> StreamResponse:
    return responses.raw_json(b" " * LARGE)


async def closing(call: Call) -> StreamResponse:
    response = responses.json({})
    response.force_close()
    return response


async def cookie(call: Call) -> StreamResponse:
    response = responses.json({})
    response.set_cookie("a", "b")
    return response


async def missing(call: Call) -> StreamResponse:
    return Response(status=304)


async def split(call: Call) -> StreamResponse:
    return responses.json({}, headers={"X-Bad": "a\r\nSet-Cookie: b"})


QUICK = (now, later, bound, refused, crash, large, closing, cookie, missing, split)
ROUTES = (
    *(Route("GET", f"/api/v1/{handler.__name__}", handler, auth="none", quick=True) for handler in QUICK),
    Route("GET", "/api/v1/slow", now, auth="none"),
)


async def ask(served: Node, *requests: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1 << 22)
    writer.write("".join(requests).encode())
    return reader, writer


def get(path: str, *headers: str, version: str = "1.1") -> str:
    return "\r\n".join([f"GET /api/v1/{path} HTTP/{version}", "Host: x", *headers, "", ""])


async def answer(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
    line, *rest = head.removesuffix("\r\n\r\n").split("\r\n")
    headers = dict(each.split(": ", 1) for each in rest)
    return line, headers, await asyncio.wait_for(reader.readexactly(int(headers.get("Content-Length", 0))), 10)


async def test_an_answer_at_once_looks_as_one_by_the_long_way(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as served:
        reader, writer = await ask(served, get("now?1"))
        line, headers, body = await answer(reader)
        # two in one piece go the long way, in their order
        writer.write((get("now?2") + get("now?3")).encode())
        (line2, headers2, body2), (_, _, body3) = await answer(reader), await answer(reader)
        writer.write(get("now?4").encode())
        _, _, body4 = await answer(reader)
        writer.close()
    assert body == b'{"at_once":true,"n":"1","mark":true}' and body4 == body.replace(b'"1"', b'"4"')
    assert body2 == b'{"at_once":false,"n":"2","mark":true}' and body3 == body2.replace(b'"2"', b'"3"')
    changing = ("X-Request-Id", "X-RateLimit-Remaining", "Date", "Content-Length")
    assert line == line2 == "HTTP/1.1 200 OK" and set(headers) == set(headers2)
    assert [h for h in headers.items() if h[0] not in changing] == [h for h in headers2.items() if h[0] not in changing]


@pytest.mark.parametrize("path", ["later", "bound", "slow"])
async def test_what_waits_goes_on_in_a_task_and_in_its_own_context(tmp_path: Path, path: str) -> None:
    async with node(tmp_path, ROUTES) as served:
        reader, writer = await ask(served, get(f"{path}?1"))
        assert (await answer(reader))[2] == b'{"at_once":false,"n":"1","mark":true}'
        # what comes while it waits is answered after it
        writer.write(get(f"{path}?2").encode())
        await asyncio.sleep(0.005)
        writer.write(get("now?3").encode())
        assert b'"n":"2"' in (await answer(reader))[2] and b'"n":"3"' in (await answer(reader))[2]
        writer.close()


async def test_other_answers_than_plain_ones_are_left_to_the_library(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as served:
        reader, writer = await ask(served, get("cookie"))
        assert (await answer(reader))[1]["Set-Cookie"].startswith("a=b")
        for path, status in (("missing", "304"), ("refused", "503"), ("crash", "500")):
            writer.write(get(path).encode())
            line, _, body = await answer(reader)
            assert line.split()[1] == status and b"secret" not in body
        writer.write(get("closing").encode())
        assert (await answer(reader))[1]["Connection"] == "close" and await reader.read() == b""
        writer.close()


async def test_a_header_cannot_be_split(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as served:
        reader, writer = await ask(served, get("split"))
        assert b"Set-Cookie" not in await asyncio.wait_for(reader.read(), 10)
        writer.close()


@pytest.mark.parametrize("request_", [get("now", version="1.0"), get("now", "Connection: close")])
async def test_who_wants_the_connection_closed_has_it_closed(tmp_path: Path, request_: str) -> None:
    async with node(tmp_path, ROUTES) as served:
        reader, writer = await ask(served, request_)
        found = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert found.split(b" ", 2)[1] == b"200" and b'"at_once":false' in found


async def test_who_does_not_read_is_not_written_to_without_end(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port, limit=1000)
        (connection,) = [each for each in served.web._runner.server.connections if each.transport]
        for _ in range(10):
            writer.write(get("large").encode())
            await asyncio.sleep(0.02)
        transport = connection.transport
        assert transport is not None and transport.get_write_buffer_size() <= 2 * LARGE + 1000
        for _ in range(10):
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            assert b"200 OK" in head
            await asyncio.wait_for(reader.readexactly(LARGE), 10)
        writer.close()


async def test_a_connection_that_is_lost_while_it_waits_harms_nobody(tmp_path: Path) -> None:
    async with node(tmp_path, ROUTES) as served:
        for _ in range(5):
            _, writer = await ask(served, get("later"))
            writer.transport.abort()
        reader, writer = await ask(served, get("now?1"))
        assert (await answer(reader))[2] == b'{"at_once":true,"n":"1","mark":true}'
        writer.close()
