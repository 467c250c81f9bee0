"""Signing what goes out: the sender's RSA key over each POST, in the scheme that the host is known to take.

It happens on the loop. A signature takes 0.3 ms and holds the interpreter lock all the while (two threads sign no more
than one), so a thread would only add the way there and back. After ``BURST`` of them the loop goes round: letters that
are sent together cost fewer wake-ups than letters sent one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import lru_cache

from fedserver.db.database import Database
from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import AccountKey
from fedserver.federation.synchronisation import Headers
from fedserver.jobqueue.delivery import NoKey
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.errors import Failure
from fedserver.kit.lru import LruCache
from fedserver.services.keyring import KeyRing, SigningKey
from keys.algorithms import Algorithm
from protocol.activitystreams.vocabulary import ACTIVITY_JSON
from protocol.http.claim import Scheme
from protocol.http.digest import content_digest, digest
from protocol.http.doubleknock import Attempt
from protocol.http.request import Request
from protocol.http.sign import Headers as Signed
from protocol.http.sign import sign_9421, sign_cavage

_KEPT_S = 60.0
_BYTES = 4 * 1024 * 1024
_ROWS_BYTES = 4096
_FIXED = (("Content-Type", ACTIVITY_JSON), ("Accept", ACTIVITY_JSON))
BURST = 4
# bodies whose digests are kept: one post goes to many hosts
_BODIES = 32

_digest = lru_cache(_BODIES)(digest)
_content_digest = lru_cache(_BODIES)(content_digest)


class OutgoingSigner:
    """``await signer(sender_id, url, body, attempt)`` gives the headers of a signed POST."""

    def __init__(
        self, database: Database, keyring: KeyRing, clock: Clock = SYSTEM, *, synchronise: bool = True
    ) -> None:
        self._synchronisation = Headers(database, clock) if synchronise else None
        self._database = database
        self._keyring = keyring
        self._clock = clock
        self._turn = asyncio.Lock()
        self._signed = 0
        self._rows: LruCache[int, list[AccountKey]] = LruCache(_BYTES, lambda _: _ROWS_BYTES, ttl=_KEPT_S, clock=clock)

    async def __call__(self, sender_id: int, url: str, body: bytes, attempt: Attempt) -> Mapping[str, str]:
        """Raises ``NoKey`` when the sender has no key that may sign."""
        rows = self._rows.get(sender_id)
        if rows is None:
            rows = await self._database.all(accounts.keys_of(sender_id))
            self._rows.put(sender_id, rows)
        async with self._turn:
            headers = dict(self._sign(rows, url, body, attempt))
            self._signed += 1
            if self._signed % BURST == 0:
                await asyncio.sleep(0)
        if self._synchronisation is not None:
            headers |= await self._synchronisation(sender_id, url, body)
        return headers

    def forget(self) -> None:
        """Read the keys again: one may have been rotated."""
        self._rows.clear()

    def _sign(self, rows: list[AccountKey], url: str, body: bytes, attempt: Attempt) -> Signed:
        now = self._clock.now_ms()
        try:
            signing = self._keyring.signing_key(rows, Algorithm.RSA_2048, now)
        except Failure as error:
            raise NoKey from error
        request = Request("POST", url, _FIXED, body)
        return (*_FIXED, *_signature(request, signing, now, attempt))


def _signature(request: Request, signing: SigningKey, now: int, attempt: Attempt) -> Signed:
    if attempt.scheme is Scheme.RFC9421:
        return sign_9421(
            request, signing.key, signing.uri, now, attempt.wanted, body_digest=_content_digest(request.body)
        )
    return sign_cavage(request, signing.key, signing.uri, now, body_digest=_digest(request.body))
