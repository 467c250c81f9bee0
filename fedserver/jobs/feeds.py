"""Public feeds of the policy, put in order every few minutes and frozen, so that apps can page through them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from fedserver.db.queries import feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries.feeds import FeedRow
from fedserver.db.queries.policy import Version
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import Feed
from fedserver.domain.ranking.inputs import pack
from fedserver.domain.ranking.values import needed
from fedserver.edge import ranker
from fedserver.edge.parts import Parts
from fedserver.services import feeds, own_feeds, ranking, seen
from fedserver.services.policy import document_of

log = logging.getLogger(__name__)


async def compute(parts: Parts, payload: dict[str, Any]) -> None:
    """Put every feed of the document in force in order that is the same for everybody."""
    version = await parts.db.one(policies.current())
    if version is not None:
        await _put_in_order(parts, version)
    for forget in (feeds.sweep, own_feeds.sweep, seen.sweep):
        await parts.db.run(forget, relaxed=True)


async def _put_in_order(parts: Parts, version: Version) -> None:
    known = {row.name: row for row in await parts.db.all(rows.listed()) if row.ended_at is None}
    for feed in document_of(version).feeds:
        row = known.get(feed.id)
        if row is None or feed.personal:
            continue
        await _with_actor(parts, feed, row)
        now = parts.clock.now_ms()
        order = await _ranked(parts, feed, row.actor_id, now)
        made: dict[str, Any] = {"row": row, "policy_hash": version.hash, "at": now, **order._asdict()}
        await parts.db.run(partial(feeds.keep, **made), relaxed=True)
        await parts.db.run(partial(feeds.boost_best, row=row, feed=feed))


async def _with_actor(parts: Parts, feed: Feed, row: FeedRow) -> None:
    if row.actor_id is not None:
        return
    keys = await asyncio.to_thread(parts.keyring.generate)

    def work(unit: Unit) -> None:
        feeds.actor_of(unit, parts.keyring, feed, keys)

    await parts.db.run(work)


async def _ranked(parts: Parts, feed: Feed, actor_id: int | None, now: int) -> ranker.Order:
    wanted = needed(feed)
    read: Mapping[str, Any] = {
        name: await parts.db.all(query) for name, query in ranking.queries(feed, wanted, now, actor_id).items()
    }
    gathered = await asyncio.to_thread(ranking.put_together, feed, wanted, read, now, parts.site.domain)
    if not gathered.ids:
        # a node where nothing is posted starts no child
        return ranker.Order([], pack(gathered._replace(likes=None), feed.id))
    return await ranker.of(parts).order(feed, gathered, keep=True)
