"""Like, and EmojiReact, which is read as a favourite (FEP-c0e0)."""

from __future__ import annotations

from fedserver.db.queries import statuses
from fedserver.db.unit import Unit
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import access
from fedserver.services.favourites import favourite
from protocol.authority import may_act


def like(unit: Unit, inbound: Inbound) -> Effect:
    """A favourite of a post that is known here and that the sender may see. Only the id of the object counts."""
    activity = inbound.activity
    if may_act(activity).refused:
        return Effect.REFUSED
    status = unit.one(statuses.by_uri(activity.object_id)) if activity.object_id is not None else None
    if status is None:
        return Effect.IGNORED
    if activity.id is not None and unit.one(statuses.tombstone(activity.id)) is not None:
        return Effect.IGNORED
    sender = inbound.known_sender(unit) if status.local else inbound.sender(unit)
    if sender is None:
        return Effect.IGNORED
    favourite(unit, sender, access.visible_status(unit, sender.id, status.id), uri=activity.id)
    return Effect.DONE
