from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.jcs import MAX_INTEGER, _write, canonicalise

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "jcs.json").read_text())

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5))


@pytest.mark.parametrize("vector", VECTORS["documents"], ids=lambda vector: vector["name"])
def test_documents_of_the_rfc(vector: dict[str, str]) -> None:
    assert canonicalise(json.loads(vector["input"])).decode() == vector["output"]


@pytest.mark.parametrize(("bits", "text"), VECTORS["numbers"])
def test_numbers_of_the_rfc(bits: str, text: str) -> None:
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonicalise(number).decode() == text


@given(VALUES)
def test_the_same_as_an_independent_implementation(value: Any) -> None:
    assert canonicalise(value) == rfc8785.dumps(value)


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**22), 10**22).map(float))
def test_numbers_the_same_as_an_independent_implementation(number: float) -> None:
    assert canonicalise(number) == rfc8785.dumps(number)


@given(VALUES)
def test_canonical_text_is_a_fixed_point(value: Any) -> None:
    """Read as ECMAScript reads it, where every number is a double."""
    once = canonicalise(value)
    assert canonicalise(json.loads(once, parse_int=float)) == once


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        -float("inf"),
        MAX_INTEGER + 1,
        -MAX_INTEGER - 1,
        "\ud800",
        {"\ud800": 1},
        {"é\ud800": 1},
        {1: 2},
        {None: 1},
        b"bytes",
        (1, 2),
        {"a": object()},
    ],
)
def test_what_has_no_canonical_form(value: object) -> None:
    with pytest.raises(Malformed):
        canonicalise(value)


def test_depth() -> None:
    for step in (lambda inner: [inner], lambda inner: {"a": inner}):
        value: Any = 1
        for _ in range(100):
            value = step(value)
        assert canonicalise(value)
        with pytest.raises(Malformed, match="deep"):
            canonicalise(step(value))


@pytest.mark.parametrize("value", [{"é": 1, "a": 2}, {"a": 1.5}, {"a": {"b": ["\x7f\u2028", "\x1f", "é"]}}, "\ud7ff"])
def test_both_ways_write_the_same(value: Any) -> None:
    """What orjson may write and what it may not give one form: the slow way alone gives it too."""
    parts: list[str] = []
    _write(value, parts, 0)
    assert canonicalise(value) == "".join(parts).encode()
