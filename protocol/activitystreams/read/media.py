"""Media: attachments (FEP-1311), avatars, and objects that are a medium themselves (PeerTube, Funkwhale)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.read.fields import (
    boolean,
    count,
    duration,
    extra,
    first,
    several,
    text,
    type_name,
    type_names,
)
from protocol.activitystreams.read.provenance import read_made_medium
from protocol.activitystreams.urls import http_url
from protocol.activitystreams.values import Link, Media
from protocol.activitystreams.vocabulary import MEDIA_EXTRA_KEYS, MEDIA_TYPES

_MAX_PIXELS = 1_000_000


def read_attachments(doc: Mapping[str, Any]) -> tuple[tuple[Media, ...], tuple[Link, ...]]:
    """The media and the Link cards of `attachment`, in order. Other kinds (PropertyValue, notes) are passed over."""
    media: list[Media] = []
    links: list[Link] = []
    for entry in several(doc.get("attachment"), limits.ATTACHMENTS):
        if not isinstance(entry, dict):
            continue
        if type_name(entry) == "Link":
            if (href := http_url(entry.get("href"))) is not None:
                links.append(Link(href, text(entry.get("name"), limits.NAME), text(entry.get("mediaType"), 100)))
        elif (found := read_media(entry)) is not None:
            media.append(found)
    return tuple(media), tuple(links)


def read_media(value: object, default_type: str = "Document") -> Media | None:
    """One medium, or none where there is no http(s) URL. A bare URL is a medium of the default type."""
    value = first(value)
    if isinstance(value, str):
        url = http_url(value)
        return Media(default_type, url) if url else None
    if not isinstance(value, dict):
        return None
    kind = next((name for name in type_names(value) if name in MEDIA_TYPES), None)
    if kind is None and value.get("type") is not None:
        return None
    source = _source(value, kind or default_type)
    if source is None:
        return None
    url, link = source
    return Media(
        type=kind or default_type,
        url=url,
        media_type=_media_type(value) or _media_type(link),
        description=_description(value),
        blurhash=text(value.get("blurhash"), limits.BLURHASH),
        focal=_focal(value.get("focalPoint")),
        width=_pixels(value.get("width")) or _pixels(link.get("width")),
        height=_pixels(value.get("height")) or _pixels(link.get("height")),
        duration=duration(value.get("duration")),
        size=count(value.get("size")) or count(link.get("size")),
        digest_multibase=_digest(value) or _digest(link),
        sensitive=boolean(value.get("sensitive")) or False,
        made=read_made_medium(value),
        extra=extra(value, MEDIA_EXTRA_KEYS),
    )


def read_object_media(doc: Mapping[str, Any], kind: str) -> tuple[Media, ...]:
    """The medium that a top-level Image, Video or Audio is: a link in `url` whose type says so."""
    links = [entry for entry in several(doc.get("url"), 100) if isinstance(entry, dict)]
    wanted = [entry for entry in links if _media_type(entry).startswith(f"{kind.lower()}/")]
    if not wanted:
        return ()
    found = read_media({**doc, "type": kind, "url": wanted, "mediaType": None})
    return (found,) if found is not None else ()


def _source(value: Mapping[str, Any], kind: str) -> tuple[str, Mapping[str, Any]] | None:
    """The URL, and the Link it came in: the first of the medium's own kind, else the first that is http(s)."""
    candidates: list[tuple[str, Mapping[str, Any]]] = []
    for entry in several(value.get("url"), 100) or several(value.get("href"), 1):
        link: Mapping[str, Any] = entry if isinstance(entry, dict) else {}
        url = http_url(link.get("href")) or http_url(link.get("url")) if link else http_url(entry)
        if url is not None:
            candidates.append((url, link))
    wanted = f"{kind.lower()}/"
    return next((c for c in candidates if _media_type(c[1]).startswith(wanted)), candidates[0] if candidates else None)


def _media_type(value: Mapping[str, Any]) -> str:
    return text(value.get("mediaType"), 100).strip().lower()


def _description(value: Mapping[str, Any]) -> str:
    """The alt text: `name` (Mastodon), else `summary` (GoToSocial), else `content`."""
    for key in ("name", "summary", "content"):
        if found := text(value.get(key), limits.DESCRIPTION).strip():
            return found
    return ""


def _digest(value: Mapping[str, Any]) -> str:
    """FEP-1311 moved from `digest` to `digestMultibase`."""
    return text(value.get("digestMultibase"), 256) or text(value.get("digest"), 256)


def _pixels(value: object) -> int | None:
    found = count(value)
    return found if found and found <= _MAX_PIXELS else None


def _focal(value: object) -> tuple[float, float] | None:
    if not isinstance(value, list) or len(value) != 2:
        return None
    point: list[float] = []
    for part in value:
        if isinstance(part, bool) or not isinstance(part, int | float) or not math.isfinite(part):
            return None
        point.append(min(max(float(part), -1.0), 1.0))
    return point[0], point[1]
