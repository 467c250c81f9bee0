"""What a community writes down: how its feeds are ordered, what it expects, what its rules do, who may change it.

Frozen values, made by ``read`` alone, so every formula in them has been read and found good. Times are milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fedserver.domain.policy.formula import Formula

SECOND_MS: Final = 1000
DAY_MS: Final = 24 * 3600 * SECOND_MS

SOURCES: Final = ("home", "local", "federated", "tags", "accounts")
# a reader's own feeds know the reader's lists besides; to a community they are nobody else's business
OWN_SOURCES: Final = ("home", "list", "local", "federated", "tags", "accounts")
ACTIONS: Final = (
    *("label", "blur", "warn", "mark-sensitive", "unlist", "limit", "hold"),
    *("strip-media", "reject", "remove", "notify-moderators"),
)
STATES: Final = ("draft", "shadow", "live")
DECIDERS: Final = ("owner", "moderator", "two-moderators", "vote")
MODES: Final = ("advise", "shadow", "enforce")

# texts by language, such as {"en": "...", "fr": "..."}
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PerAuthor:
    """At most ``posts`` of one author among any ``in_top`` in a row, as long as there is somebody else."""

    posts: int = 2
    in_top: int = 20


@dataclass(frozen=True, slots=True)
class Feed:
    """A way to order posts.

    ``sources``: where its candidates come from; ``tags`` and ``accounts`` name those of the sources of that name, and
    ``lists`` (ids, only in a reader's own feed) those of the source ``list``.
    ``diversity``: 0 (by score alone) to 1: how much a post loses that is like one above it. ``boosts_per_hour``: how
    many of its first posts its actor boosts for followers elsewhere.
    """

    id: str
    title: Texts
    about: Texts
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    accounts: tuple[str, ...]
    max_age_ms: int
    where: Formula | None
    score: Formula
    per_author: PerAuthor | None
    diversity: float
    length: int
    boosts_per_hour: int
    lists: tuple[str, ...] = ()

    @property
    def personal(self) -> bool:
        """Whether it differs from reader to reader: then it is nobody's actor and no public page."""
        asks = self.score.personal or (self.where is not None and self.where.personal)
        return asks or "home" in self.sources or "list" in self.sources


@dataclass(frozen=True, slots=True)
class Norm:
    """What people are asked, in words."""

    id: str
    text: Texts
    hint: Texts


@dataclass(frozen=True, slots=True)
class Rule:
    """What follows when. ``because`` is what the person reads whom it hits; ``expires`` the last day, ISO 8601."""

    id: str
    norm: str
    when: Formula
    do: str
    label: str
    because: Texts
    appeal_ms: int
    state: str
    expires: str | None


@dataclass(frozen=True, slots=True)
class Vote:
    """``quorum`` and ``majority`` are shares; members of less than ``member_for_ms`` have no ballot."""

    quorum: float = 0.2
    majority: float = 0.5
    period_ms: int = 7 * DAY_MS
    member_for_ms: int = 30 * DAY_MS


@dataclass(frozen=True, slots=True)
class Procedure:
    """Who may change feeds, rules, and everything else (this procedure too)."""

    feeds: str = "owner"
    rules: str = "owner"
    document: str = "owner"
    vote: Vote = Vote()


@dataclass(frozen=True, slots=True)
class Document:
    """One version. ``parent``: the hash of the version or of the other community's document that it came from.

    ``language`` is that of texts which were written without naming one. ``trends``: the feed that apps get as popular
    posts, '' for what the node finds popular by itself.
    """

    name: str
    language: str
    version: int
    parent: str | None
    default_feed: str
    trends: str
    about: Texts
    terms: Texts
    sets: Mapping[str, frozenset[str]]
    feeds: tuple[Feed, ...]
    norms: tuple[Norm, ...]
    rules: tuple[Rule, ...]
    procedure: Procedure

    def feed(self, feed_id: str) -> Feed | None:
        """The feed of this id."""
        return next((feed for feed in self.feeds if feed.id == feed_id), None)


def in_language(texts: Texts, *wanted: str) -> str:
    """The text in the first of the languages that there is, else in the one that was written first; '' without any."""
    for language in wanted:
        if language in texts:
            return texts[language]
    return next(iter(texts.values()), "")
