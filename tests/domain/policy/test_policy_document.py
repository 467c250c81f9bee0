"""Documents: what is read, what is refused and where, the one canonical form, differences, forks."""

from __future__ import annotations

import copy
import json
import random
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedserver.domain.policy.canonical import canonical_bytes, hash_of, plain
from fedserver.domain.policy.changes import changes, following, fork
from fedserver.domain.policy.document import Document, in_language
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.read import from_plain, read_toml
from fedserver.domain.policy.write import to_toml
from fedserver.services.starters import PRESETS, STARTERS, text_of

SMALL = """
[community]
name = "painters.example"
version = 14
parent = "sha256:0000000000000000000000000000000000000000000000000000000000000000"

[sets]
ours = ["EN", "fr"]

[feed.best]
title = "Best this week"
max_age = "7d"
where = "language in sets.ours"
score = "log1p(likes_people) + 2*pow(0.5, age_h/18)"
max_per_author = { posts = 2, in_top = 20 }
diversity = 0.3

[[norm]]
id   = "say-how"
text = { en = "Say which model made it", fr = "Dites quel modèle l'a fait" }

[[rule]]
id      = "say-what-made-it"
norm    = "say-how"
when    = "post.ai_evidence and not post.ai_disclosed"
do      = "label"
label   = "no AI disclosure"
because = "Rule 1: say which model made it"
state   = "live"
expires = 2027-03-01

[procedure]
rules = "vote"
vote = { quorum = 0.1, period = "3d" }
"""


def small(**changed: Any) -> dict[str, Any]:
    """The values of the small document, with some replaced by their way (``feed__best__score``)."""
    table = tomllib.loads(SMALL)
    for way, value in changed.items():
        *path, last = way.split("__")
        here: Any = table
        for step in path:
            here = here[int(step)] if step.isdigit() else here[step]
        if value is None:
            del here[last]
        else:
            here[last] = value
    return table


def test_a_document_is_read() -> None:
    document = read_toml(SMALL)
    assert (document.name, document.version, document.default_feed) == ("painters.example", 14, "best")
    (feed,) = document.feeds
    assert feed.max_age_ms == 7 * 86_400_000 and feed.sources == ("local", "federated") and not feed.personal
    assert feed.per_author is not None and feed.per_author.in_top == 20
    assert document.sets == {"ours": frozenset({"en", "fr"})}
    (rule,) = document.rules
    assert rule.expires == "2027-03-01" and rule.appeal_ms == 14 * 86_400_000
    assert rule.when.one({"post.ai_evidence": True, "post.ai_disclosed": False}) is True
    assert document.procedure.rules == "vote" and document.procedure.vote.period_ms == 3 * 86_400_000
    assert in_language(document.norms[0].text, "fr").startswith("Dites")
    assert in_language(document.norms[0].text, "de").startswith("Say")
    assert in_language({}, "de") == ""


@pytest.mark.parametrize("name", [*STARTERS, PRESETS])
def test_what_ships_is_good_and_in_two_languages(name: str) -> None:
    document = read_toml(text_of(name))
    texts = [feed.title for feed in document.feeds]
    if name != PRESETS:
        texts += [document.about, document.terms, *(norm.text for norm in document.norms)]
        texts += [rule.because for rule in document.rules]
        assert document.rules and len(document.norms) >= 5
    else:
        assert len(document.feeds) == 8
    assert all(set(each) == {"en", "fr"} for each in texts)


@pytest.mark.parametrize("text", [SMALL, *map(text_of, (*STARTERS, PRESETS))], ids=["small", *STARTERS, PRESETS])
def test_writing_and_reading_gives_the_same(text: str) -> None:
    document = read_toml(text)
    assert read_toml(to_toml(document)) == document
    assert from_plain(json.loads(canonical_bytes(document))) == document
    assert to_toml(read_toml(to_toml(document))) == to_toml(document)
    assert hash_of(read_toml(to_toml(document))) == hash_of(document)


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn"]) | st.sampled_from("\"\\\n\t#'="), max_size=80
)


@settings(max_examples=80, deadline=None)
@given(TEXTS, TEXTS, st.dictionaries(st.sampled_from(["en", "fr", "pt-BR"]), TEXTS, min_size=1))
def test_any_text_survives(title: str, because: str, about: dict[str, str]) -> None:
    table = small(feed__best__title=f"x{title[:50]}", rule__0__because=f"{because}.", community__about=about)
    document = from_plain(table)
    again = read_toml(to_toml(document))
    assert again.feeds[0].title["en"] == f"x{title[:50]}".strip()
    assert hash_of(again) == hash_of(from_plain(plain(document)))


def test_the_canonical_form_knows_no_layout() -> None:
    document = read_toml(SMALL)
    keys = list(small())
    random.Random(6).shuffle(keys)
    assert hash_of(from_plain({key: small()[key] for key in keys})) == hash_of(document)
    same = SMALL.replace('"7d"', '"168h"').replace("[sets]", "# why\n[sets]").replace('["EN", "fr"]', '["fr", "en"]')
    assert hash_of(read_toml(same)) == hash_of(document)
    assert hash_of(document).startswith("sha256:") and len(hash_of(document)) == 71


