"""Asking other servers while a client waits: bounded in number and time, and never the cause of a failed request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from fedserver.db.queries import accounts
from fedserver.domain.text import scan
from fedserver.edge.call import Call
from fedserver.kit.errors import Failure
from fedserver.net.errors import FetchError

SECONDS = 5.0
MAX_MENTIONS = 30
Pair = tuple[str, str]

log = logging.getLogger(__name__)


async def resolve_mentions(call: Call, text: str) -> None:
    """Make known the accounts that a text mentions, as far as their servers answer within ``SECONDS`` in all."""
    site = call.parts.site
    pairs = [
        (mention.username, mention.domain)
        for mention in scan.extract(text).mentions
        if mention.domain is not None and mention.domain != site.domain
    ]
    pairs = list(dict.fromkeys(pairs))[:MAX_MENTIONS]
    if not pairs:
        return
    keys = {accounts.handle_key(name, domain): (name, domain) for name, domain in pairs}
    known = await call.parts.db.all(accounts.by_handles(list(keys)))
    for row in known:
        keys.pop(accounts.handle_key(row.username, row.domain), None)
    await _resolve(call, list(keys.values()))


async def resolve_handle(call: Call, username: str, domain: str) -> None:
    """Make one account known, if its server answers in time."""
    _count(call)
    await _resolve(call, [(username, domain)])


async def resolve_text(call: Call, text: str) -> tuple[str, int] | None:
    """What an address or a handle stands for: ("account" | "status", id), or None."""
    resolver = call.parts.resolver
    if resolver is None:
        return None
    _count(call)
    await asyncio.sleep(0)  # a quick route may still be without a task, and a deadline needs one
    try:
        async with asyncio.timeout(SECONDS * 2):
            found: tuple[str, int] | None = await resolver.resolve(text)
    except (TimeoutError, Failure, FetchError) as error:
        log.info("a search could not be resolved", extra={"error": type(error).__name__})
        return None
    return found


async def _resolve(call: Call, pairs: Sequence[Pair]) -> None:
    resolver = call.parts.resolver
    if resolver is None or not pairs:
        return
    await asyncio.sleep(0)  # as above
    try:
        async with asyncio.timeout(SECONDS):
            await resolver.resolve_handles(pairs)
    except (TimeoutError, Failure, FetchError) as error:
        log.info("mentions could not be resolved", extra={"error": type(error).__name__, "count": len(pairs)})


def _count(call: Call) -> None:
    limits = call.parts.extra.get("limits")
    if limits is not None and call.viewer is not None:
        limits.hit("search_resolve", f"u{call.viewer.account_id}")
