"""What a relay is told: a Follow of ``as:Public``, or its Undo, from the instance actor (FEP-ae0c)."""

from __future__ import annotations

from fedserver.db.unit import Unit
from fedserver.effects.federate import send
from fedserver.effects.tools import Tools
from fedserver.services import events
from protocol.activitystreams import write
from protocol.activitystreams.vocabulary import PUBLIC


def relay_changed(tools: Tools, unit: Unit, event: events.RelayChanged) -> None:
    """Ask, or leave."""
    relay, actor = event.relay, event.instance
    activity = write.follow(id=relay.follow_uri, actor=actor.uri, object=PUBLIC)
    if not event.joined:
        activity = write.undo(id=f"{relay.follow_uri}/undo", actor=actor.uri, object=activity)
    send(tools, unit, actor, activity, object_key=relay.id, inboxes=[relay.inbox_id])
