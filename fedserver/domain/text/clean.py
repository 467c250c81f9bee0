"""Foreign HTML to safe HTML, or to plain text. Every output path goes through here, and nothing here ever raises.

The sanitiser is nh3 (ammonia: a real HTML5 parser, then an allow-list). What it cannot do is done around it:

* before: headings become bold paragraphs, as in Mastodon; and markup that nests without end is not parsed at all,
  because a tree builder is quadratic in depth. Such markup is shown as text.
* within: links only to http(s), classes only from the allow-list.
* after: direction characters are kept from reaching beyond the text.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import Final

import nh3

from fedserver.domain.text.characters import contained, without_controls
from protocol.activitystreams.urls import http_url

_TAGS: Final = frozenset(
    {"p", "span", "br", "a", "del", "pre", "code", "em", "strong", "b", "i", "u", "ul", "ol", "li", "blockquote"}
)
_DROPPED_WITH_CONTENT: Final = frozenset(
    {"script", "style", "title", "textarea", "noscript", "template", "math", "svg", "iframe", "object"}
)
_ATTRIBUTES: Final = {
    "a": {"href", "class", "translate"},
    "span": {"class", "translate"},
    "p": {"class"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}
_CLASSES: Final = frozenset({"mention", "hashtag", "ellipsis", "invisible", "quote-inline"})
_MICROFORMAT = re.compile(r"(?:h|p|u|dt|e)-[a-z0-9-]{1,40}")
_INTEGER = re.compile(r"-?[0-9]{1,6}")
_HEADING = re.compile(r"<(/?)h[1-6](?=[\s/>])", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_CLOSED_BY_NEXT: Final = frozenset({"p", "li", "br", "hr", "img", "input", "wbr", "meta", "link", "dd", "dt", "option"})
_MAX_OPEN: Final = 64
_MAX_LENGTH: Final = 200_000
_MAX_GROWTH: Final = 500_000


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return http_url(value)
    if name == "class":
        kept = [word for word in value.split()[:20] if word in _CLASSES or _MICROFORMAT.fullmatch(word)]
        return " ".join(kept) or None
    if name == "translate":
        return "no" if value == "no" else None
    if name in ("start", "value"):
        return value if _INTEGER.fullmatch(value) else None
    # What is left was set by the cleaner itself (target, rel), or has no value (reversed).
    return value if name in ("target", "rel") else ""


_CLEANER: Final = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED_WITH_CONTENT),
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    link_rel="nofollow noopener noreferrer",
    set_tag_attribute_values={"a": {"target": "_blank"}},
    url_schemes={"http", "https"},
    url_relative="deny",
)
_TEXT_CLEANER: Final = nh3.Cleaner(
    tags={"p", "br", "li", "blockquote", "pre", "div", "h1", "h2", "h3", "h4", "h5", "h6"},
    clean_content_tags=set(_DROPPED_WITH_CONTENT),
    attributes={},
    link_rel=None,
)
# what the cleaner makes of most posts, and leaves as it is when it gets it again: paragraphs of text, links, names of
# people, tags and cut addresses. No part of it can be read in two ways, so a text is gone through once (``++``, ``*+``)
_WORDS = r"[^<>&\r\xa0]++|&(?:amp|lt|gt|nbsp);"
_INNER = rf'<span(?: class="(?:invisible|ellipsis)")?>(?:{_WORDS})*+</span>'
_LINK = (
    r'<a href="(?:[^"<>&\s]++|&amp;)*+"(?: class="(?:u-url mention|mention hashtag|mention|hashtag)")?'
    rf' target="_blank" rel="nofollow noopener noreferrer">(?:{_WORDS}|{_INNER})*+</a>'
)
_PERSON = rf'<span class="h-card"(?: translate="no")?>{_LINK}</span>'
_LEFT_ALONE = re.compile(rf"(?:<p>(?:{_WORDS}|<br>|{_LINK}|{_PERSON})*+</p>)++")
_HREF = re.compile(r' href="([^"]*)"')
_BREAK = re.compile(r"<br>|</(?:li|div)>|<(?:p|blockquote|pre|div|h[1-6])>")
_PARAGRAPH_END = re.compile(r"</(?:p|blockquote|pre|h[1-6])>")
_ANY_TAG = re.compile(r"<[^<>]*>")
_BLANK_LINES = re.compile(r"\n{3,}")


def clean(markup: str) -> str:
    """Safe HTML of foreign HTML. Only the allowed tags, attributes, classes and links are left."""
    markup = without_controls(markup[:_MAX_LENGTH])
    return contained(markup if _clean_already(markup) else _cleaned(markup))


def _clean_already(markup: str) -> bool:
    """Whether the cleaner would give the same back, as it does for most of what it has cleaned before."""
    if _LEFT_ALONE.fullmatch(markup) is None:
        return False
    return all(http_url(address) == address for address in map(html.unescape, _HREF.findall(markup)))


def _cleaned(markup: str) -> str:
    if _nests_without_end(markup):
        return html.escape(_stripped(markup))
    if "<h" in markup or "<H" in markup:
        markup = _HEADING.sub(_bold, markup)
    cleaned = _CLEANER.clean(markup)
    if len(cleaned) > len(markup) + _MAX_GROWTH:
        return html.escape(_stripped(markup))
    return cleaned


def to_text(markup: str) -> str:
    """The plain text of HTML: paragraphs apart by an empty line, breaks as line feeds, hidden parts of links whole."""
    markup = without_controls(markup[:_MAX_LENGTH])
    if _nests_without_end(markup):
        return contained(_stripped(markup))
    cleaned = _TEXT_CLEANER.clean(markup)
    cleaned = _PARAGRAPH_END.sub("\n\n", _BREAK.sub("\n", cleaned))
    text = html.unescape(_ANY_TAG.sub("", cleaned))
    return contained(_BLANK_LINES.sub("\n\n", text).strip())


def _bold(match: re.Match[str]) -> str:
    return "</strong></p" if match[1] else "<p><strong"


def _nests_without_end(markup: str) -> bool:
    """Whether more than 64 elements of one name, or of all names together, stay open at once."""
    if markup.count("<") <= _MAX_OPEN:
        return False
    opened: Counter[str] = Counter()
    total = 0
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        if name in _CLOSED_BY_NEXT:
            continue
        if not match[1]:
            opened[name] += 1
            total += 1
            if total > _MAX_OPEN:
                return True
        elif opened[name]:
            opened[name] -= 1
            total -= 1
    return False


def _stripped(markup: str) -> str:
    """The text between tags, without a parser: everything from `<` to the next `>` goes."""
    head, *rest = markup.split("<")
    return html.unescape(head + "".join(part.partition(">")[2] for part in rest)).strip()
