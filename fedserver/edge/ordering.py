"""A list that is put in order for its reader: made when it is opened and the last order is old, by few at a time.

Who pages on stays in the order that they began in, so only an opening without ``max_id`` comes here.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Final, NamedTuple

import orjson

from fedserver.db.queries import feeds as feed_rows
from fedserver.db.queries import meta
from fedserver.db.queries import own_feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries.own_feeds import OwnRow
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.policy.document import Document, Feed
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.own import own_from
from fedserver.domain.ranking import inputs
from fedserver.domain.ranking.values import Gathered, Ranked, needed
from fedserver.edge import ranker
from fedserver.edge.parts import Parts
from fedserver.edge.ranker_child import Question
from fedserver.kit.errors import TooMany
from fedserver.kit.lru import LruCache
from fedserver.services import own_feeds as service
from fedserver.services import ranking, ranking_own
from fedserver.services.packs import Pack, pack_of
from fedserver.services.policy import document_of

# an order is as good as new for this long
STALE_MS: Final = 5 * 60 * 1000
AT_ONCE: Final = 2
_WAITING: Final = 20
_KEPT_BYTES: Final = 1024 * 1024
_ROW_BYTES: Final = 100


class Chosen(NamedTuple):
    """What a list that is put in order for its reader says now; ``made_by`` changes with it. ``document``: whose feed
    it is, read at ``address``; None for one that the reader wrote."""

    feed: Feed
    made_by: str
    document: Document | None
    address: str = ""


class Ordering:
    """What this process remembers of it: when lists were last opened, and who is at work."""

    def __init__(self) -> None:
        self.checked: LruCache[tuple[int, int], int] = LruCache(_KEPT_BYTES, lambda _: _ROW_BYTES)
        self.locks: dict[int, asyncio.Lock] = {}
        self.at_work = asyncio.Semaphore(AT_ONCE)
        self.waiting = 0
        self.actor_id: int | None = None


def of(parts: Parts) -> Ordering:
    """That of this process."""
    found = parts.extra.get("ordering")
    if not isinstance(found, Ordering):
        found = parts.extra["ordering"] = Ordering()
    return found


async def opened(parts: Parts, reader_id: int, list_id: int, *, anew: bool = False) -> None:
    """See to it that the order of a list is not old. ``anew``: whatever this process remembers of it."""
    known, now = of(parts), parts.clock.now_ms()
    if not anew and now - (known.checked.get((reader_id, list_id)) or 0) < STALE_MS:
        return
    # a quick route may still be without a task
    await asyncio.sleep(0)
    # two devices that open a list at once are served by one order
    lock = known.locks.setdefault(list_id, asyncio.Lock())
    try:
        async with lock:
            await _look(parts, known, reader_id, list_id, now)
    finally:
        if not lock.locked():
            known.locks.pop(list_id, None)


def changed(parts: Parts, reader_id: int, list_id: int) -> None:
    """The feed says something else now: the next opening puts it in order."""
    of(parts).checked.pop((reader_id, list_id))


async def _look(parts: Parts, known: Ordering, reader_id: int, list_id: int, now: int) -> None:
    chosen = await chosen_of(parts, reader_id, list_id)
    if chosen is None:
        return
    last = await parts.db.one(rows.latest(reader_id, list_id))
    if last is None or last.made_by != chosen.made_by or now - last.checked_at >= STALE_MS:
        ranked = await ranked_for(parts, chosen.feed, reader_id)
        made: dict[str, Any] = {
            "account_id": reader_id,
            "list_id": list_id,
            "actor_id": await booster(parts),
            "made_by": chosen.made_by,
            "ranked": ranked,
            "at": now,
        }
        await parts.db.run(partial(service.keep, **made), relaxed=True)
    known.checked.put((reader_id, list_id), now)


async def chosen_of(parts: Parts, reader_id: int, list_id: int) -> Chosen | None:
    """What a list says that is put in order for its reader; None where it is none, or what it said is gone."""
    row = await parts.db.one(rows.one(reader_id, list_id))
    if row is not None:
        return await chosen_by(parts, row)
    name = await parts.db.one(rows.subscribed_name(reader_id, list_id))
    if name is None:
        return None
    version = await parts.db.one(policies.current())
    document = document_of(version) if version is not None else None
    feed = document.feed(name) if document is not None else None
    if version is None or feed is None or not feed.personal:
        return None
    return Chosen(feed, version.hash, document, uris.policy(parts.site, version.version))


async def chosen_by(parts: Parts, row: OwnRow) -> Chosen | None:
    """The same for one of the reader's own feeds."""
    if row.policy_subscription_id is None:
        try:
            return Chosen(own_from(orjson.loads(row.document)).feed, str(row.changed_at), None)
        except DocumentError:
            # written under another version of the program
            return None
    for pack in await packs(parts, row.policy_subscription_id):
        feed = next((one for one in pack.feeds if one.id == row.name), None)
        if feed is not None:
            return Chosen(feed, pack.row.hash, pack.document, pack.row.uri)
    return None


