"""Passwords: argon2id (RFC 9106), tuned to about 40 ms on one core.

Hashing takes 19 MiB and CPU time, and releases the GIL: call it from a thread, never on the event loop.
The text is brought to NFKC first, as NIST SP 800-63B asks, so that two keyboards spell the same password.
"""

from __future__ import annotations

import unicodedata

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy

MIN_LENGTH = 8
MAX_LENGTH = 128

_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A real hash of nothing anyone can type (random, and forgotten), for accounts that do not exist: the work must be the
# same. It stands here because making one takes as long as a sign-in, at every start.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$z1OeDRdDj94RSQGD+hbw3w$pgbCgS7HT5YytTlUYK0xa0n9J0rc8kPZzB/qu8HKyEo"


def check_password(text: str) -> None:
    """Raise ``Invalid`` unless ``text`` has 8 to 128 characters and is encodable."""
    if len(text) < MIN_LENGTH:
        raise Invalid(lazy("The password must have at least %(count)d characters", count=MIN_LENGTH))
    if len(text) > MAX_LENGTH:
        raise Invalid(lazy("The password must have at most %(count)d characters", count=MAX_LENGTH))
    if _normal(text) is None:
        raise Invalid(lazy("The password holds a character that cannot be used"))


def hash_password(text: str) -> str:
    """The argon2id hash to store, in PHC form. Raises ``Invalid`` as ``check_password`` does."""
    check_password(text)
    return _HASHER.hash(_normal(text) or b"")


def verify_password(stored: str | None, text: str) -> bool:
    """Whether ``text`` is the password of ``stored``; None (no such account) costs the same and is never right.

    An unreadable ``stored`` hash is False, not an error.
    """
    secret = _normal(text) if len(text) <= MAX_LENGTH else None
    try:
        right = _HASHER.verify(_NOBODY if stored is None else stored, secret or b"")
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None and secret is not None


def needs_rehash(stored: str) -> bool:
    """Whether ``stored`` was made with other parameters than today's: hash again after the next sign-in."""
    return _HASHER.check_needs_rehash(stored)


def _normal(text: str) -> bytes | None:
    """The bytes to hash, or None for a text that has none (a lone surrogate)."""
    try:
        return unicodedata.normalize("NFKC", text).encode()
    except UnicodeEncodeError:
        return None
