"""Long work on accounts, cut into units that do not hold up other writers."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.jobs.signals import recount_touched
from fedserver.services import accounts as account_service
from fedserver.services import presence

CHUNK = 50


async def purge(parts: Parts, payload: dict[str, Any]) -> None:
    """Remove everything of a deleted account but its row and keys, ``CHUNK`` posts a unit."""
    account_id = int(payload["account_id"])
    # while its rows still say what it liked, boosted and answered
    await recount_touched(parts, [account_id])
    while await parts.db.run(lambda unit: account_service.purge_some(unit, account_id, CHUNK)):
        pass


async def rebuild_home(parts: Parts, payload: dict[str, Any]) -> None:
    """Make the home timeline of somebody who was away for long."""
    account_id = int(payload["account_id"])
    followed = await parts.db.run(partial(presence.followed_ids, account_id=account_id))
    for start in range(0, len(followed), CHUNK):
        chunk = followed[start : start + CHUNK]
        await parts.db.run(partial(presence.refill, account_id=account_id, followed=chunk))
