"""Long work on accounts, cut into units that do not hold up other writers."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.db.queries import accounts
from fedserver.edge.parts import Parts
from fedserver.jobqueue.outbox import covered
from fedserver.jobs.signals import recount_touched
from fedserver.services import accounts as account_service
from fedserver.services import moderation, presence

CHUNK = 50


async def purge(parts: Parts, payload: dict[str, Any]) -> None:
    """Remove everything of a deleted account but its row and keys, ``CHUNK`` posts a unit."""
    account_id = int(payload["account_id"])
    # while its rows still say what it liked, boosted and answered
    await recount_touched(parts, [account_id])
    while await parts.db.run(lambda unit: account_service.purge_some(unit, account_id, CHUNK)):
        pass


async def apply_domain(parts: Parts, payload: dict[str, Any]) -> None:
    """Make every account of a server (and its subdomains) follow the policy that was set."""
    wanted = str(payload["domain"])
    for domain in await parts.db.all(accounts.known_domains()):
        if not covered(domain, frozenset((wanted,))):
            continue
        rows = await parts.db.all(accounts.of_domain(domain))
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            await parts.db.run(partial(moderation.apply_policy, found=chunk))


async def rebuild_home(parts: Parts, payload: dict[str, Any]) -> None:
    """Make the home timeline of somebody who was away for long."""
    account_id = int(payload["account_id"])
    followed = await parts.db.run(partial(presence.followed_ids, account_id=account_id))
    for start in range(0, len(followed), CHUNK):
        chunk = followed[start : start + CHUNK]
        await parts.db.run(partial(presence.refill, account_id=account_id, followed=chunk))
