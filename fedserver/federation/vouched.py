"""Whether a post's words about its making are those that its author signed (FEP-8b32).

Who sent or served a document was checked before, by the signature of the request or by where it was fetched. The proof
says more: nothing between its author's server and this one changed it. It is looked at where a post says how something
was made, which is what later readers rely on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account, AccountKey
from fedserver.db.unit import Unit
from keys.pair import KeyMalformed, PublicKey
from protocol.activitystreams.provenance import UNSAID
from protocol.activitystreams.values import Object
from protocol.errors import Reason, Refusal
from protocol.proofs import check_proof, read_proof

VALID: Final = "valid"
BROKEN: Final = "broken"
NONE: Final = ""
"""No proof, one of a kind that is not understood, or by a key that its author's profile does not list."""


def proof_of(unit: Unit, author: Account, obj: Object, document: Mapping[str, Any]) -> str:
    """What became of the proof on the document that said all this; nothing is read for posts that say nothing of
    their making."""
    if obj.made == UNSAID and not obj.labels and all(medium.made == UNSAID for medium in obj.attachments):
        return NONE
    if document.get("proof") is None:
        return NONE
    return judged(document, unit.all(accounts.keys_of(author.id)), unit.now)


def judged(document: Mapping[str, Any], keys: Sequence[AccountKey], now: int) -> str:
    """The proof of a document against its author's keys."""
    proof = read_proof(document)
    if isinstance(proof, Refusal):
        return NONE if proof.reason in (Reason.MISSING, Reason.PROOF_KIND) else BROKEN
    row = next((each for each in keys if each.uri == proof.verification_method), None)
    if row is None:
        return NONE
    try:
        key = PublicKey.from_multikey(row.public)
    except KeyMalformed:
        return NONE
    return BROKEN if isinstance(check_proof(document, key, now), Refusal) else VALID
