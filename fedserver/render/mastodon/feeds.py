"""A place in a feed as the boost that apps see, a feed as the list that they show, and why a post has its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from fedserver.db.queries.feeds import Entry, Subscribed
from fedserver.db.queries.own_feeds import OwnRow
from fedserver.db.queries.shown import Placed, PlacedRows
from fedserver.domain.policy.document import Feed, in_language
from fedserver.domain.policy.own import OwnFeed, own_plain, own_toml
from fedserver.domain.ranking.compare import Comparison, Row
from fedserver.domain.ranking.values import explain
from fedserver.kit.clock import to_iso
from fedserver.render.mastodon.page import UNFILTERED
from fedserver.render.mastodon.renderer import Reader, Renderer

STEP_MS: Final = 1000


class Cited(NamedTuple):
    """The version of a policy that a feed stands in."""

    version: int
    hash: str
    url: str


class Frozen(NamedTuple):
    """A frozen order. ``name``: how its feed is called in ``/why?feed=``; ``public``: everybody's."""

    id: int
    created_at: int
    size: int
    name: str
    public: bool


_WRAPPER = (
    b'{"id":"%d","created_at":"%b","in_reply_to_id":null,"in_reply_to_account_id":null,"sensitive":false,"spoiler_text":"",'
    b'"visibility":"public","language":null,"uri":"%b/feeds#place-%d"'
    b',"url":null,"edited_at":null,"content":"","application":null,"media_attachments":[],"mentions":[],"tags":[],'
    b'"emojis":[],"card":null,"poll":null,"quote":null,"quotes_count":0,"replies_count":0,"reblogs_count":0,'
    b'"favourites_count":0'
)


async def places(renderer: Renderer, db: Reader, rows: Sequence[Placed], viewer_id: int) -> bytes:
    """The Status of each place, as a list: a boost of the post by the group of its feed. What the viewer may not see,
    or does not want in lists, is left out; ``[]`` where nothing is left."""
    if not rows:
        return b"[]"
    # ids of places are in the text, so it is no page of home, and of nobody else's order
    key = (False, rows.text) if isinstance(rows, PlacedRows) and not rows[0].shown.filters else None
    kept = renderer.pieces.known(key, viewer_id) if key is not None else None
    if kept is not None:
        return kept
    shown = [row.shown for row in rows]
    people = await renderer.people(db, {row.actor_id: row.actor_version for row in rows if row.actor_id})
    bodies = await renderer.bodies(db, shown, viewer_id)
    base = renderer.site.base_url.encode()
    # the group is the same in all of them
    tails = {actor_id: b',"account":%b,"reblog":' % body for actor_id, body in people.items()}
    parts = [b"["]
    for row, body in zip(rows, bodies, strict=True):
        tail = tails.get(row.actor_id)
        if body is not None and tail is not None:
            number = row.shown.page_id
            head = _WRAPPER % (number, _iso(shown_at(row.made_at, row.place)), base, number)
            parts += (head, UNFILTERED[row.shown.marks], tail, body, b"},")
    parts[-1] = b"}]" if len(parts) > 1 else b"[]"
    body = b"".join(parts)
    if key is not None and len(people) == len({row.actor_id for row in rows}):
        renderer.pieces.keep(key, shown, viewer_id, body)
    return body


@lru_cache(maxsize=4096)
def _iso(time: int) -> bytes:
    """The same places are asked for by many."""
    return to_iso(time).encode()


def shown_at(made_at: int, place: int) -> int:
    """When the boost of a place in an order of a time says it was made: each a second before the one above, so that
    none looks newer than that."""
    return made_at - place * STEP_MS


def as_list(list_id: int, title: str, language: str) -> dict[str, Any]:
    """List: a feed that somebody has. ``title``: JSON, by language."""
    shown = in_language(orjson.loads(title), language)
    return {"id": str(list_id), "title": shown, "replies_policy": "list", "exclusive": False}


def offered(feed: Feed, language: str, default: str, row: Subscribed | None) -> dict[str, Any]:
    """A feed that one may subscribe to. ``list_id``: the list that it is, where one has."""
    return {
        "id": feed.id,
        "title": in_language(feed.title, language),
        "about": in_language(feed.about, language),
        "where": feed.where.text if feed.where else None,
        "score": feed.score.text,
        "default": feed.id == default,
        "personal": feed.personal,
        "list_id": str(row.id) if row is not None else None,
    }


def elsewhere(feed: Feed, language: str, address: str, community: str, list_id: int | None) -> dict[str, Any]:
    """A feed of another community that one may choose. ``address`` is its id here; ``community`` calls itself so."""
    return {
        "id": address,
        "community": community,
        "title": in_language(feed.title, language),
        "about": in_language(feed.about, language),
        "where": feed.where.text if feed.where else None,
        "score": feed.score.text,
        "personal": feed.personal,
        "list_id": str(list_id) if list_id is not None else None,
    }


def own(row: OwnRow, feed: OwnFeed | None, address: str | None, language: str) -> dict[str, Any]:
    """OwnFeed. ``feed`` None: another community's, at ``address``, such as best@painters.example."""
    return {
        "id": str(row.id),
        "title": in_language(orjson.loads(row.title), language),
        "document": own_toml(feed) if feed is not None else None,
        "feed": own_plain(feed) if feed is not None else None,
        "address": address,
        "forked_from": row.forked_from or None,
        "created_at": to_iso(row.created_at),
        "changed_at": to_iso(row.changed_at),
    }


def compared(found: Comparison, addresses: Mapping[int, str]) -> dict[str, Any]:
    """A new order beside the one before it."""

    def told(row: Row) -> dict[str, Any]:
        return {
            "status_id": str(row.status_id),
            "url": addresses.get(row.status_id),
            "place": row.place,
            "before": row.before,
            "score": row.score,
        }

    return {
        "moved": found.moved,
        "entered": found.entered,
        "left": len(found.left),
        "places": [told(row) for row in found.rows],
        "gone": [told(row) for row in found.left],
    }


def why(feed: Feed, cited: Cited | None, frozen: Frozen, entry: Entry, language: str) -> dict[str, Any]:
    """Each term of the score with what it added, the filter, what diversity decided, and the version of the policy,
    which a reader's own feed has none of."""
    reasons = orjson.loads(entry.reasons)
    return {
        "feed": {"id": frozen.name, "title": in_language(feed.title, language)},
        "place": entry.place,
        "score": reasons["score"],
        "terms": [{"text": term.text, "value": term.value} for term in explain(feed.score, reasons["signals"])],
        "where": feed.where.text if feed.where else None,
        "signals": reasons["signals"],
        "place_by_score": reasons["by_score"],
        "likeness": reasons["likeness"],
        "waited": reasons["waited"],
        "policy": {"version": cited.version, "hash": cited.hash, "url": cited.url} if cited is not None else None,
        "snapshot": {"id": str(frozen.id), "created_at": to_iso(frozen.created_at), "size": frozen.size},
    }
