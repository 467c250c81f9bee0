"""Finding mentions, hashtags and links in plain text, in one pass.

The scanner jumps to the next character that can start something (`@`, `#`, `http`), tries to read it, and goes on
behind what it has read. A try that fails has either looked at a bounded number of characters or skips them all, so
the work is linear whatever the input.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from fedserver.domain.text.names import HASHTAG_LENGTH, is_hashtag_character
from protocol.activitystreams.urls import http_url
from protocol.errors import Malformed
from protocol.hosts import normalise_host


class MentionAt(NamedTuple):
    """`@username@domain` at text[start:end]. The username as typed, the domain normalised."""

    username: str
    domain: str | None
    start: int
    end: int


class HashtagAt(NamedTuple):
    """`#name` at text[start:end]; the name as typed, without the `#`."""

    name: str
    start: int
    end: int


class UrlAt(NamedTuple):
    """An http(s) URL at text[start:end]."""

    url: str
    start: int
    end: int


class Entities(NamedTuple):
    """What was found, each kind in order. They never overlap."""

    mentions: tuple[MentionAt, ...]
    hashtags: tuple[HashtagAt, ...]
    urls: tuple[UrlAt, ...]


_START = re.compile(r"[@#＃]|https?://", re.IGNORECASE)
_USERNAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,254}[A-Za-z0-9_])?")
_DOMAIN_RUN = re.compile(r"[\w.-]{1,253}")
_PORT = re.compile(r":[0-9]{1,5}(?![0-9])")
_URL_RUN = re.compile(
    r"[^\s<>\"\\\x00-\x1f\x7f-\x9f\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069、。「」『』（）【】《》]+"
)
_MAX_URL = 2048
_MAX_LABEL = 63
_MAX_FOUND = 1000
"""Entities of one text; what comes after them stays text."""
_CLOSING = {")": "(", "]": "[", "}": "{"}
_TRAILING = frozenset(".,;:!?'\"…*_~`’”»")


def extract(text: str) -> Entities:
    """Find everything that compose would turn into a link."""
    return _kept(text) if len(text) <= _KEPT_LENGTH else _extract(text)


def _extract(text: str) -> Entities:
    mentions: list[MentionAt] = []
    hashtags: list[HashtagAt] = []
    urls: list[UrlAt] = []
    position = 0
    while len(mentions) + len(hashtags) + len(urls) < _MAX_FOUND and (match := _START.search(text, position)):
        start = match.start()
        if match[0] == "@":
            mention = _mention(text, start)
            position = mention.end if mention else start + 1
            if mention:
                mentions.append(mention)
        elif match[0] in "#＃":
            hashtag = _hashtag(text, start)
            position = hashtag.end if hashtag else start + 1
            if hashtag:
                hashtags.append(hashtag)
        else:
            url, position = _url(text, start, match.end())
            if url:
                urls.append(url)
    return Entities(tuple(mentions), tuple(hashtags), tuple(urls))


# A text that is published is asked for its mentions, its length, its tags and its markup, one after the other.
_KEPT_LENGTH = 10_000
_kept = lru_cache(maxsize=64)(_extract)


def _mention(text: str, start: int) -> MentionAt | None:
    if start and (text[start - 1].isalnum() or text[start - 1] in "_/=@."):
        return None
    username = _USERNAME.match(text, start + 1)
    if username is None:
        return None
    end = username.end()
    if text[end : end + 1] == "@" and (domain := _DOMAIN_RUN.match(text, end + 1)):
        name = domain[0].rstrip(".-_")
        after = end + 1 + len(name)
        port = _PORT.match(text, after)
        if max(map(len, name.split("."))) > _MAX_LABEL:
            return None
        for candidate in (name + port[0], name) if port else (name,):
            try:
                return MentionAt(username[0], normalise_host(candidate), start, end + 1 + len(candidate))
            except Malformed:
                continue
        return None
    return MentionAt(username[0], None, start, end)


def _hashtag(text: str, start: int) -> HashtagAt | None:
    """Not inside a word, a URL or an entity; with at least one letter."""
    if start and (text[start - 1].isalnum() or text[start - 1] in "_/=)&#＃"):
        return None
    end = start + 1
    limit = min(len(text), end + HASHTAG_LENGTH + 1)
    while end < limit and is_hashtag_character(text[end]):
        end += 1
    name = text[start + 1 : end].rstrip("·・\u200c")
    if len(name) > HASHTAG_LENGTH or not any(char.isalpha() for char in name):
        return None
    return HashtagAt(name, start, start + 1 + len(name))


def _url(text: str, start: int, after_scheme: int) -> tuple[UrlAt | None, int]:
    """The URL at `start`, and where to go on. A run of characters that is no URL is skipped whole."""
    run = _URL_RUN.match(text, after_scheme)
    if run is None:
        return None, after_scheme
    if start and (text[start - 1].isalnum() or text[start - 1] in "_@$#"):
        return None, run.end()
    end = _trimmed_end(text, after_scheme, run.end())
    url = text[start:end]
    if len(url) > _MAX_URL or http_url(url) is None or not _has_public_form(url):
        return None, run.end()
    return UrlAt(url, start, end), end


def _trimmed_end(text: str, start: int, end: int) -> int:
    """Without the punctuation that closes a sentence, or a bracket that was opened outside."""
    body = text[start:end]
    surplus = {closing: body.count(closing) - body.count(opening) for closing, opening in _CLOSING.items()}
    while end > start:
        last = text[end - 1]
        if last in _TRAILING:
            end -= 1
        elif surplus.get(last, 0) > 0:
            surplus[last] -= 1
            end -= 1
        else:
            break
    return end


def _has_public_form(url: str) -> bool:
    """A host with a dot, an address, or localhost: `http://x` is not what anybody means by a link."""
    host = url.partition("://")[2].partition("/")[0].partition("?")[0].partition("#")[0].lower()
    return "." in host or host.startswith("[") or host.partition(":")[0] == "localhost"
