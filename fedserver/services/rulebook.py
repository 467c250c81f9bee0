"""The rules that hold, made ready: read at most once a second in each process, compiled once for each document.

Where nothing changes, a post costs one look into ``Unit.kept``. Other processes of the node hear of a new version
within ``KEEP_MS``; the one that put it in force at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from fedserver.db.unit import Unit
from fedserver.domain.moderation.conditions import EVENTS, WITH_POST, Condition, conditions, phrases
from fedserver.domain.policy.formula import Formula
from fedserver.services import emergency
from fedserver.services.packs import EffectiveRule, effective_rules

KEY: Final = "rulebook"
KEEP_MS: Final = 1000
_KEPT: Final = 8
_KEPT_RULES: Final = 2000


class Running(NamedTuple):
    """A rule and its condition for one kind of event."""

    rule: EffectiveRule
    condition: Condition


class Book(NamedTuple):
    """``rules``: those that are asked, by event and whether there are media, in their order. ``ids``: all of them.
    ``phrases``: those that one looks for (``conditions.phrases``). ``prints``: whether one asks for copies."""

    rules: Mapping[tuple[str, bool], Sequence[Running]]
    phrases: Mapping[str, tuple[int, ...]]
    prints: bool
    ids: frozenset[str]

    def of(self, event: str, *, with_media: bool = False) -> Sequence[Running]:
        """The rules that may hold for an event."""
        return self.rules[event, with_media]


class _Kept(NamedTuple):
    book: Book
    read_at: int


_books: dict[tuple[tuple[str, str, str], ...], Book] = {}
_conditions: dict[tuple[str, str], Mapping[tuple[str, bool], Condition]] = {}


def book(unit: Unit) -> Book:
    """The rules that hold."""
    kept: _Kept | None = unit.kept.get(KEY)
    if kept is not None and 0 <= unit.now - kept.read_at < KEEP_MS:
        return kept.book
    found = compiled((*emergency.rules(unit), *effective_rules(unit)))
    unit.kept[KEY] = _Kept(found, unit.now)
    return found


def forget(unit: Unit) -> None:
    """Another version holds: this process reads it anew."""
    unit.kept.pop(KEY, None)


def compiled(rules: Sequence[EffectiveRule]) -> Book:
    """The rules, ready to be asked. What is compiled is kept."""
    key = tuple((one.policy_hash, one.rule.id, one.mode) for one in rules)
    known = _books.get(key)
    if known is None:
        known = _compile(rules)
        while len(_books) >= _KEPT:
            _books.pop(next(iter(_books)), None)
        _books[key] = known
    return known


def _compile(rules: Sequence[EffectiveRule]) -> Book:
    ready = [(one, _of(one.policy_hash, one.rule.id, one.rule.when)) for one in rules]
    found: dict[tuple[str, bool], tuple[Running, ...]] = {}
    for event in EVENTS:
        for with_media in (False, True):
            at = (event, with_media and event in WITH_POST)
            found[event, with_media] = tuple(Running(one, each[at]) for one, each in ready if at in each)
    return Book(
        found,
        phrases(one.rule.when for one in rules),
        any("post.copies_24h" in one.rule.when.signals for one in rules),
        frozenset(one.rule.id for one in rules),
    )


def _of(digest: str, rule_id: str, formula: Formula) -> Mapping[tuple[str, bool], Condition]:
    known = _conditions.get((digest, rule_id))
    if known is None:
        known = conditions(formula)
        while len(_conditions) >= _KEPT_RULES:
            _conditions.pop(next(iter(_conditions)), None)
        _conditions[digest, rule_id] = known
    return known
