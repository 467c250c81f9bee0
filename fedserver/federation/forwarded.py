"""An activity that somebody else passes on (ActivityPub 7.1.2): its author's integrity proof (FEP-8b32) vouches for it.

The transport signature is the forwarder's and must be good too, so that refused servers and strangers without a key
get nowhere. The proof covers the whole document but for itself and a linked-data signature, which nothing here reads.
"""

from __future__ import annotations

import asyncio

from fedserver.federation.context import Federation
from fedserver.federation.fetching.errors import NotFetched
from fedserver.federation.signed import NotSigned, Signer, signer_of
from protocol.activitystreams.urls import origin_of, same_origin
from protocol.activitystreams.values import Activity
from protocol.errors import Refusal
from protocol.http.claim import Claim
from protocol.proofs import check_proof, read_proof

DEADLINE_S = 14.0
# A proof has no end of its own. What is passed on late is refused before the note that it was here once is swept.
MAX_AGE_MS = 7 * 24 * 3600 * 1000


async def forwarder_of(federation: Federation, claim: Claim, activity: Activity) -> Signer:
    """Whoever passed the activity on, once its actor's own proof is verified. Raises ``NotSigned``."""
    proof = read_proof(activity.raw)
    if isinstance(proof, Refusal) or not same_origin(proof.verification_method, activity.actor):
        raise NotSigned("actor")
    if await federation.policy.refused(origin_of(activity.actor).host):
        raise NotSigned("refused", 403)
    try:
        async with asyncio.timeout(DEADLINE_S):
            signer = await signer_of(federation, claim)
            await _check(federation, proof.verification_method, activity)
    except TimeoutError as error:
        raise NotSigned("key_timeout", 503) from error
    except NotFetched as error:
        raise NotSigned(f"key_{error.reason}", 503 if error.transient else 401) from error
    return signer


async def _check(federation: Federation, method: str, activity: Activity) -> None:
    """The key of the proof is the actor's, and the proof is the key's."""
    now = federation.parts.clock.now_ms()
    found = await federation.keys.find(method)
    result = check_proof(activity.raw, found.key, now)
    if isinstance(result, Refusal) and found.cached:
        fresh = await federation.keys.again(method)
        if fresh is not None:
            found, result = fresh, check_proof(activity.raw, fresh.key, now)
    if isinstance(result, Refusal):
        raise NotSigned(result.reason.value)
    if result.created is None or result.created < now - MAX_AGE_MS:
        raise NotSigned("proof_expired")
    if found.owner != activity.actor:
        raise NotSigned("actor")
