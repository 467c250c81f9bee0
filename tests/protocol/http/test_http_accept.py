from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.http.accept import Wanted, offer, read_accept, write_accept


def test_the_example_of_the_rfc() -> None:
    """Section 5.1, without the component that carries a parameter."""
    text = (
        'sig1=("@method" "@target-uri" "@authority" "content-digest" "cache-control")'
        ';keyid="test-key-rsa-pss";created;tag="app-123"'
    )
    assert read_accept(text) == (
        Wanted(
            "sig1",
            ("@method", "@target-uri", "@authority", "content-digest", "cache-control"),
            created=True,
            key_id="test-key-rsa-pss",
            tag="app-123",
        ),
    )


def test_our_offer() -> None:
    assert offer(with_body=True) == 'sig1=("@method" "@target-uri" "content-digest");created'
    assert offer(with_body=False) == 'sig1=("@method" "@target-uri");created'


WANTED = st.builds(
    Wanted,
    st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True),
    st.lists(st.sampled_from(["@method", "@path", "@query", "date", "x-a"]), unique=True, max_size=4).map(tuple),
    st.booleans(),
    st.booleans(),
    *[st.none() | st.from_regex(r"[ -~]{0,10}", fullmatch=True)] * 4,
)


@given(st.lists(WANTED, max_size=4, unique_by=lambda one: one.label))
def test_what_is_written_is_read_back(wanted: list[Wanted]) -> None:
    assert read_accept(write_accept(*wanted)) == tuple(wanted)


@pytest.mark.parametrize(
    "text",
    [
        'sig1=("@method" "content-digest";req);created',
        'sig1=("@query-param";name="a");created',
        'sig1=("@status");created',
        'sig1=("@method" "@method");created',
        "sig1=(token);created",
        'sig1=("Upper");created',
        'sig1=("@method");tag=1',
        'sig1="@method"',
        "sig1",
    ],
)
def test_what_cannot_be_met_is_passed_over(text: str) -> None:
    assert read_accept(text) == ()
    assert [one.label for one in read_accept(text + ', ok=("@method");keyid')] == ["ok"]


@pytest.mark.parametrize(
    "text", ["(", "sig1=(", "SIG=()", 'sig1=("a");;', "a=(),a=()", ",", ", ".join(f"a{n}=()" for n in range(9))]
)
def test_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read_accept(text)
