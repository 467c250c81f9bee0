"""Two thousand open WebSockets: what each holds, and how soon one post is with all of them."""

from __future__ import annotations

import asyncio
import statistics
import time

from benchmarks import posts
from benchmarks.measure import Meter, memory_of
from benchmarks.run import Run

CLIENTS = 2000
# one account may have a thousand
LISTENERS = ("victor", "viola")
ROUNDS = 7


def measure(run: Run) -> None:
    """Memory of a connection; seconds from a post's request until the last client has the frame; CPU of all frames."""
    run.node.stop()
    run.node.start()
    asyncio.run(_measure(run))


async def _measure(run: Run) -> None:
    crowd = _Crowd()
    # what a young hub holds is not a connection's part
    await crowd.join(run, 20)
    run.node.settle()
    before = memory_of(run.node.pid)
    await crowd.join(run, CLIENTS)
    await asyncio.sleep(1)
    each = (memory_of(run.node.pid) - before) / (CLIENTS - 20) / 1024
    walls: list[float] = []
    spent: list[float] = []
    for _ in range(ROUNDS):
        request = posts.request(run, "alice")
        crowd.expect()
        with Meter(run.node.pid) as meter:
            began = time.monotonic()
            await _post(run.node.ports.node, request)
            async with asyncio.timeout(30):
                await crowd.all_have.wait()
        walls.append(crowd.last_at - began)
        spent.append(meter.spent.cpu * 1000)
        await asyncio.sleep(0.3)
    crowd.leave()
    run.add(f"one post to {CLIENTS:,} WebSockets", statistics.median(walls), "s", None, 0.3)
    run.add(f"one post to {CLIENTS:,} WebSockets, CPU", statistics.median(spent), "CPU ms")
    run.add("memory of a WebSocket", each, "KiB", None, 40.0)


async def _post(port: int, request: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    if b" 200 " not in await reader.readline():
        raise RuntimeError("the post was refused")
    writer.close()


class _Crowd:
    """Clients that count the frames with an event."""

    def __init__(self) -> None:
        self.clients: list[_Client] = []
        self.all_have = asyncio.Event()
        self.last_at = 0.0
        self._missing = 0

    async def join(self, run: Run, count: int) -> None:
        """Until there are so many, all of them subscribed to what people here post."""
        loop = asyncio.get_running_loop()
        while len(self.clients) < count:
            name = LISTENERS[len(self.clients) % len(LISTENERS)]
            head = [
                "GET /api/v1/streaming?stream=public:local HTTP/1.1",
                *(f"{key}: {value}" for key, value in run.node.headers(name)),
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ]
            _, client = await loop.create_connection(
                lambda: _Client(self, loop.create_future()), "127.0.0.1", run.node.ports.node
            )
            client.transport.write("\r\n".join([*head, "", ""]).encode())
            await asyncio.wait_for(client.opened, 10)
            self.clients.append(client)

    def expect(self) -> None:
        """The next frame is a new one for every client."""
        self._missing = len(self.clients)
        self.all_have.clear()
        for client in self.clients:
            client.waits = True

    def has(self) -> None:
        """A client has it."""
        self._missing -= 1
        if not self._missing:
            self.last_at = time.monotonic()
            self.all_have.set()

    def leave(self) -> None:
        """Everybody goes."""
        for client in self.clients:
            client.transport.abort()


class _Client(asyncio.Protocol):
    """Reads no frames: whatever comes while it waits is taken for the event, but for a ping."""

    transport: asyncio.Transport

    def __init__(self, crowd: _Crowd, opened: asyncio.Future[None]) -> None:
        self._crowd = crowd
        self.opened = opened
        self.waits = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            if b" 101 " not in data[:20]:
                self.opened.set_exception(RuntimeError(f"no stream: {data[:200]!r}"))
            else:
                self.opened.set_result(None)
        elif self.waits and b'"event"' in data:
            self.waits = False
            self._crowd.has()
