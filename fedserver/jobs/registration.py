"""Registration falls to approval where nobody of the team looks after it."""

from __future__ import annotations

from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import registration


async def check(parts: Parts, payload: dict[str, Any]) -> None:
    """Look when somebody of the team was last here."""
    await parts.db.run(registration.check_team)
