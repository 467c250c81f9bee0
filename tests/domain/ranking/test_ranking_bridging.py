"""A simulated community of two groups that disagree: what net likes and what bridging put on top."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from fedserver.domain.ranking.bridging import LEAST_RATERS, liked_across

PEOPLE, POSTS, LIKES = 600, 1500, 30_000
MAJORITY = 0.65


def community(seed: int) -> tuple[Any, Any, Any, Any]:
    """(post, person) of each like, the side that each post was written for (0 majority, 1 minority), its quality."""
    random = np.random.default_rng(seed)
    side_of = (np.arange(PEOPLE) >= PEOPLE * MAJORITY).astype(int)
    # -1 pleases the majority alone, 1 the minority alone, 0 both
    leaning = random.uniform(-1, 1, POSTS)
    quality = random.uniform(0, 1, POSTS)
    likes: set[tuple[int, int]] = set()
    while len(likes) < LIKES:
        posts, people = random.integers(0, POSTS, LIKES), random.integers(0, PEOPLE, LIKES)
        towards = np.where(side_of[people] == 1, 1, -1)
        apart = np.abs(leaning[posts] - towards) / 2
        chance = quality[posts] * (1 - apart) ** 3
        taken = random.uniform(0, 1, LIKES) < chance
        likes |= set(zip(posts[taken].tolist(), people[taken].tolist(), strict=True))
    pairs = np.array(sorted(likes)[:: max(1, len(likes) // LIKES)][:LIKES])
    return pairs[:, 0], pairs[:, 1] + 10**15, leaning, quality


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_bridging_gives_the_minority_its_share_where_net_likes_do_not(seed: int) -> None:
    posts, people, leaning, quality = community(seed)
    net = np.bincount(posts, minlength=POSTS)
    began = time.process_time()
    across = liked_across(posts, people, POSTS)
    spent = time.process_time() - began
    assert across.known
    by_net, by_bridge = np.argsort(-net)[:50], np.argsort(-across.value)[:50]

    def partisan(top: Any) -> float:
        return float(np.mean(leaning[top] < -1 / 3))

    def minority(top: Any) -> float:
        return float(np.mean(leaning[top] > 0))

    print(
        f"seed {seed}: of the top 50 the majority's own take {partisan(by_net):.0%} by likes, "
        f"{partisan(by_bridge):.0%} by bridging; leaning to the minority {minority(by_net):.0%}, "
        f"{minority(by_bridge):.0%}; quality {quality[by_net].mean():.2f}, {quality[by_bridge].mean():.2f}; "
        f"{spent * 1000:.0f} ms CPU"
    )
    assert partisan(by_bridge) < partisan(by_net) / 2
    assert minority(by_bridge) > minority(by_net) and minority(by_bridge) > 0.3
    assert quality[by_bridge].mean() > 0.7
    assert spent < 0.2


def test_little_is_neutral_and_nothing_is_nothing() -> None:
    posts, people, _, _ = community(1)
    extra = POSTS + np.arange(3)
    across = liked_across(np.append(posts, extra), np.append(people, people[:3]), POSTS + 3)
    enough = across.raters >= LEAST_RATERS
    assert not enough[POSTS:].any()
    assert np.allclose(across.value[POSTS:], across.value[enough].mean())
    assert across.value.min() >= 0 and across.value.max() <= 1
    empty = np.zeros(0, np.int64)
    for found in (liked_across(empty, empty, 4), liked_across(posts[:3], people[:3], POSTS)):
        assert not found.known and not found.value.any()


def test_who_liked_one_thing_is_in_no_group() -> None:
    posts = np.repeat(np.arange(2), 50)
    across = liked_across(posts, np.arange(100), 2)
    assert not across.known and not across.raters.any()


def test_the_same_likes_in_another_order_give_the_same() -> None:
    posts, people, _, _ = community(2)
    shuffled = np.random.default_rng(0).permutation(len(posts))
    one, other = liked_across(posts, people, POSTS), liked_across(posts[shuffled], people[shuffled], POSTS)
    assert np.allclose(one.value, other.value)
