"""The values of profile fields: typed text to HTML, and the link that a verification looks at."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from fedserver.domain.text.characters import contained
from fedserver.domain.text.clean import clean, to_text
from fedserver.domain.text.compose import MentionMap, link, prepare, to_html
from fedserver.domain.text.scan import extract

_REL_ME = "nofollow noopener me"
_MAX_VALUE = 2048
_HREF = re.compile(r'<a href="([^"]*)"')


def field_html(value: str, mentions: MentionMap, tag_url: Callable[[str], str]) -> str:
    """A value's markup, one line. A value that is a URL becomes a `rel="me"` link whose text is that whole URL.

    A URL with a user part (`https://good.test@evil.test`) is no link at all: its shown host would not be its host.
    """
    line = " ".join(prepare(value[:_MAX_VALUE]).split())
    urls = extract(line).urls
    if len(urls) == 1 and urls[0].url == line:
        return link(line, rel=_REL_ME)
    markup = to_html(line, mentions, tag_url)
    return markup.removeprefix("<p>").removesuffix("</p>")


def field_url(value_html: str) -> str | None:
    """The URL of a value that is nothing but one link to itself: only then may it be shown as verified."""
    markup = clean(value_html)
    hrefs = _HREF.findall(markup)
    if len(hrefs) != 1:
        return None
    href = unescape(hrefs[0])
    shown = to_text(markup)
    return href if shown.rstrip("/") in (href.rstrip("/"), contained(href).partition("://")[2].rstrip("/")) else None
