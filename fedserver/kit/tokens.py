"""Random tokens: made from the system's randomness, stored only as a digest, compared in constant time.

A token has at least 128 bits, so a plain SHA-256 is enough to store it: there is nothing to guess and no
dictionary to try. (Passwords are another matter: see ``passwords``.)
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

MIN_BYTES = 16
DIGEST_BYTES = 32


def new_token(nbytes: int = 32) -> str:
    """A URL-safe random text of ``nbytes`` bytes (43 characters for 32). Raises ``ValueError`` below 16 bytes."""
    if nbytes < MIN_BYTES:
        raise ValueError("a token needs at least 128 bits")
    return secrets.token_urlsafe(nbytes)


def random_bytes(count: int) -> bytes:
    """Bytes from the system's randomness, for secrets that are no text."""
    return secrets.token_bytes(count)


def hash_token(text: str) -> bytes:
    """The 32-byte SHA-256 under which a token is stored and looked up. Takes any text, lone surrogates too."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def same(one: str | bytes, other: str | bytes) -> bool:
    """Whether two secrets are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
