"""Delete: a post, a boost or a whole account is gone, and its id never comes back."""

from __future__ import annotations

from fedserver.db.queries import accounts, statuses
from fedserver.db.unit import Unit
from fedserver.federation.inbox import quotes
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import remote
from fedserver.services import statuses as status_service
from protocol.authority import Known, may_act


def delete(unit: Unit, inbound: Inbound) -> Effect:
    """Remove what is the sender's own. A post that is not known (yet) leaves a tombstone if its author is known."""
    activity = inbound.activity
    known = unit.one(statuses.by_uri(activity.object_id)) if activity.object_id is not None else None
    author = unit.one(accounts.by_id(known.account_id)) if known is not None else None
    if may_act(activity, Known(author=author.uri if author is not None else None)).refused:
        return Effect.REFUSED
    sender = inbound.sender(unit)
    if sender is None or activity.object_id is None:
        return Effect.IGNORED
    stamped = quotes.stamped(unit, sender, activity.object_id)
    if stamped is not None:
        return stamped
    if activity.object_id == sender.uri:
        remote.remove_account(unit, sender)
    elif known is not None:
        status_service.delete(unit, sender.id, known.id)
    else:
        unit.made(statuses.bury(activity.object_id, unit.now, local=False))
    return Effect.DONE
