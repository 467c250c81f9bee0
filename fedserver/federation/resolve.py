"""What a person typed, as something that is here: a handle, or the address of an account or a post."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Literal, NamedTuple

from fedserver.db.queries import accounts, statuses
from fedserver.domain.text.names import parse_handle
from fedserver.edge.parts import Parts
from fedserver.federation.context import Federation, of
from fedserver.federation.fetching.actors import follow_id
from fedserver.federation.fetching.errors import Budget, NotFetched
from protocol.activitystreams.read import read_actor, read_object
from protocol.activitystreams.urls import http_url
from protocol.authority import check_object
from protocol.errors import Malformed

REQUESTS = 16
HANDLES = 10
SEARCH_S = 10.0


class Resolved(NamedTuple):
    """What was found: the id of a row of ``accounts`` or ``statuses``."""

    kind: Literal["account", "status"]
    id: int


async def resolve_uri(parts: Parts, text: str, *, seconds: float = SEARCH_S) -> Resolved | None:
    """The account or post that a handle or address names, fetched if need be. None where there is none.

    Whether the one who asked may see a post is for the caller to decide.
    """
    text, federation = text.strip(), of(parts)
    try:
        async with asyncio.timeout(seconds):
            url = http_url(text)
            if url is None:
                return await _handle(federation, text)
            return await _known(parts, url) or await _fetched(federation, url)
    except (NotFetched, TimeoutError):
        return None


async def resolve_handles(
    parts: Parts, handles: Iterable[tuple[str, str]], seconds: float = 5.0
) -> dict[tuple[str, str], int]:
    """Account ids of (username, domain) pairs, looked up side by side; what is not there in time is left out."""
    federation = of(parts)
    pairs = list(dict.fromkeys(handles))[:HANDLES]
    found: dict[tuple[str, str], int] = {}

    async def one(pair: tuple[str, str]) -> None:
        try:
            account = await federation.actors.by_handle(*pair, Budget(REQUESTS))
        except NotFetched:
            return
        if account is not None:
            found[pair] = account.id

    tasks = [asyncio.create_task(one(pair)) for pair in pairs]
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return found


async def _handle(federation: Federation, text: str) -> Resolved | None:
    handle = parse_handle(text)
    if handle is None:
        return None
    account = await federation.actors.by_handle(handle.username, handle.domain or "", Budget(REQUESTS))
    return Resolved("account", account.id) if account is not None else None


async def _known(parts: Parts, url: str) -> Resolved | None:
    account = await parts.db.one(accounts.by_uri(url))
    if account is not None:
        return Resolved("account", account.id) if account.active else None
    status = await parts.db.one(statuses.by_uri(url))
    if status is not None:
        return Resolved("status", status.id)
    return await _own_page(parts, url) if parts.site.owns(url) else None


async def _own_page(parts: Parts, url: str) -> Resolved | None:
    """``/@name`` and ``/@name/id`` of this node."""
    name, _, number = url.removeprefix(f"{parts.site.base_url}/").rstrip("/").partition("/")
    if not name.startswith("@"):
        return None
    account = await parts.db.one(accounts.by_handle(name[1:]))
    if account is None or not account.active:
        return None
    if not number:
        return Resolved("account", account.id)
    if not (number.isascii() and number.isdigit() and len(number) <= 18):
        return None
    status = await parts.db.one(statuses.by_id(int(number)))
    return Resolved("status", status.id) if status is not None and status.account_id == account.id else None


async def _fetched(federation: Federation, url: str) -> Resolved | None:
    if federation.parts.site.owns(url):
        return None
    budget = Budget(REQUESTS)
    found = await follow_id(federation.fetcher, await federation.fetcher.document(url, budget), budget)
    try:
        actor = read_actor(found.value)
    except Malformed:
        pass
    else:
        return Resolved("account", (await federation.actors.store(actor.id, budget)).id)
    try:
        obj = read_object(found.value, now=federation.parts.clock.now_ms())
    except Malformed:
        return None
    if not check_object(obj).allowed:
        return None
    status = await federation.objects.store(obj.id, budget)
    return Resolved("status", status.id) if status is not None else None
