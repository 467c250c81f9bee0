"""What people type, as it is shown: mentions of accounts known here, tags, links."""

from __future__ import annotations

from dataclasses import dataclass

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.text import compose, scan
from fedserver.domain.text.names import normalise_hashtag


@dataclass(frozen=True, slots=True)
class Composed:
    """Text as HTML, with whom and what it names."""

    html: str
    mentioned: tuple[Account, ...]
    tags: tuple[str, ...]


def mention_map(unit: Unit, text: str) -> tuple[compose.MentionMap, tuple[Account, ...]]:
    """The mentions that are known here; the others stay text (the door resolved what it could before the unit)."""
    wanted: dict[tuple[str, str | None], str] = {}
    for mention in scan.extract(text).mentions:
        local = mention.domain in (None, unit.site.domain)
        pair = (mention.username.lower(), mention.domain)
        wanted[pair] = accounts.handle_key(mention.username, "" if local else mention.domain or "")
    rows = unit.all(accounts.by_handles(list(wanted.values()))) if wanted else []
    by_key = {accounts.handle_key(r.username, r.domain): r for r in rows if r.active}
    resolved = {
        pair: compose.Mentioned(by_key[key].url or by_key[key].uri, by_key[key].username, by_key[key].domain or None)
        for pair, key in wanted.items()
        if key in by_key
    }
    return resolved, tuple(by_key.values())


def compose_text(unit: Unit, text: str) -> Composed:
    """Plain text -> HTML."""
    resolved, mentioned = mention_map(unit, text)
    html = compose.to_html(text, resolved, lambda name: tag_page(unit, name))
    names = (normalise_hashtag(tag.name) for tag in scan.extract(text).hashtags)
    return Composed(html, mentioned, tuple(dict.fromkeys(name for name in names if name)))


def tag_page(unit: Unit, name: str) -> str:
    """The page of a hashtag as typed."""
    return uris.tag_page(unit.site, normalise_hashtag(name) or name)
