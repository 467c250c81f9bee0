"""Digests of media files in documents (FEP-1311): `digestMultibase`, the base58btc multibase of a SHA-256 multihash."""

from __future__ import annotations

import hmac

from keys import encoding
from protocol.errors import Malformed

_MAX_TEXT = 128


def digest_multibase(sha256: bytes) -> str:
    """Write the SHA-256 digest (32 bytes) of a file as `digestMultibase`: 47 characters that begin with `zQm`."""
    return encoding.multibase_encode(encoding.multihash_encode(sha256))


def read_digest(text: str) -> bytes:
    """Read a `digestMultibase` (base58btc or base64url) and return the 32 bytes of its SHA-256. Raises `Malformed`."""
    if len(text) > _MAX_TEXT:
        raise Malformed("the digest is too long", "digestMultibase")
    try:
        return encoding.multihash_decode(encoding.multibase_decode(text))
    except encoding.EncodingError as error:
        raise Malformed(str(error), "digestMultibase") from error


def matches_text(text: str, other: str) -> bool:
    """Tell whether two `digestMultibase` texts, in whatever base, name the same digest."""
    try:
        return matches(text, read_digest(other))
    except Malformed:
        return False


def matches(text: str, sha256: bytes) -> bool:
    """Tell whether a `digestMultibase` is that of a file with this SHA-256. False for a text that is no digest."""
    try:
        return hmac.compare_digest(read_digest(text), sha256)
    except Malformed:
        return False
