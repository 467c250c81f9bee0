"""From a request to a verified sender, in two steps with the fetching of the key in between.

`read_claim` looks at the request alone: which scheme, is everything covered that must be, does the digest fit the
body, is the time right. What it returns is a *claim*: "the owner of this key id says that". The caller fetches the key
(and checks whose it is), then `Claim.verify(key)` gives a `Verified` or a reason. Only that, or a record that an
earlier `Verified` wrote, makes a `Verified`; a function that takes one cannot be called with unverified input.

What a signature must cover (security rule 7):

- method and path, or it could be replayed to another inbox;
- the host, or on another server; and the host must be ours;
- a time (`date`, or created), at most 12 hours old and at most 1 hour ahead;
- the digest, whenever there is a body.

Milliseconds since 1970 throughout; the headers' seconds are converted here.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from keys.algorithms import Algorithm
from keys.pair import PublicKey
from protocol.errors import Malformed, Reason, Refusal
from protocol.http import cavage, messages
from protocol.http.dates import parse_date
from protocol.http.digest import check_content_digest, check_digest, sha256
from protocol.http.request import Request, normal_authority

MAX_SKEW_MS = 3600 * 1000
MAX_AGE_MS = 12 * 3600 * 1000

_KEY_TOKEN = object()


class Scheme(Enum):
    """The two ways to sign a request."""

    CAVAGE = "cavage"
    RFC9421 = "rfc9421"


# What the header may call the algorithm, and which kind of key that needs (None: any). `hs2019` only says "the
# key knows". Names that are not here (rsa-sha1, hmac-sha256, none ...) are refused.
_HINTS: dict[Scheme, dict[str, Algorithm | None]] = {
    Scheme.CAVAGE: {
        "rsa-sha256": Algorithm.RSA_2048,
        "hs2019": None,
        "ed25519": Algorithm.ED25519,
        "ed25519-sha512": Algorithm.ED25519,
    },
    Scheme.RFC9421: {"rsa-v1_5-sha256": Algorithm.RSA_2048, "ed25519": Algorithm.ED25519},
}


@dataclass(frozen=True, slots=True, init=False)
class Verified:
    """Proof that the holder of `key_id` signed this request, body included. Made by `Claim.verify` only.

    It says nothing of who that holder may speak for: that the key's owner is the activity's actor is the next check.
    """

    key_id: str
    scheme: Scheme
    created: int
    body_sha256: bytes

    def __init__(self, token: object, key_id: str, scheme: Scheme, created: int, body_sha256: bytes) -> None:
        if token is not _KEY_TOKEN:
            raise TypeError("a Verified comes from Claim.verify or Verified.from_record")
        object.__setattr__(self, "key_id", key_id)
        object.__setattr__(self, "scheme", scheme)
        object.__setattr__(self, "created", created)
        object.__setattr__(self, "body_sha256", body_sha256)

    def covers(self, body: bytes) -> bool:
        """Tell whether `body` is the body that was signed, for a job that works on stored bytes."""
        return hmac.compare_digest(self.body_sha256, sha256(body))

    def to_record(self) -> dict[str, str | int]:
        """Return a JSON value to store beside the raw bytes, for `from_record`."""
        return {
            "version": 1,
            "key_id": self.key_id,
            "scheme": self.scheme.value,
            "created": self.created,
            "body_sha256": self.body_sha256.hex(),
        }

    @classmethod
    def from_record(cls, record: Mapping[str, object]) -> Verified:
        """Revive what `to_record` gave. Only for records from our own store. Raises `Malformed`."""
        key_id, created, digest = record.get("key_id"), record.get("created"), record.get("body_sha256")
        if record.get("version") != 1 or not isinstance(key_id, str) or not isinstance(digest, str):
            raise Malformed("not a record of a verification")
        if not isinstance(created, int) or isinstance(created, bool) or len(digest) != 64:
            raise Malformed("not a record of a verification")
        try:
            return cls(_KEY_TOKEN, key_id, Scheme(record.get("scheme")), created, bytes.fromhex(digest))
        except ValueError as error:
            raise Malformed("not a record of a verification") from error


@dataclass(frozen=True, slots=True)
class Claim:
    """A request whose signature is strong and timely, but not yet verified.

    `bases` are the byte strings that the signature may be over: the one that the scheme prescribes, then (cavage with
    a query string) the one without the query, which some senders sign. `algorithm` is the header's hint.
    """

    key_id: str
    scheme: Scheme
    algorithm: str | None
    created: int
    covered: tuple[str, ...]
    bases: tuple[bytes, ...]
    signature: bytes
    body_sha256: bytes

    def verify(self, key: PublicKey) -> Verified | Refusal:
        """Check the signature with the key that the caller fetched for `key_id`."""
        if self.algorithm:
            wanted = _HINTS[self.scheme].get(self.algorithm)
            if wanted is not None and wanted is not key.algorithm:
                return Refusal(Reason.ALGORITHM, f"{self.algorithm} does not go with the key")
        if any(key.verify(base, self.signature) for base in self.bases):
            return Verified(_KEY_TOKEN, self.key_id, self.scheme, self.created, self.body_sha256)
        return Refusal(Reason.BAD_SIGNATURE)


def read_claim(request: Request, now: int) -> Claim | Refusal:
    """Read the one signature of `request`. Never raises.

    RFC 9421 if there is a Signature-Input header, draft-cavage otherwise.
    """
    signatures = request.values("signature")
    inputs = request.values("signature-input")
    if not signatures:
        return Refusal(Reason.MISSING, "no Signature header")
    if len(signatures) > 1 or len(inputs) > 1:
        return Refusal(Reason.SEVERAL, "more than one Signature or Signature-Input header")
    try:
        if refusal := _check_host(request):
            return refusal
        if inputs:
            return _read_messages(request, inputs[0], signatures[0], now)
        return _read_cavage(request, signatures[0], now)
    except messages.SeveralSignatures as error:
        return Refusal(Reason.SEVERAL, error.message)
    except Malformed as error:
        return Refusal(Reason.MALFORMED, str(error))


def _check_host(request: Request) -> Refusal | None:
    """The Host header must be there once and name the authority that the request was sent to."""
    host = request.value("host")
    target = request.target
    if host is None or normal_authority(target.scheme, host) != target.authority:
        return Refusal(Reason.HOST_MISMATCH, "the Host header is not this server")
    return None


def _read_cavage(request: Request, header: str, now: int) -> Claim | Refusal:
    parameters = cavage.parse_header(header)
    covered = parameters.headers
    if refusal := _check_hint(Scheme.CAVAGE, parameters.algorithm):
        return refusal
    if cavage.REQUEST_TARGET not in covered:
        return Refusal(Reason.UNSIGNED_TARGET)
    if "host" not in covered:
        return Refusal(Reason.UNSIGNED_HOST)
    created_seconds = parameters.created if cavage.CREATED in covered else None
    created = _check_times(request, "date" in covered, created_seconds, parameters.expires, now)
    if isinstance(created, Refusal):
        return created
    if request.has_body:
        if refusal := check_digest(request.values("digest"), request.body):
            return refusal
        if "digest" not in covered:
            return Refusal(Reason.UNSIGNED_DIGEST)
    bases = [cavage.signing_string(request, parameters)]
    if request.target.query:
        bases.append(cavage.signing_string(request, parameters, with_query=False))
    return Claim(
        key_id=parameters.key_id,
        scheme=Scheme.CAVAGE,
        algorithm=parameters.algorithm,
        created=created,
        covered=covered,
        bases=tuple(bases),
        signature=parameters.signature,
        body_sha256=sha256(request.body),
    )


def _read_messages(request: Request, signature_input: str, signature: str, now: int) -> Claim | Refusal:
    parsed, signature_bytes = messages.parse_headers(signature_input, signature)
    covered = parsed.components
    if not parsed.key_id:
        return Refusal(Reason.MALFORMED, "signature-input: there is no keyid")
    algorithm = parsed.algorithm.lower() if parsed.algorithm is not None else None
    if refusal := _check_hint(Scheme.RFC9421, algorithm):
        return refusal
    if not _covers_target(request, covered):
        return Refusal(Reason.UNSIGNED_TARGET)
    if not {"@target-uri", "@authority", "host"} & set(covered):
        return Refusal(Reason.UNSIGNED_HOST)
    created = _check_times(request, "date" in covered, parsed.created, parsed.expires, now)
    if isinstance(created, Refusal):
        return created
    if request.has_body:
        if refusal := check_content_digest(request.values("content-digest"), request.body):
            return refusal
        if "content-digest" not in covered:
            return Refusal(Reason.UNSIGNED_DIGEST)
    return Claim(
        key_id=parsed.key_id,
        scheme=Scheme.RFC9421,
        algorithm=algorithm,
        created=created,
        covered=covered,
        bases=(messages.signature_base(request, parsed),),
        signature=signature_bytes,
        body_sha256=sha256(request.body),
    )


def _covers_target(request: Request, covered: tuple[str, ...]) -> bool:
    """Method and full target, in any of the ways that RFC 9421 offers."""
    if "@method" not in covered:
        return False
    if "@target-uri" in covered or "@request-target" in covered:
        return True
    return "@path" in covered and ("@query" in covered or not request.target.query)


def _check_hint(scheme: Scheme, algorithm: str | None) -> Refusal | None:
    if algorithm is None or algorithm in _HINTS[scheme]:
        return None
    return Refusal(Reason.ALGORITHM, f"{algorithm} is not accepted")


def _check_times(
    request: Request, date_covered: bool, created: int | None, expires: int | None, now: int
) -> int | Refusal:
    """Return when the request was signed. Every time that is covered must be in the window, not only one."""
    times: list[int] = []
    if created is not None:
        times.append(created * 1000)
    if date_covered:
        date = parse_date(request.value("date") or "")
        if date is None:
            return Refusal(Reason.MALFORMED, "date: not an HTTP date")
        times.append(date)
    if not times:
        return Refusal(Reason.UNSIGNED_DATE)
    if max(times) > now + MAX_SKEW_MS:
        return Refusal(Reason.FUTURE)
    if min(times) < now - MAX_AGE_MS:
        return Refusal(Reason.EXPIRED, "older than 12 hours")
    if expires is not None and expires * 1000 < now - MAX_SKEW_MS:
        return Refusal(Reason.EXPIRED, "past its own expiry")
    return times[0]
