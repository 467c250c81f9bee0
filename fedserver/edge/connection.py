"""The socket side of a connection: deadlines for headers, short answers at once, and errors of the HTTP parser
without noise.

aiohttp waits for headers as long as it keeps idle connections. Behind a proxy idle connections should live for a
minute, but headers that have begun must be there within seconds, or a handful of clients that send a byte now and then
hold every connection. So a timer starts with the first byte of a request and ends with its headers.

aiohttp wakes a task with each request, which makes another one for the handler: two passes of the loop, although most
reads wait for nothing (``db/sqlite_reader.py``). So a lone GET begins right where its bytes arrive, and if its answer
is there when it would wait for the first time, it is sent from there. What does wait is handed over to aiohttp's tasks
and goes on where it is; and so is every answer that is not as plain as can be.
"""

from __future__ import annotations

import asyncio
import logging
import types
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextvars import Context, copy_context
from functools import partial
from typing import Any, NamedTuple

import orjson
from aiohttp import HttpVersion11
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage, StreamWriter
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web import BaseRequest, Response, Server, StreamResponse
from aiohttp.web_protocol import RequestHandler

from fedserver.edge.headers import SERVER, head_of

HEADERS_S = 15.0
IDLE_S = 75.0
LINGER_S = 3.0
MAX_LINE = 8190
MAX_HEADERS = 128

log = logging.getLogger(__name__)
Handler = Callable[[BaseRequest], Coroutine[Any, Any, StreamResponse]]


class Begun(NamedTuple):
    """A request whose handler was begun without a task, and how it goes on."""

    request: BaseRequest
    rest: Awaitable[StreamResponse]


class Connection(RequestHandler):
    """aiohttp's protocol with a deadline for headers, and with the short way."""

    __slots__ = ("_header_timer", "begun", "handler")

    def __init__(self, manager: Server, handler: Handler, **options: Any) -> None:
        super().__init__(manager, **options)
        self._header_timer: asyncio.TimerHandle | None = None
        self.handler = handler
        # what aiohttp's task shall go on with
        self.begun: Begun | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # a new connection owes us a request: idle time is for those who have sent one
        self._watch()

    def data_received(self, data: bytes) -> None:
        before, waiter = self._request_count, self._waiter
        if waiter is None or waiter.done() or self._paused:
            super().data_received(data)
        else:
            # nothing is under way and all was sent: the task stays asleep unless it is needed
            self._waiter = None
            try:
                super().data_received(data)
            finally:
                self._waiter = waiter
            if self._messages and not waiter.done() and not self._answer_at_once():
                waiter.set_result(None)
        if self._request_count != before:
            self._unwatch()
        elif self._waiter is not None and not self._waiter.done():
            self._watch()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def handle_error(
        self, request: BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> StreamResponse:
        """What is no HTTP: a short answer, a line at debug level, and the connection is closed."""
        if status >= 500:
            log.error("a request failed outside the dispatcher", exc_info=exc)
        else:
            log.debug("refused what is no HTTP", extra={"error": type(exc).__name__})
        if request.writer.output_size > 0:
            raise ConnectionError("an answer was already begun")
        body = orjson.dumps({"error": "Bad request" if status < 500 else "Internal server error"})
        fixed = {"Content-Type": "application/json; charset=utf-8", "Server": SERVER}
        response = Response(body=body, status=status, headers=fixed)
        response.force_close()
        return response

    def _answer_at_once(self) -> bool:
        """Begin the request that has arrived. False when aiohttp's task sees to it, from here on or from the start."""
        message, payload = self._messages[0]
        if len(self._messages) != 1 or payload is not EMPTY_PAYLOAD or not isinstance(message, RawRequestMessage):
            return False
        if message.method != "GET" or message.version != HttpVersion11 or message.should_close or message.upgrade:
            return False
        assert self._request_factory is not None and self._task_handler is not None
        writer = StreamWriter(self, self._loop)
        request = self._request_factory(message, payload, self, writer, self._task_handler)
        work, context = self.handler(request), copy_context()
        try:
            waits_for = context.run(work.send, None)
        except StopIteration as end:
            response: StreamResponse = end.value
            if self._send(response):
                return True
            rest: Awaitable[StreamResponse] = _ready(response)
        except BaseException as error:  # noqa: BLE001 - raised again where aiohttp expects it
            rest = _failed(error)
        else:
            rest = _rest(work, context, waits_for)
        self.begun = Begun(request, rest)
        return False

    def _send(self, response: StreamResponse) -> bool:
        """Send a plain answer of bytes, and what aiohttp does besides. False for all others."""
        if type(response) is not Response or not isinstance(body := response.body, bytes):
            return False
        head = head_of(response, body)
        if head is None or self.transport is None or self._manager is None or self._parser is None:
            return False
        self._messages.clear()
        self._parser.message_consumed()
        self._manager.requests_count += 1
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        if self._keepalive_handle is None:
            self._keepalive_handle = self._loop.call_at(self._next_keepalive_close_time, self._process_keepalive)
        self.transport.writelines((head, body))
        return True

    def _watch(self) -> None:
        if self._header_timer is None:
            self._header_timer = self._loop.call_later(HEADERS_S, self._too_slow)

    def _unwatch(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _too_slow(self) -> None:
        self._header_timer = None
        if self._waiter is not None and not self._waiter.done():
            self.force_close()


@types.coroutine
def _rest(
    work: Coroutine[Any, Any, StreamResponse], context: Context, waits_for: Any
) -> Generator[Any, Any, StreamResponse]:
    """Go on with what waits for something, in the context in which it was begun."""
    while True:
        try:
            step: Callable[[], Any] = partial(work.send, (yield waits_for))
        except BaseException as error:  # noqa: BLE001 - a cancellation too is for the handler
            step = partial(work.throw, error)
        try:
            waits_for = context.run(step)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


async def _ready(response: StreamResponse) -> StreamResponse:
    return response


async def _failed(error: BaseException) -> StreamResponse:
    raise error


class HttpServer(Server):
    """Makes ``Connection``s."""

    def __init__(self, handler: Handler) -> None:
        super().__init__(self._handle)
        self._handler = handler

    def __call__(self) -> RequestHandler:
        return Connection(
            self,
            self._handler,
            loop=self._loop,
            keepalive_timeout=IDLE_S,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            lingering_time=LINGER_S,
            auto_decompress=False,
            access_log=None,
        )

    def _make_request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: RequestHandler,
        writer: AbstractStreamWriter,
        task: asyncio.Task[None],
    ) -> BaseRequest:
        if isinstance(protocol, Connection) and protocol.begun is not None:
            return protocol.begun.request
        return super()._make_request(message, payload, protocol, writer, task)

    async def _handle(self, request: BaseRequest) -> StreamResponse:
        protocol = request.protocol
        if isinstance(protocol, Connection) and protocol.begun is not None:
            begun, protocol.begun = protocol.begun, None
            return await begun.rest
        return await self._handler(request)
