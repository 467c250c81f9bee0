"""What rules would have done to the posts of the last days: hits, authors, examples, and what was decided anyhow.

Nothing is written. ``steps`` says what it wants to read, piece by piece, and never holds more than a piece of the
posts: a command runs it in one unit, a page on the reader's side and in a thread of its own, beside a serving node.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from fedserver.db.queries import replay as rows
from fedserver.db.queries import ruling
from fedserver.db.queries.replay import Replayed, Writer
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.domain.moderation.conditions import Condition, conditions, inputs, phrases
from fedserver.domain.moderation.facts import Author, Pictured
from fedserver.domain.policy.document import Rule
from fedserver.kit.ids import floor_of
from fedserver.services.replay import (
    APPROXIMATE,
    DAY_MS,
    MONTH_MS,
    NEEDS,
    OF_FILES,
    OF_TEXT,
    Counts,
    ReplayedSignals,
    author_of,
    facts_of,
)
from fedserver.services.rule_signals import pictured

PIECE: Final = 5000
EXAMPLES: Final = 20
MOST_DAYS: Final = 90
MOST_POSTS: Final = 500_000
_MACHINES: Final = frozenset({"Application", "Group"})

Steps = Generator[list[Query[Any]], list[list[Any]], "Backtest"]


class Example(NamedTuple):
    """A post that a rule would have hit. ``acct``: its author; ``saw``: the signals that the rule looked at."""

    status_id: int
    uri: str
    acct: str
    saw: Mapping[str, Any]


@dataclass(slots=True)
class Outcome:
    """What one rule would have done.

    ``hits``: posts, ``local`` of them from here, by ``authors`` different people; ``busiest``: (author, hits) of those
    with the most. ``decided``: hits about which others decided something; ``taken_back``: hits about which such a
    decision was undone; ``punished``: hits by accounts about which people decided something. ``examples``: the newest,
    one an author. ``hit_ids``: all hits.
    """

    rule: Rule
    hits: int = 0
    local: int = 0
    authors: int = 0
    decided: int = 0
    taken_back: int = 0
    punished: int = 0
    busiest: list[tuple[str, int]] = field(default_factory=list)
    examples: list[Example] = field(default_factory=list)
    hit_ids: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Backtest:
    """``posts`` that were looked at, from ``since`` to ``until`` (ms); ``by_people``: decisions of people about them.

    ``approximate``: signals that a rule asked for whose values of that time nobody kept; those of today were used.
    ``cut``: there were more posts than are looked at.
    """

    since: int
    until: int
    posts: int = 0
    by_people: int = 0
    approximate: tuple[str, ...] = ()
    cut: bool = False
    outcomes: list[Outcome] = field(default_factory=list)


class _Ready(NamedTuple):
    outcome: Outcome
    bare: Condition | None
    with_media: Condition | None


def steps(rules: Sequence[Rule], now: int, days: int) -> Steps:
    """Ask rules (whatever their state) of the posts of the last ``days``. Yields queries, takes their rows."""
    since = now - min(max(days, 1), MOST_DAYS) * DAY_MS
    found = Backtest(since, now, outcomes=[Outcome(rule) for rule in rules])
    asked = frozenset(name for rule in rules for name in rule.when.signals)
    found.approximate = tuple(sorted(asked & APPROXIMATE))
    ready = [_Ready(one, *_post_conditions(one.rule)) for one in found.outcomes]
    # rates of the first posts count those of the day before
    above, below = floor_of(since - DAY_MS), floor_of(now + 1)
    people: list[Writer]
    people, decided, punished = yield [rows.writers(above, below), rows.decided(floor_of(since)), rows.punished()]
    beside = yield from _beside(asked, since)
    replay = _Replay(ready, Counts(asked, beside), people, _by_post(decided), {row[0] for row in punished})
    found.by_people = sum(1 for _, source, stands, _ in decided if stands and source != "rule")
    while True:
        (posts,) = yield [rows.posts(above, below, PIECE, with_text=not asked.isdisjoint(OF_TEXT))]
        if not posts:
            break
        named = [name for name, signals in NEEDS.items() if not asked.isdisjoint(signals)]
        low, high = posts[0].id, posts[-1].id
        queries: list[Query[Any]] = [rows.of_posts(name, low, high) for name in named]
        with_files = not asked.isdisjoint(OF_FILES)
        more = yield [*queries, *([ruling.media(low, high)] if with_files else [])]
        hanging = dict(zip(named, more, strict=False))
        found.posts += replay.piece(posts, hanging, more[-1] if with_files else (), floor_of(since))
        above = high
        if found.posts >= MOST_POSTS:
            found.cut = True
            break
        if len(posts) < PIECE:
            break
    replay.finish()
    return found


def run(read: Callable[[list[Query[Any]]], list[list[Any]]], rules: Sequence[Rule], now: int, days: int) -> Backtest:
    """All of it. ``read`` gives the rows of queries: in a unit for each piece, so that a node can write between."""
    running = steps(rules, now, days)
    wanted = next(running)
    while True:
        try:
            wanted = running.send(read(wanted))
        except StopIteration as end:
            found: Backtest = end.value
            return found


def read_in(unit: Unit, queries: list[Query[Any]]) -> list[list[Any]]:
    """``read`` of a unit."""
    return [unit.all(query) for query in queries]


def _post_conditions(rule: Rule) -> tuple[Condition | None, Condition | None]:
    made = conditions(rule.when)
    return made.get(("post", False)), made.get(("post", True))


def _beside(asked: frozenset[str], since: int) -> Generator[list[Query[Any]], list[list[Any]], dict[str, list[Any]]]:
    names = [name for name in rows.BESIDE if name in asked]
    if not names:
        return {}
    read = yield [rows.beside(name, floor_of(since - MONTH_MS)) for name in names]
    return dict(zip(names, read, strict=True))


def _by_post(decided: Iterable[Sequence[Any]]) -> dict[int, list[tuple[bool, str]]]:
    found: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    for status_id, _, stands, rule_id in decided:
        found[status_id].append((bool(stands), rule_id))
    return found


class _Replay:
    """The posts that run past, and the rules that look at them."""

    def __init__(
        self,
        ready: Sequence[_Ready],
        counts: Counts,
        people: Iterable[Writer],
        decided: Mapping[int, Sequence[tuple[bool, str]]],
        punished: set[int],
    ) -> None:
        self._ready, self._counts, self._decided, self._punished = ready, counts, decided, punished
        self._phrases = phrases(one.outcome.rule.when for one in ready)
        people = list(people)
        self._people: dict[int, Author] = {row.id: author_of(row) for row in people}
        self._machines = {row.id for row in people if not row.domain and row.actor_type in _MACHINES}
        self._hits: list[Counter[int]] = [Counter() for _ in ready]

    def piece(
        self,
        posts: Sequence[Replayed],
        hanging: Mapping[str, Sequence[Sequence[Any]]],
        files: Sequence[ruling.MediaRow],
        low: int,
    ) -> int:
        """Look at a piece of the posts; how many of them are of the time that is asked for."""
        tags, mentions, known, bad = (_grouped(hanging.get(name, ())) for name in ("tags", "mentions", "known", "bad"))
        media: dict[int, list[Pictured]] = defaultdict(list)
        for row in files:
            media[row.status_id].append(pictured(row))
        looked = 0
        for post in posts:
            author = self._people.get(post.account_id)
            if author is None or post.account_id in self._machines:
                continue
            facts = facts_of(
                post, author, tags.get(post.id, ()), mentions.get(post.id, ()), media.get(post.id, ()), self._phrases
            )
            facts.known_bad = post.id in bad
            words = self._counts.pass_by(facts)
            if post.id < low:
                continue
            looked += 1
            signals = ReplayedSignals(facts, self._counts, known.get(post.id, ()), words)
            for i, one in enumerate(self._ready):
                condition = one.with_media if post.with_media else one.bare
                if condition is not None and condition.run(signals):
                    self._hit(i, post, author, inputs(condition, signals))
        return looked

    def _hit(self, i: int, post: Replayed, author: Author, saw: Mapping[str, Any]) -> None:
        outcome, hits = self._ready[i].outcome, self._hits[i]
        outcome.hits += 1
        outcome.hit_ids.append(post.id)
        outcome.local += not author.domain
        outcome.punished += post.account_id in self._punished
        others = [stands for stands, rule_id in self._decided.get(post.id, ()) if rule_id != outcome.rule.id]
        outcome.decided += any(others)
        outcome.taken_back += any(not stands for stands in others)
        hits[post.account_id] += 1
        # the newest of each author
        acct = _acct(author)
        examples = outcome.examples
        examples[:] = [each for each in examples if each.acct != acct][-(EXAMPLES - 1) :]
        examples.append(Example(post.id, post.uri, acct, saw))

    def finish(self) -> None:
        """Who was hit most."""
        for one, hits in zip(self._ready, self._hits, strict=True):
            one.outcome.authors = len(hits)
            one.outcome.busiest = [(_acct(self._people[each]), number) for each, number in hits.most_common(10)]


def _acct(author: Author) -> str:
    return f"{author.name}@{author.domain}" if author.domain else author.name


def _grouped(found: Iterable[Sequence[Any]]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for status_id, value, *_ in found:
        grouped[status_id].append(value)
    return grouped
