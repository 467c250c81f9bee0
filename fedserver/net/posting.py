"""POSTs, over connections of their own: what a node sends most, for a third of what a general client takes for it.

Nothing here is decided anew: the guard judges the address and then the socket, the resolver leads names to addresses,
the one TLS context checks certificates. What is left of HTTP is one message out and one answer in (``answer``): no
redirects, cookies, proxies, compression or bodies to read. A request is written in one piece; its answer is awaited by
one future with one timer. Connections stay open for ``keep_alive`` seconds after their last use.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter, OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

from aiohappyeyeballs import start_connection

from fedserver.net.answer import Answer, Found, NotHttp, read_answer
from fedserver.net.errors import FetchFailed, FetchRefused
from fedserver.net.guard import Guard, is_literal, is_refusal
from fedserver.net.resolver import AddressInfo, Resolver, address_info
from fedserver.net.settings import NetSettings
from fedserver.net.tls import ResumingContext, remember, remember_later

# connections that may stand idle, addresses that are remembered
_IDLE: Final = 2048
_KEPT: Final = 4096
_SHUTDOWN_S: Final = 1.0
# between an address that does not answer and the next one (RFC 8305)
_NEXT_ADDRESS_S: Final = 0.25

Place = tuple[bool, str, int]
"""(whether TLS, host, port): what a connection leads to."""


class _Target(NamedTuple):
    """Where a POST goes: the connection, and what its head begins with."""

    place: Place
    line: str
    host_line: str


class _Gone(Exception):
    """The connection ended before a byte of the answer came."""


class Posts:
    """``await post(url, body, headers, seconds)``. Belongs to the loop in which it is made; ``close`` ends it."""

    def __init__(self, guard: Guard, resolver: Resolver, context: ResumingContext, settings: NetSettings) -> None:
        self._guard = guard
        self._resolver = resolver
        self._context = context
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._agent = f"User-Agent: {settings.user_agent}"
        self._targets: OrderedDict[str, _Target] = OrderedDict()
        self._busy: Counter[Place] = Counter()
        self._all_busy = 0
        self._waiting: list[asyncio.Future[None]] = []
        # the longest idle first, and for each place the last used last
        self._idle: OrderedDict[_Connection, float] = OrderedDict()
        self._idle_at: dict[Place, list[_Connection]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], seconds: float) -> Answer:
        """POST; a 3xx is an answer like any other. Raises ``FetchRefused`` or ``FetchFailed``.

        ``headers``: names as they are to be sent; Host, User-Agent and Content-Length are added. ``seconds`` bounds
        everything. What a kept connection did not answer because it had just been closed goes out once more on a new
        one: the peer may therefore see the same bytes twice, as with every retry.
        """
        target = self._target(url)
        message = self._head(target, headers, len(body)) + body
        until = self._loop.time() + seconds
        await self._turn(target.place, until)
        try:
            connection = self._standing(target.place)
            if connection is not None:
                with suppress(_Gone):
                    return await self._ask(connection, message, until)
            connection = await self._dial(target.place, until)
            try:
                return await self._ask(connection, message, until)
            except _Gone as error:
                raise FetchFailed("connection") from error
        finally:
            self._leave(target.place)

    async def close(self) -> None:
        """End every idle connection. Posts that are under way end with their own connections."""
        if self._sweep is not None:
            self._sweep.cancel()
        for connection in list(self._idle):
            self._drop(connection)
            connection.abort()
        # one pass of the loop, in which they end
        await asyncio.sleep(0)

    def _target(self, url: str) -> _Target:
        found = self._targets.get(url)
        if found is None:
            judged = self._guard.check(url)
            host, port, tls = judged.raw_host or "", judged.port or 0, judged.scheme == "https"
            shown = f"[{host}]" if ":" in host else host
            if port != (443 if tls else 80):
                shown = f"{shown}:{port}"
            line = f"POST {judged.raw_path_qs} HTTP/1.1"
            found = self._targets[url] = _Target((tls, host, port), line, f"Host: {shown}")
            if len(self._targets) > _KEPT:
                self._targets.popitem(last=False)
        return found

    def _head(self, target: _Target, headers: Mapping[str, str], length: int) -> bytes:
        lines = [target.line]
        if "Host" not in headers:
            lines.append(target.host_line)
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines += (self._agent, f"Content-Length: {length}", "", "")
        text, breaks = "\r\n".join(lines), len(lines) - 1
        if text.count("\n") != breaks or text.count("\r") != breaks or "\0" in text:
            raise FetchRefused("header")
        try:
            return text.encode()
        except UnicodeEncodeError as error:
            raise FetchRefused("header") from error

    async def _turn(self, place: Place, until: float) -> None:
        """Wait for one of the places: so many in all, so many of a host."""
        settings = self._settings
        while self._all_busy >= settings.connections or self._busy[place] >= settings.connections_per_host:
            future = self._loop.create_future()
            self._waiting.append(future)
            try:
                async with asyncio.timeout_at(until):
                    await future
            except TimeoutError as error:
                raise FetchFailed("timeout") from error
        self._all_busy += 1
        self._busy[place] += 1

    def _leave(self, place: Place) -> None:
        self._all_busy -= 1
        self._busy[place] -= 1
        if not self._busy[place]:
            del self._busy[place]
        if self._waiting:
            # whoever finds no place after all waits again, in the same order
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    async def _ask(self, connection: _Connection, message: bytes, until: float) -> Answer:
        try:
            return await connection.ask(message, until)
        finally:
            if connection.stays:
                self._stand(connection)
            else:
                connection.abort()

    # --- connections that stand idle

    def _standing(self, place: Place) -> _Connection | None:
        standing = self._idle_at.get(place)
        if standing is None:
            return None
        connection = standing[-1]
        self._drop(connection)
        return connection

    def _stand(self, connection: _Connection) -> None:
        self._idle[connection] = self._loop.time() + self._settings.keep_alive
        self._idle_at.setdefault(connection.place, []).append(connection)
        if len(self._idle) > _IDLE:
            oldest = next(iter(self._idle))
            self._drop(oldest)
            oldest.close()
        if self._sweep is None:
            self._sweep = self._loop.call_later(self._settings.keep_alive / 4, self._end_old)

    def _drop(self, connection: _Connection) -> None:
        """It is idle no longer."""
        if self._idle.pop(connection, None) is None:
            return
        standing = self._idle_at[connection.place]
        standing.remove(connection)
        if not standing:
            del self._idle_at[connection.place]

    def _end_old(self) -> None:
        self._sweep = None
        now = self._loop.time()
        while self._idle:
            oldest, until = next(iter(self._idle.items()))
            if until > now:
                self._sweep = self._loop.call_later(self._settings.keep_alive / 4, self._end_old)
                return
            self._drop(oldest)
            oldest.close()

    # --- connections that are made

    async def _dial(self, place: Place, until: float) -> _Connection:
        """A new connection. Raises as ``post``."""
        try:
            async with asyncio.timeout_at(until):
                infos = await self._where(place)
                async with asyncio.timeout(self._settings.connect_timeout):
                    return await self._connect(place, infos)
        except TimeoutError as error:
            raise FetchFailed("timeout") from error
        except ssl.SSLError as error:
            raise FetchFailed("tls") from error
        except OSError as error:
            if is_refusal(error):
                raise FetchRefused("address") from error
            raise FetchFailed("connection") from error

    async def _where(self, place: Place) -> list[AddressInfo]:
        _, host, port = place
        if is_literal(host):
            return [address_info(host, port)]
        try:
            return await self._resolver.addresses(host, port)
        except OSError as error:
            if is_refusal(error) or isinstance(error, TimeoutError):
                raise
            raise FetchFailed("dns") from error

    async def _connect(self, place: Place, infos: list[AddressInfo]) -> _Connection:
        tls, host, _ = place
        loop = self._loop
        if len(infos) == 1:
            # judged here, as every socket is
            sock = self._guard.make_socket(infos[0])
            try:
                await loop.sock_connect(sock, infos[0][4])
            except BaseException:
                sock.close()
                raise
        else:
            sock = await start_connection(
                infos,
                happy_eyeballs_delay=_NEXT_ADDRESS_S,
                interleave=1,
                loop=loop,
                socket_factory=self._guard.make_socket,
            )
        more: dict[str, Any] = {}
        if tls:
            more = {"ssl": self._context, "server_hostname": host.rstrip("."), "ssl_shutdown_timeout": _SHUTDOWN_S}
        _, connection = await loop.create_connection(lambda: _Connection(self, place), sock=sock, **more)
        return connection

    def lost(self, connection: _Connection) -> None:
        """A connection has ended."""
        self._drop(connection)


class _Connection(asyncio.Protocol):
    """One connection: ``await ask(message, until)``; ``stays`` afterwards if it may be asked again."""

    def __init__(self, posts: Posts, place: Place) -> None:
        self.place = place
        self.stays = False
        self._posts = posts
        self._loop = asyncio.get_running_loop()
        self._transport: Any = None
        self._tls: ssl.SSLObject | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._buffer = b""
        self._found: Found | None = None

    def ask(self, message: bytes, until: float) -> asyncio.Future[Answer]:
        """Send a request. The future may raise ``FetchFailed`` or ``_Gone``."""
        self.stays = False
        self._buffer, self._found = b"", None
        waiter: asyncio.Future[Answer] = self._loop.create_future()
        if self._transport is None or self._transport.is_closing():
            waiter.set_exception(_Gone())
            return waiter
        self._waiter = waiter
        self._timer = self._loop.call_at(until, self._late)
        self._transport.write(message)
        return waiter

    def close(self) -> None:
        """End it in order. Its TLS session is remembered now, once, and not for each connection that stands."""
        if self._tls is not None:
            remember(self._tls)
            self._tls = None
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End it at once."""
        if self._transport is not None:
            self._transport.abort()

    # --- what the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._tls = transport.get_extra_info("ssl_object")
        if self._tls is not None:
            remember_later(self._tls)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:
            # an answer that nobody asked for: the next one would be taken for another
            self.abort()
            return
        buffer = self._buffer + data if self._buffer else data
        try:
            found = read_answer(buffer)
        except NotHttp:
            self._fail(FetchFailed("connection"))
            return
        self._buffer, self._found = buffer, found
        if found is not None and found.complete:
            self._done(found)

    def connection_lost(self, error: Exception | None) -> None:
        if self._tls is not None:
            remember(self._tls)
            self._tls = None
        self._transport = None
        self.stays = False
        self._posts.lost(self)
        if self._found is not None:
            self._done(self._found)
        elif isinstance(error, ssl.SSLError):
            self._fail(FetchFailed("tls"))
        else:
            self._fail(FetchFailed("connection") if self._buffer else _Gone())

    def _late(self) -> None:
        if self._found is not None:
            # what was said is known; that its end does not come is no matter
            self._done(self._found)
        else:
            self._fail(FetchFailed("timeout"))

    def _done(self, found: Found) -> None:
        waiter = self._end()
        if waiter is not None:
            self.stays = found.complete and found.stays and self._transport is not None
            waiter.set_result(found.answer)

    def _fail(self, error: Exception) -> None:
        waiter = self._end()
        if waiter is not None:
            waiter.set_exception(error)

    def _end(self) -> asyncio.Future[Answer] | None:
        """Nobody waits any more; whoever did, unless it was cancelled."""
        waiter, self._waiter = self._waiter, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return None if waiter is None or waiter.done() else waiter
