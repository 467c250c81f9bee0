"""Listening: one server over a dispatcher, with /health and /metrics, and a graceful end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable
from contextlib import suppress

from aiohttp.web import Response, ServerRunner, StreamResponse, TCPSite

from fedserver.db.queries import federation, jobs, meta
from fedserver.db.unit import Unit
from fedserver.edge import bodies, responses
from fedserver.edge.address import is_trusted, parse_address
from fedserver.edge.call import Call
from fedserver.edge.connection import HttpServer
from fedserver.edge.dispatch import Dispatcher
from fedserver.edge.parts import Parts
from fedserver.edge.routing import Route
from fedserver.kit import metrics
from fedserver.kit.errors import Failure, NotFound

GRACE_S = 10.0
_HEALTH_S = 2.0
_DAY_S = 24 * 3600
_HIGHEST = 2**63 - 1
# more than these are as alarming
_DEAD_COUNTED, _QUEUES_COUNTED = 1000, 1000

log = logging.getLogger(__name__)


class Web:
    """The HTTP side of a process. ``await start()`` listens; ``await stop()`` lets requests finish, then closes."""

    def __init__(self, parts: Parts, routes: Iterable[Route]) -> None:
        self.dispatcher = Dispatcher((*routes, *own_routes()), parts)
        self._parts = parts
        self._runner: ServerRunner | None = None
        # several processes share the folder where the database is PostgreSQL: there only age tells
        self._leftover_before = time.time() - (0 if parts.config.database.sqlite else _DAY_S)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where it listens: (host, port), as the sockets say."""
        return [] if self._runner is None else [(address[0], address[1]) for address in self._runner.addresses]

    async def start(self, host: str | None = None, port: int | None = None, *, reuse_port: bool = False) -> None:
        """Listen at the configured address, or at the given one."""
        listen = self._parts.config.server.listen
        await asyncio.to_thread(bodies.prepare, self._parts.upload_dir, self._leftover_before)
        self._runner = ServerRunner(HttpServer(self.dispatcher), shutdown_timeout=GRACE_S)
        await self._runner.setup()
        site = TCPSite(
            self._runner,
            listen.host if host is None else host,
            listen.port if port is None else port,
            reuse_port=reuse_port or None,
            backlog=1024,
        )
        await site.start()
        for address in self.addresses:
            log.info("listening", extra={"address": f"{address[0]}:{address[1]}"})

    async def stop(self) -> None:
        """Stop listening, finish what is being answered (``GRACE_S`` at most), close."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self.dispatcher.barred.close()
        await self.dispatcher.auth.close()


def own_routes() -> tuple[Route, ...]:
    """The two routes that belong to no door."""
    return (
        Route("GET", "/health", health, auth="none", kind="plain", doc="200 when the node can write"),
        Route("GET", "/metrics", show_metrics, auth="none", kind="plain", doc="Prometheus; for trusted addresses"),
    )


async def health(call: Call) -> StreamResponse:
    """200 when a write was made durable just now (asked at most once in ``_HEALTH_S``), else 503."""
    checks = call.parts.extra.setdefault("health", _Health())
    return await checks.answer(call.parts, "json" in call.request.headers.get("Accept", ""))  # type: ignore[no-any-return]


class _Health:
    """Keeps the last answer for a moment, so that asking often costs nothing."""

    def __init__(self) -> None:
        self._at = -_HEALTH_S
        self._good = False
        self._lock = asyncio.Lock()

    async def answer(self, parts: Parts, as_json: bool) -> Response:
        """The word "OK", as Mastodon's clients know it, or JSON for who asks for that."""
        async with self._lock:
            if parts.clock.monotonic() - self._at >= _HEALTH_S:
                self._good = await _can_write(parts)
                self._at = parts.clock.monotonic()
                metrics.gauge("fedserver_database_writable", float(self._good))
        status, word = (200, "OK") if self._good else (503, "the database cannot be written")
        if as_json:
            return responses.json({"status": "ok" if self._good else word}, status=status)
        return responses.text(word, status=status)


async def _can_write(parts: Parts) -> bool:
    def work(unit: Unit) -> None:
        unit.run(meta.put("health_at", str(unit.now)))

    with suppress(Failure, OSError, TimeoutError):
        async with asyncio.timeout(5):
            await parts.db.run(work)
        return True
    return False


async def show_metrics(call: Call) -> StreamResponse:
    """For loopback and trusted proxies only; to all others the path does not exist."""
    address = parse_address(call.client_ip)
    trusted = call.parts.config.server.trusted_proxies
    peer = parse_address(call.request.remote or "")
    # passed on by a proxy that nobody declared: the client may be anybody
    hidden = "X-Forwarded-For" in call.request.headers and (peer is None or not is_trusted(peer, trusted))
    if address is None or hidden or not (address.is_loopback or is_trusted(address, trusted)):
        raise NotFound()
    await _gauge_queue(call.parts)
    return responses.text(metrics.render(), kind=metrics.CONTENT_TYPE)


async def _gauge_queue(parts: Parts) -> None:
    """What waits and what was given up, as the tables have it now."""
    with suppress(Failure):
        waiting, dead = await parts.db.several(jobs.waiting(), jobs.dead(_HIGHEST, _DEAD_COUNTED))
        oldest = min((row.oldest for row in waiting), default=parts.clock.now_ms())
        metrics.gauge("fedserver_jobs_waiting", float(sum(row.jobs for row in waiting)))
        metrics.gauge("fedserver_jobs_dead", float(len(dead)))
        metrics.gauge("fedserver_jobs_oldest_seconds", max(0.0, (parts.clock.now_ms() - oldest) / 1000))
        queues = await parts.db.all(federation.queues(_QUEUES_COUNTED))
        metrics.gauge("fedserver_deliveries_waiting", float(sum(row.deliveries for row in queues)))
