"""Public feeds of the policy, put in order every few minutes and frozen, so that apps can page through them."""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import Any

from fedserver.db.queries import feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries.feeds import FeedRow
from fedserver.db.queries.policy import Version
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import Feed
from fedserver.edge import ordering
from fedserver.edge.parts import Parts
from fedserver.services import feeds, own_feeds, seen
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
        try:
            await _one(parts, version, feed, row)
        except Exception:
            # the others are put in order all the same, and this one is tried again with the next order
            log.exception("the feed %s could not be put in order", feed.id)


async def _one(parts: Parts, version: Version, feed: Feed, row: FeedRow) -> None:
    await _with_actor(parts, feed, row)
    now = parts.clock.now_ms()
    order = await ordering.order_for_all(parts, feed, row.actor_id, now)
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
