"""Who may say what (FEP-fe34): a server speaks for the ids on its own origin, an actor for its own things.

A signature proves which actor sent an activity, nothing more. This page decides what that actor's word is worth:

* `ALLOW`: act on what the activity says.
* `FETCH`: the activity is a hint. Ask the object's own origin (`Verdict.fetch`), and act on that answer.
* `REFUSE`: the actor has no say in this.

| activity | allowed when |
|---|---|
| any | its id, if it has one, is on the actor's origin |
| Create | the object is embedded, by the actor, on the actor's origin; otherwise fetch it |
| Update | as Create, and the known author is the actor; or the object is the actor itself |
| Delete | the object is the actor, or on the actor's origin and the known author is the actor |
| Undo | the undone activity is the actor's |
| Accept, Reject | the answered request was made to the actor |
| Add, Remove | the target is a collection of the actor's; what is added is the actor's |
| Move | the object is the actor (`check_move` wants the target's consent too) |
| Announce, Like, Follow, Block, Flag ... | anybody; what they embed of another origin is not believed but fetched |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

from protocol.activitystreams.read.fields import references
from protocol.activitystreams.urls import Origin, http_url, origin_of, same_origin
from protocol.activitystreams.values import Activity, Actor, KeyRef, Object

__all__ = [
    "Known",
    "Origin",
    "Outcome",
    "Verdict",
    "Why",
    "check_embedded",
    "check_fetched",
    "check_key",
    "check_move",
    "check_object",
    "may_act",
    "origin_of",
    "same_origin",
]


class Outcome(Enum):
    """What to do with an activity."""

    ALLOW = "allow"
    FETCH = "fetch"
    REFUSE = "refuse"


class Why(Enum):
    """Why a verdict is not ALLOW. The value is the code that logs carry."""

    ACTIVITY_ORIGIN = "activity-origin"
    """The activity's id is on another origin than its actor."""
    OBJECT_ORIGIN = "object-origin"
    """The object is on another origin than the actor who speaks about it."""
    AUTHOR_ORIGIN = "author-origin"
    """The object says its author is on another origin than itself."""
    NOT_AUTHOR = "not-author"
    """The object is somebody else's."""
    NOT_EMBEDDED = "not-embedded"
    """Only the id of the object is there."""
    NOT_TARGET = "not-target"
    """The request that is answered was not made to this actor."""
    NOT_OWN_COLLECTION = "not-own-collection"
    """The target is not a collection of this actor."""
    NO_CONSENT = "no-consent"
    """The account moved to does not name the account moved from."""
    WRONG_ID = "wrong-id"
    """The document's id is not the URL that was asked for."""
    WRONG_OWNER = "wrong-owner"
    """Key and owner do not point at each other."""


