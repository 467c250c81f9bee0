"""The way of a request: path -> route -> who asks -> how often -> handler -> headers. The one entry of all doors."""

from __future__ import annotations

import asyncio
import itertools
import logging
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import get_args

from aiohttp.web import BaseRequest, Response, StreamResponse

from fedserver.edge import crawlers, errors, headers, responses
from fedserver.edge.address import client_address, limit_key
from fedserver.edge.auth import Authenticator
from fedserver.edge.barred import Barred
from fedserver.edge.call import Call, split_target
from fedserver.edge.limits import RateLimits, Window
from fedserver.edge.parts import Parts
from fedserver.edge.routing import Kind, Route, Router, choose
from fedserver.kit import logs, metrics
from fedserver.kit.errors import Failure, NotFound
from fedserver.kit.i18n import negotiate, set_locale, use_locale
from fedserver.services.rules import Refused

# a page of a list beyond the first
_PAGING = re.compile(r"(?:^|&)(?:max_id|min_id|since_id)=")

access = logging.getLogger("fedserver.access")


class Dispatcher:
    """Answers requests. ``auth`` and ``limits`` are there for doors that judge by themselves (streams, sign-in)."""

    def __init__(self, routes: Iterable[Route], parts: Parts) -> None:
        self.router = Router(routes)
        # request ids only have to differ: asking the system for randomness costs a wait for other threads each time
        self._mark, self._serial = secrets.token_hex(4), itertools.count(1)
        self.parts = parts
        self.auth = Authenticator(parts)
        self.barred = Barred(parts)
        self.limits = RateLimits(parts.config.limits, parts.clock)
        self._trusted = tuple(parts.config.server.trusted_proxies)
        self._in_flight = {door: metrics.series("fedserver_http_in_flight", door=door) for door in get_args(Kind)}
        self._seconds = {
            door: metrics.series("fedserver_http_request_seconds", door=door) for door in (*get_args(Kind), "none")
        }
        # whether reads may be there without waiting
        self._near = parts.config.database.sqlite
        parts.extra.setdefault("limits", self.limits)
        parts.extra.setdefault("auth", self.auth)
        parts.extra.setdefault("barred", self.barred)

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        """Answer one request; never raises but for a lost connection or the end of the process."""
        started = time.monotonic()
        request_id = f"{self._mark}{next(self._serial) & 0xFFFFFFFF:08x}"
        client = self._client(request)
        # set without a way back: the library gives each request a context of its own
        logs.request_id.set(request_id)
        set_locale(negotiate(request.headers.get("Accept-Language", "")))
        route, response = await self._answer(request, client, request_id)
        headers.finish(response, route, request_id)
        self._log(request.method, client, route, response.status, time.monotonic() - started)
        return response

    async def _answer(self, request: BaseRequest, client: str, request_id: str) -> tuple[Route | None, StreamResponse]:
        try:
            match = self.router.find(split_target(request)[0])
        except NotFound as failure:
            return None, await self._lost(request, client, request_id, failure)
        method = request.method
        if method == "HEAD":
            method = "GET"
        if method not in match.routes:
            return self._other_method(method, match.routes)
        route = choose(match.routes[method], request.headers.get("Accept", ""))
        if not (route.quick and self._near) and asyncio.current_task() is None:
            # from here on in a task (``connection``)
            await asyncio.sleep(0)
        call = Call(request, self.parts, route, match.fields, client, request_id)
        in_flight = self._in_flight[route.kind]
        in_flight.add(1)
        try:
            return route, await self._run(call)
        except Failure as failure:
            if isinstance(failure, Refused):
                # what was refused is undone with its unit; that it was refused stands in the ledger
                await self.parts.db.run(failure.record)
            return route, _with_limit(call, errors.failed(call, failure, as_page=route.kind == "page"))
        except (asyncio.CancelledError, ConnectionError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and the log a traceback
            return route, errors.crashed(call, error, as_page=route.kind == "page")
        finally:
            in_flight.add(-1)
            call.close()

    async def _run(self, call: Call) -> StreamResponse:
        address = limit_key(call.client_ip)
        self.barred.check(call.client_ip)
        try:
            await self.auth.admit(call)
        except Failure:
            # guessing tokens counts against the address
            self._count(call, "unauthenticated_api", f"a{address}")
            raise
        if call.route.kind in ("page", "plain"):
            await crawlers.check(call)
        window = self._general(call, address)
        if call.route.rate is not None:
            window = _tighter(window, self.limits.hit(call.route.rate, _who(call, address)))
        call.limit = window
        locale = negotiate(call.viewer.locale) if call.viewer is not None and call.route.kind == "page" else None
        if locale is None:
            response = await call.route.handler(call)
        else:
            with use_locale(locale):
                response = await call.route.handler(call)
        return _with_limit(call, response)

    def _general(self, call: Call, address: str) -> Window | None:
        known = "authenticated" if call.token_id is not None else "unauthenticated"
        who = _who(call, address)
        window = self._count(call, f"{known}_api", who)
        if window is not None and call.method == "GET" and _PAGING.search(call.raw_query):
            window = _tighter(window, self._count(call, f"{known}_paging", who))
        return window

    def _count(self, call: Call, name: str, who: str) -> Window | None:
        return self.limits.hit(name, who) if call.route.kind == "api" else None

    def _other_method(
        self, method: str, routes: Mapping[str, tuple[Route, ...]]
    ) -> tuple[Route | None, StreamResponse]:
        allowed = [name for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") if name in routes]
        if "GET" in routes:
            allowed.insert(1, "HEAD")
        first = next(iter(routes.values()))[0]
        if method == "OPTIONS":
            response: StreamResponse = Response(status=204)
            if first.shared:
                headers.preflight(response, allowed)
        else:
            response = responses.json({"error": "Method not allowed"}, status=405)
        response.headers["Allow"] = ", ".join([*allowed, "OPTIONS"])
        return first, response

    async def _lost(self, request: BaseRequest, client: str, request_id: str, failure: NotFound) -> StreamResponse:
        """No such path: a page for people, JSON for all others."""
        path = split_target(request)[0]
        if path.startswith(("/api/", "/oauth/", "/.well-known/", "/nodeinfo")):
            response = errors.failed(None, failure)
            headers.share(response)
            return response
        people = "text/html" in request.headers.get("Accept", "") and request.method in ("GET", "HEAD")
        if not people:
            return errors.failed(None, failure)
        route = Route("GET", "/", _nothing, auth="none", kind="page")
        call = Call(request, self.parts, route, {}, client, request_id)
        try:
            await self.auth.admit(call)
        except Failure:
            call.viewer = None
        return errors.failed(call, failure, as_page=True)

    def _client(self, request: BaseRequest) -> str:
        return client_address(request.remote, request.headers.getall("X-Forwarded-For", ()), self._trusted)

    def _log(self, method: str, client: str, route: Route | None, status: int, seconds: float) -> None:
        """One line, without the path: paths hold invites, reset links and names. The pattern says enough."""
        door, path = ("none", "") if route is None else (route.kind, route.path)
        if len(method) > 10:
            method = "?"
        _answered(door, method, status).add()
        self._seconds[door].observe(seconds)
        fields = (("method", method), ("route", path), ("status", status), ("client", client))
        logs.tell(access, "answered", round(seconds * 1000, 1), fields)


def _with_limit(call: Call, response: StreamResponse) -> StreamResponse:
    """Tell how the limit stands, in refusals too; one that was reached has told already."""
    if call.limit is not None and call.route.kind == "api" and "X-RateLimit-Limit" not in response.headers:
        headers.show_limit(response, call.limit)
    return response


def _tighter(one: Window | None, other: Window | None) -> Window | None:
    """The limit that will be reached first: the headers tell of that one."""
    if one is None or other is None:
        return one or other
    return one if one.remaining < other.remaining else other


def _who(call: Call, address: str) -> str:
    return f"u{call.viewer.account_id}" if call.viewer is not None else f"a{address}"


@lru_cache(maxsize=256)
def _answered(door: str, method: str, status: int) -> metrics.Series:
    return metrics.series("fedserver_http_requests_total", door=door, method=method, status=status)


async def _nothing(call: Call) -> StreamResponse:
    raise NotFound()
