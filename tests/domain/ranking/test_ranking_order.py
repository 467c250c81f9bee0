"""From scores to places: the filter, equals, an author's share, likeness; and what 10,000 candidates cost."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from fedserver.domain.policy import arrays
from fedserver.domain.policy.document import Document, Feed
from fedserver.domain.policy.read import from_plain
from fedserver.domain.ranking.feed import rank
from fedserver.domain.ranking.values import Gathered, explain
from fedserver.services.starters import presets


def feed(**changed: Any) -> Feed:
    values = {"title": "x", "score": "likes_people", "length": 20, **changed}
    document: Document = from_plain({"community": {"name": "x"}, "feed": {"one": values}})
    return document.feeds[0]


def gathered(likes: list[float], **more: Any) -> Gathered:
    count = len(likes)
    return Gathered(
        ids=list(range(100, 100 + count)),
        authors=more.pop("authors", list(range(count))),
        groups=more.pop("groups", [-1] * count),
        tags=more.pop("tags", [()] * count),
        signals={"likes_people": likes, **more},
    )


def ids(found: Any) -> list[int]:
    return [each.status_id - 100 for each in found]


def test_the_score_decides_then_the_newer_one() -> None:
    assert ids(rank(feed(), gathered([1, 5, 3, 5]))) == [3, 1, 2, 0]
    assert rank(feed(), gathered([])) == []
    assert len(rank(feed(length=20), gathered([1.0] * 50))) == 20


def test_the_filter_leaves_out() -> None:
    found = rank(
        feed(where="has_media and likes_people < 5"), gathered([1, 5, 3, 4], has_media=[True, True, True, False])
    )
    assert ids(found) == [2, 0]
    # what nobody gathered is neutral
    assert rank(feed(where="author.bot"), gathered([1, 2])) == []


def test_an_author_has_so_many_places_among_so_many() -> None:
    likes, authors = [9, 8, 7, 6, 5, 4], [1, 1, 1, 2, 3, 1]
    found = rank(feed(max_per_author={"posts": 1, "in_top": 3}), gathered(likes, authors=authors))
    # nobody else is left for the last two
    assert ids(found) == [0, 3, 4, 1, 2, 5]
    assert [each.place.waited for each in found] == [False, False, False, True, True, True]
    assert [each.place.by_score for each in found] == [1, 4, 5, 2, 3, 6]
    for window in range(2):
        names = [authors[each.status_id - 100] for each in found[window : window + 3]]
        assert len(set(names)) == 3
    two = rank(feed(max_per_author={"posts": 2, "in_top": 20}), gathered(likes, authors=authors))
    assert ids(two) == [0, 1, 3, 4, 2, 5]


@pytest.mark.parametrize("diversity", [0, 0.3])
def test_a_small_node_has_a_whole_feed(diversity: float) -> None:
    """Three active authors: nobody has more than a place more than the others, in a row of twenty."""
    authors = [0] * 20 + [1] * 14 + [2] * 8
    made = gathered([float(42 - i) for i in range(42)], authors=authors)
    one = feed(max_per_author={"posts": 2, "in_top": 20}, length=400, diversity=diversity)
    found = rank(one, made)
    assert sorted(ids(found)) == list(range(42)) and found == rank(one, made)
    first = [authors[each] for each in ids(found)][:20]
    assert sorted(first.count(author) for author in range(3)) == [6, 7, 7]
    assert all(each.place.waited for each in found[6:]) and not any(each.place.waited for each in found[:2])


def test_whoever_writes_most_leaves_nobody_out_of_sight() -> None:
    authors = [7] * 500 + list(range(100, 130))
    made = gathered([float(1000 - i) for i in range(530)], authors=authors)
    found = rank(feed(max_per_author={"posts": 2, "in_top": 20}, length=20), made)
    assert ids(found) == [0, 1, *range(500, 518)]
    assert [each.place.by_score for each in found][:4] == [1, 2, 501, 502]


def test_what_is_alike_is_spread() -> None:
    likes = [10.0, 9.9, 9.8, 5.0, 1.0]
    groups = [7, 7, -1, -1, -1]
    assert ids(rank(feed(), gathered(likes, groups=groups))) == [0, 1, 2, 3, 4]
    spread = rank(feed(diversity=0.5), gathered(likes, groups=groups))
    assert ids(spread)[:2] == [0, 2] and ids(spread).index(1) > 2
    assert next(each for each in spread if each.status_id == 101).place.likeness == 1.0
    tags = [("cat",), ("cat",), ("dog",), (), ("cat", "dog")]
    spread = rank(feed(diversity=0.5), gathered(likes, tags=tags))
    assert ids(spread)[:2] == [0, 2]
    assert sorted(ids(rank(feed(diversity=1.0), gathered(likes, tags=tags)))) == [0, 1, 2, 3, 4]


def test_a_place_knows_its_reasons() -> None:
    one = feed(score="2*likes_people - (3 if author.bot else 0)")
    (first,) = rank(one, gathered([4], **{"author.bot": [True]}))
    assert first.signals == {"likes_people": 4.0, "author.bot": True} and first.score == 5.0
    assert [(term.text, term.value) for term in explain(one.score, first.signals)] == [
        ("2*likes_people", 8.0),
        ("3 if author.bot else 0", -3.0),
    ]


@pytest.mark.parametrize(
    ("name", "best_first"),
    [
        ("chronological", [3, 2, 1, 0]),
        ("hot", [3, 1, 2, 0]),
        ("hacker-news", [3, 1, 2, 0]),
        ("reddit", [3, 1, 2, 0]),
        ("trending", [3, 1]),
    ],
)
def test_presets_order_as_their_models_do(name: str, best_first: list[int]) -> None:
    people = [2.0, 400.0, 2.0, 12.0]
    hours = [40.0, 30.0, 20.0, 1.0]
    signals = {
        "likes_people": people,
        "boosts_people": [0.0] * 4,
        "reactions_people": people,
        "age_h": hours,
        "posted_s": [1.7e9 - each * 3600 for each in hours],
        "author.followers": [10.0] * 4,
    }
    chosen = presets().feed(name)
    assert chosen is not None
    found = rank(chosen, gathered(people)._replace(signals=signals))
    assert ids(found) == best_first


def test_the_numbers_of_the_presets_are_those_of_the_books() -> None:
    signals = {"likes_people": 10.0, "boosts_people": 0.0, "reactions_people": 10.0, "age_h": 3.0, "posted_s": 45000.0}
    wanted = {"hot": 10000 * 1.0791812460476249 / 5**1.8, "hacker-news": 9 / 5**1.8, "reddit": 2.0, "trending": 81 / 8}
    for name, score in wanted.items():
        one = presets().feed(name)
        assert one is not None and one.score.one(signals) == pytest.approx(score, rel=1e-12)


def test_ten_thousand_candidates_and_forty_places(capsys: pytest.CaptureFixture[str]) -> None:
    score = (
        "log1p(likes_people) + 1.5*log1p(boosts_people) + 2*pow(0.5, age_h/18) + 2*liked_across"
        " - (3 if ai_evidence and not ai_disclosed else 0)"
    )
    one = feed(score=score, where="has_media", max_per_author={"posts": 2, "in_top": 20}, diversity=0.3, length=40)
    count, chance = 10_000, random.Random(6)
    names = [f"tag{i}" for i in range(300)]
    made = gathered(
        [float(chance.randrange(50)) for _ in range(count)],
        authors=[chance.randrange(800) for _ in range(count)],
        groups=[chance.choice([-1, -1, -1, chance.randrange(100)]) for _ in range(count)],
        tags=[tuple(chance.sample(names, 3)) for _ in range(count)],
        boosts_people=[float(chance.randrange(20)) for _ in range(count)],
        age_h=[chance.random() * 168 for _ in range(count)],
        liked_across=[chance.random() for _ in range(count)],
        has_media=[chance.random() < 0.8 for _ in range(count)],
    )
    from fedserver.domain.ranking.feed import np
    from fedserver.domain.ranking.order import Traits, places

    wanted = {**one.score.signals, **(one.where.signals if one.where else {})}
    columns = {
        name: arrays.column(made.signals.get(name) or [signal.neutral] * count, signal.kind)
        for name, signal in wanted.items()
    }
    traits = Traits(np.array(made.authors), np.array(made.groups), arrays.column(made.tags, arrays.Kind.WORDS))
    newest = np.array(made.ids)
    times = []
    for _ in range(5):
        began = time.process_time()
        scores = one.score.many(columns, count)
        middle = time.process_time()
        keep = one.where.many(columns, count) if one.where else None
        found = places(scores, keep, newest, traits, one.length, one.per_author, one.diversity)
        end = time.process_time()
        times.append((end - began, middle - began))
        assert len(found) == 40
    whole, scored = min(times)
    bare = []
    for _ in range(5):
        began = time.process_time()
        (
            np.log1p(columns["likes_people"])
            + 1.5 * np.log1p(columns["boosts_people"])
            + 2 * np.power(0.5, columns["age_h"] / 18)
            + 2 * columns["liked_across"]
        )
        bare.append(time.process_time() - began)
    with capsys.disabled():
        print(
            f"\n10,000 candidates: scored in {scored * 1000:.2f} ms, scored and the top 40 diversified in "
            f"{whole * 1000:.2f} ms CPU; bare NumPy {min(bare) * 1000:.2f} ms"
        )
    assert whole < 0.015
