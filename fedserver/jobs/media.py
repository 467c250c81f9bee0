"""Files: removed after their rows, and swept when nobody needs them."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import islice
from typing import Any

from fedserver.api import processing
from fedserver.db.queries import media
from fedserver.edge.parts import Parts
from fedserver.kit.clock import now_ms
from fedserver.services import media as media_service

DAY_MS = 24 * 3600 * 1000
# names that are looked for at once, each time by reading all rows
_CHUNK = 5000


async def process(parts: Parts, payload: dict[str, Any]) -> None:
    """Finish an upload: a video, or a picture whose request did not live to do it, or did not manage."""
    await processing.process(parts, int(payload["media_id"]), last=True)


async def remove_files(parts: Parts, payload: dict[str, Any]) -> None:
    """Remove blobs whose rows are gone."""
    for key in payload["keys"]:
        await parts.blobs.delete(key)


async def sweep(parts: Parts, payload: dict[str, Any]) -> None:
    """Uploads that nobody posted within a day; remote media that nobody looked at, and the oldest beyond the budget."""
    now = now_ms()
    for row in await parts.db.all(media.unattached(now - DAY_MS)):
        keys = await parts.db.run(partial(media_service.discard, account_id=row.account_id, media_id=row.id))
        await remove_files(parts, {"keys": keys})
    settings = parts.config.media
    if settings.remote_cache_days:
        for row in await parts.db.all(media.stale_cache(now - settings.remote_cache_days * DAY_MS)):
            await evict(parts, row.id)
    over = (await parts.db.one(media.cache_bytes()) or 0) - settings.remote_cache_bytes
    while over > 0:
        oldest = await parts.db.all(media.oldest_cache(50))
        if not oldest:
            break
        for row in oldest:
            over -= row.size or 0
            await evict(parts, row.id)
            if over <= 0:
                break


async def sweep_files(parts: Parts, payload: dict[str, Any]) -> None:
    """Blobs that no row knows: what a process had in hand when it was killed."""
    names = parts.blobs.older((now_ms() - DAY_MS) / 1000)
    while chunk := await asyncio.to_thread(lambda: list(islice(names, _CHUNK))):
        known = set(await parts.db.all(media.known_keys(chunk)))
        await remove_files(parts, {"keys": [name for name in chunk if name not in known]})


async def evict(parts: Parts, media_id: int) -> None:
    """Let go of the copy of a remote medium."""
    keys = await parts.db.run(lambda unit: media_service.evicted(unit, media_id))
    await remove_files(parts, {"keys": keys})
