"""A feed of a policy document over gathered signals: its order, and for each place what it needs to be explained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fedserver.domain.policy import arrays
from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.signals import Signal
from fedserver.domain.policy.values import Kind, tidy
from fedserver.domain.ranking.bridging import liked_across
from fedserver.domain.ranking.order import Traits, places
from fedserver.domain.ranking.values import Gathered, Ranked, needed


def completed(gathered: Gathered) -> Gathered:
    """With ``liked_across`` and ``raters`` worked out of who likes what, which is not in it any more."""
    if gathered.likes is None:
        return gathered
    pairs = np.array(gathered.likes, np.int64).reshape(-1, 2)
    across = liked_across(pairs[:, 0], pairs[:, 1], len(gathered.ids))
    found = {"liked_across": across.value.tolist(), "raters": across.raters.tolist()}
    return gathered._replace(signals={**gathered.signals, **found}, likes=None)


def rank(feed: Feed, gathered: Gathered) -> list[Ranked]:
    """The order of the feed, of what is completed. The same input gives the same order, on every machine."""
    count = len(gathered.ids)
    if count == 0:
        return []
    wanted = needed(feed)
    columns = {name: _column(gathered, name, signal, count) for name, signal in wanted.items()}
    scores = feed.score.many(columns, count)
    keep = feed.where.many(columns, count) if feed.where else np.ones(count, bool)
    traits = Traits(
        np.array(gathered.authors, np.int64),
        np.array(gathered.groups, np.int64),
        arrays.column(gathered.tags, Kind.WORDS),
    )
    newest = np.array(gathered.ids, np.int64)
    found = places(scores, keep, newest, traits, feed.length, feed.per_author, feed.diversity)
    return [
        Ranked(gathered.ids[one.row], float(scores[one.row]), _of_one(gathered, wanted, one.row), one) for one in found
    ]


def _column(gathered: Gathered, name: str, signal: Signal, count: int) -> Any:
    raw = gathered.signals.get(name)
    return arrays.column(raw if raw is not None else [signal.neutral] * count, signal.kind)


def _of_one(gathered: Gathered, wanted: Mapping[str, Signal], index: int) -> dict[str, Any]:
    return {
        name: tidy(gathered.signals[name][index], signal.kind) if name in gathered.signals else signal.neutral
        for name, signal in wanted.items()
    }
