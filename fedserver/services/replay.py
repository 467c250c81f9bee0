"""The signals of rules as they were when posts came, for backtests: posts run past in order, and windows are counted.

The same ``Facts`` as in a running node, the same functions for what follows from them; only counting differs, since
what came later must not count. What nobody wrote down cannot be had any more: ``APPROXIMATE`` names the signals that
are as they are today.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from fedserver.db.queries.replay import Replayed, Writer
from fedserver.domain.moderation.facts import (
    OF_AUTHOR,
    OF_MEDIA,
    OF_POST,
    Author,
    Facts,
    Pictured,
    Post,
    same_words,
    trust,
)
from fedserver.kit.ids import floor_of, time_of
from fedserver.services.rule_signals import TIDY

HOUR_MS: Final = 3600 * 1000
DAY_MS: Final = 24 * HOUR_MS
MONTH_MS: Final = 30 * DAY_MS
# as they are now, or unknown: when a post came is not kept, only when it was published
APPROXIMATE: Final = frozenset(
    {"author.followers", "author.following", "author.posts", "author.trust", "author.bot", "author.locked"}
    | {"author.has_picture", "author.has_note", "author.local_followers", "author.strikes", "post.age_h"}
    | {"relation.follows", "post.followers_mentioned", "post.known_bad"}
)
# what hangs on posts -> the signals that need it
NEEDS: Final[Mapping[str, frozenset[str]]] = {
    "tags": frozenset({"post.tags"}),
    "mentions": frozenset({"post.mentions", "author.mentions_24h"}),
    "known": frozenset({"post.followers_mentioned", "relation.follows"}),
    "bad": frozenset({"post.known_bad"}),
}
OF_TEXT: Final = frozenset({"post.text", "post.text_length", "post.links", "post.links_to", "post.copies_24h"})
OF_FILES: Final = frozenset({*OF_MEDIA, "author.images_24h", "post.variations_24h"})
PLAIN: Final = {**OF_AUTHOR, **OF_POST, **OF_MEDIA}
_TEAM: Final = frozenset({"owner", "admin", "moderator"})


class Window:
    """How much of something there was in the time before a moment, by key. Moments never go back."""

    __slots__ = ("_length", "_seen", "_sums")

    def __init__(self, length_ms: int) -> None:
        self._length = length_ms
        self._seen: dict[Any, deque[tuple[int, int]]] = defaultdict(deque)
        self._sums: dict[Any, int] = defaultdict(int)

    def add(self, key: Any, at: int, amount: int = 1) -> None:
        """So much more of it."""
        self._seen[key].append((at, amount))
        self._sums[key] += amount

    def count(self, key: Any, now: int) -> int:
        """How much there was since the beginning of the window."""
        seen = self._seen.get(key)
        if seen is None:
            return 0
        while seen and seen[0][0] < now - self._length:
            self._sums[key] -= seen.popleft()[1]
        return self._sums[key]


class People:
    """How many different others there were in a window, by key."""

    __slots__ = ("_length", "_seen")

    def __init__(self, length_ms: int) -> None:
        self._length = length_ms
        self._seen: dict[Any, deque[tuple[int, int]]] = defaultdict(deque)

    def add(self, key: Any, at: int, others: Iterable[int]) -> None:
        """These, too."""
        self._seen[key].extend((at, other) for other in others)

    def count(self, key: Any, now: int) -> int:
        """How many different ones."""
        seen = self._seen.get(key)
        if seen is None:
            return 0
        while seen and seen[0][0] < now - self._length:
            seen.popleft()
        return len({other for _, other in seen})


class History:
    """What happened beside the posts, from rows (whose, id, ...) in the order of ids."""

    __slots__ = ("_ids", "_more")

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self._ids: dict[Any, list[int]] = defaultdict(list)
        self._more: dict[Any, list[Any]] = defaultdict(list)
        for key, id_, *more in rows:
            self._ids[key].append(id_)
            self._more[key].append(more[0] if more else None)

    def _between(self, key: Any, low: int, high: int) -> tuple[int, int]:
        ids = self._ids.get(key, [])
        return bisect_left(ids, low), bisect_right(ids, high)

    def count(self, key: Any, now: int, length_ms: int | None = None) -> int:
        """How often until now, or in the time before it."""
        first, last = self._between(key, 0 if length_ms is None else floor_of(now - length_ms), floor_of(now + 1))
        return last - first

    def different(self, key: Any, now: int, length_ms: int) -> int:
        """How many different others in the time before now."""
        first, last = self._between(key, floor_of(now - length_ms), floor_of(now + 1))
        return len(set(self._more[key][first:last])) if last > first else 0

    def open(self, key: Any, now: int) -> int:
        """How many were there and not over yet: the third column is when they ended."""
        _, last = self._between(key, 0, floor_of(now + 1))
        return sum(1 for end in self._more[key][:last] if end is None or end > now) if last else 0


class Counts:
    """Everything that is counted while posts run past. ``asked``: the signals that rules ask for; ``beside``: the
    histories that were read, by signal."""

    def __init__(self, asked: frozenset[str], beside: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        self.posts, self.images, self.copies = Window(DAY_MS), Window(DAY_MS), Window(DAY_MS)
        self.servers, self.groups, self.named = Window(HOUR_MS), Window(DAY_MS), People(DAY_MS)
        self.since = {row[0]: row[1] for row in beside.get("server.age_days", ())}
        self.beside = {name: History(rows) for name, rows in beside.items() if name != "server.age_days"}
        self._passes = [run for name, run in self._each().items() if name in asked]
        self._prints = "post.copies_24h" in asked

    def _each(self) -> dict[str, Callable[[Facts, Post], None]]:
        return {
            "author.posts_24h": lambda facts, post: self.posts.add(facts.author.id, facts.now),
            "author.images_24h": self._pictures,
            "author.mentions_24h": lambda facts, post: self.named.add(facts.author.id, facts.now, post.mentioned),
            "server.posts_1h": lambda facts, post: self.servers.add(facts.author.domain, facts.now),
            "post.variations_24h": self._variations,
        }

    def _pictures(self, facts: Facts, post: Post) -> None:
        pictures = sum(1 for one in post.media or () if one.kind == "image")
        if pictures:
            self.images.add(facts.author.id, facts.now, pictures)

    def _variations(self, facts: Facts, post: Post) -> None:
        for group in {one.group_id for one in post.media or () if one.group_id is not None}:
            self.groups.add(group, facts.now)

    def pass_by(self, facts: Facts) -> str | None:
        """A post comes, which its own rates count too; its words, where copies are asked for."""
        assert facts.post is not None
        for run in self._passes:
            run(facts, facts.post)
        words = same_words(facts) if self._prints else None
        if words is not None:
            self.copies.add(words, facts.now)
        return words


class ReplayedSignals(dict[str, Any]):
    """The signals of one post as they were, by name."""

    __slots__ = ("_counts", "_facts", "_known", "_words")

    def __init__(self, facts: Facts, counts: Counts, known: Sequence[int], words: str | None) -> None:
        super().__init__()
        self._facts, self._counts, self._known, self._words = facts, counts, known, words

    def __missing__(self, name: str) -> Any:
        make = PLAIN.get(name)
        found = make(self._facts) if make is not None else COUNTED[name](self)
        value = self[name] = TIDY[name](found)
        return value

    @property
    def author(self) -> Author:
        return self._facts.author

    @property
    def post(self) -> Post:
        post = self._facts.post
        assert post is not None
        return post

    def history(self, name: str, key: Any, length_ms: int | None = None) -> int:
        """A count of what happened beside the posts."""
        return self._counts.beside[name].count(key, self._facts.now, length_ms)

    def window(self, window: Window | People, key: Any) -> int:
        """A count of what the posts themselves are."""
        return window.count(key, self._facts.now)


def _server_age(one: ReplayedSignals) -> float:
    since = one._counts.since.get(one.author.domain)
    return max(0, one._facts.now - time_of(since)) / DAY_MS if since is not None else 0.0


def _variations(one: ReplayedSignals) -> int:
    groups = {each.group_id for each in one.post.media or () if each.group_id is not None}
    return max((one.window(one._counts.groups, each) for each in groups), default=int(one.post.has_media))


COUNTED: Final[Mapping[str, Callable[[ReplayedSignals], Any]]] = {
    "author.trust": lambda one: trust(one.author, one._facts.now),
    "author.posts_24h": lambda one: one.window(one._counts.posts, one.author.id),
    "author.images_24h": lambda one: one.window(one._counts.images, one.author.id),
    "author.mentions_24h": lambda one: one.window(one._counts.named, one.author.id),
    "author.follows_24h": lambda one: one.history("author.follows_24h", one.author.id, DAY_MS),
    "author.reports_30d": lambda one: one._counts.beside["author.reports_30d"].different(
        one.author.id, one._facts.now, MONTH_MS
    ),
    "author.strikes": lambda one: one.history("author.strikes", one.author.id),
    "author.local_followers": lambda one: one.history("author.local_followers", one.author.id),
    "server.age_days": _server_age,
    "server.accounts": lambda one: one.history("server.accounts", one.author.domain),
    "server.posts_1h": lambda one: one.window(one._counts.servers, one.author.domain) if one.author.domain else 0,
    "server.reports_30d": lambda one: one.history("server.reports_30d", one.author.domain, MONTH_MS),
    "post.followers_mentioned": lambda one: len(one._known),
    "post.copies_24h": lambda one: max(1, one.window(one._counts.copies, one._words)) if one._words is not None else 1,
    "post.variations_24h": _variations,
    "post.known_bad": lambda one: bool(one._facts.known_bad),
    "relation.follows": lambda one: any(one._known),
    "relation.replied": lambda one: bool(one.post.answers_local),
    "community.reports_open": lambda one: one._counts.beside["community.reports_open"].open(1, one._facts.now),
    "community.joined_1h": lambda one: one.history("community.joined_1h", 1, HOUR_MS),
}


def author_of(row: Writer) -> Author:
    """An author as rules see them."""
    return Author(
        row.id,
        row.username,
        row.domain,
        row.followers,
        row.following,
        row.posts,
        bool(row.bot),
        bool(row.locked),
        bool(row.has_picture),
        bool(row.has_note),
        row.trust,
        not row.domain and (row.role or "") in _TEAM,
    )


def facts_of(
    row: Replayed,
    author: Author,
    tags: Sequence[str],
    mentioned: Sequence[int],
    media: Sequence[Pictured],
    phrases: Mapping[str, tuple[int, ...]],
) -> Facts:
    """A post as rules see it, at the time when it was published."""
    post = Post(
        row.id,
        row.created_at,
        row.visibility,
        row.content,
        row.spoiler,
        bool(row.sensitive),
        row.language,
        row.object_type == "Question",
        bool(row.is_reply),
        bool(row.quoting),
        bool(row.answers_local),
        row.answered_id,
        tags,
        mentioned,
        (),
        bool(row.with_media),
        media,
    )
    return Facts("post", time_of(row.id), author, post, phrases)
