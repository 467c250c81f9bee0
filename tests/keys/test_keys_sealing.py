from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.sealing import (
    OVERHEAD_BYTES,
    Context,
    EnvelopeMalformed,
    MasterKey,
    SealError,
    Tampered,
    WrongMaster,
    reseal,
    seal,
    sealed_with,
    unseal,
)

MASTER = MasterKey(b"\x01" * 32)
OTHER = MasterKey(b"\x02" * 32)
CONTEXT = Context("account:17", "signing-key:rsa")


@given(st.binary(max_size=2000))
def test_round_trip(plaintext: bytes) -> None:
    envelope = seal(MASTER, plaintext, CONTEXT)
    assert len(envelope) == len(plaintext) + OVERHEAD_BYTES
    assert unseal(MASTER, envelope, CONTEXT) == plaintext


def test_the_plaintext_is_not_in_the_envelope_and_no_two_are_alike() -> None:
    first, second = (seal(MASTER, b"very secret bytes", CONTEXT) for _ in range(2))
    assert first != second
    assert b"secret" not in first


def test_every_changed_byte_is_noticed() -> None:
    envelope = seal(MASTER, b"secret", CONTEXT)
    for index in range(len(envelope)):
        changed = bytearray(envelope)
        changed[index] ^= 1
        with pytest.raises(SealError):
            unseal(MASTER, bytes(changed), CONTEXT)


def test_another_owner_or_purpose_does_not_open_it() -> None:
    envelope = seal(MASTER, b"secret", CONTEXT)
    for context in (
        Context("account:18", CONTEXT.purpose),
        Context(CONTEXT.owner, "signing-key:ed25519"),
        # The same letters, divided elsewhere.
        Context("account:17signing", "-key:rsa"),
        Context("", "account:17signing-key:rsa"),
    ):
        with pytest.raises(Tampered):
            unseal(MASTER, envelope, context)


def test_another_master_is_named() -> None:
    envelope = seal(MASTER, b"secret", CONTEXT)
    with pytest.raises(WrongMaster) as caught:
        unseal(OTHER, envelope, CONTEXT)
    assert caught.value.key_id == MASTER.key_id.hex()
    forged = envelope[:1] + OTHER.key_id + envelope[9:]
    with pytest.raises(Tampered):
        unseal(OTHER, forged, CONTEXT)


def test_reseal() -> None:
    envelope = seal(MASTER, b"secret", CONTEXT)
    moved = reseal(MASTER, OTHER, envelope, CONTEXT)
    assert sealed_with(moved) == OTHER.key_id
    assert unseal(OTHER, moved, CONTEXT) == b"secret"
    assert reseal(MASTER, OTHER, moved, CONTEXT) == moved
    with pytest.raises(Tampered):
        reseal(MASTER, OTHER, envelope, Context("account:18", "signing-key:rsa"))
    with pytest.raises(WrongMaster):
        reseal(MasterKey(b"\x03" * 32), OTHER, envelope, CONTEXT)


@given(st.binary(max_size=120))
def test_any_bytes_are_refused_with_a_seal_error(data: bytes) -> None:
    with pytest.raises(SealError):
        unseal(MASTER, data, CONTEXT)


def test_short_and_unknown_envelopes() -> None:
    envelope = seal(MASTER, b"", CONTEXT)
    with pytest.raises(EnvelopeMalformed, match="short"):
        unseal(MASTER, envelope[:-1], CONTEXT)
    with pytest.raises(EnvelopeMalformed, match="version 2"):
        sealed_with(b"\x02" + envelope[1:])


def test_the_master_key_is_not_shown_or_copied() -> None:
    for shown in (repr(MASTER), str(MASTER)):
        assert "\\x01" not in shown
        assert "0101" not in shown
    for duplicate in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            duplicate(MASTER)
    assert MASTER.secret not in MASTER.key_id


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_a_master_key_has_32_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        MasterKey(b"x" * size)
