"""Body digests: the `Digest` header (RFC 3230) of draft-cavage, and `Content-Digest` (RFC 9530) of RFC 9421.

Only SHA-256 and SHA-512 count. A header may carry several algorithms; one that counts is enough, but each that counts
must match, so that no reader of the same request sees another body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence

from protocol.errors import Malformed, Reason, Refusal
from protocol.http import structured

_MAX_ENTRIES = 8
# hashlib lets go of the interpreter lock for longer pieces and for each new state (a copy of an empty one is none), and
# among busy threads getting it back costs many times what hashing a usual body does
_PIECE, _SHORT = 2047, 32 * 1024
_EMPTY_256, _EMPTY_512 = hashlib.sha256(), hashlib.sha512()


def sha256(body: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(body).digest() if len(body) > _SHORT else _in_pieces(_EMPTY_256.copy(), body)


def _sha512(body: bytes) -> bytes:
    return hashlib.sha512(body).digest() if len(body) > _SHORT else _in_pieces(_EMPTY_512.copy(), body)


def _in_pieces(state: hashlib._Hash, body: bytes) -> bytes:
    for start in range(0, len(body), _PIECE):
        state.update(body[start : start + _PIECE])
    return state.digest()


_HASHES: dict[str, Callable[[bytes], bytes]] = {"sha-256": sha256, "sha-512": _sha512}


def digest(body: bytes) -> str:
    """Write the value of `Digest` with SHA-256."""
    return "SHA-256=" + base64.b64encode(sha256(body)).decode("ascii")


def content_digest(body: bytes) -> str:
    """Write the value of `Content-Digest` with SHA-256."""
    return "sha-256=:" + base64.b64encode(sha256(body)).decode("ascii") + ":"


def check_digest(values: Sequence[str], body: bytes) -> Refusal | None:
    """Check the values of all `Digest` headers against `body`. None means that they hold."""
    if not values:
        return Refusal(Reason.DIGEST_MISSING, "no Digest header")
    entries: dict[str, bytes] = {}
    for entry in ", ".join(values).split(","):
        name, separator, encoded = entry.strip(" \t").partition("=")
        name = name.lower()
        if not separator or name in entries or len(entries) == _MAX_ENTRIES:
            return Refusal(Reason.DIGEST_MALFORMED, "the Digest header is not a list of name=value")
        try:
            # Other algorithms are kept unread: UNIXsum and the like are not base64.
            entries[name] = base64.b64decode(encoded, validate=True) if name in _HASHES else b""
        except (binascii.Error, ValueError):
            return Refusal(Reason.DIGEST_MALFORMED, "the digest is not base64")
    return _compare(entries, body)


def check_content_digest(values: Sequence[str], body: bytes) -> Refusal | None:
    """Check the values of all `Content-Digest` headers against `body`. None means that they hold."""
    if not values:
        return Refusal(Reason.DIGEST_MISSING, "no Content-Digest header")
    try:
        members = structured.parse_dictionary(", ".join(values))
    except Malformed as error:
        return Refusal(Reason.DIGEST_MALFORMED, error.message)
    entries: dict[str, bytes] = {}
    for name, member in members.items():
        if not isinstance(member, structured.Item) or type(member.value) is not bytes:
            return Refusal(Reason.DIGEST_MALFORMED, "the digest is not a byte sequence")
        entries[name] = member.value
    return _compare(entries, body)


def _compare(entries: dict[str, bytes], body: bytes) -> Refusal | None:
    known = [name for name in entries if name in _HASHES]
    if not known:
        return Refusal(Reason.DIGEST_ALGORITHM, "neither SHA-256 nor SHA-512")
    for name in known:
        if not hmac.compare_digest(entries[name], _HASHES[name](body)):
            return Refusal(Reason.DIGEST_MISMATCH, name)
    return None
