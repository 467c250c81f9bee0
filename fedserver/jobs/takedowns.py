"""The clock of demands to take something down."""

from __future__ import annotations

from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import takedowns


async def tick(parts: Parts, payload: dict[str, Any]) -> None:
    """Escalate what nobody has decided in time."""
    await parts.db.run(takedowns.tick)
