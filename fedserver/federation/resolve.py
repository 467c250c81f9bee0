"""What a person typed, as something that is here: a handle, or the address of an account or a post."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Literal, NamedTuple

from fedserver.db.queries import accounts, statuses
from fedserver.domain.text.names import parse_handle
from fedserver.edge.parts import Parts
from fedserver.federation.fetching.actors import Actors, follow_id
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.federation.fetching.fetcher import Fetcher
from fedserver.federation.fetching.objects import Objects
from protocol.activitystreams.read import read_actor, read_object
from protocol.activitystreams.urls import http_url
from protocol.authority import check_object
from protocol.errors import Malformed

REQUESTS = 16
HANDLES = 30
SEARCH_S = 10.0
HANDLES_S = 5.0


class Resolved(NamedTuple):
    """What was found: the id of a row of ``accounts`` or ``statuses``."""

    kind: Literal["account", "status"]
    id: int


class Resolver:
    """Looks up what was typed, here first and then elsewhere. Nothing it meets elsewhere makes it raise."""

    def __init__(self, parts: Parts, fetcher: Fetcher, actors: Actors, objects: Objects) -> None:
        self._parts = parts
        self._fetcher = fetcher
        self._actors = actors
        self._objects = objects

    async def resolve(self, text: str, *, seconds: float = SEARCH_S) -> Resolved | None:
        """The account or post that a handle or address names, fetched if need be. None where there is none.

        Whether the one who asked may see a post is for the caller to decide.
        """
        text = text.strip()
        try:
            async with asyncio.timeout(seconds):
                url = http_url(text)
                if url is None:
                    return await self._handle(text)
                return await self._known(url) or await self._fetched(url)
        except (NotFetched, TimeoutError):
            return None

    async def resolve_handles(
        self, handles: Iterable[tuple[str, str]], seconds: float = HANDLES_S
    ) -> dict[tuple[str, str], int]:
        """Account ids of (username, domain) pairs, looked up side by side; what is not there in time is left out."""
        pairs = list(dict.fromkeys(handles))[:HANDLES]
        found: dict[tuple[str, str], int] = {}

        async def one(pair: tuple[str, str]) -> None:
            try:
                account = await self._actors.by_handle(*pair, Budget(REQUESTS))
            except NotFetched:
                return
            if account is not None:
                found[pair] = account.id

        tasks = [asyncio.create_task(one(pair)) for pair in pairs]
        try:
            if tasks:
                await asyncio.wait(tasks, timeout=seconds)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return found

    async def _handle(self, text: str) -> Resolved | None:
        handle = parse_handle(text)
        if handle is None:
            return None
        account = await self._actors.by_handle(handle.username, handle.domain or "", Budget(REQUESTS))
        return Resolved("account", account.id) if account is not None else None

    async def _known(self, url: str) -> Resolved | None:
        account = await self._parts.db.one(accounts.by_uri(url))
        if account is not None:
            return Resolved("account", account.id) if account.active else None
        status = await self._parts.db.one(statuses.by_uri(url))
        if status is not None:
            return Resolved("status", status.id)
        return await self._own_page(url) if self._parts.site.owns(url) else None

    async def _own_page(self, url: str) -> Resolved | None:
        """``/@name`` and ``/@name/id`` of this node."""
        name, _, number = url.removeprefix(f"{self._parts.site.base_url}/").rstrip("/").partition("/")
        if not name.startswith("@"):
            return None
        account = await self._parts.db.one(accounts.local_by_name(name[1:]))
        if account is None or not account.active:
            return None
        if not number:
            return Resolved("account", account.id)
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            return None
        status = await self._parts.db.one(statuses.by_id(int(number)))
        return Resolved("status", status.id) if status is not None and status.account_id == account.id else None

    async def _fetched(self, url: str) -> Resolved | None:
        if self._parts.site.owns(url):
            return None
        budget = Budget(REQUESTS)
        found = await follow_id(self._fetcher, await self._fetcher.document(url, budget), budget)
        try:
            actor = read_actor(found.value)
        except Malformed:
            pass
        else:
            return Resolved("account", (await self._actors.store(actor.id, budget)).id)
        try:
            obj = read_object(found.value, now=self._parts.clock.now_ms())
        except Malformed:
            return None
        if not check_object(obj).allowed:
            return None
        status = await self._objects.store(obj.id, budget)
        return Resolved("status", status.id) if status is not None else None
