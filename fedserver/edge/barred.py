"""Networks that may not reach this node at all: read now and then, compared with every request."""

from __future__ import annotations

import asyncio
import logging

from fedserver.db.queries import signup as rows
from fedserver.domain import signup
from fedserver.edge.parts import Parts
from fedserver.kit.errors import Failure, Forbidden
from fedserver.services.signup import in_force

KEPT_S = 5.0

log = logging.getLogger(__name__)


class Barred:
    """The networks with the severity ``no_access``. A request never waits for the list: it is read beside them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._networks: list[signup.IPNetwork] = []
        self._read_at: float | None = None
        self._task: asyncio.Task[None] | None = None

    def check(self, address: str) -> None:
        """Raise ``Forbidden`` for an address that is shut out."""
        now = self._parts.clock.monotonic()
        if self._read_at is None or now - self._read_at > KEPT_S:
            self._read_at = now
            self._task = asyncio.get_running_loop().create_task(self._read_safely())
        if self._networks and any(signup.contains(each, address) for each in self._networks):
            raise Forbidden()

    async def read(self) -> None:
        """Read the list now: it was changed here."""
        found = await self._parts.db.all(rows.ips_in_force(self._parts.clock.now_ms()))
        self._networks = in_force(found, "no_access")
        self._read_at = self._parts.clock.monotonic()

    async def close(self) -> None:
        """Wait for what is still being read."""
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _read_safely(self) -> None:
        try:
            await self.read()
        except Failure as failure:
            log.warning("the list of networks that are shut out was not read", extra={"error": str(failure)})


async def changed(parts: Parts) -> None:
    """A block was made or taken back here: it holds from the next request on."""
    held = parts.extra.get("barred")
    if isinstance(held, Barred):
        await held.read()
