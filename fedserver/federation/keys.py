"""Whose key is that: from a key id to a public key and the actor who owns it.

Three steps, cheapest first: the key objects in memory (loading a key costs more than using it), the rows of known
accounts, the actor's document. A document is believed only on the actor's own origin, if it lists the key
(``authority.check_key``). What failed is remembered for a minute, and a key that did not verify is looked up again at
most once a minute, so that nobody can make this node fetch at will.
"""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import accounts
from fedserver.edge.parts import Parts
from fedserver.federation.fetching.actors import Actors
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.kit import metrics
from fedserver.kit.lru import LruCache, SingleFlight
from fedserver.services.keyring import public_key
from keys.pair import KeyMalformed, PublicKey
from protocol.activitystreams.read import read_actor, read_keys
from protocol.activitystreams.read.fields import reference
from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.values import Actor
from protocol.authority import check_fetched, check_key
from protocol.errors import Malformed

KEPT_S = 600.0
AGAIN_S = 60.0
REQUESTS = 6
"""Requests for one key: the key's document and its owner's, each knocked for up to three times."""
_BYTES = 16 * 1024 * 1024
_KEY_BYTES = 2048


class Owned(NamedTuple):
    """A key with the id of the actor who owns it. ``cached``: it may be out of date."""

    owner: str
    key: PublicKey
    cached: bool = True


class Keys:
    """Finds keys."""

    def __init__(self, parts: Parts, actors: Actors) -> None:
        self._parts = parts
        self._actors = actors
        self._kept: LruCache[str, Owned] = LruCache(_BYTES, lambda _: _KEY_BYTES, ttl=KEPT_S, clock=parts.clock)
        self._failed: LruCache[str, NotFetched] = LruCache(_BYTES // 8, lambda _: 300, ttl=AGAIN_S, clock=parts.clock)
        self._asked: LruCache[str, bool] = LruCache(_BYTES // 8, lambda _: 1, ttl=AGAIN_S, clock=parts.clock)
        self._flights: SingleFlight[str, Owned] = SingleFlight()

    def kept(self, key_id: str) -> Owned | None:
        """The key of that id, if it is in memory."""
        return self._kept.get(key_id)

    async def find(self, key_id: str) -> Owned:
        """The key of that id. Raises ``NotFetched``."""
        known = self._kept.get(key_id) or await self._stored(key_id)
        if known is not None:
            return known
        failed = self._failed.get(key_id)
        if failed is not None:
            raise NotFetched(failed.reason, transient=failed.transient, gone=failed.gone)
        return await self._fetch(key_id)

    async def again(self, key_id: str) -> Owned | None:
        """The key as its owner shows it now; None if that was asked within the last minute, or cannot be had."""
        if self._asked.get(key_id) is not None:
            return None
        try:
            return await self._fetch(key_id)
        except NotFetched:
            return None

    def drop(self, key_id: str) -> None:
        """Look one key up again: its owner's profile changed."""
        self._kept.pop(key_id)

    def forget(self) -> None:
        """Look every key up again."""
        self._kept.clear()

    async def _stored(self, key_id: str) -> Owned | None:
        row = await self._parts.db.one(accounts.key_by_uri(key_id))
        if row is None or row.sealed is not None:
            return None
        account = await self._parts.db.one(accounts.by_id(row.account_id))
        if account is None or account.local:
            return None
        try:
            owned = Owned(account.uri, public_key(row))
        except (KeyMalformed, ValueError):
            return None
        self._kept.put(key_id, owned)
        return owned

    async def _fetch(self, key_id: str) -> Owned:
        self._asked.put(key_id, True)
        try:
            owned = await self._flights.run(key_id, lambda: self._look_up(key_id))
        except NotFetched as error:
            metrics.count("fedserver_key_fetches_total", result="failed")
            self._failed.put(key_id, error)
            raise
        metrics.count("fedserver_key_fetches_total", result="ok")
        self._failed.pop(key_id)
        self._kept.put(key_id, owned)
        return owned._replace(cached=False)

    async def _look_up(self, key_id: str) -> Owned:
        budget = Budget(REQUESTS)
        found = await self._actors.fetcher.document(key_id, budget)
        try:
            actor = read_actor(found.value)
        except Malformed:
            actor = await self._owner(found.asked, found.final, found.value, key_id, budget)
        else:
            if not check_fetched(found.asked, found.final, actor.id).allowed:
                actor = await self._actors.document(self._near(actor.id, key_id), budget)
        return Owned(actor.id, key_of(actor, key_id))

    async def _owner(self, asked: str, final: str, value: dict[str, object], key_id: str, budget: Budget) -> Actor:
        """A stub (GoToSocial) or a bare key document names its owner, whose own document has the last word."""
        if not same_origin(asked, final):
            raise NotFetched("wrong_id")
        claimed = next((key for key in read_keys(value) if key.id == key_id), None)
        owner = claimed.owner if claimed is not None else reference(value.get("owner"))
        if claimed is None or owner is None:
            raise NotFetched("no_key")
        return await self._actors.document(self._near(owner, key_id), budget)

    def _near(self, owner: str, key_id: str) -> str:
        """An owner on another origin than the key is never asked: it could not list the key anyway."""
        if not same_origin(owner, key_id):
            raise NotFetched("wrong_owner")
        return owner


def key_of(actor: Actor, key_id: str) -> PublicKey:
    """The key of that id which the actor's document lists: ``publicKey``, or a Multikey. Raises ``NotFetched``."""
    try:
        listed = check_key(actor, key_id)
        if listed is not None:
            return PublicKey.from_pem(listed.pem)
        for multikey in actor.assertion_methods:
            if multikey.id == key_id and multikey.controller == actor.id and same_origin(key_id, actor.id):
                return PublicKey.from_multikey(multikey.public_key_multibase)
    except KeyMalformed as error:
        raise NotFetched("key_malformed") from error
    raise NotFetched("wrong_owner")
