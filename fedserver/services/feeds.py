"""Feeds of the policy in force: who subscribes, and the frozen orders that apps page through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from fedserver.db.queries import accounts, policy, statuses
from fedserver.db.queries import feeds as rows
from fedserver.db.queries import own_feeds as own_rows
from fedserver.db.queries.feeds import FeedRow
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.policy.document import Document, Feed, in_language
from fedserver.domain.ranking.values import Ranked
from fedserver.domain.text.names import FEED_PREFIX, USERNAME_LENGTH
from fedserver.jobqueue.enqueue import enqueue
from fedserver.jobqueue.schedule import key_of
from fedserver.kit.errors import Forbidden, NotFound
from fedserver.kit.ids import floor_of
from fedserver.kit.paging import Page
from fedserver.services import boosts
from fedserver.services.accounts import create_local
from fedserver.services.keyring import KeyRing, NewKeys
from fedserver.services.reports import COMMUNITY

COMPUTE: Final = "feeds.compute"
HOUR_MS: Final = 3600 * 1000
KEPT_MS: Final = 24 * HOUR_MS
# what stands below is not the best of a feed
BOOSTED_PLACES: Final = 20
_ALL: Final = Page(limit=1000)


def follow_document(unit: Unit, document: Document, *, first: bool) -> None:
    """After a document came in force: its feeds can be subscribed to, others end.

    ``first``: there was none before, so everybody who is here gets the default feed, as who joins later does.
    """
    known = {row.name: row for row in unit.all(rows.listed(COMMUNITY))}
    for feed in document.feeds:
        title = orjson.dumps(dict(feed.title)).decode()
        row = known.pop(feed.id, None)
        says = {"title": title, "trends": int(feed.id == document.trends), "personal": int(feed.personal)}
        if row is not None:
            unit.run(rows.change(row.id, {**says, "ended_at": None}))
            continue
        values = {
            "id": unit.new_id(),
            "community_id": COMMUNITY,
            "name": feed.id,
            "created_at": unit.now,
            **says,
        }
        unit.run(rows.add(values))
    for row in known.values():
        if row.ended_at is None:
            unit.run(rows.change(row.id, {"ended_at": unit.now}))
            # a list that never changes again is nobody's wish
            unit.run(own_rows.forget_all_orders(row.id))
            unit.run(rows.unsubscribe_all(row.id))
    # what people see follows what was decided within seconds
    enqueue(unit, COMPUTE, {}, once=key_of(COMPUTE))
    if first:
        for account_id in unit.all(rows.members(COMMUNITY)):
            subscribe(unit, account_id, document.default_feed)


def subscribe(unit: Unit, account_id: int, name: str) -> int:
    """Have a feed as a list; the id of the subscription. ``NotFound``: there is no such feed."""
    feed = unit.get(rows.by_name(name, COMMUNITY))
    values = {"id": unit.new_id(), "account_id": account_id, "feed_id": feed.id, "created_at": unit.now}
    unit.made(rows.subscribe(values))
    return next(row.id for row in unit.all(rows.subscribed(account_id)) if row.feed_id == feed.id)


def welcome(unit: Unit, account_id: int) -> None:
    """Who joins has the community's default feed from the beginning."""
    version = unit.one(policy.current(COMMUNITY))
    if version is not None:
        subscribe(unit, account_id, str(orjson.loads(version.document)["community"]["default_feed"]))


def unsubscribe(unit: Unit, account_id: int, subscription_id: int) -> None:
    """Have it as a list no longer. ``NotFound`` for somebody else's."""
    if not unit.run(rows.unsubscribe(account_id, subscription_id)):
        raise NotFound
    unit.run(own_rows.forget_orders(account_id, subscription_id))


