"""A feed that belongs to one reader: the table of a feed by itself, with the sets that its formulas name.

    title = "From people I know"
    from = ["home", "list"]
    lists = ["Painters"]
    score = "log1p(likes_people) + 2*tags_followed - (3 if seen else 0)"

It has nobody's name, no signature and no actor. Limits are narrower than those of a community's: it is put in order for
one person alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any, Final, NamedTuple

from fedserver.domain.policy.canonical import plain_feed
from fedserver.domain.policy.document import DAY_MS, OWN_SOURCES, Document, Feed
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.fields import Fields
from fedserver.domain.policy.formula import Formula
from fedserver.domain.policy.read import feed_of, sets_of, toml_of
from fedserver.domain.policy.values import Sets
from fedserver.domain.policy.write import values_toml
from fedserver.kit.i18n import lazy
from protocol import jcs

MAX_BYTES: Final = 16 * 1024
MAX_AGE: Final = "30d"
MAX_LENGTH: Final = 400
_MAX_AGE_MS: Final = 30 * DAY_MS
_MAX_WORDS: Final = 1000
_NAME: Final = "own"
KEYS: Final = (
    *("title", "about", "from", "tags", "accounts", "lists", "max_age", "where", "score", "max_per_author"),
    *("diversity", "length", "language", "sets"),
)


class OwnFeed(NamedTuple):
    """``sets``: the words that its formulas may name."""

    feed: Feed
    sets: Sets


def read_own(text: str) -> OwnFeed:
    """From TOML. Raises ``DocumentError``."""
    return own_from(toml_of(text, MAX_BYTES))


def own_from(table: Any) -> OwnFeed:
    """From the values of TOML, JSON or a form. Raises ``DocumentError``."""
    fields = Fields("", table, KEYS)
    sets = sets_of(fields.table.get("sets", {}))
    if sum(len(words) for words in sets.values()) > _MAX_WORDS:
        raise fields.wrong("sets", lazy("at most %(n)d words in all", n=_MAX_WORDS))
    language = fields.language("language", "en")
    feed = feed_of(_NAME, fields, language, sets, OWN_SOURCES, ("home",), longest=MAX_AGE, most=MAX_LENGTH)
    return OwnFeed(feed, sets)


def own_plain(own: OwnFeed) -> dict[str, Any]:
    """The values of JSON and TOML."""
    values = plain_feed(own.feed)
    return {**values, "sets": {name: sorted(words) for name, words in own.sets.items()}} if own.sets else values


def own_toml(own: OwnFeed) -> str:
    """As its reader reads and changes it."""
    return values_toml(own_plain(own))


def hash_of(own: OwnFeed) -> str:
    """Two that say the same have the same."""
    return hashlib.sha256(jcs.canonicalise(own_plain(own))).hexdigest()


def forked(document: Document, feed: Feed) -> OwnFeed:
    """A community's feed as a reader's own, with the sets that it names. What is more than a reader may ask for is
    cut."""
    texts = [one.text for one in (feed.score, feed.where) if isinstance(one, Formula)]
    sets = {name: words for name, words in document.sets.items() if any(f"sets.{name}" in text for text in texts)}
    feed = replace(
        feed,
        id=_NAME,
        max_age_ms=min(feed.max_age_ms, _MAX_AGE_MS),
        length=min(feed.length, MAX_LENGTH),
        boosts_per_hour=0,
    )
    return OwnFeed(feed, sets)


def with_lists(own: OwnFeed, ids: tuple[str, ...]) -> OwnFeed:
    """With other lists."""
    return own._replace(feed=replace(own.feed, lists=ids))


def problem(error: DocumentError) -> dict[str, Any]:
    """What is wrong, as apps get it: where, in words, the column and the line with a mark below the place."""
    return {
        "where": error.where,
        "message": str(error.message),
        "column": error.column,
        "pointed": error.detail or None,
    }
