"""Usernames, handles, hashtags, display names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedserver.domain.text.characters import contained
from fedserver.domain.text.names import (
    RESERVED,
    Handle,
    UsernameProblem,
    clean_display_name,
    normalise_hashtag,
    parse_handle,
    username_problem,
)


@pytest.mark.parametrize("name", ["alice", "feeder", "a", "a_ice", "_a", "a1", "x" * 30, "100"])
def test_usernames(name: str) -> None:
    assert username_problem(name) is None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", UsernameProblem.EMPTY),
        ("x" * 31, UsernameProblem.TOO_LONG),
        ("ADMIN", UsernameProblem.INVALID),
        ("ａdmin", UsernameProblem.INVALID),
        ("adm\u0131n", UsernameProblem.INVALID),
        ("a\u0301dmin", UsernameProblem.INVALID),
        ("\u0430lice", UsernameProblem.INVALID),
        ("alice.", UsernameProblem.INVALID),
        ("-a", UsernameProblem.INVALID),
        ("..", UsernameProblem.INVALID),
        ("alice\n", UsernameProblem.INVALID),
        ("١٢", UsernameProblem.INVALID),
        ("__", UsernameProblem.INVALID),
        ("api", UsernameProblem.RESERVED),
        ("oauth", UsernameProblem.RESERVED),
        ("inbox", UsernameProblem.RESERVED),
        ("well_known", UsernameProblem.RESERVED),
        ("_admin_", UsernameProblem.RESERVED),
        ("feed_best", UsernameProblem.RESERVED),
        ("_feed_best", UsernameProblem.RESERVED),
        ("your_feeds", UsernameProblem.RESERVED),
    ],
)
def test_what_is_no_username(name: str, problem: UsernameProblem) -> None:
    assert username_problem(name) is problem


def test_reserved_names_could_be_usernames() -> None:
    """A reserved name that the pattern refuses anyway would be a mistake in the list."""
    assert all(username_problem(name) is UsernameProblem.RESERVED for name in RESERVED)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alice", Handle("alice", None)),
        ("@alice", Handle("alice", None)),
        (" @Alice@Far.Test. ", Handle("Alice", "far.test")),
        ("acct:a@b.test:8080", Handle("a", "b.test:8080")),
        ("@a@пример.test", Handle("a", "xn--e1afmkfd.test")),
        ("@gts.test@gts.test", Handle("gts.test", "gts.test")),
        ("@\u0430lice@sut.test", Handle("\u0430lice", "sut.test")),
    ],
)
def test_handles(text: str, expected: Handle) -> None:
    assert parse_handle(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "@", "@@b.test", "a@", "a@b@c", "a b@c.test", "a@s/ut.test", "a@SUT:x", "a@b.test/", "x" * 1000, "a@127.1"],
)
def test_what_is_no_handle(text: str) -> None:
    assert parse_handle(text) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("#FooBar", "foobar"),
        ("ＦｏｏBar", "foobar"),
        ("Straße", "strasse"),
        ("with-dash_under", "withdash_under"),
        ("with white space", "withwhitespace"),
        ("日本語", "日本語"),
        ("#1234", None),
        ("🐄", None),
        ("", None),
        ("x" * 500, "x" * 100),
    ],
)
def test_hashtags(name: str, expected: str | None) -> None:
    assert normalise_hashtag(name) == expected


@given(st.text(max_size=50))
def test_a_normal_hashtag_is_its_own_normal_form(name: str) -> None:
    normal = normalise_hashtag(name)
    assert normal is None or normalise_hashtag(normal) == normal


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (" Alice  Doe\n", "Alice Doe"),
        ("\u202eevil", "evil"),
        ("\u2066open", "\u2066open\u2069"),
        ("close\u2069", "close"),
        ("a\u200bb\ufeffc\u00ad", "abc"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("a\x00\x1bb", "ab"),
        ("\u3164\u200d", ""),
        ("y" * 100, "y" * 30),
        ("lone \ud800 surrogate", "lone surrogate"),
    ],
)
def test_display_names(name: str, expected: str) -> None:
    assert clean_display_name(name) == expected


def test_towers_of_marks_are_cut() -> None:
    assert clean_display_name("a" + "\u0301" * 200 + "b") == "a" + "\u0301" * 4 + "b"
    assert len(clean_display_name("a" + "\u0301" * 5000)) == 5
    assert clean_display_name("ab" + "\u0489" * 30) == "ab" + "\u0489" * 4


@given(st.text(alphabet="ab\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200d\n", max_size=60))
def test_names_never_reach_beyond_themselves(name: str) -> None:
    for text in (clean_display_name(name, 1000), contained(name)):
        depth = 0
        for char in text:
            assert char not in "\u202a\u202b\u202c\u202d\u202e"
            depth += (char in "\u2066\u2067\u2068") - (char == "\u2069")
            assert depth >= 0
        assert depth == 0
