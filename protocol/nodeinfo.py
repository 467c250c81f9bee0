"""NodeInfo 2.0 and 2.1 (FEP-f1d5, FEP-0151): what a server says of itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.errors import Malformed

VERSIONS = ("2.1", "2.0")
_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/"
_NAME = re.compile(r"[a-z0-9-]+")
_MAX_TEXT = 256
_MAX_LINKS = 16


@dataclass(frozen=True, slots=True)
class Usage:
    """Counters. Users active within the last 30 and 180 days."""

    users: int
    active_month: int
    active_halfyear: int
    posts: int
    comments: int = 0


@dataclass(frozen=True, slots=True)
class NodeInfo:
    """What a peer says of itself; None where it says nothing usable."""

    software: str | None
    version: str | None
    open_registrations: bool | None
    users: int | None
    protocols: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)


def content_type(version: str) -> str:
    """Return the media type of a NodeInfo document."""
    return f'application/json; profile="{_SCHEMA}{version}#"'


def write_links(origin: str) -> dict[str, Any]:
    """Write `/.well-known/nodeinfo` for `origin` (`https://host`): a link for each version."""
    return {"links": [{"rel": _SCHEMA + version, "href": f"{origin}/nodeinfo/{version}"} for version in VERSIONS]}


def write_nodeinfo(
    version: str,
    *,
    software: str,
    software_version: str,
    usage: Usage,
    open_registrations: bool,
    repository: str | None = None,
    homepage: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a document of `version` "2.0" or "2.1"; repository and homepage exist in 2.1 only.

    Raises `Malformed` for another version, or a software name that the schema does not allow.
    """
    if version not in VERSIONS or not _NAME.fullmatch(software):
        raise Malformed("not a NodeInfo version or software name")
    about = {"name": software, "version": software_version}
    if version == "2.1":
        about |= {name: url for name, url in (("repository", repository), ("homepage", homepage)) if url}
    return {
        "version": version,
        "software": about,
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "usage": {
            "users": {
                "total": usage.users,
                "activeMonth": usage.active_month,
                "activeHalfyear": usage.active_halfyear,
            },
            "localPosts": usage.posts,
            "localComments": usage.comments,
        },
        "openRegistrations": open_registrations,
        "metadata": dict(metadata or {}),
    }


def read_links(document: Mapping[str, Any]) -> str | None:
    """Return the http(s) URL of the newest NodeInfo document that is understood, or None. Never raises."""
    links = document.get("links")
    hrefs: dict[str, str] = {}
    for link in links[:_MAX_LINKS] if isinstance(links, list) else []:
        if isinstance(link, dict) and isinstance(link.get("rel"), str) and isinstance(link.get("href"), str):
            hrefs.setdefault(link["rel"], link["href"])
    for version in VERSIONS:
        href = hrefs.get(_SCHEMA + version)
        if href is not None and href.startswith(("https://", "http://")) and len(href) <= 2048:
            return href
    return None


def read_nodeinfo(document: Mapping[str, Any]) -> NodeInfo:
    """Read a peer's document. What is not of the expected type becomes None; never raises."""
    software = _object(document.get("software"))
    users = _object(_object(document.get("usage")).get("users"))
    total, registrations = users.get("total"), document.get("openRegistrations")
    protocols = document.get("protocols")
    return NodeInfo(
        _text(software.get("name")),
        _text(software.get("version")),
        registrations if isinstance(registrations, bool) else None,
        total if isinstance(total, int) and not isinstance(total, bool) and total >= 0 else None,
        tuple(one for one in protocols[:_MAX_LINKS] if isinstance(one, str)) if isinstance(protocols, list) else (),
        _object(document.get("metadata")),
    )


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _MAX_TEXT else None
