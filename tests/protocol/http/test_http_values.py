"""Structured fields, dates, digests and URLs."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed, Reason, Refusal
from protocol.http.dates import format_date, parse_date
from protocol.http.digest import check_content_digest, check_digest, content_digest, digest
from protocol.http.request import Request, split_url
from protocol.http.structured import (
    InnerList,
    Item,
    Token,
    parse_dictionary,
    serialise_bare,
    serialise_inner_list,
)

BARE = (
    st.integers(-(10**15) + 1, 10**15 - 1)
    | st.from_regex(r"[ -~]{0,20}", fullmatch=True)
    | st.binary(max_size=20)
    | st.booleans()
    | st.from_regex(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]{0,10}", fullmatch=True).map(Token)
)
PARAMETERS = st.dictionaries(st.from_regex(r"[a-z*][a-z0-9_.*-]{0,5}", fullmatch=True), BARE, max_size=3)


@given(st.lists(st.builds(Item, BARE, PARAMETERS), max_size=4).map(tuple), PARAMETERS)
def test_inner_lists_round_trip(items: tuple[Item, ...], parameters: dict[str, object]) -> None:
    value = InnerList(items, parameters)  # type: ignore[arg-type]
    found = parse_dictionary(f"a={serialise_inner_list(value)}, b")
    assert found == {"a": value, "b": Item(True, {})}
    assert [type(item.value) for item in found["a"].items] == [type(item.value) for item in items]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "text",
    [
        "a=", "a=,b", "a b", "a,", ",a", "A=1", "a=1,a=2", "a=1;x;x", "a=1;", "a=\"x", 'a="\\n"', 'a="é"', "a=:AA:",
        "a=:A A=:", "a=?2", "a=1.5", "a=1234567890123456", "a=-", "a=(1", "a=(1 2", "a=(1,2)", 'a=("x""y")', "a=1 2",
        "a=é", "a\n", "a=(1) (2)", ";a", "=1", "a=" + "1" * 9000, ",".join(f"a{n}" for n in range(65)),
    ],
)  # fmt: skip
def test_what_is_no_dictionary(text: str) -> None:
    with pytest.raises(Malformed):
        parse_dictionary(text)


@given(st.text(max_size=60))
def test_any_text_gives_a_dictionary_or_malformed(text: str) -> None:
    try:
        assert isinstance(parse_dictionary(text), dict)
    except Malformed as error:
        assert error.message


@pytest.mark.parametrize("value", ["é", "a\nb", "\x7f", 10**15])
def test_what_no_field_can_hold(value: str | int) -> None:
    with pytest.raises(Malformed):
        serialise_bare(value)


@given(st.integers(0, 253402300799))
def test_dates_round_trip(seconds: int) -> None:
    assert parse_date(formatdate(seconds, usegmt=True)) == seconds * 1000
    assert parse_date(format_date(seconds * 1000 + 999)) == seconds * 1000


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_none(text: str) -> None:
    assert parse_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 00 Nov 2026 10:00:00 GMT",
        "Sun, 32 Nov 2026 10:00:00 GMT",
        "Mon, 29 Feb 2027 10:00:00 GMT",
        "Sun, 22 Abc 2026 10:00:00 GMT",
        "Sun, 22 Nov 0026 10:00:00 GMT",
        "Sun, 22 Nov 2026 24:00:00 GMT",
        "Sun, 22 Nov 2026 10:60:00 GMT",
        "Sun, 22 Nov 2026 10:00:61 GMT",
        "Sun, 22 Nov 2026 10:00:00 +0100",
        "Sun, 22 Nov 2026 10:00:00 GMT\n",
        "Sunday, 22-Nov-26 10:00:00 GMT",
        "Sun Nov 22 10:00:00 2026",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


@given(st.binary(max_size=100))
def test_digests_of_any_body(body: bytes) -> None:
    assert check_digest([digest(body)], body) is None
    assert check_content_digest([content_digest(body)], body) is None
    assert check_digest([digest(body)], body + b"x") == Refusal(Reason.DIGEST_MISMATCH, "sha-256")
    assert check_content_digest([content_digest(body)], body + b"x") == Refusal(Reason.DIGEST_MISMATCH, "sha-256")


def test_a_digest_of_rfc_9530() -> None:
    """Appendix B.1 of RFC 9530, with the line feed of its content."""
    body = b'{"hello": "world"}\n'
    text = "RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg="
    assert check_content_digest([f"sha-256=:{text}:"], body) is None
    assert check_digest([f"sha-256={text}"], body) is None


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([], Reason.DIGEST_MISSING),
        ([""], Reason.DIGEST_ALGORITHM),
        (["md5=:AAAA:"], Reason.DIGEST_ALGORITHM),
        (["sha-256"], Reason.DIGEST_MALFORMED),
        (['sha-256="AAAA"'], Reason.DIGEST_MALFORMED),
        (["sha-256=(:AAAA:)"], Reason.DIGEST_MALFORMED),
        (["sha-256=AAAA"], Reason.DIGEST_MALFORMED),
        ([content_digest(b"x"), content_digest(b"x")], Reason.DIGEST_MALFORMED),
        ([content_digest(b"x"), "sha-512=:AAAA:"], Reason.DIGEST_MISMATCH),
    ],
)
def test_content_digests_that_do_not_count(values: list[str], reason: Reason) -> None:
    found = check_content_digest(values, b"x")
    assert found is not None
    assert found.reason is reason


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("https://a.example", "https://a.example/"),
        ("HTTPS://A.Example:443/X?y=Z#frag", "https://a.example/X?y=Z"),
        ("http://a.example:80?q", "http://a.example/?q"),
        ("http://a.example:443/", "http://a.example:443/"),
        ("https://[::1]:8443/a//b/../c%2f", "https://[::1]:8443/a//b/../c%2f"),
        ("https://a.example/?", "https://a.example/?"),
    ],
)
def test_urls(url: str, uri: str) -> None:
    assert split_url(url).uri == uri


@pytest.mark.parametrize(
    "url",
    ["", "a", "//a", "https:///x", "https://", "https://u@a/", "https://a\\b/", "https://a/\t", "https://a/\x7f",
     "https://ä.example/", "javascript://a/", "https://a/" + "x" * 9000],
)  # fmt: skip
def test_what_is_no_url(url: str) -> None:
    with pytest.raises(Malformed):
        split_url(url)


def test_headers_in_any_case() -> None:
    request = Request("GET", "https://a.example/", (("X-A", " 1\t"), ("x-a", "2"), ("Y", "3")))
    assert request.values("x-A") == ["1", "2"]
    assert request.value("y") == "3"
    assert request.value("z") is None
    with pytest.raises(Malformed):
        request.value("X-a")
