"""Accounts of other servers: by id, and by handle.

A handle is believed when its host confirms it: WebFinger on that host names the actor's id. The actor's document
proposes the handle (``webfinger``, FEP-2c59, else its username at the host of its id); a WebFinger subject on another
host (split domains) is asked there once more. Where nobody confirms anything the handle is the username at the host of
the id, which is that host's own word.
"""

from __future__ import annotations

from typing import Any

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.parts import Parts
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.fetching.fetcher import Document, Fetcher
from fedserver.kit.lru import LruCache, SingleFlight
from fedserver.services import remote
from protocol.activitystreams.read import read_actor
from protocol.activitystreams.urls import http_url, origin_of
from protocol.activitystreams.values import Actor
from protocol.authority import Outcome, check_fetched
from protocol.errors import Malformed
from protocol.hosts import normalise_host
from protocol.webfinger import Acct, Jrd, parse_resource, read_jrd

FAILED_S = 60.0
RECENT_S = 60.0
_BYTES = 2 * 1024 * 1024


class Actors:
    """Fetches, confirms and stores actors. The same actor is fetched once for all who want it."""

    def __init__(self, parts: Parts, fetcher: Fetcher) -> None:
        self._parts = parts
        self.fetcher = fetcher
        self._flights: SingleFlight[str, Account] = SingleFlight()
        self._failed: LruCache[str, NotFetched] = LruCache(_BYTES, lambda _: 300, ttl=FAILED_S, clock=parts.clock)
        self._recent: LruCache[str, Actor] = LruCache(_BYTES, lambda _: 16_384, ttl=RECENT_S, clock=parts.clock)

    async def document(self, uri: str, budget: Budget, *, fresh: bool = True) -> Actor:
        """The actor with this id, from its own origin. Raises ``NotFetched``.

        An id that is not the URL is asked for in its turn and must bear itself. ``fresh`` False takes a document that
        was fetched within the last minute.
        """
        recent = None if fresh else self._recent.get(uri)
        if recent is not None:
            return recent
        found = await self.fetcher.document(uri, budget, full_actor=True)
        found = await follow_id(self.fetcher, found, budget, full_actor=True)
        try:
            actor = read_actor(found.value)
        except Malformed as error:
            raise NotFetched("not_an_actor") from error
        self._recent.put(actor.id, actor)
        return actor

    async def store(self, uri: str, budget: Budget, *, fresh: bool = False) -> Account:
        """The row of the actor with this id, fetched and confirmed. Raises ``NotFetched``; failures are kept a minute.

        ``fresh``: fetch even if the row is there.
        """
        if not fresh:
            known = await self._parts.db.one(accounts.by_uri(uri))
            if known is not None:
                return known
        failed = self._failed.get(uri)
        if failed is not None:
            raise NotFetched(failed.reason, transient=failed.transient, gone=failed.gone)
        try:
            return await self._flights.run(uri, lambda: self._store(uri, budget, fresh=fresh))
        except NotFetched as error:
            if error.reason != "budget":
                self._failed.put(uri, error)
            raise

    async def by_handle(self, username: str, domain: str, budget: Budget) -> Account | None:
        """The account of a handle. None where its host names nobody, or names somebody who is called otherwise."""
        site = self._parts.site
        if domain in ("", site.domain, site.host):
            found = await self._parts.db.one(accounts.local_by_name(username))
            return found if found is not None and found.active else None
        known = await self._parts.db.one(accounts.by_handle(username, domain))
        if known is not None:
            return known
        jrd = read_jrd(await self.fetcher.webfinger(domain, f"acct:{username}@{domain}", budget))
        uri = http_url(jrd.self_href)
        if uri is None:
            return None
        account = await self.store(uri, budget)
        # The host that was asked must be the one of the handle, or have sent us there itself.
        names = {f"{username}@{domain}".lower(), str(jrd.handle).lower()}
        return account if account.acct.lower() in names else None

    async def _store(self, uri: str, budget: Budget, *, fresh: bool) -> Account:
        actor = await self.document(uri, budget, fresh=fresh)
        known = await self._parts.db.one(accounts.by_uri(actor.id))
        domain = known.domain if known is not None else await self._domain(actor, budget)

        def work(unit: Unit) -> Account:
            return remote.upsert_account(unit, actor, domain)

        if known is not None and known.local:
            return known
        return await self._parts.db.run(work)

    async def _domain(self, actor: Actor, budget: Budget) -> str:
        """The host of the handle. A handle that nobody confirms is taken from nobody who has it."""
        confirmed = await self._confirmed_domain(actor, budget)
        if confirmed is not None:
            return confirmed
        own = origin_of(actor.id).host
        holder = await self._parts.db.one(accounts.by_handle(actor.preferred_username, own))
        if holder is not None and holder.deleted_at is None:
            raise NotFetched("handle_taken")
        return own

    async def _confirmed_domain(self, actor: Actor, budget: Budget) -> str | None:
        own = origin_of(actor.id).host
        proposed = _proposed(actor) or Acct(actor.preferred_username, own)
        for acct in dict.fromkeys((proposed, Acct(actor.preferred_username, own))):
            try:
                confirmed = await self._confirm(acct, actor, budget)
            except NotFetched as error:
                if error.reason == "budget":
                    raise
                continue
            if confirmed is not None:
                return confirmed
        return None

    async def _confirm(self, acct: Acct, actor: Actor, budget: Budget) -> str | None:
        """The host that confirms the handle, after at most one step to the host that the subject names."""
        jrd = await self._ask(acct, budget)
        if http_url(jrd.self_href) != actor.id:
            return None
        subject = jrd.handle
        if subject is None or subject.host == acct.host:
            return acct.host if _same_name(acct, actor) else None
        again = await self._ask(subject, budget)
        if http_url(again.self_href) == actor.id and _same_name(subject, actor):
            return subject.host
        return None

    async def _ask(self, acct: Acct, budget: Budget) -> Jrd:
        return read_jrd(await self.fetcher.webfinger(acct.host, f"acct:{acct}", budget))


async def follow_id(fetcher: Fetcher, found: Document, budget: Budget, *, full_actor: bool = False) -> Document:
    """The document, or the one at the id that it bears (once). Raises ``NotFetched`` where id and URL disagree."""
    for last in (False, True):
        verdict = check_fetched(found.asked, found.final, _id_of(found.value))
        if verdict.allowed:
            return found
        if last or verdict.outcome is not Outcome.FETCH or verdict.fetch is None:
            break
        found = await fetcher.document(verdict.fetch, budget, full_actor=full_actor)
    raise NotFetched("wrong_id")


def _id_of(document: dict[str, Any]) -> str:
    value = document.get("id")
    return value if isinstance(value, str) else ""


def _proposed(actor: Actor) -> Acct | None:
    """FEP-2c59, as far as it can be read. The username must be the actor's."""
    if actor.webfinger is None:
        return None
    try:
        resource = parse_resource(actor.webfinger)
        host = normalise_host(resource.host)
    except Malformed:
        return None
    return Acct(resource.username, host) if isinstance(resource, Acct) and _same_name(resource, actor) else None


def _same_name(acct: Acct, actor: Actor) -> bool:
    return acct.username.lower() == actor.preferred_username.lower()
