"""Which servers this node talks to: the domain policies, read again every two seconds."""

from __future__ import annotations

from fedserver.db.queries import moderation
from fedserver.db.queries.moderation import DomainPolicy
from fedserver.domain.moderation.domains import ALLOW, SUSPEND, longest
from fedserver.edge.parts import Parts

KEPT_S = 2.0


class Policy:
    """Answers "is this server refused" without a statement per request. A change bites within ``KEPT_S``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._until = float("-inf")
        self._rows: dict[str, DomainPolicy] = {}

    async def refused(self, host: str) -> bool:
        """Whether nothing is taken from, or asked of, a host (with or without its port)."""
        await self._read()
        found = longest(host, self._rows)
        if found is not None and found.severity == SUSPEND:
            return True
        # a list of bad servers names nobody as welcome
        named = found is not None and (found.severity == ALLOW or found.list_id is None)
        return self._parts.site.federation_mode == "allowlist" and not named

    def forget(self) -> None:
        """Read the policies again."""
        self._until = float("-inf")

    async def _read(self) -> None:
        now = self._parts.clock.monotonic()
        if now < self._until:
            return
        self._rows = {row.domain: row for row in await self._parts.db.all(moderation.policies())}
        self._until = now + KEPT_S
