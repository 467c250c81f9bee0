"""The links of a post's clean HTML that lead out of the fediverse: neither mentions nor hashtags."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from html import unescape

from protocol.activitystreams.urls import http_url

_ANCHOR = re.compile(r"<a ([^<>]{0,4000})>")
_HREF = re.compile(r'\bhref="([^"]*)"')
_CLASS = re.compile(r'\bclass="([^"]*)"')
_TAGS = frozenset({"mention", "hashtag", "u-url"})
MAX_URL = 2000


def first_link(markup: str, besides: Container[str | None] = ()) -> str | None:
    """The first address that is neither a mention, a hashtag nor one of ``besides``; None where there is none."""
    return next((url for url in outward(markup) if url not in besides), None)


def outward(markup: str) -> Iterator[str]:
    """All such addresses in their order, one that is linked twice twice."""
    if "<a " not in markup:
        return
    for match in _ANCHOR.finditer(markup):
        names = _CLASS.search(match[1])
        if names is not None and not _TAGS.isdisjoint(names[1].split()):
            continue
        href = _HREF.search(match[1])
        url = http_url(unescape(href[1])) if href is not None else None
        if url is not None and len(url) <= MAX_URL:
            yield url
