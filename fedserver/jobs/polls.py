"""Polls between their posts: counts for other servers, the end, who is told of it. And posts whose time has come."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import polls, scheduled


async def tell(parts: Parts, payload: dict[str, Any]) -> None:
    """``{status_id}``: send the counts."""
    await parts.db.run(partial(polls.tell, status_id=int(payload["status_id"])))


async def close(parts: Parts, payload: dict[str, Any]) -> None:
    """``{status_id}``: end the poll and tell the voters, some at a time. Telling twice changes nothing."""
    status_id = int(payload["status_id"])
    if not await parts.db.run(partial(polls.close, status_id=status_id)):
        return
    above: int | None = -1
    while above is not None:
        above = await parts.db.run(partial(polls.tell_voters, status_id=status_id, above=above))


async def publish(parts: Parts, payload: dict[str, Any]) -> None:
    """``{scheduled_id}``"""
    await parts.db.run(partial(scheduled.publish, scheduled_id=int(payload["scheduled_id"])))
