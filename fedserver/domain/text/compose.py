"""Plain text to HTML, in Mastodon's shapes (TextFormatter, 4.5), and its length as Mastodon counts it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Final, NamedTuple

from fedserver.domain.text.characters import contained, count_graphemes, without_controls
from fedserver.domain.text.scan import Entities, HashtagAt, MentionAt, UrlAt, extract

URL_LENGTH: Final = 23
_DISPLAYED: Final = 30
_REL: Final = "nofollow noopener"
_PREFIX = re.compile(r"https?://(?:www\.)?", re.IGNORECASE)
_PARAGRAPHS = re.compile(r"\n{2,}")


class Mentioned(NamedTuple):
    """An account that a mention was resolved to: its page, and its handle (`domain` None for a local one)."""

    url: str
    username: str
    domain: str | None = None


MentionMap = Mapping[tuple[str, str | None], Mentioned]
"""Resolved mentions, by username in lower case and normalised domain (None: as typed, without a domain)."""


def to_html(text: str, mentions: MentionMap, tag_url: Callable[[str], str]) -> str:
    """Markup of a post: paragraphs, line breaks, and links for URLs, hashtags and resolved mentions.

    `tag_url` gives the page of a hashtag (its name as typed). A mention that is not in the map stays text.
    """
    text = prepare(text)
    if not text:
        return ""
    found = extract(text)
    ambiguous = _ambiguous(found, mentions)
    parts: list[str] = []
    position = 0
    for entity in _in_order(found):
        markup = _markup(entity, mentions, tag_url, ambiguous)
        if markup is not None:
            parts += [escape(text[position : entity.start]), markup]
            position = entity.end
    parts.append(escape(text[position:]))
    return paragraphs("".join(parts))


def prepare(text: str) -> str:
    """What is kept of typed text: one kind of line break, no controls, no direction overrides, no outer space."""
    return contained(without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def length(text: str) -> int:
    """Characters as Mastodon counts them: a URL is 23 whatever its length, a mention counts without its domain."""
    text = text.replace("\r\n", "\n")
    found = extract(text)
    total = position = 0
    for entity in _in_order(found):
        if isinstance(entity, HashtagAt):
            continue
        total += count_graphemes(text[position : entity.start])
        total += URL_LENGTH if isinstance(entity, UrlAt) else 1 + len(entity.username)
        position = entity.end
    return total + count_graphemes(text[position:])


def paragraphs(markup: str) -> str:
    """Escaped text with line feeds as `<p>` and `<br />`."""
    return "".join(
        f"<p>{part.strip(chr(10)).replace(chr(10), '<br />')}</p>" for part in _PARAGRAPHS.split(markup) if part.strip()
    )


def link(url: str, *, rel: str = _REL) -> str:
    """A link whose text is shortened for the eye, but whole for copying: what is hidden is still there."""
    prefix_match = _PREFIX.match(url)
    prefix = prefix_match[0] if prefix_match else ""
    shown, rest = url[len(prefix) : len(prefix) + _DISPLAYED], url[len(prefix) + _DISPLAYED :]
    cut = "ellipsis" if rest else ""
    return (
        f'<a href="{escape(url)}" target="_blank" rel="{rel}" translate="no">'
        f'<span class="invisible">{escape(prefix)}</span><span class="{cut}">{escape(shown)}</span>'
        f'<span class="invisible">{escape(rest)}</span></a>'
    )


def _in_order(found: Entities) -> list[MentionAt | HashtagAt | UrlAt]:
    entities: list[MentionAt | HashtagAt | UrlAt] = [*found.mentions, *found.hashtags, *found.urls]
    return sorted(entities, key=lambda entity: entity.start)


def _markup(
    entity: MentionAt | HashtagAt | UrlAt,
    mentions: MentionMap,
    tag_url: Callable[[str], str],
    ambiguous: frozenset[str],
) -> str | None:
    if isinstance(entity, UrlAt):
        return link(entity.url)
    if isinstance(entity, HashtagAt):
        href = escape(tag_url(entity.name))
        return f'<a href="{href}" class="mention hashtag" rel="tag">#<span>{escape(entity.name)}</span></a>'
    account = mentions.get((entity.username.lower(), entity.domain))
    if account is None:
        return None
    name = account.username
    if account.domain is not None and name.lower() in ambiguous:
        name = f"{name}@{account.domain}"
    return (
        f'<span class="h-card" translate="no"><a href="{escape(account.url)}" class="u-url mention">'
        f"@<span>{escape(name)}</span></a></span>"
    )


def _ambiguous(found: Entities, mentions: MentionMap) -> frozenset[str]:
    """Usernames that stand for more than one account in this text: they are shown with their domains."""
    accounts = {account for at in found.mentions if (account := mentions.get((at.username.lower(), at.domain)))}
    names = [account.username.lower() for account in accounts]
    return frozenset(name for name in names if names.count(name) > 1)
