"""Whether a fetched object bears the proof of the actor whom it names, on its own origin."""

from __future__ import annotations

from typing import Any

from fedserver.federation.context import Federation
from fedserver.federation.fetching.errors import NotFetched
from protocol.activitystreams.urls import same_origin
from protocol.errors import Refusal
from protocol.proofs import check_proof, read_proof


async def proven(federation: Federation, value: dict[str, Any], object_id: str, attributed_to: str) -> None:
    """Raises ``NotFetched`` with why not. A key that was kept and no longer fits is fetched once more."""
    proof = read_proof(value)
    if isinstance(proof, Refusal):
        raise NotFetched(f"proof_{proof.reason.value}")
    if not same_origin(object_id, attributed_to):
        raise NotFetched("wrong_owner")
    try:
        owned = await federation.keys.find(proof.verification_method)
    except NotFetched as error:
        # only the object itself can be taken back
        raise NotFetched(error.reason, transient=error.transient) from error
    if owned.owner != attributed_to:
        raise NotFetched("wrong_owner")
    now = federation.parts.clock.now_ms()
    verdict = check_proof(value, owned.key, now)
    if isinstance(verdict, Refusal) and owned.cached:
        fresh = await federation.keys.again(proof.verification_method)
        if fresh is not None and fresh.owner == attributed_to:
            verdict = check_proof(value, fresh.key, now)
    if isinstance(verdict, Refusal):
        raise NotFetched(f"proof_{verdict.reason.value}")
