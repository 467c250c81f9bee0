"""Server-sent events: one stream a connection, named by the path."""

from __future__ import annotations

import asyncio
from functools import partial

from aiohttp.web import Response, StreamResponse

from fedserver.edge import headers, responses
from fedserver.edge.call import Call
from fedserver.kit import metrics
from fedserver.kit.errors import NotFound
from fedserver.kit.i18n import lazy
from fedserver.streaming import topics
from fedserver.streaming.hub import hub_of
from fedserver.streaming.stream import Stream

HEARTBEAT_S = 15.0
_SEND_S = 5.0


async def health(call: Call) -> Response:
    """GET /api/v1/streaming/health"""
    return responses.text("OK")


async def stream_of(call: Call, name: str) -> StreamResponse:
    """One stream; ``only_media``, ``tag`` and ``list`` come in the query."""
    if name.startswith("public") and call.query.flag("only_media"):
        name += ":media"
    topic = topics.parse(name, call.query.text("tag"), call.query.text("list"))
    if topic is None:
        raise NotFound(lazy("Unknown stream"))
    hub = hub_of(call.parts)
    stream = hub.open(call)
    metrics.add("fedserver_streams_open", 1, transport="sse")
    try:
        await hub.check(stream, topic)
        hub.subscribe(stream, topic)
        return await _answer(call, stream)
    finally:
        hub.leave(stream)
        metrics.add("fedserver_streams_open", -1, transport="sse")


user = partial(stream_of, name=topics.USER)
notification = partial(stream_of, name=topics.NOTIFICATION)
public = partial(stream_of, name="public")
public_local = partial(stream_of, name="public:local")
public_remote = partial(stream_of, name="public:remote")
hashtag = partial(stream_of, name=topics.HASHTAG)
hashtag_local = partial(stream_of, name=topics.HASHTAG_LOCAL)
direct = partial(stream_of, name=topics.DIRECT)
in_list = partial(stream_of, name=topics.LIST)


async def _answer(call: Call, stream: Stream) -> StreamResponse:
    response = StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    # the answer begins here, so the headers that all answers carry are added here
    headers.finish(response, call.route, call.request_id)
    await response.prepare(call.request)
    try:
        await _write(response, b":)\n")
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    item = await stream.next()
            except TimeoutError:
                await _write(response, b":thump\n")
                continue
            if item is None:
                break
            event = item[1]
            # an event without data would never reach a listener
            await _write(response, b"event: %b\ndata: %b\n\n" % (event.name.encode(), event.payload or b"1"))
        await response.write_eof()
    except (TimeoutError, ConnectionError):
        if call.request.transport is not None:
            call.request.transport.abort()
    return response


async def _write(response: StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_SEND_S):
        await response.write(data)
