"""The one HTTP client: every request that this node sends passes `Client.get` or `Client.post`.

No cookies, no proxies from the environment, no redirects by the library: each hop comes back here, is judged
like a first request and is signed anew.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Final

import aiohttp
from yarl import URL

from fedserver.net.answer import Answer, retry_after_ms
from fedserver.net.body import read_capped
from fedserver.net.errors import FetchError, FetchFailed, FetchRefused, FetchStatus
from fedserver.net.guard import AddressRefused, Guard, is_refusal
from fedserver.net.posting import Posts
from fedserver.net.resolver import Lookup, Resolver, system_lookup
from fedserver.net.settings import NetSettings
from fedserver.net.tls import make_context

Signer = Callable[[str, str, bytes], Mapping[str, str]]
"""(method, URL as it is sent, body) -> headers to add. Called once for every hop."""

Check = Callable[[str], None]
"""Judges a media type in lower case with its parameters; raises `FetchInvalid`."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_KEPT_HEADERS: Final = frozenset(
    {
        "accept-signature",
        "cache-control",
        "content-type",
        "date",
        "etag",
        "last-modified",
        "link",
        "location",
        "retry-after",
        "server",
        "www-authenticate",
    }
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document. `final_url` is the address that served it, without fragment; `headers` has lower-case names."""

    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    content_type: str


class Client:
    """`async with Client(settings) as client:`; usable by all tasks of the loop that opened it."""

    def __init__(self, settings: NetSettings, *, lookup: Lookup = system_lookup) -> None:
        self.settings = settings
        self.guard = Guard(settings)
        self._lookup = lookup
        self._tls = make_context(settings.ca_file)
        self._session: aiohttp.ClientSession | None = None
        self._posts: Posts | None = None

    async def __aenter__(self) -> Client:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open(self) -> None:
        """Must be called in the running loop, once."""
        settings = self.settings
        resolver = Resolver(
            self.guard, timeout=settings.connect_timeout, threads=settings.dns_threads, lookup=self._lookup
        )
        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            resolver=resolver,
            ttl_dns_cache=60,
            limit=settings.connections,
            limit_per_host=settings.connections_per_host,
            keepalive_timeout=settings.keep_alive,
            socket_factory=self.guard.make_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=settings.connect_timeout, sock_read=settings.total_timeout
            ),
            headers={"User-Agent": settings.user_agent},
            auto_decompress=False,
            trust_env=False,
            requote_redirect_url=False,
        )
        self._posts = Posts(self.guard, resolver, self._tls, settings)

    async def close(self) -> None:
        if self._posts is not None:
            await self._posts.close()
            self._posts = None
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(
        self,
        url: str,
        *,
        accept: str,
        max_bytes: int,
        signer: Signer | None = None,
        check: Check | None = None,
        total: float | None = None,
    ) -> Fetched:
        """GET with redirects: the document of a 2xx answer.

        Raises the errors of `fedserver.net.errors`; `FetchRefused` also has the reasons `redirects` and `loop`.
        """
        async with self.stream(url, accept=accept, signer=signer, check=check, total=total) as (final, response):
            body = await read_capped(response, max_bytes)
            return Fetched(final, response.status, few_headers(response), body, media_type(response))

    @asynccontextmanager
    async def stream(
        self,
        url: str,
        *,
        accept: str,
        signer: Signer | None = None,
        check: Check | None = None,
        total: float | None = None,
    ) -> AsyncIterator[tuple[str, aiohttp.ClientResponse]]:
        """GET with redirects: the final address and the 2xx answer, its body unread and still compressed.

        The body is read with `net.body`. `total` bounds everything, reading included, in seconds.
        """
        seconds = self.settings.total_timeout if total is None else total
        with translated():
            async with asyncio.timeout(seconds):
                final, response = await self._follow(url, accept, signer)
                try:
                    if check is not None:
                        check(response.headers.get("Content-Type", "").lower())
                    yield final, response
                finally:
                    # An answer read to its end has given its connection back already; any other is cut off.
                    response.close()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str], *, total: float | None = None) -> Answer:
        """POST without redirects, as ``posting.Posts.post``; ``total`` in seconds."""
        if self._posts is None:
            raise RuntimeError("the client is not open")
        return await self._posts.post(url, body, headers, self.settings.total_timeout if total is None else total)

    async def _follow(self, url: str, accept: str, signer: Signer | None) -> tuple[str, aiohttp.ClientResponse]:
        current = self.guard.check(url)
        final = url.partition("#")[0]
        seen = {str(current)}
        while True:
            headers = {"Accept": accept, "Accept-Encoding": "gzip, deflate"}
            if signer is not None:
                headers.update(signer("GET", str(current), b""))
            response = await self._send(current, headers)
            if response.status not in _REDIRECTS:
                if 200 <= response.status < 300:
                    return final, response
                kept = few_headers(response)
                response.close()
                raise FetchStatus(response.status, kept, retry_after_ms(kept.get("retry-after")))
            location = response.headers.get("Location", "")
            response.close()
            current = self._next_hop(current, location, seen)
            final = str(current)

    def _next_hop(self, current: URL, location: str, seen: set[str]) -> URL:
        if len(seen) > self.settings.max_redirects:
            raise FetchRefused("redirects")
        try:
            joined = current.join(URL(location))
        except ValueError as error:
            raise FetchRefused("url") from error
        if not location:
            raise FetchRefused("url")
        following = self.guard.check(joined)
        if str(following) in seen:
            raise FetchRefused("loop")
        seen.add(str(following))
        return following

    async def _send(self, url: URL, headers: Mapping[str, str]) -> aiohttp.ClientResponse:
        if self._session is None:
            raise RuntimeError("the client is not open")
        try:
            return await self._session.get(url, headers=headers, allow_redirects=False)
        except aiohttp.InvalidURL as error:
            raise FetchRefused("url") from error
        except (aiohttp.ClientError, OSError):  # some of these, a bad certificate for one, are ValueErrors too
            raise
        except ValueError as error:  # a header value with a line break
            raise FetchRefused("header") from error


class translated:  # noqa: N801 - reads as a statement: `with translated():`
    """Turns what the library raises into our errors."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, FetchError):
            return
        reason = _reason(error)
        if reason == "address":
            raise FetchRefused(reason) from error
        if reason is not None:
            raise FetchFailed(reason) from error


def _reason(error: BaseException) -> str | None:
    if isinstance(error, AddressRefused):
        return "address"
    if isinstance(error, aiohttp.ClientConnectorError) and is_refusal(error.os_error):
        return "address"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "dns"
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return "tls"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientError | ConnectionError):
        return "connection"
    return None


def few_headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The headers that callers use, in lower case; repeated ones joined with a comma."""
    found: dict[str, str] = {}
    for name, value in response.headers.items():
        lowered = name.lower()
        if lowered in _KEPT_HEADERS:
            found[lowered] = f"{found[lowered]}, {value}" if lowered in found else value
    return found


def media_type(response: aiohttp.ClientResponse) -> str:
    """The Content-Type in lower case without parameters, or an empty text."""
    return response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
