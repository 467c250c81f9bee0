from __future__ import annotations

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keys import encoding
from keys.encoding import EncodingError


@pytest.mark.parametrize(
    ("data", "text"),
    [
        # draft-msporny-base58 section 5.
        (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        (bytes.fromhex("0000287fb4cd"), "11233QC4"),
        (b"", ""),
        (b"\0", "1"),
    ],
)
def test_base58_vectors(data: bytes, text: str) -> None:
    assert encoding.base58_encode(data) == text
    assert encoding.base58_decode(text) == data


@given(st.binary(max_size=300), st.sampled_from("zu"))
@example(b"\0\0\0", "z")
def test_multibase_round_trip(data: bytes, base: str) -> None:
    assert encoding.multibase_decode(encoding.multibase_encode(data, base)) == data


@pytest.mark.parametrize(
    "text", ["", "q123", "z0", "zO", "zI", "zl", "z ", "u=", "uA", "uAB", "u+/", "uAA==", "m" + "A" * 8]
)
def test_multibase_refuses(text: str) -> None:
    with pytest.raises(EncodingError):
        encoding.multibase_decode(text)


def test_multibase_refuses_long_text() -> None:
    with pytest.raises(EncodingError):
        encoding.multibase_decode("z" + "2" * encoding.MAX_TEXT)


def test_unknown_base_is_not_written() -> None:
    with pytest.raises(EncodingError):
        encoding.multibase_encode(b"x", "m")


@given(st.integers(0, 2**28 - 1), st.binary(max_size=8))
def test_multicodec_round_trip(code: int, data: bytes) -> None:
    assert encoding.multicodec_decode(encoding.multicodec_encode(code, data)) == (code, data)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x80\x80\x80\x80\x01", b"\x80\x00", b"\xff\xff\xff\xff"])
def test_multicodec_refuses_cut_off_long_and_padded_varints(data: bytes) -> None:
    with pytest.raises(EncodingError):
        encoding.multicodec_decode(data)


def test_multihash_of_a_known_text() -> None:
    digest = hashlib.sha256(b"multihash").digest()
    assert encoding.multihash_encode(digest) == bytes.fromhex("1220") + digest
    assert encoding.multihash_decode(encoding.multihash_encode(digest)) == digest


@pytest.mark.parametrize(
    "data",
    [
        b"\x12\x20" + b"x" * 31,
        b"\x12\x20" + b"x" * 33,
        b"\x12\x1f" + b"x" * 32,
        b"\x11\x20" + b"x" * 32,
        b"\x12",
        b"",
    ],
)
def test_multihash_refuses(data: bytes) -> None:
    with pytest.raises(EncodingError):
        encoding.multihash_decode(data)


def test_multihash_refuses_to_wrap_another_length() -> None:
    with pytest.raises(EncodingError):
        encoding.multihash_encode(b"x" * 20)


@given(st.binary(min_size=1, max_size=200))
def test_pem_round_trip(der: bytes) -> None:
    assert encoding.pem_decode(encoding.pem_encode("PUBLIC KEY", der)) == ("PUBLIC KEY", der)


def test_pem_forgives_white_space() -> None:
    text = encoding.pem_encode("PUBLIC KEY", b"x" * 90)
    for variant in (text.replace("\n", "\r\n"), f"\n\n{text}\n ", text.replace("\n", " ")):
        assert encoding.pem_decode(variant) == ("PUBLIC KEY", b"x" * 90)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AAAA",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN PUBLIC KEY-----\nA\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\n\n-----END PUBLIC KEY-----",
        "Comment\n-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nProc-Type: 4\nAAAA\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" * 2,
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 9000 + "\n-----END PUBLIC KEY-----",
    ],
)
def test_pem_refuses(text: str) -> None:
    with pytest.raises(EncodingError):
        encoding.pem_decode(text)


def test_ed25519_spki() -> None:
    der = encoding.ed25519_spki(b"k" * 32)
    assert encoding.ed25519_from_spki(der) == b"k" * 32
    assert encoding.ed25519_from_spki(der + b"x") is None
    assert encoding.ed25519_from_spki(der[:-1]) is None
    assert encoding.ed25519_from_spki(b"0" + der[1:-1] + b"x") == b"k" * 31 + b"x"
    assert encoding.ed25519_from_spki(b"1" + der[1:]) is None
    with pytest.raises(EncodingError):
        encoding.ed25519_spki(b"k" * 31)
