"""Private keys and other secrets at rest: an authenticated, versioned envelope.

    version (1) | master key id (8) | nonce (24) | ciphertext and tag

XChaCha20-Poly1305 with a random nonce of 24 bytes: no counter to keep, no practical limit on the number of messages.
The AEAD key is derived from the master key, so that the id (derived too) tells nothing about it. The associated data
binds the header and the context (whose secret this is, and what for), so an envelope that is copied to another row
does not open there. Reading the header needs no key, which is how rows that await a change of master are found.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import NoReturn

from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.utils import random

VERSION = 1
MASTER_BYTES = 32
ID_BYTES = 8
_NONCE_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_TAG_BYTES = bindings.crypto_aead_xchacha20poly1305_ietf_ABYTES
_HEADER_BYTES = 1 + ID_BYTES
OVERHEAD_BYTES = _HEADER_BYTES + _NONCE_BYTES + _TAG_BYTES


class SealError(Exception):
    """An envelope does not open. The subclasses say why; none of them carries secret bytes."""


class EnvelopeMalformed(SealError):
    """Too short, or of a version that this code does not know."""


class WrongMaster(SealError):
    """Sealed with another master key; `key_id` (hex) says which."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"sealed with the master key {key_id}")
        self.key_id = key_id


class Tampered(SealError):
    """The bytes were changed, or the envelope belongs to another owner or purpose."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """32 secret bytes, from which the sealing key and its public id are derived. Nowhere shown or pickled."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != MASTER_BYTES:
            raise ValueError(f"a master key has {MASTER_BYTES} bytes")

    @property
    def key_id(self) -> bytes:
        """8 bytes that name this key in envelopes; safe to show."""
        return hashlib.blake2b(b"", key=self.secret, digest_size=ID_BYTES, person=b"fedserver-id").digest()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a master key is not pickled or copied")


@dataclass(frozen=True, slots=True)
class Context:
    """What an envelope is bound to: the owner (`account:17`) and the purpose (`signing-key:rsa`)."""

    owner: str
    purpose: str


def seal(master: MasterKey, plaintext: bytes, context: Context) -> bytes:
    """Encrypt `plaintext` for `context`; adds `OVERHEAD_BYTES`. Twice the same input gives different bytes."""
    header = bytes([VERSION]) + master.key_id
    nonce = random(_NONCE_BYTES)
    body = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
        plaintext, _associated(header, context), nonce, _sealing_key(master)
    )
    return header + nonce + body


def unseal(master: MasterKey, envelope: bytes, context: Context) -> bytes:
    """Open an envelope. Raises `EnvelopeMalformed`, `WrongMaster` or `Tampered`."""
    key_id = sealed_with(envelope)
    if key_id != master.key_id:
        raise WrongMaster(key_id.hex())
    header, nonce = envelope[:_HEADER_BYTES], envelope[_HEADER_BYTES : _HEADER_BYTES + _NONCE_BYTES]
    try:
        return bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
            envelope[_HEADER_BYTES + _NONCE_BYTES :], _associated(header, context), nonce, _sealing_key(master)
        )
    except CryptoError:
        raise Tampered("the envelope was changed, or is another owner's or purpose's") from None


def reseal(old: MasterKey, new: MasterKey, envelope: bytes, context: Context) -> bytes:
    """Move an envelope from one master key to another. Returns it unchanged if it is sealed with `new` already."""
    if sealed_with(envelope) == new.key_id:
        return envelope
    return seal(new, unseal(old, envelope, context), context)


def sealed_with(envelope: bytes) -> bytes:
    """Return the id of the master key that sealed `envelope`. Raises `EnvelopeMalformed`."""
    if len(envelope) < OVERHEAD_BYTES:
        raise EnvelopeMalformed("the envelope is too short")
    if envelope[0] != VERSION:
        raise EnvelopeMalformed(f"the envelope has the unknown version {envelope[0]}")
    return envelope[1:_HEADER_BYTES]


def _sealing_key(master: MasterKey) -> bytes:
    return hashlib.blake2b(b"", key=master.secret, digest_size=32, person=b"fedserver-seal").digest()


def _associated(header: bytes, context: Context) -> bytes:
    """Header, owner and purpose, each with its length before it, so that no two contexts give the same bytes."""
    parts = [header, context.owner.encode(), context.purpose.encode()]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)
