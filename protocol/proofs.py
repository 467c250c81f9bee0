"""Object integrity proofs (FEP-8b32) with the cryptosuite eddsa-jcs-2022 (W3C vc-di-eddsa).

A proof signs the document itself, so it survives forwarding and embedding. What is signed is

    SHA-256(JCS(proof without proofValue)) || SHA-256(JCS(document without proof))

The JSON is hashed as it is; no `@context` is ever loaded. A linked-data `signature` is taken out first (FEP-8b32,
"Backward compatibility"), so it is not covered: `ProofVerified.document` is what was covered, and is what to process.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from keys import encoding
from keys.algorithms import Algorithm
from keys.pair import PrivateKey, PublicKey
from protocol import jcs
from protocol.errors import Malformed, Reason, Refusal

PROOF_TYPE = "DataIntegrityProof"
CRYPTOSUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"
MAX_SKEW_MS = 3600 * 1000

_MAX_PROOFS = 8
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,12})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_VERIFIED = object()


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof as read from a document, not verified. Times in milliseconds; `config` is it without proofValue."""

    verification_method: str
    created: int | None
    expires: int | None
    signature: bytes
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True, init=False)
class ProofVerified:
    """The holder of `verification_method` signed `document` (without proof and signature). From `check_proof` only.

    Whose key that is, and whether its owner may speak for the document, is the caller's next check.
    """

    verification_method: str
    created: int | None
    document: Mapping[str, Any]

    def __init__(
        self, token: object, verification_method: str, created: int | None, document: Mapping[str, Any]
    ) -> None:
        if token is not _VERIFIED:
            raise TypeError("a ProofVerified comes from check_proof")
        object.__setattr__(self, "verification_method", verification_method)
        object.__setattr__(self, "created", created)
        object.__setattr__(self, "document", document)


def add_proof(
    document: Mapping[str, Any],
    key: PrivateKey,
    verification_method: str,
    created: str,
    *,
    with_context: bool = False,
) -> dict[str, Any]:
    """Return a copy of `document` with a proof made at `created` (`2026-11-22T10:18:32Z`).

    `with_context=True` repeats the document's `@context` in the proof, as vc-di-eddsa does; Fedify hashes it in whether
    it is there or not, and Mastodon compares it with the document's. Without it this is the vector of FEP-8b32.
    Sign after everything else is in place: no member
    may be added later, but for a linked-data `signature`. Raises `Malformed` for a document that has a proof already
    or cannot be canonicalised, and `ValueError` for a key that is not Ed25519.
    """
    if key.algorithm is not Algorithm.ED25519:
        raise ValueError("eddsa-jcs-2022 needs an Ed25519 key")
    if "proof" in document:
        raise Malformed("the document has a proof already", "proof")
    config: dict[str, Any] = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": verification_method,
        "proofPurpose": PURPOSE,
    }
    if with_context and "@context" in document:
        config = {"@context": document["@context"], **config}
    signature = key.sign(_hash_data(config, _unsecured(document)))
    return {**document, "proof": {**config, "proofValue": encoding.multibase_encode(signature)}}


def read_proof(document: Mapping[str, Any]) -> Proof | Refusal:
    """Read the one eddsa-jcs-2022 proof of a document. Never raises.

    `proof` may be an object or a list; proofs of other kinds in a list are passed over, two of this kind are refused.
    """
    found = document.get("proof")
    if found is None:
        return Refusal(Reason.MISSING, "no proof")
    candidates = found if isinstance(found, list) else [found]
    if len(candidates) > _MAX_PROOFS:
        return Refusal(Reason.SEVERAL, "too many proofs")
    known = [one for one in candidates if isinstance(one, dict) and _is_known(one)]
    if not known:
        return Refusal(Reason.PROOF_KIND, "no proof with eddsa-jcs-2022")
    if len(known) > 1:
        return Refusal(Reason.SEVERAL, "more than one proof")
    try:
        return _read(known[0])
    except Malformed as error:
        return Refusal(Reason.MALFORMED, str(error))


def check_proof(document: Mapping[str, Any], key: PublicKey, now: int) -> ProofVerified | Refusal:
    """Verify the proof of `document` with the key that the caller fetched for its verification method. Never raises.

    A proof may be old, since it is part of the document, but not made in the future nor past its own `expires`.
    """
    proof = read_proof(document)
    if isinstance(proof, Refusal):
        return proof
    if key.algorithm is not Algorithm.ED25519:
        return Refusal(Reason.ALGORITHM, "the key is not Ed25519")
    if proof.created is not None and proof.created > now + MAX_SKEW_MS:
        return Refusal(Reason.FUTURE)
    if proof.expires is not None and proof.expires < now:
        return Refusal(Reason.EXPIRED)
    unsecured = _unsecured(document)
    if "@context" in proof.config:
        if not _is_prefix(proof.config["@context"], document.get("@context")):
            return Refusal(Reason.PROOF_CONTEXT)
        # vc-di-eddsa section 3.3.2 step 4: the signer saw this context; later ones are not covered.
        unsecured["@context"] = proof.config["@context"]
    try:
        signed = _hash_data(proof.config, unsecured)
    except Malformed as error:
        return Refusal(Reason.MALFORMED, str(error))
    if not key.verify(signed, proof.signature):
        return Refusal(Reason.BAD_SIGNATURE)
    return ProofVerified(_VERIFIED, proof.verification_method, proof.created, unsecured)


def _unsecured(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in ("proof", "signature")}


def _hash_data(config: Mapping[str, Any], unsecured: Mapping[str, Any]) -> bytes:
    parts = (jcs.canonicalise(dict(config)), jcs.canonicalise(dict(unsecured)))
    return b"".join(hashlib.sha256(part).digest() for part in parts)


def _is_known(proof: Mapping[str, Any]) -> bool:
    return proof.get("type") == PROOF_TYPE and proof.get("cryptosuite") == CRYPTOSUITE


def _read(proof: dict[str, Any]) -> Proof | Refusal:
    # A chained proof covers its predecessors in a way that is not implemented; FEP-8b32 does not use them.
    if proof.get("proofPurpose") != PURPOSE or "previousProof" in proof:
        return Refusal(Reason.PROOF_KIND, "the proof is not a plain assertionMethod")
    method = proof.get("verificationMethod")
    if not isinstance(method, str) or not 0 < len(method) <= 2048:
        raise Malformed("there is no usable verificationMethod", "proof")
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z") or len(value) > 128:
        raise Malformed("the proofValue is not base58btc", "proof")
    try:
        signature = encoding.multibase_decode(value)
    except encoding.EncodingError as error:
        raise Malformed(str(error), "proof") from error
    if len(signature) != 64:
        raise Malformed("the proofValue does not have 64 bytes", "proof")
    config = {name: member for name, member in proof.items() if name != "proofValue"}
    return Proof(method, _time(proof, "created"), _time(proof, "expires"), signature, config)


def _time(proof: Mapping[str, Any], name: str) -> int | None:
    text = proof.get(name)
    if text is None:
        return None
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise Malformed(f"{name} is not a date with time and zone", "proof")
    try:
        moment = datetime.fromisoformat(match[1] + match[2].replace("Z", "+00:00"))
        return int(moment.astimezone(UTC).timestamp()) * 1000
    except (ValueError, OverflowError) as error:
        raise Malformed(f"{name} is not a date", "proof") from error


def _is_prefix(proof_context: object, document_context: object) -> bool:
    mine = proof_context if isinstance(proof_context, list) else [proof_context]
    whole = document_context if isinstance(document_context, list) else [document_context]
    return bool(mine) and whole[: len(mine)] == mine
