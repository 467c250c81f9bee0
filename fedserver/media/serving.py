"""Which bytes of an upload others get: as it came, without what is private, or that signed anew. Pure.

A digest and a manifest are worth something only where the bytes that `url` serves are those that they speak of. So a
file with a manifest and nothing private in it is served as it came, and any server can check it. Everything else is
served as a derivative, of which only this node knows what the upload said; where the node has a signing certificate
the derivative says so itself, with the upload as its parent.
"""

from __future__ import annotations

from enum import StrEnum

from fedserver.domain.provenance.claims import Basis, Claim, Integrity, Signature, Trust
from fedserver.media.findings import Findings, Reading


class Serving(StrEnum):
    """The words of `media_provenance.serving` for uploads."""

    ORIGINAL = "original"
    STRIPPED = "stripped"
    SIGNED = "signed"


def as_it_came(findings: Findings) -> bool:
    """Whether a manifest was read, and nothing private found. What was not read to its end may hold anything."""
    whole = findings.has_c2pa and findings.reading is Reading.READ
    return whole and bool(_manifests(findings)) and not findings.private


def may_sign(findings: Findings) -> bool:
    """Whether a derivative may be signed here: never one of a file any of whose manifests fails, however deep in the
    chain. Whoever signs anew lends a good signature to all below it, and that is how tampering is laundered."""
    manifests = _manifests(findings)
    return bool(manifests) and findings.reading is Reading.READ and all(map(_sound, manifests))


def _manifests(findings: Findings) -> list[Claim]:
    return [claim for claim in findings.claims if claim.basis is Basis.C2PA]


def _sound(claim: Claim) -> bool:
    state = claim.state
    return (
        state.integrity is Integrity.INTACT
        and state.signature is Signature.VALID
        and state.trust not in (Trust.REVOKED, Trust.NONE)
    )