class Verdict(NamedTuple):
    """`fetch` is the id to ask for when the outcome is FETCH."""

    outcome: Outcome
    why: Why | None = None
    fetch: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether the activity may have its effect as it stands."""
        return self.outcome is Outcome.ALLOW

    @property
    def refused(self) -> bool:
        """Whether it may have none."""
        return self.outcome is Outcome.REFUSE


ALLOW: Final = Verdict(Outcome.ALLOW)


@dataclass(frozen=True, slots=True)
class Known:
    """What the receiver's own records say; an empty one where nothing is known.

    `author`: whose the object is (an activity's actor, for Undo). `target`: to whom the request was made, for Accept
    and Reject. `collections`: the collections of the acting actor (`featured` and the like), for Add and Remove.
    """

    author: str | None = None
    target: str | None = None
    collections: frozenset[str] = field(default_factory=frozenset)


NOTHING: Final = Known()


def may_act(activity: Activity, known: Known = NOTHING) -> Verdict:
    """Judge an activity whose signature has been verified to be its actor's. Pure; never raises."""
    if activity.id is not None and not same_origin(activity.id, activity.actor):
        return _refuse(Why.ACTIVITY_ORIGIN)
    rule = _RULES.get(activity.type, _anybody)
    return rule(activity, known)


def check_embedded(document: Mapping[str, Any], vouching: str) -> Verdict:
    """Whether an embedded document may be taken as it is from `vouching` (an actor's id, or a final URL): it must be
    on that origin, and so must its authors. Without an id there is nothing that could be believed or fetched."""
    object_id = http_url(document.get("id"))
    if object_id is None:
        return _refuse(Why.WRONG_ID)
    if not same_origin(object_id, vouching):
        return _fetch(Why.OBJECT_ORIGIN, object_id)
    authors = _authors(document)
    if authors and not same_origin(object_id, *authors):
        return _refuse(Why.AUTHOR_ORIGIN)
    return ALLOW


def check_object(obj: Object) -> Verdict:
    """Id and author share an origin, wherever the object came from (Friendica #6176)."""
    return ALLOW if same_origin(obj.id, obj.attributed_to) else _refuse(Why.AUTHOR_ORIGIN)


def check_fetched(asked: str, final: str, document_id: str) -> Verdict:
    """Judge a fetched document by the URL asked for, the URL after redirects, and the id it bears.

    Allowed when the final URL has the origin of the id, and the id is the URL that answered. A web page's URL may lead
    to a document with another id on the same origin: then that id must be fetched and bear itself.
    """
    checked = http_url(document_id)
    if checked is None or not same_origin(checked, final) or not same_origin(asked, final):
        return _refuse(Why.WRONG_ID)
    if checked in (http_url(asked), http_url(final)):
        return ALLOW
    return _fetch(Why.WRONG_ID, checked)


def check_key(actor: Actor, key_id: str) -> KeyRef | None:
    """The key of that id which the actor's own document lists as its own, on its own origin. None: it does not."""
    for key in actor.public_keys:
        if key.id == key_id and key.owner == actor.id and same_origin(key.id, actor.id):
            return key
    return None


def check_move(source: Actor, target: Actor) -> Verdict:
    """FEP-7628: the old account says where, the new one says from where."""
    if source.moved_to != target.id or source.id not in target.also_known_as or source.id == target.id:
        return _refuse(Why.NO_CONSENT)
    return ALLOW


def _create(activity: Activity, known: Known) -> Verdict:
    if known.author is not None and known.author != activity.actor:
        return _refuse(Why.NOT_AUTHOR)
    if activity.object is None or activity.object_id is None:
        return _own_by_id(activity)
    verdict = check_embedded(activity.object, activity.actor)
    if not verdict.allowed:
        return verdict
    if activity.actor not in _authors(activity.object):
        # Somebody on the same server sends it on; only the server itself can say whose it is.
        return _fetch(Why.NOT_AUTHOR, activity.object_id)
    return ALLOW


def _update(activity: Activity, known: Known) -> Verdict:
    if activity.object_id == activity.actor and activity.object is not None:
        return ALLOW
    if activity.object_id is not None and not same_origin(activity.object_id, activity.actor):
        return _refuse(Why.OBJECT_ORIGIN)
    return _create(activity, known)


def _delete(activity: Activity, known: Known) -> Verdict:
    if activity.object_id is None:
        return _refuse(Why.WRONG_ID)
    if activity.object_id == activity.actor:
        return ALLOW
    if not same_origin(activity.object_id, activity.actor):
        return _refuse(Why.OBJECT_ORIGIN)
    if known.author is not None and known.author != activity.actor:
        return _refuse(Why.NOT_AUTHOR)
    return ALLOW


def _undo(activity: Activity, known: Known) -> Verdict:
    if activity.object_id is not None and not same_origin(activity.object_id, activity.actor):
        return _refuse(Why.OBJECT_ORIGIN)
    said = references(activity.object.get("actor"), 2) if activity.object is not None else ()
    if said and said != (activity.actor,):
        return _refuse(Why.NOT_AUTHOR)
    if known.author is not None and known.author != activity.actor:
        return _refuse(Why.NOT_AUTHOR)
    if not said and known.author is None:
        return _refuse(Why.NOT_EMBEDDED)
    return ALLOW


def _answer(activity: Activity, known: Known) -> Verdict:
    """The record of the request decides where there is one; what is embedded may only agree."""
    said = references(activity.object.get("object"), 2) if activity.object is not None else ()
    if known.target is not None:
        return ALLOW if known.target == activity.actor else _refuse(Why.NOT_TARGET)
    if not said:
        return _refuse(Why.NOT_EMBEDDED)
    return ALLOW if said == (activity.actor,) else _refuse(Why.NOT_TARGET)


def _collect(activity: Activity, known: Known) -> Verdict:
    target = activity.target
    if target is None or target not in known.collections or not same_origin(target, activity.actor):
        return _refuse(Why.NOT_OWN_COLLECTION)
    if activity.type == "Remove":
        return ALLOW
    if known.author is not None and known.author != activity.actor:
        return _refuse(Why.NOT_AUTHOR)
    if known.author is None and activity.object_id is not None and not same_origin(activity.object_id, activity.actor):
        return _refuse(Why.OBJECT_ORIGIN)
    return ALLOW


def _move(activity: Activity, known: Known) -> Verdict:
    return ALLOW if activity.object_id == activity.actor else _refuse(Why.NOT_AUTHOR)


def _anybody(activity: Activity, known: Known) -> Verdict:
    if activity.object is None:
        return ALLOW
    if activity.object_id is None:
        return _refuse(Why.WRONG_ID)
    if not same_origin(activity.object_id, activity.actor):
        return _fetch(Why.OBJECT_ORIGIN, activity.object_id)
    return check_embedded(activity.object, activity.actor)


def _own_by_id(activity: Activity) -> Verdict:
    if activity.object_id is None:
        return _refuse(Why.WRONG_ID)
    if not same_origin(activity.object_id, activity.actor):
        return _refuse(Why.OBJECT_ORIGIN)
    return _fetch(Why.NOT_EMBEDDED, activity.object_id)


def _authors(document: Mapping[str, Any]) -> tuple[str, ...]:
    """The authors of an object, the actor of an activity; an actor is its own."""
    return references(document.get("attributedTo"), 10) + references(document.get("actor"), 2)


def _refuse(why: Why) -> Verdict:
    return Verdict(Outcome.REFUSE, why)


def _fetch(why: Why, object_id: str) -> Verdict:
    return Verdict(Outcome.FETCH, why, object_id)


_RULES: Final[dict[str, Callable[[Activity, Known], Verdict]]] = {
    "Create": _create,
    "Update": _update,
    "Delete": _delete,
    "Undo": _undo,
    "Accept": _answer,
    "Reject": _answer,
    "Add": _collect,
    "Remove": _collect,
    "Move": _move,
}
