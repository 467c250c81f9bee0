"""Block: somebody elsewhere wants to see nothing of somebody here, and not be seen by them."""

from __future__ import annotations

from fedserver.db.queries import statuses
from fedserver.db.unit import Unit
from fedserver.federation.inbox.follows import local_account
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import blocks
from protocol.authority import may_act


def block(unit: Unit, inbound: Inbound) -> Effect:
    """Only accounts of this node can be blocked through this door."""
    activity = inbound.activity
    if may_act(activity).refused:
        return Effect.REFUSED
    target = local_account(unit, activity.object_id)
    if target is None:
        return Effect.IGNORED
    if activity.id is not None and unit.one(statuses.tombstone(activity.id)) is not None:
        return Effect.IGNORED
    blocks.block(unit, inbound.known_sender(unit), target, uri=activity.id)
    return Effect.DONE
