"""What a keyword finds, and what it does not."""

from __future__ import annotations

import time

import pytest

from fedserver.domain.filtering import CONTEXTS, bits_of, contexts_of, first_match, haystack, needle


@pytest.mark.parametrize(
    ("keyword", "whole", "text", "found"),
    [
        ("cat", True, "a Cat sat", "Cat"),
        ("cat", True, "concatenate", None),
        ("cat", False, "conCATenate", "CAT"),
        ("cat", True, "concatenate, then a cat", "cat"),
        ("cat", True, "cat_s", None),
        ("cat", True, "cat's", "cat"),
        ("cat", True, "cat1", None),
        # only the sides that are letters ask for a border
        ("#cat", True, "x#cat", "#cat"),
        ("#cat", True, "#cats", None),
        ("c++", True, "c++11", "c++"),
        ("@there.test", False, "by a@there.test", "@there.test"),
        ("two words", True, "Two Words here", "Two Words"),
        ("a.b", False, "axb", None),
        ("(a+)+$", False, "aaaaaaaa(a+)+$", "(a+)+$"),
        ("straße", True, "STRASSE", "straße"),
        ("ÄRGER", True, "ärger", "ärger"),
        ("猫", True, "猫が好き", None),
        ("猫", False, "猫が好き", "猫"),
        # a combining mark goes on with the word
        ("cafe", True, "cafe\u0301", None),
        ("x" * 20, False, "x" * 19, None),
    ],
)
def test_one_keyword(keyword: str, whole: bool, text: str, found: str | None) -> None:
    assert first_match([needle(keyword, whole)], haystack(text)) == found


def test_the_first_place_in_the_text_counts() -> None:
    needles = [needle("late", False), needle("early", False)]
    assert first_match(needles, haystack("EARLY, then late")) == "EARLY"
    assert first_match([], haystack("anything")) is None


def test_a_thousand_keywords_and_a_long_text_stay_cheap() -> None:
    needles = [needle(f"keyword number {number}" + "a" * 400, True) for number in range(1000)]
    text = haystack("keyword number a" * 2000)
    began = time.process_time()
    assert first_match(needles, text) is None
    assert time.process_time() - began < 1.0


def test_contexts_are_bits() -> None:
    assert [contexts_of(bits_of([name])) for name in CONTEXTS] == [[name] for name in CONTEXTS]
    assert contexts_of(bits_of(["account", "home"])) == ["home", "account"]
    with pytest.raises(ValueError, match="not in tuple"):
        bits_of(["nowhere"])
