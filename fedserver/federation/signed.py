"""From a request to a verified sender: claim, key, verification, and that refused servers get nowhere."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from fedserver.edge.call import Call
from fedserver.federation.context import Federation
from fedserver.federation.fetching.errors import NotFetched
from protocol.activitystreams.urls import origin_of
from protocol.errors import Malformed, Refusal
from protocol.http.claim import Claim, Verified, read_claim
from protocol.http.request import Request

DEADLINE_S = 12.0


class Signer(NamedTuple):
    """Who signed: the id of the actor who owns the key."""

    verified: Verified
    owner: str


class NotSigned(Exception):
    """There is no signature that counts. ``status`` is 401, 403 (refused server) or 503 (ask again later).

    ``gone``: the key's server answers 410. ``reason`` is a short code for the log.
    """

    def __init__(self, reason: str, status: int = 401, *, gone: bool = False, key_id: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
        self.gone = gone
        self.key_id = key_id


def request_of(call: Call, body: bytes) -> Request:
    """The request as signatures see it: our own origin and the raw target, whatever the Host header says."""
    query = call.raw_query
    url = call.parts.site.base_url + call.raw_path + (f"?{query}" if query else "")
    return Request(call.request.method, url, tuple(call.request.headers.items()), body)


def claim_of(call: Call, body: bytes) -> Claim:
    """The claim of a request. Raises ``NotSigned``."""
    claim = read_claim(request_of(call, body), call.parts.clock.now_ms())
    if isinstance(claim, Refusal):
        raise NotSigned(claim.reason.value)
    return claim


async def signer_of(federation: Federation, claim: Claim) -> Signer:
    """Find the key and verify. A key that does not fit is looked up once more. Raises ``NotSigned``."""
    try:
        host = origin_of(claim.key_id).host
    except Malformed as error:
        raise NotSigned("key_id") from error
    site = federation.parts.site
    if host in (site.host, site.domain):
        raise NotSigned("own_key")
    if await federation.policy.refused(host):
        raise NotSigned("refused", 403)
    kept = federation.keys.kept(claim.key_id)
    if kept is not None and isinstance(result := claim.verify(kept.key), Verified):
        # nothing is waited for: no deadline is due
        return Signer(result, kept.owner)
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await _verify(federation, claim)
    except TimeoutError as error:
        raise NotSigned("key_timeout", 503, key_id=claim.key_id) from error
    except NotFetched as error:
        status = 503 if error.transient else 401
        raise NotSigned(f"key_{error.reason}", status, gone=error.gone, key_id=claim.key_id) from error


async def _verify(federation: Federation, claim: Claim) -> Signer:
    found = await federation.keys.find(claim.key_id)
    result = claim.verify(found.key)
    if isinstance(result, Refusal) and found.cached:
        fresh = await federation.keys.again(claim.key_id)
        if fresh is not None:
            found, result = fresh, claim.verify(fresh.key)
    if isinstance(result, Refusal):
        raise NotSigned(result.reason.value)
    return Signer(result, found.owner)
