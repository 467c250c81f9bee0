"""WebSocket: one connection, many streams, subscribed to and left by messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import orjson
from aiohttp import WSMsgType
from aiohttp.web import StreamResponse, WebSocketResponse

from fedserver.edge import headers
from fedserver.edge.call import Call
from fedserver.edge.errors import status_of
from fedserver.kit import metrics
from fedserver.kit.errors import Failure, Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.streaming import topics
from fedserver.streaming.hub import Hub, hub_of
from fedserver.streaming.stream import GOING_AWAY, Event, Stream
from fedserver.streaming.topics import Topic

PING_S = 30.0
MAX_MESSAGE = 4096
# a reader that takes longer for one frame is cut off
_SEND_S = 5.0


async def open_socket(call: Call) -> StreamResponse:
    """GET /api/v1/streaming. The token is in the query, or is the protocol, which is then echoed."""
    protocol = call.header("Sec-WebSocket-Protocol").strip()
    socket = WebSocketResponse(
        heartbeat=PING_S,
        max_msg_size=MAX_MESSAGE,
        compress=False,
        protocols=(protocol,) if protocol else (),
        timeout=_SEND_S,
    )
    socket.headers["Server"] = headers.SERVER
    if not socket.can_prepare(call.request).ok:
        # Mastodon's answer to a plain request: streams are on this very host
        raise NotFound
    hub = hub_of(call.parts)
    stream = hub.open(call)
    metrics.add("fedserver_streams_open", 1, transport="websocket")
    try:
        await socket.prepare(call.request)
        stream.at_once = _sends_at_once(socket, call.request.transport)
        sender = asyncio.create_task(_send(socket, stream))
        try:
            await _listen(call, socket, hub, stream)
        finally:
            stream.end(GOING_AWAY)
            # the sender closes; it cannot before the listener is done
            await asyncio.wait({sender}, timeout=2 * _SEND_S)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
    finally:
        hub.leave(stream)
        metrics.add("fedserver_streams_open", -1, transport="websocket")
    return socket


async def _listen(call: Call, socket: WebSocketResponse, hub: Hub, stream: Stream) -> None:
    name = call.query.text("stream")
    if name:
        await _act(socket, hub, stream, "subscribe", name, call.query.text("tag"), call.query.text("list"))
    async for message in socket:
        if message.type is not WSMsgType.TEXT:
            break
        try:
            asked = orjson.loads(message.data)
        except orjson.JSONDecodeError:
            asked = None
        if not isinstance(asked, dict):
            await _complain(socket, Invalid(lazy("Unexpected message")))
            continue
        kind, name, tag, chosen = (asked.get(each) for each in ("type", "stream", "tag", "list"))
        chosen = str(chosen) if type(chosen) is int else chosen
        texts = all(isinstance(each, str | None) for each in (kind, name, tag, chosen))
        await _act(socket, hub, stream, kind if texts else None, name, tag, chosen)


async def _act(
    socket: WebSocketResponse,
    hub: Hub,
    stream: Stream,
    kind: str | None,
    name: str | None,
    tag: str | None,
    chosen: str | None,
) -> None:
    try:
        topic = topics.parse(name, tag, chosen) if kind in ("subscribe", "unsubscribe") else None
        if kind not in ("subscribe", "unsubscribe"):
            raise Invalid(lazy("Unknown message type"))
        if topic is None:
            raise NotFound(lazy("Unknown stream"))
        if kind == "subscribe":
            await hub.check(stream, topic)
            hub.subscribe(stream, topic)
        else:
            hub.unsubscribe(stream, topic)
    except Failure as failure:
        await _complain(socket, failure)


async def _complain(socket: WebSocketResponse, failure: Failure) -> None:
    body = {"error": failure.message, "status": status_of(failure)}
    with suppress(ConnectionError, RuntimeError):
        await socket.send_str(orjson.dumps(body).decode())


async def _send(socket: WebSocketResponse, stream: Stream) -> None:
    """Send what waits until the stream ends, then close with its code."""
    try:
        while (item := await stream.next()) is not None:
            async with asyncio.timeout(_SEND_S):
                await socket.send_frame(text_of(*item), WSMsgType.TEXT)
    except (TimeoutError, ConnectionError, RuntimeError):
        stream.end(GOING_AWAY)
    with suppress(ConnectionError, RuntimeError):
        await socket.close(code=stream.code or GOING_AWAY)


def _sends_at_once(
    socket: WebSocketResponse, transport: asyncio.Transport | None
) -> Callable[[Topic, Event], bool] | None:
    """A whole frame straight to the socket, while the reader keeps up: waking a task for each of two thousand readers
    costs more than sending. It cannot overtake: ``Stream.push`` asks only when nothing waits, and aiohttp hands over
    whole frames as well."""
    if transport is None:
        return None

    def send(topic: Topic, event: Event) -> bool:
        if socket.closed or transport.is_closing() or transport.get_write_buffer_size():
            return False
        frame = event.frames.get(topic)
        if frame is None:
            frame = event.frames[topic] = framed(text_of(topic, event))
        transport.write(frame)
        return True

    return send


def framed(text: bytes) -> bytes:
    """One unmasked text frame, whole (RFC 6455, 5.2)."""
    size = len(text)
    if size < 126:
        return b"\x81" + size.to_bytes(1, "big") + text
    return b"\x81" + (b"\x7e" + size.to_bytes(2, "big") if size < 65_536 else b"\x7f" + size.to_bytes(8, "big")) + text


def text_of(topic: Topic, event: Event) -> bytes:
    """``{"stream": [...], "event": "...", "payload": "..."}``; the payload, if any, is a text of JSON."""
    label, name = orjson.dumps(topic.label), orjson.dumps(event.name)
    if not event.payload:
        return b'{"stream":%b,"event":%b}' % (label, name)
    return b'{"stream":%b,"event":%b,"payload":%b}' % (label, name, event.quoted)
