from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys import encoding
from protocol.errors import Malformed
from protocol.media import digest_multibase, matches, read_digest

DIGEST = hashlib.sha256(b"").digest()


def test_the_digest_of_nothing() -> None:
    text = digest_multibase(DIGEST)
    # The widely known CID v0 of an empty input: a base58btc sha2-256 multihash.
    assert text == "zQmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n"
    assert read_digest(text) == DIGEST
    assert read_digest(encoding.multibase_encode(encoding.multihash_encode(DIGEST), "u")) == DIGEST
    assert matches(text, DIGEST)


@given(st.binary(min_size=32, max_size=32))
def test_round_trip(sha256: bytes) -> None:
    assert read_digest(digest_multibase(sha256)) == sha256
    assert matches(digest_multibase(sha256), sha256)
    assert not matches(digest_multibase(sha256), bytes([sha256[0] ^ 1]) + sha256[1:])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "Qm",
        DIGEST.hex(),
        "z" + "1" * 200,
        encoding.multibase_encode(DIGEST),
        encoding.multibase_encode(bytes.fromhex("1114") + b"x" * 20),
        encoding.multibase_encode(encoding.multihash_encode(DIGEST) + b"x"),
    ],
)
def test_what_is_no_sha256_multihash(text: str) -> None:
    assert not matches(text, DIGEST)
    with pytest.raises(Malformed):
        read_digest(text)
