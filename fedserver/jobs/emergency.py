"""Whether strangers flood the node right now."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import emergency


async def watch(parts: Parts, payload: dict[str, Any]) -> None:
    """Switch the emergency set on where ``federation.surge_mentions`` are reached."""
    most = parts.config.federation.surge_mentions
    if most:
        await parts.db.run(partial(emergency.watch, most=most))
