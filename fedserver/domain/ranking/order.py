"""From scores to places: equals by time, no author too often, what is alike not in a row.

How often an author may be there spreads authors and ends no feed: where nobody else is left, who is there least often
has the next place.

Maximal marginal relevance: each place goes to the post with the most of ``(1 - d) * score - d * likeness``, where the
score runs from 0 to 1 among those that are considered and the likeness is that to the nearest post above. Source:
Carbonell and Goldstein, SIGIR 1998.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from fedserver.domain.policy.arrays import Ragged
from fedserver.domain.policy.document import PerAuthor
from fedserver.domain.ranking.values import Place

# how many posts are considered for each place that is given
POOL: Final = 4
SAME_AUTHOR: Final = 0.3


class Traits(NamedTuple):
    """What likeness is judged by, a row a post: author, group of near-duplicates (-1: none), tags."""

    authors: Any
    groups: Any
    tags: Ragged


def places(
    scores: Any, keep: Any, newest: Any, traits: Traits, length: int, per_author: PerAuthor | None, diversity: float
) -> list[Place]:
    """The posts of the first places in order. ``keep``: which take part; ``newest``: ids, of which higher ones win."""
    (taking,) = np.nonzero(keep)
    order = taking[np.lexsort((-newest[taking], -scores[taking]))]
    if per_author is None and diversity == 0:
        return [Place(int(index), i + 1, 0.0, False) for i, index in enumerate(order[:length])]
    standing = _considered(traits.authors[order], length, per_author)
    return _greedy(order, standing, scores[order[standing]], traits, length, per_author, diversity)


def _considered(authors: Any, length: int, per_author: PerAuthor | None) -> Any:
    """Which places by score are considered: the first ones, but of each author those alone that can have one as long as
    there is somebody else, so that whoever wrote most does not leave everybody else out of sight."""
    count = min(length * POOL, len(authors))
    if per_author is None:
        return np.arange(count)
    together = np.argsort(authors, kind="stable")
    _, first, often = np.unique(authors[together], return_index=True, return_counts=True)
    former = np.empty(len(authors), np.int64)
    former[together] = np.arange(len(authors)) - np.repeat(first, often)
    most = per_author.posts * -(-length // per_author.in_top)
    (within,), (beyond,) = np.nonzero(former < most), np.nonzero(former >= most)
    return np.sort(np.concatenate([within, beyond])[:count])


def _greedy(
    order: Any,
    standing: Any,
    scores: Any,
    traits: Traits,
    length: int,
    per_author: PerAuthor | None,
    diversity: float,
) -> list[Place]:
    order = order[standing]
    spread = float(scores.max() - scores.min()) if len(scores) else 0.0
    worth = (scores - scores.min()) / spread if spread else np.ones(len(scores))
    authors, groups = traits.authors[order], traits.groups[order]
    carried = _carried(traits.tags, order)
    sizes = carried.sum(axis=1)
    nearest = np.zeros(len(order))
    free = np.ones(len(order), bool)
    waited = np.zeros(len(order), bool)
    found: list[Place] = []
    recent: list[int] = []
    while len(found) < length and free.any():
        allowed = free
        if per_author is not None:
            window = recent[-(per_author.in_top - 1) :] if per_author.in_top > 1 else []
            aside = free & np.isin(authors, _full(window, per_author.posts))
            waited |= aside
            allowed = free & ~aside
            if not allowed.any():
                # nobody else is left: the next one of whoever has the fewest there, rather than an empty place
                fewest = min(window.count(author) for author in np.unique(authors[free]).tolist())
                allowed = free & ~np.isin(authors, _full(window, fewest + 1))
        gain = np.where(allowed, (1 - diversity) * worth - diversity * nearest, -np.inf)
        best = int(np.argmax(gain))
        found.append(Place(int(order[best]), int(standing[best]) + 1, float(nearest[best]), bool(waited[best])))
        recent.append(int(authors[best]))
        free[best] = False
        if diversity:
            nearest = np.maximum(nearest, _alike(best, authors, groups, carried, sizes))
    return found


def _full(recent: list[int], most: int) -> list[int]:
    return [author for author in set(recent) if recent.count(author) >= most]


def _alike(best: int, authors: Any, groups: Any, carried: Any, sizes: Any) -> Any:
    """Of each post to one: 1 for a near-duplicate, else the share of tags in common, and a little for the author."""
    common = carried @ carried[best]
    together = sizes + sizes[best] - common
    tags = np.where(together > 0, common / np.maximum(together, 1), 0.0)
    same = (groups == groups[best]) & (groups[best] >= 0)
    return np.maximum(np.where(same, 1.0, tags), np.where(authors == authors[best], SAME_AUTHOR, 0.0))


def _carried(tags: Ragged, order: Any) -> Any:
    """A row a post and a column a tag, of the tags that two of the posts share at least."""
    rows = [tags.codes[tags.ends[i] : tags.ends[i + 1]] for i in order]
    codes = np.concatenate(rows) if rows else np.zeros(0, np.int64)
    known, column, often = np.unique(codes, return_inverse=True, return_counts=True)
    owner = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    shared = often[column] > 1 if len(codes) else np.zeros(0, bool)
    number = np.cumsum(often > 1) - 1 if len(known) else np.zeros(0, np.int64)
    found = np.zeros((len(rows), int(np.count_nonzero(often > 1)) if len(known) else 0), np.float32)
    if found.shape[1]:
        found[owner[shared], number[column[shared]]] = 1
    return found
