"""The socket side of a connection: deadlines for headers, and errors of the HTTP parser without noise.

aiohttp waits for headers as long as it keeps idle connections. Behind a proxy idle connections should live for a
minute, but headers that have begun must be there within seconds, or a handful of clients that send a byte now and then
hold every connection. So a timer starts with the first byte of a request and ends with its headers.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import orjson
from aiohttp.web import BaseRequest, Response, Server, StreamResponse
from aiohttp.web_protocol import RequestHandler

from fedserver.edge.headers import SERVER

HEADERS_S = 15.0
IDLE_S = 75.0
LINGER_S = 3.0
MAX_LINE = 8190
MAX_HEADERS = 128

log = logging.getLogger(__name__)


class Connection(RequestHandler):
    """aiohttp's protocol with a deadline for headers."""

    __slots__ = ("_header_timer",)

    def __init__(self, manager: Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._header_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # a new connection owes us a request: idle time is for those who have sent one
        self._watch()

    def data_received(self, data: bytes) -> None:
        before = self._request_count
        super().data_received(data)
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


class HttpServer(Server):
    """Makes ``Connection``s."""

    def __call__(self) -> RequestHandler:
        return Connection(
            self,
            loop=self._loop,
            keepalive_timeout=IDLE_S,
            max_line_size=MAX_LINE,
            max_field_size=MAX_LINE,
            max_headers=MAX_HEADERS,
            lingering_time=LINGER_S,
            auto_decompress=False,
            access_log=None,
        )
