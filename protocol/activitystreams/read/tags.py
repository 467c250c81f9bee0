"""What stands in `tag`: mentions, hashtags, custom emojis, labels and object links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.read.fields import reference, tag_entries, text, timestamp, type_name
from protocol.activitystreams.urls import http_url
from protocol.activitystreams.values import Emoji, Hashtag, Label, Mention
from protocol.activitystreams.vocabulary import MISSKEY_QUOTE_REL

_SHORTCODE = re.compile(r"[A-Za-z0-9_]{1,100}")


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a document by kind, each thing once."""

    mentions: tuple[Mention, ...]
    hashtags: tuple[Hashtag, ...]
    emojis: tuple[Emoji, ...]
    labels: tuple[Label, ...]
    quote: str | None


def read_tags(doc: Mapping[str, Any]) -> Tags:
    """Read `tag`. Entries of unknown kinds are passed over."""
    mentions: dict[str, Mention] = {}
    hashtags: dict[str, Hashtag] = {}
    emojis: dict[str, Emoji] = {}
    labels: dict[str, Label] = {}
    quote: str | None = None
    for entry in tag_entries(doc):
        kind = type_name(entry) or _kind_without_type(entry)
        if kind == "Mention" and (mention := _mention(entry)) and len(mentions) < limits.MENTIONS:
            mentions.setdefault(mention.href, mention)
        elif kind == "Hashtag" and (hashtag := _hashtag(entry)):
            hashtags.setdefault(hashtag.name.casefold(), hashtag)
        elif kind == "Emoji" and (emoji := _emoji(entry)):
            emojis.setdefault(emoji.shortcode, emoji)
        elif kind == "Label" and (href := http_url(entry.get("href"))):
            labels.setdefault(href, Label(href, text(entry.get("name"), limits.NAME)))
        elif kind == "Link" and quote is None:
            quote = _quote_link(entry)
    return Tags(
        tuple(mentions.values()),
        tuple(hashtags.values()),
        tuple(emojis.values()),
        tuple(labels.values()),
        quote,
    )


def _kind_without_type(entry: Mapping[str, Any]) -> str:
    """Quirk: tags without a type; the first character of the name says which kind they are."""
    name = text(entry.get("name"), 2)
    return {"#": "Hashtag", "@": "Mention"}.get(name[:1], "")


def _mention(entry: Mapping[str, Any]) -> Mention | None:
    href = http_url(entry.get("href"))
    return Mention(href, text(entry.get("name"), limits.NAME)) if href else None


def _hashtag(entry: Mapping[str, Any]) -> Hashtag | None:
    name = text(entry.get("name"), limits.NAME).strip().removeprefix("#")
    return Hashtag(name, http_url(entry.get("href"))) if name else None


def _emoji(entry: Mapping[str, Any]) -> Emoji | None:
    """FEP-9098: `id` may be null, the picture is `icon.url`."""
    shortcode = text(entry.get("name"), 128).strip(":")
    icon = entry.get("icon")
    if isinstance(icon, list):
        icon = icon[0] if icon else None
    url = _icon_url(icon)
    if url is None or not _SHORTCODE.fullmatch(shortcode):
        return None
    return Emoji(shortcode, url, http_url(entry.get("id")), timestamp(entry.get("updated")))


def _icon_url(icon: object) -> str | None:
    if not isinstance(icon, dict):
        return http_url(icon)
    url = icon.get("url")
    if isinstance(url, list):
        url = url[0] if url else None
    return http_url(url.get("href")) if isinstance(url, dict) else http_url(url)


def _quote_link(entry: Mapping[str, Any]) -> str | None:
    """FEP-e232: a Link to an object, marked as a quote by its `rel`."""
    rel = entry.get("rel")
    rels = rel if isinstance(rel, list) else [rel]
    return reference(entry) if MISSKEY_QUOTE_REL in rels else None
