"""Notes and their kin, polls, and tombstones."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.read.collections import read_embedded_collection
from protocol.activitystreams.read.fields import (
    addressees,
    boolean,
    count,
    extra,
    language_map,
    page_url,
    reference,
    required_id,
    several,
    text,
    timestamp,
    type_among,
    type_name,
)
from protocol.activitystreams.read.media import read_attachments, read_media, read_object_media
from protocol.activitystreams.read.policy import read_policy
from protocol.activitystreams.read.provenance import read_made
from protocol.activitystreams.read.tags import Tags, read_tags
from protocol.activitystreams.urls import http_url
from protocol.activitystreams.values import Media, Object, Poll, PollOption, Tombstone
from protocol.activitystreams.vocabulary import OBJECT_TYPES
from protocol.errors import Malformed

_QUOTE_KEYS = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")


def read_object(doc: Mapping[str, Any], *, now: int | None = None) -> Object:
    """Read an object that people post. Required: `id`, `attributedTo`, and a type of `OBJECT_TYPES`.

    With `now` (milliseconds), `published` and `updated` in the future become `now`. Raises `Malformed`.
    """
    object_id, kind, author = _required(doc)
    content_map = language_map(doc.get("contentMap"), limits.TEXT)
    content, language = _content(doc, content_map)
    media, links = read_attachments(doc)
    media = media or _own_media(doc, kind)
    tags = read_tags(doc)
    quote = _quote(doc, tags)
    source_text, source_media_type = _source(doc)
    return Object(
        id=object_id,
        type=kind,
        attributed_to=author,
        url=page_url(doc.get("url"), object_id) or object_id,
        content_html=content,
        content_map=content_map,
        language=language,
        name=_name(doc, language),
        summary=_summary(doc, language),
        sensitive=_sensitive(doc, media),
        in_reply_to=reference(doc.get("inReplyTo")),
        published=_past(doc.get("published"), now),
        updated=_past(doc.get("updated"), now),
        to=addressees(doc.get("to")),
        cc=addressees(doc.get("cc")),
        audience=addressees(doc.get("audience")),
        mentions=tags.mentions,
        hashtags=tags.hashtags,
        emojis=tags.emojis,
        labels=tags.labels,
        attachments=media,
        links=links,
        preview_image=_preview(doc),
        poll=_poll(doc) if kind == "Question" else None,
        quote_url=quote,
        legacy_quote=quote is not None and reference(doc.get("quote")) is None,
        quote_authorization=reference(doc.get("quoteAuthorization")),
        policy=read_policy(doc.get("interactionPolicy")),
        context=reference(doc.get("context")),
        conversation=text(doc.get("conversation"), limits.URL) or None,
        replies=read_embedded_collection(doc.get("replies")),
        likes=read_embedded_collection(doc.get("likes")),
        shares=read_embedded_collection(doc.get("shares")),
        source_text=source_text,
        source_media_type=source_media_type,
        starts=timestamp(doc.get("startTime")),
        ends=timestamp(doc.get("endTime")) if kind != "Question" else None,
        made=read_made(doc),
        extra=extra(doc),
        raw=doc,
    )


def _required(doc: Mapping[str, Any]) -> tuple[str, str, str]:
    """(id, type, author). Raises `Malformed`."""
    object_id = required_id(doc)
    kind = type_among(doc, OBJECT_TYPES)
    if kind is None:
        raise Malformed("an object of this type is not understood", "type")
    author = reference(doc.get("attributedTo"))
    if author is None:
        raise Malformed("the author is missing or not an http(s) URL", "attributedTo")
    return object_id, kind, author


def read_tombstone(doc: Mapping[str, Any]) -> Tombstone:
    """Read a Tombstone. Raises `Malformed` for anything else."""
    if type_name(doc) != "Tombstone":
        raise Malformed("not a tombstone", "type")
    return Tombstone(
        id=required_id(doc),
        former_type=text(doc.get("formerType"), limits.TYPE),
        deleted=timestamp(doc.get("deleted")),
    )


def _content(doc: Mapping[str, Any], content_map: Mapping[str, str]) -> tuple[str, str | None]:
    """The content as HTML, and its language: the entry of `contentMap` that it equals, else the only entry."""
    content = text(doc.get("content"), limits.TEXT)
    language = next((tag for tag, entry in content_map.items() if entry == content), None)
    if language is None and content_map and (not content or len(content_map) == 1):
        language = next(iter(content_map))
        content = content or content_map[language]
    if text(doc.get("mediaType"), 100).startswith(("text/plain", "text/markdown")):
        content = html.escape(content).replace("\n", "<br />")
    return content, language


def _name(doc: Mapping[str, Any], language: str | None) -> str:
    return _natural(doc, "name", limits.NAME, language)


def _summary(doc: Mapping[str, Any], language: str | None) -> str:
    return _natural(doc, "summary", limits.SUMMARY, language)


def _natural(doc: Mapping[str, Any], key: str, cap: int, language: str | None) -> str:
    """A text that may be given as `key` or, by language, as `keyMap`."""
    if found := text(doc.get(key), cap):
        return found
    by_language = language_map(doc.get(f"{key}Map"), cap)
    return by_language.get(language or "") or next(iter(by_language.values()), "")


def _sensitive(doc: Mapping[str, Any], media: tuple[Media, ...]) -> bool:
    """Marked as a whole, or by any of its media."""
    return boolean(doc.get("sensitive")) is True or any(medium.sensitive for medium in media)


def _past(value: object, now: int | None) -> int | None:
    moment = timestamp(value)
    return moment if moment is None or now is None else min(moment, now)


def _own_media(doc: Mapping[str, Any], kind: str) -> tuple[Media, ...]:
    return read_object_media(doc, kind) if kind in ("Image", "Video", "Audio") else ()


def _preview(doc: Mapping[str, Any]) -> str | None:
    """A thumbnail that the object brings: Lemmy's `image`, PeerTube's `icon`."""
    found = read_media(doc.get("image"), "Image") or read_media(doc.get("icon"), "Image")
    return found.url if found else None


def _quote(doc: Mapping[str, Any], tags: Tags) -> str | None:
    """The quoted object: FEP-044f first, then the older keys, then an object link (FEP-e232)."""
    return next((url for key in _QUOTE_KEYS if (url := reference(doc.get(key)))), tags.quote)


def _source(doc: Mapping[str, Any]) -> tuple[str, str]:
    """What the author typed, and its media type. snac has it as `sourceContent`."""
    source = doc.get("source")
    if isinstance(source, dict):
        return text(source.get("content"), limits.TEXT), text(source.get("mediaType"), 100)
    return text(doc.get("sourceContent"), limits.TEXT), ""


def _poll(doc: Mapping[str, Any]) -> Poll | None:
    multiple = bool(several(doc.get("anyOf"), 1))
    options: dict[str, PollOption] = {}
    for entry in several(doc.get("anyOf") if multiple else doc.get("oneOf"), limits.POLL_OPTIONS):
        if isinstance(entry, dict) and (name := text(entry.get("name"), limits.NAME)):
            options.setdefault(name, PollOption(name, _votes(entry)))
    if not options:
        return None
    ends = timestamp(doc.get("endTime"))
    return Poll(
        options=tuple(options.values()),
        multiple=multiple,
        ends=ends,
        closed=_closed(doc, ends),
        voters=count(doc.get("votersCount")),
    )


def _votes(entry: Mapping[str, Any]) -> int:
    replies = entry.get("replies")
    return count(replies.get("totalItems")) or 0 if isinstance(replies, dict) else 0


def _closed(doc: Mapping[str, Any], ends: int | None) -> int | None:
    """`closed` is a time, a boolean or an object (AS2 allows all three); without a time, the end counts."""
    closed = doc.get("closed")
    if closed is None or closed is False:
        return None
    moment = timestamp(closed)
    if moment is not None:
        return moment
    return (ends or 0) if closed is True or isinstance(closed, dict) or http_url(closed) else None
