"""Update: a post or a profile changes. Author, id and visibility never do."""

from __future__ import annotations

from fedserver.db.queries import accounts, statuses
from fedserver.db.unit import Unit
from fedserver.federation.inbox import creates
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.federation.people import mentioned
from fedserver.federation.vouched import proof_of
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import remote
from protocol.activitystreams.read import read_actor, read_object
from protocol.authority import Known, Outcome, check_object, may_act
from protocol.errors import Malformed


def update(unit: Unit, inbound: Inbound) -> Effect:
    """Edit what is the sender's own. An Update that comes before its Create is taken for it."""
    activity = inbound.activity
    if activity.object_id == activity.actor:
        return _profile(unit, inbound)
    known = unit.one(statuses.by_uri(activity.object_id)) if activity.object_id is not None else None
    author = unit.one(accounts.by_id(known.account_id)) if known is not None else None
    verdict = may_act(activity, Known(author=author.uri if author is not None else None))
    if verdict.refused:
        return Effect.REFUSED
    if verdict.outcome is Outcome.FETCH and verdict.fetch is not None:
        if known is None:
            return creates.by_reference(unit, inbound, verdict.fetch)
        inbound.need_object(verdict.fetch)
        return Effect.DONE
    try:
        obj = read_object(activity.object or {}, now=unit.now)
    except Malformed:
        return Effect.IGNORED
    if known is None or author is None:
        return creates.arrive(unit, inbound, obj)
    if not check_object(obj).allowed or obj.attributed_to != author.uri:
        return Effect.REFUSED
    proof = proof_of(unit, author, obj, inbound.activity.raw)
    remote.edit_status(unit, author, known, obj, mentioned(unit, obj), proof=proof)
    return Effect.DONE


def _profile(unit: Unit, inbound: Inbound) -> Effect:
    """The sender's own profile. It is asked for at its server where it cannot be read, or where somebody else passed it
    on: a proof stays good, so an old profile, with the keys of then, could be sent again by anybody."""
    if may_act(inbound.activity).refused:
        return Effect.REFUSED
    sender = inbound.sender(unit)
    if sender is None:
        return Effect.IGNORED
    try:
        actor = read_actor(inbound.activity.object or {})
    except Malformed:
        actor = None
    key = unit.one(accounts.key_by_uri(inbound.verified.key_id))
    passed_on = key is None or key.account_id != sender.id
    if actor is None or actor.id != sender.uri or not actor.public_keys or passed_on:
        enqueue(unit, "remote.refresh_actor", {"account_id": sender.id}, once=f"remote.refresh_actor:{sender.id}")
    else:
        remote.upsert_account(unit, actor, sender.domain)
    return Effect.DONE
