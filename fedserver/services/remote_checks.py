"""What came of checking another server's words about a medium: against its bytes, its manifest, its signature."""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import accounts, media
from fedserver.db.queries import provenance as rows
from fedserver.db.queries.provenance import Claimed
from fedserver.db.unit import Unit
from fedserver.domain.provenance.claims import Basis, Integrity, Signature, State
from fedserver.services import provenance
from protocol.media import matches_text

_SIGNATURES: Final = {"valid": Signature.VALID, "broken": Signature.INVALID}


def record(
    unit: Unit, media_id: int, *, said: str | None = None, found: str | None = None, proof: str | None = None
) -> None:
    """Write down how a medium's words fare. ``said`` and ``found``: the digest that was named (or seen the first time),
    and that of the bytes that were fetched; None for both where nothing was fetched. ``proof``: valid | broken | '';
    None leaves what is known of it.

    Nothing is written for media of whose making nobody speaks.
    """
    made = unit.one(rows.made([media_id]))
    medium = unit.one(media.by_id(media_id))
    if made is None or medium is None or medium.local:
        return
    claims = [row for row in unit.all(rows.claims_of([media_id])) if row.revoked_at is None]
    before = _known(claims)
    answer: dict[str, Any] = {"proof": before.get("proof", "") if proof is None else proof}
    if found is None:
        answer |= {name: before[name] for name in ("digest", "said", "found") if name in before}
    else:
        answer |= _compared(said, found)
    if _promised(claims) and answer.get("digest") is not None:
        answer["manifest"] = _manifest(made.reading, claims)
    state = _state(answer)
    if made.remote is None and state.integrity is not Integrity.BROKEN:
        return
    author = unit.get(accounts.by_id(medium.account_id))
    provenance.store_check(unit, media_id, author.domain, state, answer)


def _known(claims: list[Claimed]) -> dict[str, Any]:
    standing = next((row for row in claims if provenance.is_check(row)), None)
    return dict(orjson.loads(standing.evidence)[provenance.CHECK]) if standing is not None else {}


def _compared(said: str | None, found: str) -> dict[str, Any]:
    if not said:
        return {"digest": "unsaid", "found": found}
    return {"digest": "match" if matches_text(said, found) else "mismatch", "said": said, "found": found}


def _promised(claims: list[Claimed]) -> bool:
    """Whether the other server says that anyone finds an intact manifest in the bytes."""
    for row in claims:
        if row.basis != Basis.REMOTE:
            continue
        told = orjson.loads(row.evidence)
        validation = told.get("validation") or {}
        checked = (told.get("basis"), validation.get("scope"), validation.get("integrity"))
        if checked == (Basis.C2PA, "anyone", Integrity.INTACT):
            return True
    return False


def _manifest(reading: str, claims: list[Claimed]) -> str:
    """What was found here of what was promised."""
    own = [row for row in claims if row.basis == Basis.C2PA]
    if any(row.integrity == Integrity.INTACT for row in own):
        return "found"
    if own:
        return "broken"
    return "unreadable" if reading == "unreadable" else "missing"


def _state(answer: dict[str, Any]) -> State:
    signature = _SIGNATURES.get(answer["proof"], Signature.NONE)
    wrong = answer.get("digest") == "mismatch" or answer.get("manifest") in ("missing", "broken")
    if wrong or signature is Signature.INVALID:
        return State(Integrity.BROKEN, signature)
    return State(Integrity.INTACT if answer.get("digest") == "match" else Integrity.UNCHECKED, signature)
