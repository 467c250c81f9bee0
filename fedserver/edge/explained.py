"""Why a post has its place in a feed: the place, the order it stands in, the version of the policy that made it."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import feeds as rows
from fedserver.db.queries import own_feeds as own_rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries.feeds import Entry
from fedserver.db.queries.own_feeds import Order
from fedserver.domain import uris
from fedserver.domain.policy.document import Document, Feed
from fedserver.edge import ordering
from fedserver.edge.parts import Parts
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon.feeds import Cited, Frozen
from fedserver.services.policy import document_of


class Explained(NamedTuple):
    """A place in an order. ``feed`` is what ``cited`` says of it, which need not be in force any more; ``cited`` is
    None for a feed that the reader wrote. ``language``: of its texts that name none."""

    feed: Feed
    cited: Cited | None
    language: str
    frozen: Frozen
    entry: Entry


async def explained(
    parts: Parts, asked_id: int, status_id: int, name: str | None, reader_id: int | None = None
) -> Explained:
    """The place that ``asked_id`` names, else the present one of a post in a feed, by default in the community's own.

    ``name``: of a feed of the community, or the id of a list of the reader that is put in order for that reader alone.
    The caller has made sure that the post may be seen. ``NotFound``: it is not in that feed, or there is none.
    """
    known = await parts.db.one(rows.entry(asked_id))
    if known is not None and known[0].status_id == status_id:
        return await _public(parts, known[0])
    if reader_id is not None:
        own = await _own_place(parts, asked_id, status_id, name, reader_id)
        if own is not None:
            return await _own(parts, *own)
    return await _public(parts, await _entry(parts, status_id, name))


async def _public(parts: Parts, entry: Entry) -> Explained:
    snapshot = await parts.db.one(rows.snapshot(entry.snapshot_id))
    if snapshot is None:
        raise NotFound
    version = await parts.db.one(policies.by_hash(snapshot.policy_hash))
    row = await parts.db.one(rows.by_id(snapshot.feed_id))
    document = document_of(version) if version is not None else None
    feed = document.feed(row.name) if document is not None and row is not None else None
    if version is None or document is None or feed is None:
        raise NotFound
    cited = Cited(version.version, version.hash, uris.policy(parts.site, version.version))
    frozen = Frozen(snapshot.id, snapshot.created_at, snapshot.size, feed.id, public=True)
    return Explained(feed, cited, document.language, frozen, entry)


async def _own_place(
    parts: Parts, asked_id: int, status_id: int, name: str | None, reader_id: int
) -> tuple[Entry, Order] | None:
    known = await parts.db.one(own_rows.place(reader_id, asked_id))
    if known is not None and known[0].status_id == status_id:
        return known
    if name is None or not name.isdecimal() or len(name) > 19:
        return None
    order = await parts.db.one(own_rows.latest(reader_id, int(name)))
    if order is None:
        return None
    entry = await parts.db.one(own_rows.entry_of(order.id, status_id))
    return (entry, order) if entry is not None else None


async def _own(parts: Parts, entry: Entry, order: Order) -> Explained:
    chosen = await ordering.chosen_of(parts, order.account_id, order.list_id)
    if chosen is None or chosen.made_by != order.made_by:
        # it says something else by now
        raise NotFound
    frozen = Frozen(order.id, order.created_at, order.size, str(order.list_id), public=False)
    return Explained(chosen.feed, _cited(chosen), _language(chosen.document), frozen, entry)


def _cited(chosen: ordering.Chosen) -> Cited | None:
    if chosen.document is None:
        return None
    return Cited(chosen.document.version, chosen.made_by, chosen.address)


def _language(document: Document | None) -> str:
    return document.language if document is not None else "en"


async def _entry(parts: Parts, status_id: int, name: str | None) -> Entry:
    if not name:
        current = await parts.db.one(policies.current())
        if current is None:
            raise NotFound
        name = document_of(current).default_feed
    feed = await parts.db.one(rows.by_name(name))
    latest = await parts.db.one(rows.latest_id(feed.id)) if feed is not None else None
    found = await parts.db.one(rows.entry_of(latest or 0, status_id))
    if found is None:
        raise NotFound
    return found
