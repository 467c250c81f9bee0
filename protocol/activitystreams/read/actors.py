"""Actors and their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.read.fields import (
    boolean,
    extra,
    own_url,
    page_url,
    reference,
    references,
    required_id,
    several,
    text,
    timestamp,
    type_among,
    type_name,
    type_names,
)
from protocol.activitystreams.read.media import read_media
from protocol.activitystreams.read.policy import read_policy
from protocol.activitystreams.read.tags import read_tags
from protocol.activitystreams.urls import http_url
from protocol.activitystreams.values import Actor, Field, KeyRef, Media, Multikey
from protocol.activitystreams.vocabulary import ACTOR_TYPES, BOT_TYPES
from protocol.errors import Malformed

_NOT_IN_A_USERNAME = re.compile(
    r"[\s@/:?#\\<>\"'&\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ud800-\udfff]"
)
_HANDLE = re.compile(r"@?(?P<user>[^@\s/]{1,255})@(?P<host>[^@\s/]{1,255})")
_DOMAIN = re.compile(r"[^\s/@?#\\<>\"]{1,253}")


def read_actor(doc: Mapping[str, Any]) -> Actor:
    """Read an actor document. Required: `id`, a known `type`, `inbox`, and `preferredUsername` (or `webfinger`).

    Collections and the shared inbox count only on the actor's own origin. Raises `Malformed`.
    """
    actor_id = required_id(doc)
    kind = type_among(doc, ACTOR_TYPES)
    if kind is None:
        raise Malformed("not an actor", "type")
    inbox = reference(doc.get("inbox"))
    if inbox is None:
        raise Malformed("the inbox is missing or not an http(s) URL", "inbox")
    webfinger = _webfinger(doc.get("webfinger"))
    tags = read_tags(doc)
    return Actor(
        id=actor_id,
        type=kind,
        preferred_username=_username(doc, webfinger),
        inbox=inbox,
        name=text(doc.get("name"), limits.NAME),
        summary_html=text(doc.get("summary"), limits.TEXT),
        url=page_url(doc.get("url"), actor_id),
        outbox=own_url(doc.get("outbox"), actor_id),
        shared_inbox=_shared_inbox(doc, inbox),
        followers=own_url(doc.get("followers"), actor_id),
        following=own_url(doc.get("following"), actor_id),
        featured=own_url(doc.get("featured"), actor_id),
        featured_tags=own_url(doc.get("featuredTags"), actor_id),
        icon=_picture(doc.get("icon")),
        image=_picture(doc.get("image")),
        public_keys=read_keys(doc),
        assertion_methods=_multikeys(doc),
        locked=_flag(doc, "manuallyApprovesFollowers") or False,
        discoverable=_flag(doc, "discoverable"),
        indexable=_flag(doc, "indexable"),
        memorial=_flag(doc, "memorial") or False,
        suspended=_flag(doc, "suspended") or False,
        fields=_fields(doc),
        emojis=tags.emojis,
        hashtags=tags.hashtags,
        also_known_as=references(doc.get("alsoKnownAs"), limits.ALIASES),
        moved_to=reference(doc.get("movedTo")),
        attribution_domains=_domains(doc.get("attributionDomains")),
        moderators=own_url(doc.get("attributedTo"), actor_id) if kind == "Group" else None,
        operator=reference(doc.get("attributedTo")) if kind in BOT_TYPES else None,
        webfinger=webfinger,
        published=timestamp(doc.get("published")),
        updated=timestamp(doc.get("updated")),
        implements=_implements(doc),
        policy=read_policy(doc.get("interactionPolicy")),
        extra=extra(doc),
    )


def read_keys(doc: Mapping[str, Any]) -> tuple[KeyRef, ...]:
    """The RSA-era keys of a document: an actor, GoToSocial's stub actor (no inbox), or a bare key document.

    These are claims. The key counts once the owner's own document lists it (`authority.check_key`).
    """
    owner = http_url(doc.get("id"))
    entries = several(doc.get("publicKey"), limits.KEYS)
    if not entries and doc.get("publicKeyPem") is not None:
        entries, owner = [doc], None
    found: dict[str, KeyRef] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        key_id = http_url(entry.get("id"))
        key_owner = reference(entry.get("owner")) or reference(entry.get("controller")) or owner
        pem = entry.get("publicKeyPem")
        if key_id and key_owner and isinstance(pem, str) and 0 < len(pem) <= limits.PEM:
            found.setdefault(key_id, KeyRef(key_id, key_owner, pem))
    return tuple(found.values())


def _multikeys(doc: Mapping[str, Any]) -> tuple[Multikey, ...]:
    found: dict[str, Multikey] = {}
    for entry in several(doc.get("assertionMethod"), limits.KEYS):
        if not isinstance(entry, dict) or type_name(entry) != "Multikey":
            continue
        key_id, controller = http_url(entry.get("id")), reference(entry.get("controller"))
        key = entry.get("publicKeyMultibase")
        if key_id and controller and isinstance(key, str) and 0 < len(key) <= limits.MULTIBASE:
            found.setdefault(key_id, Multikey(key_id, controller, key))
    return tuple(found.values())


def _username(doc: Mapping[str, Any], webfinger: str | None) -> str:
    name = doc.get("preferredUsername")
    if name is None and webfinger is not None:
        name = webfinger.partition("@")[0]
    if not isinstance(name, str) or not 0 < len(name) <= limits.USERNAME or _NOT_IN_A_USERNAME.search(name):
        raise Malformed("the username is missing or not a username", "preferredUsername")
    return name


def _webfinger(value: object) -> str | None:
    """FEP-2c59: `user@host`. A claim until WebFinger confirms it."""
    found = _HANDLE.fullmatch(text(value, 512).removeprefix("acct:"))
    return f"{found['user']}@{found['host']}" if found else None


def _shared_inbox(doc: Mapping[str, Any], inbox: str) -> str | None:
    """Only beside the inbox: an actor must not direct deliveries at somebody else's server."""
    endpoints = doc.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    return own_url(shared if shared is not None else doc.get("sharedInbox"), inbox)


def _flag(doc: Mapping[str, Any], key: str) -> bool | None:
    """Quirk: Takahe writes `toot:discoverable`, because its context lacks the short term."""
    found = boolean(doc.get(key))
    return found if found is not None else boolean(doc.get(f"toot:{key}"))


def _picture(value: object) -> Media | None:
    return read_media(value, default_type="Image")


def _fields(doc: Mapping[str, Any]) -> tuple[Field, ...]:
    found: list[Field] = []
    for entry in several(doc.get("attachment"), limits.FIELDS * 2):
        if not isinstance(entry, dict) or not {"PropertyValue", "schema:PropertyValue"} & set(type_names(entry)):
            continue
        name, value = text(entry.get("name"), limits.NAME), text(entry.get("value"), limits.DESCRIPTION)
        if name and len(found) < limits.FIELDS:
            found.append(Field(name, value))
    return tuple(found)


def _domains(value: object) -> tuple[str, ...]:
    entries = several(value, limits.DOMAINS)
    return tuple(dict.fromkeys(e.lower() for e in entries if isinstance(e, str) and _DOMAIN.fullmatch(e)))


def _implements(doc: Mapping[str, Any]) -> tuple[str, ...]:
    """FEP-844e: what the software behind the actor can do."""
    generator = doc.get("generator")
    if not isinstance(generator, dict):
        return ()
    return tuple(
        url
        for entry in several(generator.get("implements"), 32)
        if (url := http_url(entry.get("href") or entry.get("id") if isinstance(entry, dict) else entry))
    )
