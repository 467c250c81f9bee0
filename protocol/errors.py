"""What the protocol layer says when it refuses: `Malformed` for input, `Refusal` for signatures and proofs."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Malformed(ValueError):
    """Input that is not in the form its reader takes. `message` is safe to show to the sender.

    `where` names the place: a header, a JSON path such as `object.tag[2]`, or "" where there is nothing to name.
    """

    def __init__(self, message: str, where: str = "") -> None:
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.where = where


class Reason(Enum):
    """Why a signature or proof does not count. The value is the code that logs and metrics carry."""

    MISSING = "missing"
    """There is no signature at all."""
    MALFORMED = "malformed"
    """A header or proof does not follow its grammar, or names a header that the request lacks."""
    SEVERAL = "several"
    """More than one signature, or a header that must be single is repeated."""
    UNSIGNED_TARGET = "unsigned-target"
    """Method and path are not covered: the signature could be replayed elsewhere on this host."""
    UNSIGNED_HOST = "unsigned-host"
    """The host is not covered: the signature could be replayed on another host."""
    UNSIGNED_DATE = "unsigned-date"
    """No time is covered: the signature could be replayed for ever."""
    UNSIGNED_DIGEST = "unsigned-digest"
    """The digest is there but not covered: the body could be exchanged."""
    HOST_MISMATCH = "host-mismatch"
    """The Host header names another authority than the one the request was sent to."""
    DIGEST_MISSING = "digest-missing"
    DIGEST_MALFORMED = "digest-malformed"
    DIGEST_ALGORITHM = "digest-algorithm"
    """No digest of an algorithm that is accepted (SHA-256, SHA-512)."""
    DIGEST_MISMATCH = "digest-mismatch"
    EXPIRED = "expired"
    """Older than allowed, or past its own `expires`."""
    FUTURE = "future"
    """Created later than now plus the allowed skew."""
    ALGORITHM = "algorithm"
    """An algorithm that is not accepted, or not the key's."""
    BAD_SIGNATURE = "bad-signature"
    """Everything is in order but the key did not make this signature."""
    PROOF_KIND = "proof-kind"
    """A proof of another type, cryptosuite or purpose than the one that is understood."""
    PROOF_CONTEXT = "proof-context"
    """The proof's `@context` is not the beginning of the document's."""


class Refusal(NamedTuple):
    """A typed no: the reason, and a detail for the log (never secret, safe to show)."""

    reason: Reason
    detail: str = ""
