"""What this door does later: job name -> handler. A handler that raises is run again by the worker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from fedserver.db.queries import accounts, homes, relations, statuses
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.federation import labelers, packs, polls, quotes, relayed
from fedserver.federation.context import of
from fedserver.federation.fetching import outbox, replies
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.inbox.process import JOB, process
from fedserver.federation.synchronisation import synchronise
from fedserver.services import labels, remote
from fedserver.services.policy import FETCH
from fedserver.services.synchronisation import JOB as JOB_SYNCHRONISE

Job = Callable[[Parts, dict[str, Any]], Awaitable[None]]

REFRESH_REQUESTS = 12
OBJECT_REQUESTS = 30


async def first_follow(parts: Parts, payload: dict[str, Any]) -> None:
    """``{account_id, follower_id}``: somebody here follows the account from now on, and has its older posts at home."""
    account = await parts.db.one(accounts.by_id(int(payload["account_id"])))
    if account is None or account.local or not account.active:
        return
    await outbox.first_follow(of(parts), account)
    follower_id = int(payload.get("follower_id", 0))

    def backfill(unit: Unit) -> None:
        row = unit.one(relations.follow(follower_id, account.id))
        if row is not None and row.state == "accepted":
            unit.run(homes.backfill(follower_id, account.id))

    await parts.db.run(backfill)


async def refresh_actor(parts: Parts, payload: dict[str, Any]) -> None:
    """``{account_id}``: fetch the profile again. 410 removes the account, 404 changes nothing."""
    account = await parts.db.one(accounts.by_id(int(payload["account_id"])))
    if account is None or account.local or account.deleted_at is not None:
        return
    budget, federation = Budget(REFRESH_REQUESTS), of(parts)
    try:
        await federation.actors.store(account.uri, budget, fresh=True)
    except NotFetched as error:
        if error.gone:
            await parts.db.run(lambda unit: remote.remove_account(unit, account))
        elif error.transient:
            raise
        return
    current = await parts.db.one(accounts.by_id(account.id))
    if current is not None:
        await outbox.refresh_featured(federation, current, budget)
        await outbox.refresh_featured_tags(federation, current, budget)


async def fill_thread(parts: Parts, payload: dict[str, Any]) -> None:
    """``{status_id}``: somebody opened the thread of a remote post."""
    status = await parts.db.one(statuses.by_id(int(payload["status_id"])))
    if status is not None:
        await replies.fill_thread(of(parts), status)


async def fetch_object(parts: Parts, payload: dict[str, Any]) -> None:
    """``{uri}``: a post that something here refers to."""
    try:
        await of(parts).objects.store(str(payload["uri"]), Budget(OBJECT_REQUESTS))
    except NotFetched as error:
        if error.transient:
            raise


HANDLERS: Final[Mapping[str, Job]] = {
    JOB: process,
    "remote.first_follow": first_follow,
    "remote.refresh_actor": refresh_actor,
    "remote.fill_thread": fill_thread,
    "remote.fetch_object": fetch_object,
    "remote.refresh_poll": polls.refresh_job,
    "remote.verify_quote": quotes.verify,
    relayed.JOB: relayed.look,
    JOB_SYNCHRONISE: synchronise,
    FETCH: packs.fetch,
    "policy.refresh": packs.refresh,
    labels.FETCH: labelers.fetch,
    "labels.refresh": labelers.refresh,
}
