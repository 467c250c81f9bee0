"""A reader's own feeds: written or forked, changed, chosen from other communities; and their frozen orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson

from fedserver.db.queries import lists, meta
from fedserver.db.queries import own_feeds as rows
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import Document, Feed
from fedserver.domain.policy.errors import DocumentError
from fedserver.domain.policy.own import OwnFeed, forked, own_plain, with_lists
from fedserver.domain.ranking.values import Ranked
from fedserver.domain.text.names import OWN_FEEDS
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import gettext as _
from fedserver.kit.i18n import lazy
from fedserver.services import feeds, packs, starters
from fedserver.services.keyring import KeyRing, NewKeys
from fedserver.services.policy import in_force
from protocol.activitystreams.urls import http_url, origin_of

MOST: Final = 10
# orders of one list that are kept at a time, for who pages in an older one
KEPT: Final = 6
KEPT_MS: Final = 12 * 3600 * 1000
PRESETS: Final = "presets"
ACTOR: Final = "own_feeds.actor"


def create(unit: Unit, account_id: int, own: OwnFeed, origin: str = "") -> int:
    """A feed of one's own; its id. ``origin``: what it began as. ``DocumentError``: a list of it is not one's own."""
    own = with_own_lists(unit, account_id, own)
    return _add(unit, account_id, own.feed, {"document": _document(own), "forked_from": origin})


def change(unit: Unit, account_id: int, feed_id: int, own: OwnFeed) -> None:
    """Let it say something else. ``NotFound``: somebody else's; ``Invalid``: it is another community's."""
    row = unit.get(rows.one(account_id, feed_id))
    if row.policy_subscription_id is not None:
        raise Invalid(lazy("Validation failed: This feed is another community's; make one of your own from it"))
    own = with_own_lists(unit, account_id, own)
    values = {"title": _title(own.feed), "document": _document(own), "changed_at": unit.now}
    unit.run(rows.change(feed_id, values))
    # what the old formula made is not what the reader asked for
    unit.run(rows.forget_orders(account_id, feed_id))


def remove(unit: Unit, account_id: int, feed_id: int) -> None:
    """Have it no longer. ``NotFound`` for somebody else's."""
    if not unit.run(rows.drop(account_id, feed_id)):
        raise NotFound
    unit.run(rows.forget_orders(account_id, feed_id))


def choose(unit: Unit, account_id: int, address: str) -> int:
    """Have a feed of another community as a list, as that community writes it; the id of the list, the same one again.

    ``address``: ``best@painters.example``. ``NotFound``: the community here does not subscribe to that one's policy, or
    it has no such feed.
    """
    pack, feed = _elsewhere(unit, address)
    known = unit.one(rows.chosen(account_id, pack.row.subscription_id, feed.id))
    if known is not None:
        return known.id
    values = {"policy_subscription_id": pack.row.subscription_id, "name": feed.id}
    return _add(unit, account_id, feed, values)


def origin_document(unit: Unit, address: str) -> tuple[Document, Feed]:
    """A feed that can be forked: ``best`` of the community here, ``best@painters.example`` of another one,
    ``hot@presets`` of those that ship. ``NotFound``: there is none."""
    name, _at, community = address.partition("@")
    if community and community != PRESETS:
        pack, feed = _elsewhere(unit, address)
        return pack.document, feed
    document = starters.presets() if community else in_force(unit)
    found = document.feed(name) if document is not None else None
    if document is None or found is None:
        raise NotFound
    return document, found


def fork(unit: Unit, address: str) -> OwnFeed:
    """Such a feed as one's own, not kept yet."""
    document, feed = origin_document(unit, address)
    return forked(document, feed)


def address_of(pack: packs.Pack, feed: Feed) -> str:
    """How a feed of another community is called here. By the server that publishes it: names in documents are only
    what somebody says."""
    return f"{feed.id}@{host_of(pack.row.uri)}"


def host_of(uri: str) -> str:
    """The server that publishes a document."""
    found = http_url(uri)
    return origin_of(found).host if found is not None else ""


def booster(unit: Unit, keyring: KeyRing, keys: NewKeys) -> int:
    """The Group whose boosts the places of readers' own feeds look like. It boosts nothing: it is only shown."""
    known = unit.one(meta.get(ACTOR))
    if known is not None:
        return int(known)
    account_id = feeds.new_group(unit, keyring, OWN_FEEDS, _("Your feeds"), keys)
    unit.run(meta.put(ACTOR, str(account_id)))
    return account_id


def keep(
    unit: Unit, account_id: int, list_id: int, actor_id: int, made_by: str, ranked: Sequence[Ranked], at: int
) -> None:
    """Freeze an order of a time for its reader, unless it is the last one again or a newer one is there."""
    last = unit.one(rows.latest(account_id, list_id))
    if last is not None and last.checked_at > at:
        return
    if last is not None and last.made_by == made_by:
        before = unit.all(rows.status_ids(last.id))
        if before == [one.status_id for one in ranked]:
            unit.run(rows.change_order(last.id, {"checked_at": at}))
            return
    order_id = unit.new_id()
    values = {
        "id": order_id,
        "account_id": account_id,
        "list_id": list_id,
        "actor_id": actor_id,
        "made_by": made_by,
        "size": len(ranked),
        "created_at": at,
        "checked_at": at,
    }
    unit.run(rows.add_order(values))
    # the last place first: ids grow, and apps put the highest on top
    for place, one in reversed(list(enumerate(ranked, 1))):
        reasons = orjson.dumps(feeds.reasons_of(one)).decode()
        entry = {"id": unit.new_id(), "order_id": order_id, "place": place, "status_id": one.status_id}
        unit.run(rows.add_place({**entry, "reasons": reasons}))
    unit.run(rows.trim(list_id, KEPT))


def sweep(unit: Unit) -> None:
    """Forget orders that nobody opened for some time: the next one to open the list gets a new one."""
    unit.run(rows.sweep(unit.now - KEPT_MS))


def _add(unit: Unit, account_id: int, feed: Feed, values: dict[str, object]) -> int:
    if unit.get(rows.count(account_id)) >= MOST:
        raise Invalid(lazy("Validation failed: You have %(n)d feeds of your own already, which is the most", n=MOST))
    feed_id = unit.new_id()
    times = {"created_at": unit.now, "changed_at": unit.now}
    unit.made(rows.add({"id": feed_id, "account_id": account_id, "title": _title(feed), **times, **values}))
    return feed_id


def _elsewhere(unit: Unit, address: str) -> tuple[packs.Pack, Feed]:
    for pack in packs.packs(unit):
        for feed in pack.feeds:
            if address_of(pack, feed) == address:
                return pack, feed
    raise NotFound


def with_own_lists(unit: Unit, account_id: int, own: OwnFeed) -> OwnFeed:
    """Lists are named by their titles or ids, and kept by their ids. ``DocumentError``: one is not the reader's."""
    if not own.feed.lists:
        return own
    known = unit.all(lists.of_account(account_id))
    ids = {str(row.id): str(row.id) for row in known}
    titles = {row.title.casefold(): str(row.id) for row in reversed(known)}
    found = []
    for name in own.feed.lists:
        each = ids.get(name) or titles.get(name.casefold())
        if each is None:
            raise DocumentError("lists", lazy("you have no list of the name %(name)s", name=name[:100]))
        found.append(each)
    return with_lists(own, tuple(dict.fromkeys(found)))


def _title(feed: Feed) -> str:
    return orjson.dumps(dict(feed.title)).decode()


def _document(own: OwnFeed) -> str:
    return orjson.dumps(own_plain(own)).decode()
