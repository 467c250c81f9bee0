"""FEP-8fcf as values: the digest and the header."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.synchronisation import Synchronisation, digest, prefix_of, read_header, write_header

FOLLOWERS = "https://a.example/users/ann/followers"
PART = "https://a.example/users/ann/followers_synchronization"


def test_the_vector_of_the_fep() -> None:
    people = ["https://testing.example.org/users/1", "https://testing.example.org/users/2"]
    expected = "c33f48cd341ef046a206b8a72ec97af65079f9a3a9b90eef79c5920dce45c61f"
    assert digest(people) == digest(reversed(people)) == expected
    assert digest([]) == "0" * 64


@given(st.lists(st.text(max_size=20), max_size=10), st.text(max_size=20))
def test_adding_somebody_twice_undoes_it(uris: list[str], more: str) -> None:
    assert digest([*uris, more, more]) == digest(uris)


def test_a_header_comes_back() -> None:
    value = Synchronisation(FOLLOWERS, PART, digest(["x"]))
    assert read_header(write_header(value), followers=FOLLOWERS) == value
    loose = f'digest = "{value.digest}" ,url="{PART}",collectionId="{FOLLOWERS}"'
    assert read_header(loose, followers=FOLLOWERS) == value


@pytest.mark.parametrize(
    "header",
    [
        "",
        "collectionId",
        f'collectionId="{FOLLOWERS}"',
        write_header(Synchronisation("https://b.example/users/x/followers", PART, "0" * 64)),
        write_header(Synchronisation(FOLLOWERS, "https://b.example/list", "0" * 64)),
        write_header(Synchronisation(FOLLOWERS, "file:///etc/passwd", "0" * 64)),
        write_header(Synchronisation(FOLLOWERS, PART, "0" * 63)),
        write_header(Synchronisation(FOLLOWERS, PART, "G" * 64)),
        write_header(Synchronisation(FOLLOWERS, PART, "0" * 64)) + ', url="https://b.example/"',
        write_header(Synchronisation(FOLLOWERS, PART, "0" * 64)) + "x" * 5000,
    ],
)
def test_headers_that_are_refused(header: str) -> None:
    with pytest.raises(Malformed):
        read_header(header, followers=FOLLOWERS)


def test_the_prefix_of_a_server() -> None:
    assert prefix_of("https://B.example:443/users/x?y") == "https://b.example/"
    assert prefix_of("http://127.0.0.1:8080/inbox") == "http://127.0.0.1:8080/"
