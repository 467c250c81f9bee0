from __future__ import annotations

import copy
import json
import pickle
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from keys import encoding
from keys.algorithms import Algorithm
from keys.pair import KeyMalformed, PrivateKey, PublicKey

VECTORS = Path(__file__).parent.parent / "vectors"
MULTIKEYS = json.loads((VECTORS / "multikeys.json").read_text())


def spki_pem(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def rsa_pem_of(modulus: int, exponent: int) -> str:
    """PKCS #1 written by hand, because cryptography refuses to build keys as bad as these."""

    def integer(value: int) -> bytes:
        body = value.to_bytes(value.bit_length() // 8 + 1, "big")
        return tagged(0x02, body)

    def tagged(tag: int, body: bytes) -> bytes:
        size = len(body)
        if size < 128:
            return bytes([tag, size]) + body
        length = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes([tag, 0x80 | len(length)]) + length + body

    return encoding.pem_encode("RSA PUBLIC KEY", tagged(0x30, integer(modulus) + integer(exponent)))


def test_sign_and_verify(key: PrivateKey) -> None:
    signature = key.sign(b"data")
    assert key.public.verify(b"data", signature)
    assert not key.public.verify(b"datA", signature)
    assert not key.public.verify(b"data", signature[:-1])
    assert not key.public.verify(b"data", signature + b"\0")
    assert not key.public.verify(b"data", b"")


def test_every_changed_byte_of_a_signature_fails(key: PrivateKey) -> None:
    signature = key.sign(b"data")
    for index in range(len(signature)):
        changed = bytearray(signature)
        changed[index] ^= 1
        assert not key.public.verify(b"data", bytes(changed))


def test_another_key_does_not_verify(rsa_key: PrivateKey, ed25519_key: PrivateKey) -> None:
    for algorithm, mine in ((Algorithm.RSA_2048, rsa_key), (Algorithm.ED25519, ed25519_key)):
        assert not PrivateKey.generate(algorithm).public.verify(b"data", mine.sign(b"data"))
    assert not rsa_key.public.verify(b"data", ed25519_key.sign(b"data"))
    assert not ed25519_key.public.verify(b"data", rsa_key.sign(b"data"))


def test_public_round_trips(key: PrivateKey) -> None:
    public = key.public
    assert PublicKey.from_pem(public.to_pem()) == public
    assert PublicKey.from_multikey(public.to_multikey()) == public
    assert hash(PublicKey.from_pem(public.to_pem())) == hash(public)
    assert PublicKey.from_pem(public.to_pem()).verify(b"x", key.sign(b"x"))


def test_private_round_trip(key: PrivateKey) -> None:
    again = PrivateKey.from_bytes(key.algorithm, key.to_bytes())
    assert again.public == key.public
    assert again.sign(b"x") == key.sign(b"x")


def test_keys_are_different() -> None:
    one, two = PrivateKey.generate(Algorithm.ED25519), PrivateKey.generate(Algorithm.ED25519)
    assert one != two
    assert one.public != two.public


def test_pkcs1_and_spki_give_the_same_key(rsa_key: PrivateKey) -> None:
    loaded = serialization.load_pem_public_key(rsa_key.public.to_pem().encode())
    assert isinstance(loaded, rsa.RSAPublicKey)
    pkcs1 = loaded.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()
    assert PublicKey.from_pem(pkcs1) == rsa_key.public
    numbers = loaded.public_numbers()
    assert PublicKey.from_pem(rsa_pem_of(numbers.n, numbers.e)) == rsa_key.public


@pytest.mark.parametrize("vector", MULTIKEYS["public"], ids=lambda vector: vector["source"])
def test_multikey_vectors(vector: dict[str, str]) -> None:
    key = PublicKey.from_multikey(vector["multikey"])
    assert key.algorithm.name == vector["algorithm"]
    assert key.to_multikey() == vector["multikey"]


def test_multikey_vector_of_a_pair() -> None:
    pair = MULTIKEYS["pair"]
    code, seed = encoding.multicodec_decode(encoding.multibase_decode(pair["secret"]))
    assert code == encoding.ED25519_PRIVATE
    assert PrivateKey.from_bytes(Algorithm.ED25519, seed).public.to_multikey() == pair["public"]


# --- What strangers may send -------------------------------------------------------------------------------


def test_weak_and_huge_rsa_are_refused() -> None:
    for bits in (512, 1024, 2047, 8193, 16384):
        with pytest.raises(KeyMalformed):
            PublicKey.from_pem(rsa_pem_of(2 ** (bits - 1) + 1, 65537))


@pytest.mark.parametrize("bits", [2048, 3072, 4096, 8192])
def test_usual_sizes_are_taken(bits: int) -> None:
    assert PublicKey.from_pem(rsa_pem_of(2 ** (bits - 1) + 1, 65537)).algorithm is Algorithm.RSA_2048


@pytest.mark.parametrize("exponent", [1, 2, 3, 17, 65535, 65536, 65538, 2**32 + 1, 2**64 + 1, 2**2000 + 1])
def test_odd_exponents_are_refused(exponent: int) -> None:
    with pytest.raises(KeyMalformed):
        PublicKey.from_pem(rsa_pem_of(2**2047 + 1, exponent))


def test_other_kinds_of_key_are_refused(rsa_key: PrivateKey) -> None:
    curve = spki_pem(ec.generate_private_key(ec.SECP256R1()).public_key())
    private = encoding.pem_encode("PRIVATE KEY", rsa_key.to_bytes())
    disguised = encoding.pem_encode("PUBLIC KEY", rsa_key.to_bytes())
    certificate = encoding.pem_encode("CERTIFICATE", b"x" * 100)
    for text in (curve, private, disguised, certificate, "", "x", "-----BEGIN PUBLIC KEY-----"):
        with pytest.raises(KeyMalformed):
            PublicKey.from_pem(text)


def test_a_megabyte_of_text_is_refused_quickly() -> None:
    texts = [
        "A" * 1_000_000,
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 1_000_000 + "\n-----END PUBLIC KEY-----",
        "-----BEGIN PUBLIC KEY-----" + " " * 1_000_000,
    ]
    begin = time.process_time()
    for text in texts:
        with pytest.raises(KeyMalformed):
            PublicKey.from_pem(text)
        with pytest.raises(KeyMalformed):
            PublicKey.from_multikey("z" + text)
    assert time.process_time() - begin < 0.5


@pytest.mark.parametrize("text", MULTIKEYS["refused"], ids=lambda entry: entry["why"])
def test_other_multikeys_are_refused(text: dict[str, str]) -> None:
    with pytest.raises(KeyMalformed):
        PublicKey.from_multikey(text["multikey"])


def test_short_ed25519_is_refused() -> None:
    for raw in (b"", b"k" * 31, b"k" * 33):
        text = encoding.multibase_encode(encoding.multicodec_encode(encoding.ED25519_PUBLIC, raw))
        with pytest.raises(KeyMalformed):
            PublicKey.from_multikey(text)


@pytest.mark.parametrize("point", [b"\0" * 32, b"\x01" + b"\0" * 31])
def test_a_point_of_small_order_verifies_nothing(point: bytes) -> None:
    """With such a key, a lax verifier accepts one signature for every message."""
    text = encoding.multibase_encode(encoding.multicodec_encode(encoding.ED25519_PUBLIC, point))
    key = PublicKey.from_multikey(text)
    for signature in (b"\x01" + b"\0" * 63, b"\0" * 64):
        assert not key.verify(b"anything", signature)


@given(st.text(max_size=300))
def test_any_text_gives_a_key_or_keymalformed(text: str) -> None:
    for read in (PublicKey.from_pem, PublicKey.from_multikey):
        with pytest.raises(KeyMalformed):
            read(text)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_key_or_keymalformed(data: bytes) -> None:
    for label in ("PUBLIC KEY", "RSA PUBLIC KEY"):
        with pytest.raises(KeyMalformed):
            PublicKey.from_pem(encoding.pem_encode(label, data or b"\0"))


# --- Private keys stay private -----------------------------------------------------------------------------


def test_the_secret_is_not_shown_or_copied(key: PrivateKey) -> None:
    secret = key.to_bytes()
    for shown in (repr(key), str(key), repr(key.public)):
        assert secret.hex() not in shown
        assert repr(secret) not in shown
        assert "Signing" not in shown
    for duplicate in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            duplicate(key)


@pytest.mark.parametrize("algorithm", list(Algorithm))
@pytest.mark.parametrize("data", [b"", b"x" * 31, b"x" * 33, b"not a key at all" * 20])
def test_bad_private_bytes(algorithm: Algorithm, data: bytes) -> None:
    with pytest.raises(KeyMalformed):
        PrivateKey.from_bytes(algorithm, data)


def test_private_bytes_of_another_kind(rsa_key: PrivateKey) -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(KeyMalformed):
        PrivateKey.from_bytes(Algorithm.RSA_2048, curve)
    with pytest.raises(KeyMalformed):
        PrivateKey.from_bytes(Algorithm.ED25519, rsa_key.to_bytes())
