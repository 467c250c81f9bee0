"""What a web page says of itself: OpenGraph, Twitter cards, ``title``, ``fediverse:creator``, where its oEmbed is.

The markup is foreign and may be hostile, so it is not parsed into a tree: a single pass looks at ``meta``, ``link``,
``html`` and ``title`` tags, each within a bounded window. Everything that comes out is plain text on one line, without
controls and without direction characters that reach further, or an http(s) address.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Final
from urllib.parse import urljoin

from fedserver.domain.text.characters import contained, one_line
from protocol.activitystreams.urls import http_url

MAX_TITLE: Final = 300
MAX_DESCRIPTION: Final = 1000
MAX_NAME: Final = 200
_MAX_TAGS: Final = 600
_WINDOW: Final = 6000
_TAG = re.compile(r"<(meta|link|html|title|body)(?=[\s/>])", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z][a-zA-Z0-9:_-]{0,40})\s{0,20}=\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\s"'<>=`]+))""")
_END = re.compile(r"""(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_CHARSET = re.compile(rb"""charset\s{0,5}=\s{0,5}["']?([a-zA-Z0-9_.:-]{1,40})""", re.IGNORECASE)
_CREATOR = re.compile(r"@?([A-Za-z0-9_.-]{1,100})@([A-Za-z0-9.:-]{1,255})", re.ASCII)
# these decode anything into anything, or are no texts
_TEXT_CODECS: Final = ("utf", "iso8859", "cp", "koi8", "euc", "shift", "gb", "big5", "mac", "ascii", "hz", "johab")


@dataclass(frozen=True, slots=True)
class PageHead:
    """Plain texts, '' for what the page does not say; addresses are absolute. ``published_at`` in ms."""

    title: str = ""
    description: str = ""
    language: str | None = None
    provider: str = ""
    author: str = ""
    author_url: str = ""
    image: str | None = None
    image_description: str = ""
    published_at: int | None = None
    creator: tuple[str, str] | None = None
    oembed: str | None = None


def decode(body: bytes, content_type: str) -> str:
    """The text of a page, by the charset of its header, else of its first bytes, else UTF-8. Never raises."""
    found = _CHARSET.search(content_type.encode("ascii", "ignore")) or _CHARSET.search(body[:2048])
    name = found[1].decode("ascii").lower() if found else "utf-8"
    try:
        known = codecs.lookup(name).name.replace("_", "").replace("-", "")
        if not known.startswith(_TEXT_CODECS):
            name = "utf-8"
        return body.decode(name, "replace")
    except (LookupError, UnicodeError, ValueError):
        return body.decode("utf-8", "replace")


def read_head(markup: str, url: str) -> PageHead:
    """Read a page that was found at ``url``. Never raises."""
    metas: dict[str, str] = {}
    title, language, oembed = "", None, None
    position = 0
    for _ in range(_MAX_TAGS):
        match = _TAG.search(markup, position)
        if match is None:
            break
        name, position = match[1].lower(), match.end()
        window = markup[position : position + _WINDOW]
        end = _END.match(window)
        if end is None:
            continue
        attributes = {key.lower(): unescape(a or b or c) for key, a, b, c in _ATTRIBUTE.findall(end[0])}
        if name == "title" and not title:
            title = unescape(window[end.end() : end.end() + 2000].partition("<")[0])
        elif name == "html":
            language = language or attributes.get("lang")
        elif name == "meta":
            key = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
            if attributes.get("content"):
                metas.setdefault(key.strip().lower(), attributes["content"])
        elif name == "link" and attributes.get("type", "").lower() == "application/json+oembed":
            oembed = oembed or address(attributes.get("href", ""), url)
    return _head(metas, title, language, oembed, url)


def _head(metas: dict[str, str], title: str, language: str | None, oembed: str | None, url: str) -> PageHead:
    def first(*names: str) -> str:
        return next((metas[name] for name in names if metas.get(name)), "")

    creator = _CREATOR.fullmatch(first("fediverse:creator").strip())
    author = first("author", "article:author", "og:article:author", "twitter:creator")
    return PageHead(
        title=line(first("og:title", "twitter:title") or title, MAX_TITLE),
        description=line(first("og:description", "twitter:description", "description"), MAX_DESCRIPTION),
        language=_language(first("og:locale") or language or ""),
        provider=line(first("og:site_name", "application-name"), MAX_NAME),
        author="" if http_url(author) else line(author, MAX_NAME),
        author_url=http_url(author) or "",
        image=address(
            first("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"), url
        ),
        image_description=line(first("og:image:alt", "twitter:image:alt"), MAX_DESCRIPTION),
        published_at=_time(first("article:published_time", "og:article:published_time", "datepublished")),
        creator=(creator[1], creator[2].lower()) if creator is not None else None,
        oembed=oembed,
    )


def line(text: object, longest: int) -> str:
    """Foreign text on one line: no controls, no markup of direction that reaches beyond it."""
    if not isinstance(text, str):
        return ""
    return contained(one_line(text[: longest * 4])[:longest].strip())


def address(text: object, base: str) -> str | None:
    """An absolute http(s) address, or None."""
    if not isinstance(text, str) or not text.strip() or len(text) > 2000:
        return None
    try:
        return http_url(urljoin(base, text.strip()))
    except ValueError:
        return None


def _language(text: str) -> str | None:
    code = re.split("[-_]", text.strip().lower())[0]
    return code if code.isascii() and code.isalpha() and 2 <= len(code) <= 3 else None


def _time(text: str) -> int | None:
    try:
        found = datetime.fromisoformat(text.strip())
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
