"""Liked across groups: what people like who usually like different things.

Likes alone are asked, no opinions: people who like the same posts stand near each other. The direction in which they
differ most is the first axis of a correspondence analysis of who liked what; its two ends are two groups. A post is
liked across when both groups like it, so the less sure of the two shares counts (the lower bound of Wilson, as few
likes say little), as part of what the best posts of the same day reach.

The groups live as long as this function runs. They are not stored, not shown, and nobody has one.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from fedserver.domain.policy.arrays import TWINS

LEAST_RATERS: Final = 5
# who liked a single thing says nothing about what people have in common
LEAST_LIKES: Final = 2
_STEPS: Final = 40
_BEST: Final = 0.95


class Across(NamedTuple):
    """By post: ``value`` from 0 to 1, ``raters`` whose likes could be used. ``known``: there were two groups at all."""

    value: Any
    raters: Any
    known: bool


def liked_across(posts: Any, people: Any, count: int) -> Across:
    """From pairs (index of a post below ``count``, id of a person) that are each there once."""
    raters = np.zeros(count)
    _, person = np.unique(people, return_inverse=True)
    often = np.bincount(person) >= LEAST_LIKES if len(person) else np.zeros(0, bool)
    useful = often[person] if len(person) else np.zeros(0, bool)
    posts, person = posts[useful], person[useful]
    if not len(posts):
        return Across(np.zeros(count), raters, False)
    _, person = np.unique(person, return_inverse=True)
    raters = np.bincount(posts, minlength=count).astype(np.float64)
    side = _sides(posts, person, count)
    sizes = np.array([np.count_nonzero(~side), np.count_nonzero(side)], np.float64)
    if sizes.min() < LEAST_RATERS:
        return Across(np.zeros(count), raters, False)
    bounds = [
        TWINS["wilson"](np.bincount(posts[side[person] == bool(group)], minlength=count), sizes[group])
        for group in (0, 1)
    ]
    both = np.minimum(*bounds)
    enough = raters >= LEAST_RATERS
    if not enough.any():
        return Across(np.zeros(count), raters, False)
    best = float(np.quantile(both[enough], _BEST))
    value = np.minimum(both / best, 1.0) if best > 0 else np.zeros(count)
    return Across(np.where(enough, value, value[enough].mean()), raters, True)


def _sides(posts: Any, person: Any, count: int) -> Any:
    """On which side of the first axis each person stands: power iteration, without the axis that all share."""
    by_person = np.bincount(person).astype(np.float64)
    by_post = np.maximum(np.bincount(posts, minlength=count), 1).astype(np.float64)
    weight = 1 / np.sqrt(by_person[person] * by_post[posts])
    shared = np.sqrt(by_person)
    shared /= np.linalg.norm(shared)
    # any start will do that is not along the shared axis; this one is the same for everybody who recomputes
    axis = np.cos(np.arange(len(by_person)) * 2.399963)
    for _ in range(_STEPS):
        axis = axis - shared * (axis @ shared)
        length = np.linalg.norm(axis)
        if length < 1e-12:
            break
        axis = axis / length
        seen = np.bincount(posts, axis[person] * weight, minlength=count)
        axis = np.bincount(person, seen[posts] * weight, minlength=len(by_person))
    return axis > 0