@pytest.mark.parametrize(
    "changed",
    [
        {"community__version": 15},
        {"community__parent": None},
        {"feed__best__score": "log1p(likes_people)"},
        {"feed__best__diversity": 0.31},
        {"rule__0__state": "shadow"},
        {"rule__0__expires": None},
        {"norm__0__text": {"en": "Say which model made it"}},
        {"sets__ours": ["en"]},
        {"procedure__rules": "owner"},
        {"community__trends": "best"},
    ],
    ids=str,
)
def test_every_change_changes_the_hash(changed: dict[str, Any]) -> None:
    assert hash_of(from_plain(small(**changed))) != hash_of(read_toml(SMALL))


@pytest.mark.parametrize(
    ("changed", "where", "says"),
    [
        ({"community__name": None}, "community.name", "missing"),
        ({"community__name": 3}, "community.name", "must be a text"),
        ({"community__name": "x" * 300}, "community.name", "too long"),
        ({"community__name": "a\u202eb"}, "community.name", "nobody can see"),
        ({"community__nam": "x"}, "community.nam", "did you mean `name`?"),
        ({"community__version": 0}, "community.version", "a whole number"),
        ({"community__version": True}, "community.version", "a whole number"),
        ({"community__version": 10**30}, "community.version", "a whole number"),
        ({"community__parent": "sha256:zz"}, "community.parent", "a hash"),
        ({"community__language": "english!"}, "community.language", "the code of a language"),
        ({"community__default_feed": "bset"}, "community.default_feed", "(best?)"),
        ({"community__trends": "nothing"}, "community.trends", "the same for everybody"),
        ({"community__about": {"english!": "x"}}, "community.about", "not the code of a language"),
        ({"community__about": {}}, "community.about", "a text, or one by language"),
        ({"community": 1}, "community", "must be a table"),
        ({"feeds": {}}, "feeds", "did you mean `feed`?"),
        ({"feed": {}}, "feed", "at least one"),
        ({"feed": []}, "feed", "at least one"),
        ({"feed": {"Best!": {}}}, "feed.Best!", "small letters"),
        ({"feed": {"best": []}}, "feed.best", "must be a table"),
        ({"feed__best__score": None}, "feed.best.score", "missing"),
        ({"feed__best__score": "like"}, "feed.best.score", "did you mean `likes_people`?"),
        ({"feed__best__score": "x" * 3000}, "feed.best.score", "2000 are allowed"),
        ({"feed__best__score": "language in sets.theirs"}, "feed.best.score", "unknown set"),
        ({"feed__best__score": "has_media"}, "feed.best.score", "a number is wanted"),
        ({"feed__best__where": "1"}, "feed.best.where", "a condition (yes or no) is wanted"),
        ({"feed__best__where": "language == 'en'"}, "feed.best.where", "text cannot stand"),
        ({"feed__best__titel": "x"}, "feed.best.titel", "did you mean `title`?"),
        ({"feed__best__max_age": "7 days"}, "feed.best.max_age", "such as 7d"),
        ({"feed__best__max_age": "0d"}, "feed.best.max_age", "such as 7d"),
        ({"feed__best__max_age": "900d"}, "feed.best.max_age", "at most 365d"),
        ({"feed__best__max_age": 7}, "feed.best.max_age", "such as 7d"),
        ({"feed__best__diversity": 2}, "feed.best.diversity", "from 0 to 1"),
        ({"feed__best__diversity": float("nan")}, "feed.best.diversity", "from 0 to 1"),
        ({"feed__best__from": ["everywhere"]}, "feed.best.from", "some of"),
        ({"feed__best__from": ["tags"]}, "feed.best.tags", "`from` has"),
        ({"feed__best__tags": ["art"]}, "feed.best.tags", "`from` has"),
        ({"feed__best__length": 10**6}, "feed.best.length", "from 20 to 1000"),
        ({"feed__best__max_per_author": {"posts": 1}}, "feed.best.max_per_author.in_top", "missing"),
        ({"norm__0__id": "Say How"}, "norm[1].id", "small letters"),
        ({"norm__0__text": None}, "norm[1].text", "missing"),
        ({"norm": {}}, "norm", "at most 50 tables"),
        ({"rule__0__norm": "say-hwo"}, "rule.say-what-made-it.norm", "(say-how?)"),
        ({"rule__0__do": "ban"}, "rule.say-what-made-it.do", "one of: label"),
        ({"rule__0__do": "hide"}, "rule.say-what-made-it.do", "one of: label"),
        ({"rule__0__label": None}, "rule.say-what-made-it.label", "a label is named"),
        ({"rule__0__do": "hold"}, "rule.say-what-made-it.label", "only by these"),
        ({"rule__0__when": "post.ai_evidnce"}, "rule.say-what-made-it.when", "did you mean `post.ai_evidence`?"),
        ({"rule__0__when": "event == 'posts'"}, "rule.say-what-made-it.when", "it is one of: post, edit"),
        ({"rule__0__when": "age_h > 3"}, "rule.say-what-made-it.when", "did you mean `post.age_h`?"),
        ({"rule__0__because": None}, "rule.say-what-made-it.because", "missing"),
        ({"rule__0__expires": "2027-02-30"}, "rule.say-what-made-it.expires", "a day"),
        ({"rule__0__state": "on"}, "rule.say-what-made-it.state", "one of: draft, shadow, live"),
        ({"rule": [small()["rule"][0]] * 2}, "rule[2].id", "used twice"),
        ({"rule": [small()["rule"][0]] * 201}, "rule", "at most 200"),
        ({"sets__ours": "en"}, "sets.ours", "a list of at most"),
        ({"sets__ours": [1]}, "sets.ours", "must be a text"),
        ({"sets": {"9x": []}}, "sets.9x", "begins with a letter"),
        ({"sets": []}, "sets", "a table"),
        ({"procedure__rules": "nobody"}, "procedure.rules", "one of: owner"),
        ({"procedure__vote": {"quorum": -1}}, "procedure.vote.quorum", "from 0 to 1"),
    ],
    ids=str,
)
def test_a_mistake_is_told_with_its_place(changed: dict[str, Any], where: str, says: str) -> None:
    with pytest.raises(DocumentError) as caught:
        from_plain(small(**changed))
    assert caught.value.where == where
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[community",
        "a = " + "[" * 100_000,
        "a = " + "{ b = " * 5000,
        "[" + "a." * 100_000 + "a]",
        "a = " + "9" * 100_000,
        "[community]\nname = 'x'\n[community]\nname = 'y'",
        "a = '" + "x" * 300_000 + "'",
        "\x00",
        "[feed." + "x" * 1000 + "]",
        "\n".join(f"[a{i}]" for i in range(20_000)),
    ],
    ids=range(12),
)
def test_hostile_toml_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    with pytest.raises(DocumentError) as caught:
        read_toml(text)
    assert time.process_time() - began < 1
    assert len(str(caught.value)) < 600


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def test_a_name_of_nothing_is_missing() -> None:
    for name in ("", "  ", None):
        with pytest.raises(DocumentError, match=r"community\.name: this is missing"):
            from_plain(small(community__name=name))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_value_in_any_place_does_more_than_be_refused(data: Any) -> None:
    table: Any = copy.deepcopy(small())
    here, ways = table, []
    while isinstance(here, dict | list) and here and data.draw(st.booleans()):
        key = data.draw(st.sampled_from(sorted(here) if isinstance(here, dict) else list(range(len(here)))))
        ways.append((here, key))
        here = here[key]
    if ways:
        place, key = ways[-1]
        place[key] = data.draw(JSON)
    else:
        table = data.draw(JSON)
    try:
        document = from_plain(table)
    except DocumentError as error:
        assert str(error)
    else:
        assert read_toml(to_toml(document)) == document


