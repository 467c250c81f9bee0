"""Follow, and the answers to the follows of people here: Accept and Reject."""

from __future__ import annotations

from fedserver.db.queries import accounts, preferences, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.relations import Follow
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.services import follows, relays
from protocol.activitystreams.read.fields import reference
from protocol.authority import Known, may_act


def follow(unit: Unit, inbound: Inbound) -> Effect:
    """Somebody elsewhere wants to follow somebody here."""
    activity = inbound.activity
    if may_act(activity).refused:
        return Effect.REFUSED
    target = local_account(unit, activity.object_id)
    if target is None or target.username == uris.INSTANCE_USERNAME:
        return Effect.IGNORED
    if activity.id is not None and unit.one(statuses.tombstone(activity.id)) is not None:
        return Effect.IGNORED
    sender = inbound.known_sender(unit)
    taken = unit.one(relations.follow_by_uri(activity.id)) if activity.id is not None else None
    if taken is not None and (taken.account_id, taken.target_id) != (sender.id, target.id):
        return Effect.REFUSED
    if unit.one(relations.blocked_either_way(sender.id, target.id)) is not None:
        if activity.id is not None:
            follows.refuse(unit, sender, target, activity.id)
        return Effect.DONE
    follows.follow(unit, sender, target, uri=activity.id)
    return Effect.DONE


def accept(unit: Unit, inbound: Inbound) -> Effect:
    """The target of a follow that started here says yes, or a relay does."""
    if _relay(unit, inbound, accepted=True):
        return Effect.DONE
    found = _request(unit, inbound)
    if not isinstance(found, tuple):
        return found
    target, follower = found
    follows.accept(unit, target, follower)
    return Effect.DONE


def reject(unit: Unit, inbound: Inbound) -> Effect:
    """The target of a follow that started here says no, also to one that it accepted before."""
    if _relay(unit, inbound, accepted=False):
        return Effect.DONE
    found = _request(unit, inbound)
    if not isinstance(found, tuple):
        return found
    target, follower = found
    follows.reject(unit, target, follower)
    return Effect.DONE


def _relay(unit: Unit, inbound: Inbound, *, accepted: bool) -> bool:
    """Whether this answers what the instance actor asked of a relay."""
    activity = inbound.activity
    return activity.object_id is not None and relays.answered(
        unit, activity.object_id, activity.actor, accepted=accepted
    )


def _request(unit: Unit, inbound: Inbound) -> tuple[Account, Account] | Effect:
    """(target, follower) of the follow that is answered, if it was made here and to the sender."""
    activity = inbound.activity
    sender = inbound.sender(unit)
    if sender is None:
        return Effect.IGNORED
    row = _recorded(unit, inbound, sender)
    if row is None:
        return Effect.IGNORED
    target = unit.get(accounts.by_id(row.target_id))
    follower = unit.get(accounts.by_id(row.account_id))
    if may_act(activity, Known(target=target.uri)).refused or not follower.local:
        return Effect.REFUSED
    return target, follower


def _recorded(unit: Unit, inbound: Inbound, sender: Account) -> Follow | None:
    """Our own record: by the id of the Follow, else by the pair that the embedded copy names."""
    activity = inbound.activity
    if activity.object_id is not None:
        row = unit.one(relations.follow_by_uri(activity.object_id))
        if row is not None:
            return row
    inner = activity.object or {}
    follower = local_account(unit, reference(inner.get("actor")))
    if follower is None or inner.get("type") not in ("Follow", ["Follow"]):
        return None
    return unit.one(relations.follow(follower.id, sender.id))


def local_account(unit: Unit, uri: str | None) -> Account | None:
    """An active account of this node, of somebody who was let in."""
    if uri is None or not unit.site.owns(uri):
        return None
    found = unit.one(accounts.by_uri(uri))
    if found is None or not found.local or not found.active:
        return None
    return found if unit.one(preferences.waiting([found.id])) is None else None