def actor_of(unit: Unit, keyring: KeyRing, feed: Feed, keys: NewKeys) -> int:
    """The Group that boosts what is in a public feed, made once."""
    row = unit.get(rows.by_name(feed.id, COMMUNITY))
    if row.actor_id is not None:
        return row.actor_id
    account_id = new_group(unit, keyring, f"{FEED_PREFIX}{feed.id.replace('-', '_')}", in_language(feed.title), keys)
    unit.run(rows.change(row.id, {"actor_id": account_id}))
    return account_id


def new_group(unit: Unit, keyring: KeyRing, name: str, title: str, keys: NewKeys) -> int:
    """A Group of this node, of a name like that one, where need be with a number that nothing else has."""
    short = name[: USERNAME_LENGTH - 2]
    numbered = f"_{unit.new_id()}"
    tries = (name[:USERNAME_LENGTH], *(f"{short}_{i}" for i in range(2, 10)))
    found = next((each for each in tries if _free(unit, each)), f"{name[: USERNAME_LENGTH - len(numbered)]}{numbered}")
    more: dict[str, Any] = {"display_name": title, "bot": True, "actor_type": "Group", "of_feed": True}
    return create_local(unit, keyring, username=found, keys=keys, **more)


def _free(unit: Unit, username: str) -> bool:
    """Whether nobody has the name or ever had it."""
    gone = unit.one(statuses.tombstone(uris.actor(unit.site, username)))
    return gone is None and unit.one(accounts.by_handle(username)) is None


def keep(unit: Unit, row: FeedRow, policy_hash: str, ranked: Sequence[Ranked], inputs: bytes, at: int) -> int | None:
    """Freeze an order of a time; its id.

    None where the last one is the same (apps would only see everything anew) or newer, and where another policy came in
    force while this one was made.
    """
    version = unit.one(policy.current(COMMUNITY))
    if version is None or version.hash != policy_hash:
        return None
    last = unit.one(rows.latest_id(row.id))
    if last is not None:
        former = unit.get(rows.snapshot(last))
        if former.created_at > at:
            return None
        before = [one.status_id for one in unit.all(rows.page(last, _ALL))]
        if former.policy_hash == policy_hash and before == [one.status_id for one in ranked]:
            return None
    snapshot_id = unit.new_id()
    values = {
        "id": snapshot_id,
        "feed_id": row.id,
        "policy_hash": policy_hash,
        "size": len(ranked),
        "inputs": inputs,
        "created_at": at,
    }
    unit.run(rows.add_snapshot(values))
    # the last place first: ids grow, and apps put the highest on top
    for place, one in reversed(list(enumerate(ranked, 1))):
        entry = {
            "id": unit.new_id(),
            "snapshot_id": snapshot_id,
            "place": place,
            "status_id": one.status_id,
            "reasons": orjson.dumps(reasons_of(one)).decode(),
        }
        unit.run(rows.add_entry(entry))
    return snapshot_id


def reasons_of(one: Ranked) -> dict[str, Any]:
    """What is kept of a place to explain it."""
    return {
        "score": one.score,
        "signals": one.signals,
        "by_score": one.place.by_score,
        "likeness": one.place.likeness,
        "waited": one.place.waited,
    }


def sweep(unit: Unit) -> None:
    """Forget old orders."""
    unit.run(rows.sweep(unit.now - KEPT_MS))


def boost_best(unit: Unit, row: FeedRow, feed: Feed) -> int | None:
    """Let a feed's group boost the first post of its order that it never boosted, for its followers on any server.

    At most ``boosts_per_hour`` in an hour. The id of the boost, None where there is nothing to do.
    """
    if row.actor_id is None or feed.boosts_per_hour == 0:
        return None
    if unit.get(rows.boosts_since(row.actor_id, floor_of(unit.now - HOUR_MS))) >= feed.boosts_per_hour:
        return None
    latest = unit.one(rows.latest_id(row.id))
    for status_id in unit.all(rows.not_boosted(latest or 0, row.actor_id, BOOSTED_PLACES)):
        try:
            return boosts.boost(unit, row.actor_id, status_id)
        except (Forbidden, NotFound):
            # deleted, hidden, or by somebody who blocks the group: the next one
            continue
    return None
