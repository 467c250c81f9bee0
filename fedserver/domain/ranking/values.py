"""What ranking takes and gives, without NumPy: whoever only passes it on need not import that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.formula import Formula, Term
from fedserver.domain.policy.signals import Signal
from fedserver.domain.policy.values import tidy


class Gathered(NamedTuple):
    """Candidates, a row a post: ids, authors, groups of near-duplicates (-1: none), raw signals by name.

    Signals that nobody gathered are not in ``signals`` and have their neutral value. ``likes``: pairs of (row, person)
    that ``liked_across`` is still to be worked out from; ``feed.completed`` does that and forgets them.
    """

    ids: Sequence[int]
    authors: Sequence[int]
    groups: Sequence[int]
    tags: Sequence[Sequence[str]]
    signals: Mapping[str, Sequence[Any]]
    likes: Sequence[tuple[int, int]] | None = None


class Place(NamedTuple):
    """``row`` of the post; ``by_score``: which place its score alone would give it, from 1.

    ``likeness`` to the nearest post above, 0 to 1. ``waited``: it stood aside because its author had places enough,
    until others had theirs or nobody else was left.
    """

    row: int
    by_score: int
    likeness: float
    waited: bool


class Ranked(NamedTuple):
    """A place in a feed: the post, its score, the signals that its formulas asked for, and how the place came about."""

    status_id: int
    score: float
    signals: dict[str, Any]
    place: Place


def needed(feed: Feed) -> dict[str, Signal]:
    """The signals that a feed asks for."""
    return {**feed.score.signals, **(feed.where.signals if feed.where else {})}


def explain(score: Formula, signals: Mapping[str, Any]) -> tuple[Term, ...]:
    """What each term of the score added for one post."""
    return score.terms({name: tidy(signals[name], signal.kind) for name, signal in score.signals.items()})
