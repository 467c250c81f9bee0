"""Policy documents of other communities: fetched, their proof and their hash checked, read, kept."""

from __future__ import annotations

from typing import Any

from fedserver.db.queries import policy as rows
from fedserver.db.unit import Unit
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.read import from_plain
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation, of
from fedserver.federation.fetching.actors import follow_id
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.proven import proven
from fedserver.kit.errors import Conflict
from fedserver.services import policy
from protocol.activitystreams.policies import PolicyObject, read_policy
from protocol.errors import Malformed

REQUESTS = 12


async def fetch(parts: Parts, payload: dict[str, Any]) -> None:
    """``{subscription_id}``: the document that somebody subscribed to, or its newer version."""
    subscription_id = int(payload["subscription_id"])
    row = await parts.db.one(rows.subscription(subscription_id))
    if row is None:
        return
    try:
        found = await verified(of(parts), row.uri)
        await parts.db.run(lambda unit: policy.fetched(unit, subscription_id, found))
    except NotFetched as error:
        if error.gone:
            await parts.db.run(lambda unit: policy.retracted(unit, subscription_id))
            return
        problem = error.reason
        if error.transient:
            await parts.db.run(lambda unit: policy.not_fetched(unit, subscription_id, problem, again=True))
            raise
    except Conflict as error:
        problem = error.message
    else:
        return
    await parts.db.run(lambda unit: policy.not_fetched(unit, subscription_id, problem))


async def refresh(parts: Parts, payload: dict[str, Any]) -> None:
    """Ask for every subscribed document again."""

    def work(unit: Unit) -> None:
        for subscription_id in unit.all(rows.subscription_ids()):
            policy.ask(unit, subscription_id)

    await parts.db.run(work)


async def verified(federation: Federation, address: str) -> PolicyObject:
    """The object behind an address, signed by the actor whom it names on its own origin. Raises ``NotFetched``."""
    budget = Budget(REQUESTS)
    document = await follow_id(federation.fetcher, await federation.fetcher.document(address, budget), budget)
    if document.value.get("type") == "Tombstone":
        raise NotFetched("tombstone", gone=True)
    try:
        found = read_policy(document.value)
        from_plain(found.policy)
    except Malformed as error:
        raise NotFetched(f"malformed: {error}") from error
    except DocumentError as error:
        raise NotFetched(f"not a policy: {error}") from error
    await proven(federation, document.value, found.id, found.attributed_to)
    return found
