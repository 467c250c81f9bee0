"""Signals out of rows: every one that feeds may ask for is gathered, from people counted once."""

from __future__ import annotations

from typing import Any

from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.read import from_plain
from fedserver.domain.policy.signals import RANKED
from fedserver.domain.policy.values import Kind, tidy
from fedserver.domain.ranking import rows
from fedserver.domain.ranking.feed import completed
from fedserver.domain.ranking.gathering import put_together
from fedserver.domain.ranking.rows import Counts, Like
from fedserver.services.ranking import chosen, queries

NOW = 1_800_000_000_000
ALL = {signal.name: signal for signal in RANKED if not signal.personal}


def feed(**more: Any) -> Feed:
    values = {"title": "x", "score": "posted_s", **more}
    return from_plain({"community": {"name": "x"}, "feed": {"one": values}}).feeds[0]


def candidate(number: int, author: int, **more: Any) -> rows.Candidate:
    made = rows.Candidate(
        id=number,
        account_id=author,
        created_at=NOW - 7_200_000,
        local=1,
        sensitive=0,
        language="en",
        is_reply=0,
        is_quote=0,
        has_poll=0,
        content='<p>hi <a href="x">x</a> <a href="y">#art</a></p>',
        followers=5,
        following=1,
        posts=30,
        bot=0,
        actor_local=1,
        role=None,
        handle=f"u{author}@",
    )
    return made._replace(**more)


def medium(status_id: int, **more: Any) -> rows.Medium:
    return rows.Medium(status_id, "image", 1, None, None, None, None, 0)._replace(**more)


def read(**more: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        key: [] for key in ("candidates", "tags", "media", "counts", "likes", "mentions", "authors")
    }
    return {**empty, **more}


def gather(read_: dict[str, Any], **more: Any) -> Any:
    one = feed(**more)
    return put_together(one, ALL, read_, NOW, chosen(one, "here.test"))


def test_every_signal_is_gathered_in_its_kind() -> None:
    found = gather(read(candidates=[candidate(1, 10), candidate(2, 11)], media=[medium(1)], tags=[(1, "art")]))
    # who likes across groups is worked out where it is ranked
    assert set(found.signals) == set(ALL) - {"liked_across", "raters"}
    for name, values in found.signals.items():
        assert len(values) == 2, name
        assert [tidy(value, ALL[name].kind) for value in values], name
        if ALL[name].kind is Kind.NUMBER:
            assert all(isinstance(value, int | float) for value in values), name
    assert set(queries(feed(), ALL, NOW, None)) == {
        *("candidates", "tags", "media", "counts", "likes", "mentions", "authors")
    }
    assert set(queries(feed(), {}, NOW, None)) == {"candidates", "tags", "media", "counts"}


def test_people_as_they_were_counted() -> None:
    posts = [candidate(1, 10), candidate(2, 10)]
    counts = [Counts(1, 1, 2, 3, 4, 5, 6, 20), Counts(99, 7, 7, 7, 7, 7, 7, 7)]
    signals = gather(read(candidates=posts, counts=counts)).signals
    for verb, here, there in (("likes", 1, 2), ("boosts", 3, 4), ("replies", 5, 6)):
        assert [signals[f"{verb}_{part}"] for part in ("people", "local", "remote")] == [
            [here + there, 0],
            [here, 0],
            [there, 0],
        ]
    assert signals["reactions_people"] == [20, 0]


def test_who_likes_across_groups_is_asked_without_the_authors() -> None:
    posts = [candidate(number, 10) for number in range(1, 5)]
    likes = [Like(number, person) for number in range(1, 5) for person in (10, *range(20, 30))]
    found = gather(read(candidates=posts, likes=[*likes, Like(99, 20)]))
    assert found.likes == [(row, person) for row in range(4) for person in range(20, 30)]
    assert completed(found).signals["raters"] == [10] * 4 and completed(found).likes is None
    assert completed(gather(read(candidates=posts, likes=likes[:1]))).signals["raters"] == [0] * 4
    assert put_together(feed(), {}, read(candidates=posts), NOW, ()).likes is None


def test_what_is_known_of_the_making() -> None:
    media = [
        medium(1, label="ai-generated", models='["flux"]', license="CC0-1.0", group_id=7),
        medium(2, label="ai-generated", disclosed=1, group_id=7),
        medium(3, label="captured", described=0, kind="video"),
        medium(4),
    ]
    posts = [candidate(number, 10) for number in (1, 2, 3, 4)]
    found = gather(read(candidates=posts, media=media))
    signals = found.signals
    assert signals["ai_evidence"] == [True, True, False, False]
    assert signals["ai_disclosed"] == [False, True, False, False]
    assert signals["ai_generated"] == [True, True, False, False]
    assert signals["captured"] == [False, False, True, False]
    assert signals["label_unknown"] == [False, False, False, True]
    assert signals["models"][0] == ["flux"] and signals["license"][0] == "CC0-1.0"
    assert signals["has_video"] == [False, False, True, False] and signals["described"][2] is False
    assert found.groups == [7, 7, -1, -1]
    assert signals["variations"] == [2, 2, 1, 1] and signals["variation"] == [1, 2, 1, 1]


def test_where_candidates_come_from() -> None:
    posts = [
        candidate(1, 10),
        candidate(2, 11, local=0, handle="ann@there.test"),
        candidate(3, 12, local=0, handle="bob@there.test"),
    ]
    some = read(candidates=posts, tags=[(3, "art")])
    assert gather(some).ids == [1, 2, 3]
    assert gather(some, **{"from": ["local"]}).ids == [1]
    assert gather(some, **{"from": ["tags"], "tags": ["#Art"]}).ids == [3]
    assert gather(some, **{"from": ["accounts"], "accounts": ["@ann@there.test"]}).ids == [2]
    assert gather(some, **{"from": ["accounts"], "accounts": ["u10", "u10@here.test"]}).ids == [1]


def test_small_signals() -> None:
    made = candidate(1, (NOW - 40 * 86_400_000) << 16, role="moderator")
    known = candidate(2, (NOW - 40 * 86_400_000) << 16)
    new = candidate(3, NOW << 16, content="<p>one two</p>")
    signals = gather(read(candidates=[made, known, new], tags=[(1, "art")], authors=[(new.account_id, 4, 3)])).signals
    assert signals["age_h"] == [2.0, 2.0, 2.0] and signals["posted_s"][0] == (NOW - 7_200_000) / 1000
    assert signals["author.trust"] == [3, 2, 0] and signals["author.age_days"] == [40.0, 40.0, 0.0]
    assert signals["author.images_24h"] == [0, 0, 3] and signals["author.posts_24h"] == [0, 0, 4]
    assert signals["links"] == [1, 2, 0] and signals["text_length"][2] == 7
