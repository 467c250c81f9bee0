"""Which servers this node talks to: the domain policies, read again every two seconds."""

from __future__ import annotations

from fedserver.db.queries import moderation
from fedserver.edge.parts import Parts
from fedserver.jobqueue.outbox import covered

KEPT_S = 2.0


class Policy:
    """Answers "is this server refused" without a statement per request. A change bites within ``KEPT_S``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._until = float("-inf")
        self._suspended: frozenset[str] = frozenset()
        self._named: frozenset[str] = frozenset()

    async def refused(self, host: str) -> bool:
        """Whether nothing is taken from, or asked of, a host (with or without its port)."""
        await self._read()
        if covered(host, self._suspended):
            return True
        return self._parts.site.federation_mode == "allowlist" and not covered(host, self._named)

    def forget(self) -> None:
        """Read the policies again."""
        self._until = float("-inf")

    async def _read(self) -> None:
        now = self._parts.clock.monotonic()
        if now < self._until:
            return
        rows = await self._parts.db.all(moderation.policies())
        self._suspended = frozenset(row.domain for row in rows if row.severity == "suspend")
        self._named = frozenset(row.domain for row in rows)
        self._until = now + KEPT_S
