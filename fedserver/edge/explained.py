"""Why a post has its place in a feed: the place, the order it stands in, the version of the policy that made it."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.db.queries import feeds as rows
from fedserver.db.queries import policy as policies
from fedserver.db.queries.feeds import Entry, Snapshot
from fedserver.db.queries.policy import Version
from fedserver.domain.policy.document import Feed
from fedserver.edge.parts import Parts
from fedserver.kit.errors import NotFound
from fedserver.services.policy import document_of


class Explained(NamedTuple):
    """A place in an order. ``feed`` is what ``version`` says of it, which need not be in force any more."""

    feed: Feed
    version: Version
    snapshot: Snapshot
    entry: Entry


async def explained(parts: Parts, asked_id: int, status_id: int, name: str | None) -> Explained:
    """The place that ``asked_id`` names, else the present one of a post in a feed, by default in the community's own.

    The caller has made sure that the post may be seen. ``NotFound``: it is not in that feed, or there is none.
    """
    entry = await _entry(parts, asked_id, status_id, name)
    snapshot = await parts.db.one(rows.snapshot(entry.snapshot_id))
    if snapshot is None:
        raise NotFound
    version = await parts.db.one(policies.by_hash(snapshot.policy_hash))
    row = await parts.db.one(rows.by_id(snapshot.feed_id))
    feed = document_of(version).feed(row.name) if version is not None and row is not None else None
    if version is None or feed is None:
        raise NotFound
    return Explained(feed, version, snapshot, entry)


async def _entry(parts: Parts, asked_id: int, status_id: int, name: str | None) -> Entry:
    known = await parts.db.one(rows.entry(asked_id))
    if known is not None and known[0].status_id == status_id:
        return known[0]
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
