"""Announce: a boost. What a group wraps in one (FEP-1b12) is an activity that it passes on: see ``groups``."""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import relays, statuses
from fedserver.db.queries.statuses import DIRECT, Status
from fedserver.db.unit import Unit
from fedserver.federation.inbox import groups
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.federation.inbox.relevance import sender_followed
from fedserver.services import boosts, remote
from protocol.activitystreams.addressing import visibility_of
from protocol.activitystreams.read.fields import type_name
from protocol.authority import may_act

ACTIVITIES: Final = frozenset(
    {"Accept", "Add", "Announce", "Block", "Create", "Delete", "Dislike", "Flag", "Follow", "Like", "Lock", "Move"}
    | {"Reject", "Remove", "Undo", "Update"}
)


def announce(unit: Unit, inbound: Inbound) -> Effect:
    """Store the boost of a post that is known here, or that can be had and whose booster somebody here follows.

    What the Announce embeds is never believed: the post is asked for at its own server.
    """
    activity = inbound.activity
    if may_act(activity).refused:
        return Effect.REFUSED
    if activity.object is not None and type_name(activity.object) in ACTIVITIES:
        return groups.passed_on(unit, inbound, activity.object)
    if activity.id is None or activity.object_id is None:
        return Effect.IGNORED
    if unit.one(statuses.tombstone(activity.id)) is not None:
        return Effect.IGNORED
    status = unit.one(statuses.by_uri(activity.object_id))
    followed = sender_followed(unit, inbound.sender(unit))
    if not followed and (status is None or not status.local):
        return _relayed(unit, inbound, activity.object_id, status)
    sender = inbound.known_sender(unit)
    if status is None:
        if unit.site.owns(activity.object_id) or unit.one(statuses.tombstone(activity.object_id)) is not None:
            return Effect.IGNORED
        inbound.need_object(activity.object_id)
        return Effect.IGNORED
    visibility = remote.VISIBILITY[visibility_of(activity.to, activity.cc, sender.followers_uri, sender.uri)]
    if visibility == DIRECT:
        return Effect.IGNORED
    at = min(activity.published or unit.now, unit.now)
    fresh = unit.now - at < remote.FRESH_MS
    boosts.store(unit, sender, status, unit.ids.at(at), activity.id, visibility, at, fresh=fresh)
    return Effect.DONE


def _relayed(unit: Unit, inbound: Inbound, uri: str, status: Status | None) -> Effect:
    """A relay names a public post: it is fetched and stored, and boosted by nobody."""
    if unit.one(relays.speaking(inbound.activity.actor)) is None:
        return Effect.IGNORED
    if status is None and not unit.site.owns(uri) and unit.one(statuses.tombstone(uri)) is None:
        inbound.need_object(uri)
    return Effect.DONE
