from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedserver.kit.errors import Invalid
from fedserver.kit.ids import MAX_ID
from fedserver.kit.paging import Page, parse_integer, parse_page


def test_nothing_asked_for() -> None:
    assert parse_page({}) == Page(None, None, None, 20)
    assert parse_page({"max_id": "", "limit": ""}, default=40, maximum=80) == Page(limit=40)


@pytest.mark.parametrize(
    ("limit", "expected"), [("1", 1), ("0", 0), ("-3", 3), ("40", 40), ("41", 40), ("1000000000", 40), ("007", 7)]
)
def test_limits_are_clamped(limit: str, expected: int) -> None:
    assert parse_page({"limit": limit}).limit == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("-7", 0),
        ("9223372036854775807", MAX_ID),
        ("9223372036854775808", MAX_ID),
        ("9" * 30, MAX_ID),
        ("9" * 100_000, MAX_ID),
        ("0" * 30 + "5", 5),
    ],
)
def test_ids_are_clamped_to_63_bits(text: str, expected: int) -> None:
    assert parse_page({"max_id": text}).max_id == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("abc", 0), ("1e3", 1), ("1_000", 1), (" 1", 1), ("1 ", 1), ("+1", 1), ("--1", 0), ("-", 0), ("1.0", 1),
        ("' OR 1=1", 0), ("١٢", 0), ("①", 0), ("1\n", 1), ("😀", 0), ("0x10", 0), ("12abc", 12),
    ],
)  # fmt: skip
def test_garbage_counts_as_far_as_its_digits(text: str, expected: int) -> None:
    page = parse_page(dict.fromkeys(("max_id", "since_id", "min_id", "limit"), text))
    assert page == Page(expected, expected, expected, expected)


@given(st.dictionaries(st.sampled_from(["max_id", "since_id", "min_id", "limit"]), st.text()))
def test_any_text_gives_a_page_in_bounds(query: dict[str, str]) -> None:
    page = parse_page(query)
    assert 0 <= page.limit <= 40
    assert all(bound is None or 0 <= bound <= MAX_ID for bound in page[:3])


@pytest.mark.parametrize("text", ["abc", "", "1e3", " 1", "+1", "1.0", "①", "0x10"])
def test_what_must_be_a_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_integer("expires_in", text, 0, 9)
    assert "expires_in" in caught.value.message


def test_the_bounds_of_a_page() -> None:
    assert Page(since_id=3, min_id=9).above == 9
    assert Page(since_id=3).above == 3
    assert Page().above is None
    assert Page(min_id=0).ascending and not Page(since_id=5).ascending
