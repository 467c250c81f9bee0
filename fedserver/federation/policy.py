"""Which servers this node talks to: the domain policies, looked at every two seconds, read when they changed."""

from __future__ import annotations

from fedserver.db.queries import federation as rows
from fedserver.db.queries.federation import Refusal
from fedserver.domain.moderation.domains import ALLOW, SUSPEND, longest
from fedserver.edge.parts import Parts

KEPT_S = 2.0


class Policy:
    """Answers "is this server refused" without a statement per request. A change bites within ``KEPT_S``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._until = float("-inf")
        self._rows: dict[str, Refusal] = {}
        self._stamp: tuple[int, int] | None = None

    async def refused(self, host: str) -> bool:
        """Whether nothing is taken from, or asked of, a host (with or without its port)."""
        await self._read()
        found = longest(host, self._rows)
        if found is not None and found.severity == SUSPEND:
            return True
        # a list of bad servers names nobody as welcome
        named = found is not None and (found.severity == ALLOW or not found.by_list)
        return self._parts.site.federation_mode == "allowlist" and not named

    def forget(self) -> None:
        """Read the policies again."""
        self._until, self._stamp = float("-inf"), None

    async def _read(self) -> None:
        now = self._parts.clock.monotonic()
        if now < self._until:
            return
        stamp = await self._parts.db.one(rows.policy_stamp())
        if stamp != self._stamp:
            self._rows = {row.domain: row for row in await self._parts.db.one(rows.refusals()) or []}
            self._stamp = stamp
        self._until = now + KEPT_S
