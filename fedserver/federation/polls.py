"""Asking another server how the votes in its poll stand."""

from __future__ import annotations

import asyncio
from typing import Any

from fedserver.db.queries import statuses
from fedserver.edge.parts import Parts
from fedserver.federation.context import of
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.services import polls as service

REQUESTS = 4
# somebody waits for it
SECONDS = 5.0


async def refresh(parts: Parts, status_id: int) -> None:
    """Bring a remote poll up to date, unless it was asked for just now. Failures change nothing."""
    status = await parts.db.one(statuses.by_id(status_id))
    if status is None or status.local or not await parts.db.run(lambda unit: service.asked(unit, status_id)):
        return
    try:
        async with asyncio.timeout(SECONDS):
            await of(parts).objects.store(status.uri, Budget(REQUESTS), parents=0, fresh=True)
    except (NotFetched, TimeoutError):
        return


async def refresh_job(parts: Parts, payload: dict[str, Any]) -> None:
    """``{status_id}``: the job ``remote.refresh_poll``."""
    await refresh(parts, int(payload["status_id"]))
