from __future__ import annotations

import contextlib
import json as stdlib_json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from protocol import json
from protocol.errors import Malformed

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4))


@given(st.dictionaries(NAMES, VALUES, max_size=5), st.booleans())
@example({'"': '\\"', "\\": "\\\\", "a:b": ":::", '\\"': {'"': ['"']}}, True)
def test_what_is_written_is_read_back(document: dict[str, Any], ascii_only: bool) -> None:
    assert json.parse(json.dump(document)) == document
    assert json.parse(stdlib_json.dumps(document, ensure_ascii=ascii_only, indent=1).encode()) == document


@given(st.binary(max_size=200))
def test_any_bytes_give_an_object_or_malformed(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(json.parse(data), dict)


@given(st.text('{}[]",:\\u0123abe+-. \n', max_size=60))
def test_json_like_text_is_read_as_the_standard_library_reads_it(text: str) -> None:
    """Where both accept, both see the same; where a key is doubled, only we refuse."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise ValueError
        return dict(pairs)

    try:
        expected = stdlib_json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        expected = None
    try:
        found: dict[str, Any] | None = json.parse(text.encode())
    except Malformed:
        found = None
    if found is not None:
        assert found == expected


@given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4), st.data())
def test_a_doubled_key_is_found_at_any_depth(document: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(document)))
    inner = json.dump(document)[1:-1] + b"," + json.dump({name: 0})[1:]
    with pytest.raises(Malformed, match="twice"):
        json.parse(b"{" + inner)
    with pytest.raises(Malformed, match="twice"):
        json.parse(b'{"x":[1,{"y":{' + inner + b"}]}")


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'{"a":"x","b":[{"c":1,"c":2}]}',
        b'{"":1,"":1}',
        rb'{"\"":1,"\"":1}',
        rb'{"\\":"\\","\\":"\""}',
    ],
)
def test_doubled_keys(text: bytes) -> None:
    with pytest.raises(Malformed, match="twice"):
        json.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        rb'{"a":":","b":"\":\""}',
        rb'{"a\\":"\\\\","b\"":"{\"c\":1}"}',
        b'{"a":{"b":1},"b":{"a":1,"c":{"a":[]}}}',
        b'{"url":"https://a.example/:80?a:b"}',
    ],
)
def test_colons_and_quotes_in_strings_are_no_members(text: bytes) -> None:
    assert json.parse(text) == stdlib_json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"[]",
        b'"a"',
        b"1",
        b"null",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":"\\ud800"}',
        b'{"a":"\\udc00\\ud800"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":"\xff"}',
        b'{"a":"\xc0\x80"}',
        b'{"a":"\x00"}',
        b'{"a":"\n"}',
        b'\xef\xbb\xbf{"a":1}',
        '{"a":1}'.encode("utf-16"),
        b'{"a":1}x',
        b'{"a":1}\x00',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":+1}',
        b'{"a":.5}',
        b'{"a":1.}',
        b'{"a":0x10}',
        b"{a:1}",
        b'{"a":1}/* */',
        b'{"a":"\\x41"}',
    ],
)
def test_what_is_no_strict_json(text: bytes) -> None:
    with pytest.raises(Malformed):
        json.parse(text)


@pytest.mark.parametrize("text", [b'{"a":"\\u0000"}', b'{"\\u0000":1}', b'{"a":[{"b":"x\\u0000y"}]}'])
def test_nul_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed, match="NUL"):
        json.parse(text)


def test_an_escaped_backslash_before_u0000_is_no_nul() -> None:
    assert json.parse(b'{"a":"\\\\u0000"}') == {"a": "\\u0000"}


@pytest.mark.parametrize(
    "digits",
    [str(2**63), str(-(2**63) - 1), str(2**64), str(2**64 - 1), "1" + "0" * 19, "-1" + "0" * 300, "1" + "0" * 5000],
    ids=lambda digits: f"{len(digits)} digits",
)
def test_integers_beyond_64_bits(digits: str) -> None:
    with pytest.raises(Malformed):
        json.parse(b'{"a":[' + digits.encode() + b"]}")


@pytest.mark.parametrize("number", [2**63 - 1, -(2**63), 0, -0, 10**18])
def test_integers_of_64_bits(number: int) -> None:
    document = json.parse(b'{"a":' + str(number).encode() + b"}")
    assert document == {"a": number}
    assert type(document["a"]) is int


def test_floats() -> None:
    text = b'{"a":[1.5,1e3,-2.5E-3,0.1234567890123456789,12345678901234567890.5]}'
    assert json.parse(text)["a"] == [1.5, 1000.0, -0.0025, 0.1234567890123456789, 12345678901234567890.5]


def test_depth() -> None:
    for opening, closing in ((b'{"a":', b"}"), (b'{"a":[', b"]}")):
        levels = opening.count(b"{") + opening.count(b"[")
        fits = json.MAX_DEPTH // levels
        assert json.parse(opening * (fits - 1) + b'{"a":1}' + closing * (fits - 1))
        with pytest.raises(Malformed, match="deep"):
            json.parse(opening * fits + b'{"a":1}' + closing * fits)


def test_hostile_sizes_end_quickly() -> None:
    begin = time.process_time()
    size = json.MAX_BYTES - 20
    for text in (
        b'{"a":' + b"[" * size,
        b'{"a":' * (size // 5),
        b'{"a":[' + b"[]," * (size // 3) + b"1]}",
        b'{"a":"' + b'\\"' * (size // 2) + b'"}',
        b'{"a":"' + b"\\\\" * (size // 2) + b'"}',
        b'{"a":' + b"9" * size + b"}",
        b'{"a":[' + b"1e9," * (size // 5) + b"1]}",
    ):
        with contextlib.suppress(Malformed):
            json.parse(text)
    assert time.process_time() - begin < 5


def test_size_limit() -> None:
    text = b'{"a":"' + b"x" * 100 + b'"}'
    assert json.parse(text, max_bytes=len(text))
    with pytest.raises(Malformed, match="large"):
        json.parse(text, max_bytes=len(text) - 1)
    with pytest.raises(Malformed, match="large"):
        json.parse(b" " * (json.MAX_BYTES + 1))


@pytest.mark.parametrize("value", [{1: 2}, {"a": b"x"}, {"a": object()}, {"a": "\ud800"}, {"a": 2**70}])
def test_values_that_json_cannot_hold(value: object) -> None:
    with pytest.raises(Malformed):
        json.dump(value)


def test_malformed_says_where() -> None:
    assert str(Malformed("not a URL", "object.id")) == "object.id: not a URL"
    assert str(Malformed("not a URL")) == "not a URL"