async def packs(parts: Parts, only: int | None = None) -> list[Pack]:
    """Documents of other communities that this one subscribes to, the highest priority first. ``only``: that one."""
    found = []
    for row in await parts.db.all(policies.in_force()):
        if row.subscription_id and only in (None, row.subscription_id):
            subscription = await parts.db.one(policies.subscription(row.subscription_id))
            document = subscription.document if subscription is not None else None
            pack = pack_of(row, document) if document else None
            if pack is not None:
                found.append(pack)
    return sorted(found, key=lambda pack: (-pack.row.priority, pack.row.subscription_id))


async def ranked_for(parts: Parts, feed: Feed, reader_id: int) -> list[Ranked]:
    """The order of a feed for one reader now. ``TooMany`` while very many others wait for theirs."""
    known = of(parts)
    if known.waiting >= _WAITING:
        raise TooMany(retry_after=5.0)
    known.waiting += 1
    try:
        async with known.at_work:
            return await _ranked(parts, feed, reader_id, parts.clock.now_ms())
    finally:
        known.waiting -= 1


async def _ranked(parts: Parts, feed: Feed, reader_id: int, now: int) -> list[Ranked]:
    wanted = needed(feed)
    first = {
        name: await parts.db.all(query) for name, query in ranking_own.candidates(feed, wanted, reader_id, now).items()
    }
    read: dict[str, Any] = ranking_own.merged(first)
    if not read["candidates"]:
        return []
    details = ranking_own.details(wanted, read["candidates"], reader_id, now)
    for name, query in ranking.packed(details).items():
        (read[name],) = await parts.db.all(query)
    question = Question(feed, read, now, ranking.chosen(feed, parts.site.domain), keep=False)
    return (await ranker.of(parts).order(question)).ranked


async def order_for_all(parts: Parts, feed: Feed, actor_id: int | None, now: int) -> ranker.Order:
    """The order of a feed that is the same for everybody, with what it was made from. ``actor_id``: its group."""
    asked = ranking.packed(ranking.queries(feed, needed(feed), now, actor_id))
    read = {name: (await parts.db.all(query))[0] for name, query in asked.items()}
    if read["candidates"] == "[]":
        # a node where nothing is posted starts no child
        return ranker.Order([], inputs.pack(Gathered((), (), (), (), {}), feed.id))
    question = Question(feed, read, now, ranking.chosen(feed, parts.site.domain), keep=True)
    return await ranker.of(parts).order(question)


async def shown_of(parts: Parts, feed: Feed, reader_id: int) -> list[Ranked]:
    """What a feed of the community would show now; to this reader, where it differs from reader to reader."""
    if feed.personal:
        return await ranked_for(parts, feed, reader_id)
    row = await parts.db.one(feed_rows.by_name(feed.id))
    actor_id = row.actor_id if row is not None else None
    async with of(parts).at_work:
        return (await order_for_all(parts, feed, actor_id, parts.clock.now_ms())).ranked


async def booster(parts: Parts) -> int:
    """The Group whose boosts readers' own feeds look like, made by the first who needs it."""
    known = of(parts)
    if known.actor_id is None:
        kept = await parts.db.one(meta.get(service.ACTOR))
        known.actor_id = int(kept) if kept is not None else await _new_booster(parts)
    return known.actor_id


async def _new_booster(parts: Parts) -> int:
    keys = await asyncio.to_thread(parts.keyring.generate)

    def work(unit: Unit) -> int:
        return service.booster(unit, parts.keyring, keys)

    return await parts.db.run(work)
