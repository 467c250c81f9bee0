"""What a group passes on (FEP-1b12; Lemmy, PieFed, Mbin): an Announce that wraps somebody else's activity.

The group is not its witness. Whatever it wraps is asked for at its own server, and only what that server says has an
effect: a new post is stored and shown as boosted by the group, an edit is read again, a deletion is believed when the
post's server says 410, a favourite when its server shows it. Only a group that somebody here follows is listened to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from fedserver.db.queries import accounts, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import DIRECT, Status
from fedserver.db.unit import Unit
from fedserver.federation.inbox import likes
from fedserver.federation.inbox.inbound import Effect, Inbound
from fedserver.federation.inbox.relevance import sender_followed
from fedserver.services import boosts, remote
from fedserver.services import statuses as status_service
from protocol.activitystreams.addressing import visibility_of
from protocol.activitystreams.read.fields import reference, type_name

GROUP: Final = "Group"


def passed_on(unit: Unit, inbound: Inbound, inner: Mapping[str, Any]) -> Effect:
    """The effect of the wrapped activity, once its own server has confirmed it."""
    handler = _WRAPPED.get(type_name(inner))
    group = inbound.sender(unit)
    if handler is None or group is None or group.actor_type != GROUP or not sender_followed(unit, group):
        return Effect.IGNORED
    uri = reference(inner.get("object"))
    if uri is None or unit.one(statuses.tombstone(uri)) is not None:
        return Effect.IGNORED
    return handler(unit, inbound, inner, uri)


def _create(unit: Unit, inbound: Inbound, inner: Mapping[str, Any], uri: str) -> Effect:
    """Store the post; at the head of a thread it is also boosted. A comment joins its thread and no home timeline."""
    status = unit.one(statuses.by_uri(uri))
    if status is None:
        if not unit.site.owns(uri):
            inbound.need_object(uri)
        return Effect.IGNORED
    if status.in_reply_to_uri is None and status.in_reply_to_id is None:
        _boost(unit, inbound, inbound.known_sender(unit), status)
    return Effect.DONE


def _boost(unit: Unit, inbound: Inbound, group: Account, status: Status) -> None:
    activity = inbound.activity
    visibility = remote.VISIBILITY[visibility_of(activity.to, activity.cc, group.followers_uri, group.uri)]
    if visibility == DIRECT or activity.id is None:
        return
    at = min(activity.published or unit.now, unit.now)
    fresh = unit.now - at < remote.FRESH_MS
    boosts.store(unit, group, status, unit.ids.at(at), activity.id, visibility, at, fresh=fresh)


def _update(unit: Unit, inbound: Inbound, inner: Mapping[str, Any], uri: str) -> Effect:
    status = unit.one(statuses.by_uri(uri))
    if status is None:
        return _create(unit, inbound, inner, uri)
    if not status.local:
        # fetching a post that is known brings it up to date
        inbound.need_object(uri)
    return Effect.DONE


def _delete(unit: Unit, inbound: Inbound, inner: Mapping[str, Any], uri: str) -> Effect:
    """410 at the post's own server is the proof. 404 is not: it may be a fault."""
    status = unit.one(statuses.by_uri(uri))
    if status is None or status.local:
        return Effect.IGNORED
    inbound.need_object(uri)
    if uri in inbound.gone:
        status_service.delete(unit, status.account_id, status.id)
    return Effect.DONE


def _like(unit: Unit, inbound: Inbound, inner: Mapping[str, Any], uri: str) -> Effect:
    """Only of a post that stands here: nobody is asked about the others."""
    like_uri = reference(inner.get("id"))
    if like_uri is None or unit.site.owns(like_uri) or unit.one(statuses.by_uri(uri)) is None:
        return Effect.IGNORED
    inbound.need_activity(like_uri)
    like = inbound.activities.get(like_uri)
    if like is None or like.type != "Like" or like.object_id != uri:
        return Effect.IGNORED
    liker = unit.one(accounts.by_uri(like.actor))
    if liker is not None and (liker.local or not liker.active):
        return Effect.REFUSED
    return likes.like(unit, replace(inbound, activity=like, row=liker))


_Wrapped = Callable[[Unit, Inbound, Mapping[str, Any], str], Effect]
_WRAPPED: Final[Mapping[str, _Wrapped]] = {"Create": _create, "Update": _update, "Delete": _delete, "Like": _like}
