"""WebFinger (RFC 7033): from `user@host` to an actor and back (FEP-4adb, FEP-d556).

Ours is written in the shape that Mastodon writes; those of peers are read tolerantly, since only two links matter.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from protocol.errors import Malformed
from protocol.hosts import normalise_host
from protocol.http.request import split_url

CONTENT_TYPE = "application/jrd+json"
ACTIVITY_TYPE = "application/activity+json"
PROFILE_PAGE = "http://webfinger.net/rel/profile-page"
AVATAR = "http://webfinger.net/rel/avatar"
SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_AS_PROFILE = "https://www.w3.org/ns/activitystreams"

_MAX_TEXT = 2048
_MAX_LINKS = 64
_USERNAME = re.compile(r"[\w.~!$&'*+=%-]{1,256}")
_LD_PROFILE = re.compile(r';\s*profile="?([^"]*)"?')


@dataclass(frozen=True, slots=True)
class Acct:
    """A handle: the user name as it was written, and the normalised host."""

    username: str
    host: str

    def __str__(self) -> str:
        return f"{self.username}@{self.host}"


@dataclass(frozen=True, slots=True)
class ActorUrl:
    """A URL that was asked for, normalised in scheme and host. The bare origin (path `/`) is the server itself."""

    url: str
    host: str
    path: str


@dataclass(frozen=True, slots=True)
class Jrd:
    """What a peer's answer says: the subject as written, the actor's URL, and the remote-follow template."""

    subject: str | None
    self_href: str | None
    subscribe_template: str | None
    aliases: tuple[str, ...] = ()

    @property
    def handle(self) -> Acct | None:
        """The subject as a handle, if it is one."""
        if self.subject is None:
            return None
        try:
            resource = parse_resource(self.subject)
        except Malformed:
            return None
        return resource if isinstance(resource, Acct) else None


def parse_resource(text: str) -> Acct | ActorUrl:
    """Read a `resource`, or a handle that a person typed. Raises `Malformed`.

    `acct:user@host`, `user@host` and `@user@host` give an `Acct`, an http(s) URL gives an `ActorUrl`.
    """
    text = text.strip(" ")
    if not text or len(text) > _MAX_TEXT:
        raise Malformed("the resource is empty or too long", "resource")
    if text[:8].lower().startswith(("http://", "https://")):
        target = split_url(text)
        return ActorUrl(target.uri, normalise_host(target.authority), target.path)
    if text[:5].lower() == "acct:":
        text = text[5:]
    username, separator, host = text.removeprefix("@").rpartition("@")
    if not separator or not _USERNAME.fullmatch(username):
        raise Malformed("the resource is neither a handle nor a URL", "resource")
    return Acct(username, normalise_host(host))


def query_url(host: str, resource: str) -> str:
    """Return the URL that asks `host` (normalised) about `resource` (`acct:user@host` or an actor's URL)."""
    return f"https://{host}/.well-known/webfinger?resource={quote(resource, safe='@:')}"


def write_jrd(
    acct: Acct,
    *,
    actor_url: str,
    profile_url: str,
    subscribe_template: str | None,
    avatar: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Write our answer for an actor.

    `subscribe_template` has `{uri}` in it; None for an actor that nobody follows by hand. `avatar` is (URL, media
    type).
    """
    links: list[dict[str, str]] = [
        {"rel": PROFILE_PAGE, "type": "text/html", "href": profile_url},
        {"rel": "self", "type": ACTIVITY_TYPE, "href": actor_url},
    ]
    if subscribe_template is not None:
        links.append({"rel": SUBSCRIBE, "template": subscribe_template})
    if avatar is not None:
        links.append({"rel": AVATAR, "type": avatar[1], "href": avatar[0]})
    aliases = [profile_url] if profile_url == actor_url else [profile_url, actor_url]
    return {"subject": f"acct:{acct}", "aliases": aliases, "links": links}


def filter_links(jrd: Mapping[str, Any], rels: Collection[str]) -> dict[str, Any]:
    """Keep the links that were asked for by `rel` parameters (RFC 7033 section 4.3); none asked keeps all."""
    if not rels:
        return dict(jrd)
    return {**jrd, "links": [link for link in jrd["links"] if link["rel"] in rels]}


def read_jrd(document: Mapping[str, Any]) -> Jrd:
    """Read a peer's answer. What is not of the expected type is passed over; never raises."""
    subject = document.get("subject")
    links = document.get("links")
    self_href = template = None
    for link in links[:_MAX_LINKS] if isinstance(links, list) else []:
        if not isinstance(link, dict):
            continue
        rel = link.get("rel")
        if rel == "self" and self_href is None and _is_activity_type(link.get("type")):
            self_href = _web_url(link.get("href"))
        elif rel == SUBSCRIBE and template is None:
            candidate = _web_url(link.get("template"))
            template = candidate if candidate is not None and "{uri}" in candidate else None
    aliases = document.get("aliases")
    urls = [_web_url(alias) for alias in aliases[:_MAX_LINKS]] if isinstance(aliases, list) else []
    return Jrd(
        subject if isinstance(subject, str) and len(subject) <= _MAX_TEXT else None,
        self_href,
        template,
        tuple(url for url in urls if url is not None),
    )


def _is_activity_type(value: object) -> bool:
    """`application/activity+json`, or `application/ld+json` whose profile list has that of ActivityStreams."""
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return False
    media_type = value.partition(";")[0].strip().lower()
    if media_type == ACTIVITY_TYPE:
        return True
    profile = _LD_PROFILE.search(value)
    return media_type == "application/ld+json" and profile is not None and _AS_PROFILE in profile[1].split()


def _web_url(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        return None
    return value if value.startswith(("https://", "http://")) else None
