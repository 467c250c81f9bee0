"""Where a document goes: from its addressing to the inboxes that get it.

Three steps, kept apart because the middle one needs the database: `recipients` reads who is addressed, the caller looks
up their inboxes (and its followers'), `collapse` makes the list of deliveries.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, NamedTuple

from protocol.activitystreams.read.fields import addressees
from protocol.activitystreams.urls import http_url, origin_of
from protocol.activitystreams.values import Document
from protocol.activitystreams.vocabulary import PUBLIC

_BLIND = ("bto", "bcc")


class Recipients(NamedTuple):
    """`actors` are ids (some may turn out to be collections of others, which are not expanded); `followers` says
    whether the sender's followers get it; `public` names no inbox, it only allows relays and forwarding."""

    actors: frozenset[str]
    followers: bool
    public: bool


class Inbox(NamedTuple):
    """Where one recipient takes deliveries."""

    actor: str
    inbox: str
    shared_inbox: str | None = None


class Target(NamedTuple):
    """One delivery. `host` is normalised, with its port: the lane and the breaker go by it."""

    inbox: str
    host: str


def recipients(document: Mapping[str, Any], *, followers: str | None = None) -> Recipients:
    """Read who is addressed: to, cc, audience and the blind two, of the activity and of the object inside.

    `followers` is the sender's collection; the sender itself is not a recipient of its own activity.
    """
    found: set[str] = set()
    inner = document.get("object")
    for part in (document, inner) if isinstance(inner, dict) else (document,):
        for key in ("to", "cc", "audience", *_BLIND):
            found.update(addressees(part.get(key)))
    to_followers = followers is not None and followers in found
    public = PUBLIC in found
    found -= {PUBLIC, followers or PUBLIC, http_url(document.get("actor")) or PUBLIC}
    return Recipients(frozenset(found), to_followers, public)


def without_blind(document: Mapping[str, Any]) -> Document:
    """The document without `bto` and `bcc`, its own and the embedded object's (ActivityPub 6)."""
    stripped = {key: value for key, value in document.items() if key not in _BLIND}
    inner = stripped.get("object")
    if isinstance(inner, dict):
        stripped["object"] = {key: value for key, value in inner.items() if key not in _BLIND}
    return stripped


def collapse(
    inboxes: Iterable[Inbox], *, own_hosts: Container[str], refused_hosts: Container[str] = ()
) -> tuple[Target, ...]:
    """The deliveries for these recipients, one per inbox, in the order first seen.

    A shared inbox stands for all recipients behind it. Our own hosts and refused ones get nothing, and an inbox that is
    not a URL costs nobody else a delivery.
    """
    found: dict[str, Target] = {}
    for entry in inboxes:
        inbox = http_url(entry.shared_inbox) or http_url(entry.inbox)
        if inbox is None or inbox in found:
            continue
        host = origin_of(inbox).host
        if host not in own_hosts and host not in refused_hosts:
            found[inbox] = Target(inbox, host)
    return tuple(found.values())
