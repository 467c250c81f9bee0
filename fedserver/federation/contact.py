"""A peer that reaches us can be reached: what waits for it is tried again at once."""

from __future__ import annotations

import logging

from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.jobqueue import lanes
from fedserver.kit.errors import Failure
from fedserver.kit.lru import LruCache

EVERY_S = 60.0
_BYTES = 512 * 1024

log = logging.getLogger(__name__)


class Contacts:
    """Tells the delivery rows of a contact, at most once a minute for each host."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._recent: LruCache[str, bool] = LruCache(_BYTES, lambda _: 1, ttl=EVERY_S, clock=parts.clock)

    async def note(self, host: str) -> None:
        """A verified activity came from ``host``."""
        if self._recent.get(host) is not None:
            return
        self._recent.put(host, True)

        def work(unit: Unit) -> None:
            lanes.contact(unit, host)

        try:
            await self._parts.db.run(work)
        except Failure as failure:
            # the activity itself is safe; the host's pause ends by itself
            log.warning("a contact was not noted", extra={"code": failure.code})
