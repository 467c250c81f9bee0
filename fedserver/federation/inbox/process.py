"""Running a handler: what both the door and the job do, and the job for what had to wait.

A handler runs in a savepoint. The unit that holds its effect also holds the mark that it had it: the digest of the
activity at the door, the end of its stored row in the job. So an activity has its effect at most once.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import orjson

from fedserver.db.queries import accounts
from fedserver.db.queries import inbound as rows
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation, of
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.inbox.inbound import Effect, Hopeless, Inbound, NeedsFetch
from fedserver.federation.inbox.table import TABLE
from fedserver.kit import metrics
from fedserver.kit.errors import Failure, StorageFull, Unavailable
from protocol import json as strict_json
from protocol.activitystreams.read import read_activity
from protocol.activitystreams.values import Actor
from protocol.errors import Malformed
from protocol.http.claim import Verified

JOB = "inbox.process"
ROUNDS = 4
REQUESTS = 24
"""Requests that one inbound activity may cause, all rounds together."""
_FROM_HIDDEN = frozenset({"Delete", "Undo"})

log = logging.getLogger(__name__)


def run(unit: Unit, inbound: Inbound) -> Effect:
    """Run the handler in a savepoint. Expected failures (blocked, not visible, full) end as REFUSED.

    Raises ``NeedsFetch``, and whatever was not expected; either way the savepoint is undone.
    """
    activity = inbound.activity
    sender = unit.one(accounts.by_uri(activity.actor))
    if sender is not None and (sender.local or (not sender.active and activity.type not in _FROM_HIDDEN)):
        return Effect.REFUSED
    try:
        with unit.savepoint():
            return TABLE[activity.type](unit, replace(inbound, row=sender))
    except (Unavailable, StorageFull):
        raise
    except Failure as failure:
        log.debug("an activity was refused", extra={"type": activity.type, "code": failure.code})
        return Effect.REFUSED
    except Hopeless:
        return Effect.IGNORED


def is_trouble(error: Exception) -> bool:
    """Whether the database itself is in trouble: then nothing more may be written in this unit, and the sender is told
    to come back."""
    if isinstance(error, (Unavailable, StorageFull)):
        return True
    return any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)


def counted(kind: str, result: str) -> None:
    """Count an activity."""
    metrics.count("fedserver_inbox_activities_total", type=kind if kind in TABLE else "other", result=result)


async def process(parts: Parts, payload: dict[str, Any]) -> None:
    """The job ``inbox.process``: {"inbound_id"}. Raises where trying later may help."""
    federation = of(parts)
    row = await parts.db.one(rows.by_id(int(payload["inbound_id"])))
    if row is None:
        return
    verified = Verified.from_record(orjson.loads(row.verified))
    if not verified.covers(row.body):
        raise ValueError("the stored body is not the one that was verified")
    try:
        inbound = Inbound(verified, read_activity(strict_json.parse(row.body)))
    except Malformed:
        await parts.db.run(lambda unit: unit.run(rows.drop(row.id)))
        return
    budget = Budget(REQUESTS)
    for _ in range(ROUNDS):
        try:
            effect = await parts.db.run(lambda unit, now=inbound: _finish(unit, row.id, now))  # type: ignore[misc]
        except NeedsFetch as needs:
            inbound = await _fetch(federation, inbound, needs, budget)
            continue
        counted(inbound.activity.type, effect.value)
        return
    await parts.db.run(lambda unit: unit.run(rows.drop(row.id)))
    counted(inbound.activity.type, "ignored")


def _finish(unit: Unit, inbound_id: int, inbound: Inbound) -> Effect:
    if not unit.run(rows.drop(inbound_id)):
        return Effect.DONE
    return run(unit, inbound)


async def _fetch(federation: Federation, inbound: Inbound, needs: NeedsFetch, budget: Budget) -> Inbound:
    """Fetch what the handler asked for. Raises ``NotFetched`` only where trying later may help."""
    found: dict[str, Actor] = dict(inbound.fetched)
    for uri in needs.actors:
        try:
            await federation.actors.store(uri, budget, fresh=needs.fresh)
            if needs.fresh:
                found[uri] = await federation.actors.document(uri, budget, fresh=False)
        except NotFetched as error:
            if error.transient:
                raise
    gone = set(inbound.gone)
    for uri in needs.objects:
        try:
            # a stored post is fetched again: the handler asks for it only when it may have changed
            await federation.objects.store(uri, budget, fresh=True)
        except NotFetched as error:
            if error.transient:
                raise
            if error.gone:
                gone.add(uri)
    activities = dict(inbound.activities)
    for uri in needs.activities:
        try:
            activities[uri] = await federation.objects.activity(uri, budget)
        except NotFetched as error:
            if error.transient:
                raise
    tried = inbound.tried | set(needs.actors) | set(needs.objects) | set(needs.activities)
    return replace(inbound, tried=tried, fetched=found, activities=activities, gone=frozenset(gone), row=None)
