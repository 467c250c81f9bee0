"""Create: a post arrives."""

from __future__ import annotations

from fedserver.db.queries import statuses
from fedserver.db.unit import Unit
from fedserver.federation.inbox import appeals, votes
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.federation.inbox.relevance import addressed, concerns, sender_followed
from fedserver.federation.people import mentioned
from fedserver.federation.vouched import proof_of
from fedserver.jobqueue.enqueue import enqueue
from fedserver.services import remote
from protocol.activitystreams.read import read_object
from protocol.activitystreams.values import Object
from protocol.authority import Known, Outcome, check_object, may_act
from protocol.errors import Malformed


def create(unit: Unit, inbound: Inbound) -> Effect:
    """Store the post if it is the sender's own and concerns somebody here. A known id never changes."""
    activity = inbound.activity
    known = unit.get(statuses.trace(activity.object_id)) if activity.object_id is not None else None
    verdict = may_act(activity, Known(author=known.author if known is not None else None))
    if verdict.refused:
        return Effect.REFUSED
    if known is not None and known.author is not None:
        return Effect.DONE
    if verdict.outcome is Outcome.FETCH and verdict.fetch is not None:
        return by_reference(unit, inbound, verdict.fetch)
    try:
        obj = read_object(activity.object or {}, now=unit.now)
    except Malformed:
        return Effect.IGNORED
    buried = known.buried if known is not None and obj.id == activity.object_id else None
    return arrive(unit, inbound, obj, buried)


def by_reference(unit: Unit, inbound: Inbound, uri: str) -> Effect:
    """Only the id counts: ask its own server, if the sender is somebody whose word matters here."""
    activity = inbound.activity
    if not sender_followed(unit, inbound.sender(unit)) and not addressed(unit, activity):
        return Effect.IGNORED
    inbound.need_object(uri)
    return Effect.DONE


def arrive(unit: Unit, inbound: Inbound, obj: Object, buried: bool | None = None) -> Effect:
    """Store a post that the sender may speak for. ``buried``: whether its id was found deleted; None: look."""
    if not check_object(obj).allowed or obj.attributed_to != inbound.activity.actor:
        return Effect.REFUSED
    if obj.is_poll_vote:
        return votes.vote(unit, inbound, obj)
    asked = appeals.named(unit, obj)
    if asked is not None:
        return appeals.answer(unit, inbound, obj, asked)
    if buried is None:
        buried = unit.one(statuses.tombstone(obj.id)) is not None
    if buried:
        return Effect.IGNORED
    sender = inbound.sender(unit)
    if not concerns(unit, sender, obj, inbound.activity):
        return Effect.IGNORED
    sender = inbound.known_sender(unit)
    proof = proof_of(unit, sender, obj, inbound.activity.raw)
    if remote.receive_status(unit, sender, obj, mentioned=mentioned(unit, obj), is_new=True, proof=proof) is None:
        return Effect.IGNORED
    fetch_parent(unit, obj)
    return Effect.DONE


def fetch_parent(unit: Unit, obj: Object) -> None:
    """One job for the post that this one answers, if it stands on another server and is not known here."""
    uri = obj.in_reply_to
    if uri is not None and not unit.site.owns(uri) and unit.one(statuses.by_uri(uri)) is None:
        enqueue(unit, "remote.fetch_object", {"uri": uri}, once=f"remote.fetch_object:{uri}")
