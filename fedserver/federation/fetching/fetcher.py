"""One document from another server: signed by the instance actor, tried in both schemes, with what worked remembered.

Every attempt keeps the guards of ``net``; our own host and refused servers are never asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fedserver.db.queries import accounts
from fedserver.db.queries import federation as host_rows
from fedserver.db.queries.accounts import AccountKey
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.edge.parts import Parts
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.policy import Policy
from fedserver.kit import metrics
from fedserver.kit.lru import LruCache
from fedserver.net.client import Client, Fetched, Signer
from fedserver.net.errors import FetchError, FetchFailed, FetchInvalid, FetchStatus
from fedserver.net.fetch import fetch_json, fetch_webfinger
from fedserver.services.keyring import KeyRing, SigningKey
from keys.algorithms import Algorithm
from protocol import json as strict_json
from protocol.activitystreams.urls import http_url, origin_of
from protocol.errors import Malformed
from protocol.http.claim import Scheme
from protocol.http.doubleknock import Attempt, Memory, after, first
from protocol.http.request import Request
from protocol.http.sign import sign_9421, sign_cavage

_KEPT_KEY_S = 60.0
_MEMORY_BYTES = 1024 * 1024
_SCHEMES = {1: Scheme.CAVAGE, 2: Scheme.RFC9421}
_CODES = {scheme: code for code, scheme in _SCHEMES.items()}
_TRANSIENT_STATUS = frozenset({408, 425, 429})


class Document(NamedTuple):
    """A JSON object, the URL that was asked for and the one that answered (both without fragment)."""

    asked: str
    final: str
    value: dict[str, Any]


class Fetcher:
    """Fetches ActivityPub documents and WebFinger answers."""

    def __init__(self, parts: Parts, policy: Policy) -> None:
        self._parts = parts
        self._policy = policy
        self._memories: LruCache[str, Memory] = LruCache(_MEMORY_BYTES, lambda _: 100, clock=parts.clock)
        self._rows: LruCache[str, tuple[AccountKey, ...]] = LruCache(
            64 * 1024, lambda _: 8192, ttl=_KEPT_KEY_S, clock=parts.clock
        )

    async def document(self, url: str, budget: Budget, *, full_actor: bool = False) -> Document:
        """The JSON object at ``url``. With ``full_actor`` an answer without an inbox counts as a refused signature
        (one family of servers answers a stripped actor with 200). Raises ``NotFetched``."""
        asked = await self._allowed(url)
        host = origin_of(asked).host
        key = await self._key()
        memory = await self._memory(host)
        attempt: Attempt | None = first(memory, self._parts.clock.now_ms())
        while True:
            assert attempt is not None
            budget.spend()
            found, status, accept = await self._once(asked, key, attempt)
            useful = found is not None and not (full_actor and "inbox" not in found.value)
            now = self._parts.clock.now_ms()
            outcome = after(attempt, status, memory, now, accept_signature=accept, useful=useful)
            if outcome.attempt is None:
                break
            attempt = outcome.attempt
        if outcome.memory is not None and outcome.memory is not memory:
            await self._remember(host, memory, outcome.memory)
        metrics.count("fedserver_fetches_total", purpose="activitypub", result="ok" if found else "refused")
        if found is None:
            raise NotFetched(f"status_{status}", transient=_transient(status), gone=status == 410)
        return found

    async def webfinger(self, host: str, resource: str, budget: Budget) -> Mapping[str, Any]:
        """The JRD for a resource. Raises ``NotFetched``."""
        if self._own(host):
            raise NotFetched("own_host")
        if await self._policy.refused(host):
            raise NotFetched("refused")
        budget.spend()
        try:
            fetched = await fetch_webfinger(self._client, host, resource)
            return strict_json.parse(fetched.body)
        except FetchStatus as error:
            raise NotFetched(error.reason, transient=_transient(error.status), gone=error.status == 410) from error
        except FetchError as error:
            raise NotFetched(error.reason, transient=isinstance(error, FetchFailed)) from error
        except Malformed as error:
            raise NotFetched("malformed") from error

    def forget(self) -> None:
        """Read the instance actor's keys again."""
        self._rows.clear()

    @property
    def _client(self) -> Client:
        client: Client = self._parts.net
        return client

    def _own(self, host: str) -> bool:
        return host in (self._parts.site.domain, self._parts.site.host)

    async def _allowed(self, url: str) -> str:
        checked = http_url(url)
        if checked is None:
            raise NotFetched("url")
        host = origin_of(checked).host
        if self._own(host):
            raise NotFetched("own_host")
        if await self._policy.refused(host):
            raise NotFetched("refused")
        return checked.partition("#")[0]

    async def _once(self, url: str, key: SigningKey, attempt: Attempt) -> tuple[Document | None, int, str | None]:
        """(document, status, Accept-Signature). Raises ``NotFetched`` where another knock cannot help."""
        try:
            fetched: Fetched = await fetch_json(self._client, url, signer=self._signer(key, attempt))
            return Document(url, fetched.final_url, strict_json.parse(fetched.body)), fetched.status, None
        except FetchStatus as error:
            return None, error.status, error.headers.get("accept-signature")
        except FetchInvalid as error:
            raise NotFetched(error.reason) from error
        except FetchError as error:
            metrics.count("fedserver_fetches_total", purpose="activitypub", result="failed")
            raise NotFetched(error.reason, transient=isinstance(error, FetchFailed)) from error
        except Malformed as error:
            raise NotFetched("malformed") from error

    def _signer(self, key: SigningKey, attempt: Attempt) -> Signer:
        def sign(method: str, url: str, body: bytes) -> Mapping[str, str]:
            request, now = Request(method, url, (), body), self._parts.clock.now_ms()
            if attempt.scheme is Scheme.CAVAGE:
                return dict(sign_cavage(request, key.key, key.uri, now))
            return dict(sign_9421(request, key.key, key.uri, now, attempt.wanted))

        return sign

    async def _key(self) -> SigningKey:
        rows = self._rows.get("instance")
        if rows is None:
            actor = uris.actor(self._parts.site, uris.INSTANCE_USERNAME)
            account = await self._parts.db.one(accounts.by_uri(actor))
            if account is None:
                raise NotFetched("no_instance_actor", transient=True)
            rows = tuple(await self._parts.db.all(accounts.keys_of(account.id)))
            self._rows.put("instance", rows)
        keyring: KeyRing = self._parts.keyring
        return keyring.signing_key(rows, Algorithm.RSA_2048, self._parts.clock.now_ms())

    async def _memory(self, host: str) -> Memory | None:
        known = self._memories.get(host)
        if known is not None:
            return known
        row = await self._parts.db.one(host_rows.host(host))
        if row is None or row.scheme not in _SCHEMES:
            return None
        memory = Memory(_SCHEMES[row.scheme], row.scheme_at or 0)
        self._memories.put(host, memory)
        return memory

    async def _remember(self, host: str, before: Memory | None, memory: Memory) -> None:
        self._memories.put(host, memory)
        if before is not None and before.scheme is memory.scheme:
            return
        code = _CODES[memory.scheme]

        def work(unit: Unit) -> None:
            row = unit.one(host_rows.host(host))
            if row is not None and row.scheme != code:
                unit.run(host_rows.set_host(row.id, scheme=code, scheme_at=memory.learned))

        await self._parts.db.run(work)


def _transient(status: int) -> bool:
    return status in _TRANSIENT_STATUS or status >= 500
