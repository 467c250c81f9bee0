"""Move (FEP-7628): an account says that it is another one now. Both sides must say so in their own documents."""

from __future__ import annotations

from fedserver.db.queries import accounts
from fedserver.db.unit import Unit
from fedserver.federation.inbox.inbound import Effect, Inbound, NeedsFetch
from fedserver.federation.inbox.relevance import sender_followed
from fedserver.services import moves
from protocol.authority import check_move, may_act


def move(unit: Unit, inbound: Inbound) -> Effect:
    """Followers here go along if both documents, fetched for this, agree."""
    activity = inbound.activity
    if may_act(activity).refused or activity.target is None:
        return Effect.REFUSED
    sender = inbound.sender(unit)
    if sender is None or not sender_followed(unit, sender) or unit.site.owns(activity.target):
        return Effect.IGNORED
    source, target = inbound.fetched.get(sender.uri), inbound.fetched.get(activity.target)
    if source is None or target is None:
        wanted = tuple(uri for uri in (sender.uri, activity.target) if uri not in inbound.tried)
        if len(wanted) == 2:
            raise NeedsFetch(actors=wanted, fresh=True)
        return Effect.REFUSED
    if not check_move(source, target).allowed:
        return Effect.REFUSED
    row = unit.one(accounts.by_uri(target.id))
    if row is None or not row.active:
        return Effect.IGNORED
    moves.move(unit, sender, row)
    return Effect.DONE
