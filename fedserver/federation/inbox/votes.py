"""A vote in a poll of this node: a Create of a Note with a name and no text (FEP-9967). It is never shown as a post."""

from __future__ import annotations

from fedserver.db.queries import polls, statuses
from fedserver.db.unit import Unit
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import access
from fedserver.services.polls import receive_vote
from protocol.activitystreams.values import Object


def vote(unit: Unit, inbound: Inbound, obj: Object) -> Effect:
    """Count the vote, if its sender may see the poll. The door found before that the sender wrote it."""
    status = unit.one(statuses.by_uri(obj.in_reply_to)) if obj.in_reply_to is not None else None
    if status is None or not status.local or unit.one(polls.by_id(status.id)) is None:
        return Effect.IGNORED
    sender = inbound.known_sender(unit)
    receive_vote(unit, sender, access.visible_status(unit, sender.id, status.id), obj.name, obj.id)
    return Effect.DONE
