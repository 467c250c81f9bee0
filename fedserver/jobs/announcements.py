"""Announcements whose time has come, told to open streams from the process that holds them or from beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import announcements


async def publish(parts: Parts, payload: dict[str, Any]) -> None:
    """Show an announcement, or tell that it has changed."""
    await parts.db.run(partial(announcements.publish, announcement_id=int(payload["announcement_id"])))


async def withdrawn(parts: Parts, payload: dict[str, Any]) -> None:
    """Tell that an announcement is gone."""
    await parts.db.run(partial(announcements.withdrawn, announcement_id=int(payload["announcement_id"])))
