"""Listening for tests: a WebSocket and an event stream that collect what comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
from client_support import Api

# long enough for what must come, short enough for what must not
COMES_S = 5.0
QUIET_S = 0.4


class Socket:
    """An open WebSocket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def ask(self, kind: str, stream: str, **more: str) -> None:
        await self.ws.send_str(orjson.dumps({"type": kind, "stream": stream, **more}).decode())

    async def next_raw(self) -> dict[str, Any]:
        """The next frame as it came."""
        message = await self.ws.receive(COMES_S)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        found: dict[str, Any] = orjson.loads(message.data)
        return found

    async def next(self) -> dict[str, Any]:
        """The next frame; the payload of events (but for deletions) as JSON."""
        found = await self.next_raw()
        if found.get("event") not in (None, "delete"):
            found["payload"] = orjson.loads(found["payload"])
        return found

    async def quiet(self) -> None:
        """Nothing comes."""
        try:
            message = await self.ws.receive(QUIET_S)
        except TimeoutError:
            return
        raise AssertionError(f"something came: {message.data!r}"[:300])

    async def closed(self, seconds: float = 5.0) -> int | None:
        """The code with which the server closes; fails if anything else comes or it stays open."""
        message = await self.ws.receive(seconds)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), message
        # the client's own close_code turns to 1006 when the server is gone before the answer to its frame
        return message.data if message.type is aiohttp.WSMsgType.CLOSE else self.ws.close_code


@asynccontextmanager
async def listen(api: Api, token: str, stream: str | None = None, **more: Any) -> AsyncIterator[Socket]:
    """A WebSocket with the token in the query, subscribed to a stream at once."""
    query = f"access_token={token}" + (f"&stream={stream}" if stream else "")
    url = f"{api.node.base.replace('http', 'ws')}/api/v1/streaming?{query}"
    async with api.node.http.ws_connect(url, **more) as ws:
        yield Socket(ws)


async def settled(api: Api, count: int) -> None:
    """Wait until the hub knows so many subscriptions."""
    for _ in range(200):
        hub = api.node.parts.extra.get("streams")
        if hub is not None and sum(len(stream.topics) for stream in hub._streams) == count:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the subscriptions did not arrive")
