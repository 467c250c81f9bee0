"""Followers collection synchronisation (FEP-8fcf), both ways: the header on what goes to followers only, the part of
the collection that a server may read, and the job that mends what differs.

Never where two systems share one origin: there the digest would be over both systems' people, and each would undo the
follows of the other. ``[federation] synchronise_followers`` switches it off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from aiohttp.web import StreamResponse

from fedserver.db.database import Database
from fedserver.db.queries import accounts
from fedserver.db.queries import synchronisation as rows
from fedserver.edge.call import Call
from fedserver.edge.parts import Parts
from fedserver.federation import answers
from fedserver.federation.context import of
from fedserver.federation.documents import access
from fedserver.federation.fetching import collections
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.signed import NotSigned
from fedserver.kit.clock import Clock
from fedserver.kit.lru import LruCache
from fedserver.services import synchronisation
from protocol.activitystreams import write
from protocol.activitystreams.values import Collection, Item
from protocol.activitystreams.vocabulary import AS, PUBLIC
from protocol.errors import Malformed
from protocol.synchronisation import HEADER, Synchronisation, digest, prefix_of, write_header

PATH: Final = "followers_synchronization"
_PUBLIC: Final = PUBLIC.encode()
_KEPT_S: Final = 60.0
_BYTES: Final = 4 * 1024 * 1024
_PAGES: Final = 100
_MOST: Final = 20_000


class _Digests(NamedTuple):
    """Of one sender: its collection, and the digest for each server by the prefix of its ids."""

    followers: str
    by_prefix: Mapping[str, str]


class Headers:
    """``await headers(sender_id, url, body)``: the header that a POST to ``url`` carries, if any.

    Digests are kept for a minute: an old one costs the other side a look at a list that turns out to be right.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._kept: LruCache[int, _Digests] = LruCache(
            _BYTES, lambda found: 300 * (len(found.by_prefix) + 1), ttl=_KEPT_S, clock=clock
        )

    async def __call__(self, sender_id: int, url: str, body: bytes) -> Mapping[str, str]:
        """Only on what goes to followers and not to the public, as Mastodon does: there a wrong list would leak."""
        if _PUBLIC in body or b'/followers"' not in body:
            return {}
        found = self._kept.get(sender_id)
        if found is None:
            found = await self._read(sender_id)
            self._kept.put(sender_id, found)
        if f'"{found.followers}"'.encode() not in body:
            return {}
        known = found.by_prefix.get(prefix_of(url))
        if known is None:
            return {}
        part = f"{found.followers.removesuffix('/followers')}/{PATH}"
        return {HEADER: write_header(Synchronisation(found.followers, part, known))}

    async def _read(self, sender_id: int) -> _Digests:
        sender = await self._database.one(accounts.by_id(sender_id))
        people: dict[str, list[str]] = defaultdict(list)
        for uri in await self._database.all(rows.followers_elsewhere(sender_id)):
            people[prefix_of(uri)].append(uri)
        followers = (sender.followers_uri or "") if sender is not None else ""
        return _Digests(followers, {prefix: digest(uris) for prefix, uris in people.items()})


async def part_of_followers(call: Call) -> StreamResponse:
    """``GET /users/{name}/followers_synchronization``: the followers on the server that signed the request."""
    try:
        owner = await access.signer_id(call)
    except NotSigned as error:
        return answers.refused(call, error)
    account = await access.shown_account(call)
    prefix = prefix_of(owner)
    found = [uri for uri in await call.parts.db.all(rows.followers_elsewhere(account.id)) if uri.startswith(prefix)]
    value = Collection(id=f"{account.uri}/{PATH}", total=len(found), items=tuple(Item(uri) for uri in found))
    return answers.document(call, write.document(write.write_collection(value), AS), shared=False)


async def synchronise(parts: Parts, payload: dict[str, Any]) -> None:
    """The job ``{account_id, url, digest}``: read the list of our people who follow a remote account, mend ours.

    A list of another digest than the header's was cut or has changed since: it is left alone, the next post tells.
    """
    account = await parts.db.one(accounts.by_id(int(payload["account_id"])))
    if account is None or account.local or not account.active:
        return
    try:
        items = await collections.items(
            of(parts).fetcher, str(payload["url"]), Budget(_PAGES), pages=_PAGES, count=_MOST
        )
    except (NotFetched, Malformed) as error:
        if isinstance(error, NotFetched) and error.transient:
            raise
        return
    theirs = {item.id for item in items if item.id is not None and parts.site.owns(item.id)}
    if digest(theirs) != payload["digest"]:
        return
    await parts.db.run(lambda unit: synchronisation.mend(unit, account, theirs))