def test_what_differs_is_told_by_names() -> None:
    old = read_toml(SMALL)
    new = from_plain(
        small(feed__best__score="likes_people", rule__0__state="shadow", community__about="New", community__version=15)
    )
    found = changes(old, new)
    assert [(change.where, change.procedure) for change in found] == [
        ("feed.best.score", "feeds"),
        ("rule.say-what-made-it.state", "rules"),
        ("community.about.en", "document"),
    ]
    assert found[1].lines == ("- rule.say-what-made-it.state = live", "+ rule.say-what-made-it.state = shadow")
    assert changes(old, old) == ()
    two = small()
    two["rule"].insert(0, {**two["rule"][0], "id": "other"})
    ways = [change.where for change in changes(old, from_plain(two))]
    assert "rule.order" in ways and "rule.other.when" in ways and "rule.say-what-made-it.when" not in ways
    assert next(one for one in changes(old, from_plain(small(community__default_feed="best"))) or [None]) is None


def test_a_fork_and_the_next_version_say_where_they_came_from() -> None:
    document = read_toml(SMALL)
    mine = fork(document, "mine.example")
    assert (mine.name, mine.version, mine.parent) == ("mine.example", 1, hash_of(document))
    assert changes(document, mine)[0].where == "community.name"
    after: Document = following(mine, document)
    assert (after.version, after.parent) == (15, hash_of(document))
    assert following(mine, None).version == 1


def test_the_example_of_the_manual_is_good() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "feeds.md").read_text(encoding="utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    (feed,) = read_toml(f"[community]\nname = 'x'\n{example}").feeds
    assert feed.id == "best" and feed.diversity == 0.3


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "{b = " * 3000 + "1" + "}" * 3000])
def test_toml_that_is_nested_too_deeply_is_said_to_be(text: str) -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        read_toml(text)


def test_a_sum_has_as_many_terms_as_a_formula_has_levels() -> None:
    """What the page of the language says."""
    for count in (40, 41):
        table = {"community": {"name": "x"}, "feed": {"one": {"title": "x", "score": " + ".join(["age_h"] * count)}}}
        if count == 40:
            assert from_plain(table).feeds
            continue
        with pytest.raises(DocumentError, match="40 deep"):
            from_plain(table)
