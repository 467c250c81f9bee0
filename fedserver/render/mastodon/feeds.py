"""A place in a feed as the boost that apps see, a feed as the list that they show, and why a post has its place."""

from __future__ import annotations

from typing import Any

import orjson

from fedserver.db.queries.feeds import Entry, Snapshot, Subscribed
from fedserver.db.queries.policy import Version
from fedserver.db.queries.shown import Shown
from fedserver.domain import uris
from fedserver.domain.policy.document import Feed, in_language
from fedserver.domain.ranking.values import explain
from fedserver.domain.site import Site
from fedserver.kit.clock import to_iso
from fedserver.render.mastodon.filters import NOTHING
from fedserver.render.mastodon.page import flags_with

_AFTER_TIME = (
    b'","in_reply_to_id":null,"in_reply_to_account_id":null,"sensitive":false,"spoiler_text":"",'
    b'"visibility":"public","language":null,"uri":'
)
_EMPTY = (
    b',"url":null,"edited_at":null,"content":"","application":null,"media_attachments":[],"mentions":[],"tags":[],'
    b'"emojis":[],"card":null,"poll":null,"quote":null,"quotes_count":0,"replies_count":0,"reblogs_count":0,'
    b'"favourites_count":0'
)


def wrapper(entry: Entry, made_at: int, row: Shown, inner: bytes, actor: bytes, actor_uri: str) -> bytes:
    """Status: the boost of ``inner`` by the feed's actor. ``row`` is that of the inner post."""
    return b"".join(
        (
            b'{"id":"%d","created_at":"' % entry.id,
            to_iso(made_at).encode(),
            _AFTER_TIME,
            orjson.dumps(f"{actor_uri}#places/{entry.id}"),
            _EMPTY,
            flags_with(row, NOTHING),
            b',"account":',
            actor,
            b',"reblog":',
            inner,
            b"}",
        )
    )


def as_list(row: Subscribed, language: str) -> dict[str, Any]:
    """List: a subscribed feed."""
    title = in_language(orjson.loads(row.title), language)
    return {"id": str(row.id), "title": title, "replies_policy": "list", "exclusive": False}


def offered(feed: Feed, language: str, default: str, row: Subscribed | None) -> dict[str, Any]:
    """A feed that one may subscribe to. ``list_id``: the list that it is, where one has."""
    return {
        "id": feed.id,
        "title": in_language(feed.title, language),
        "about": in_language(feed.about, language),
        "where": feed.where.text if feed.where else None,
        "score": feed.score.text,
        "default": feed.id == default,
        "list_id": str(row.id) if row is not None else None,
    }


def why(site: Site, feed: Feed, version: Version, snapshot: Snapshot, entry: Entry, language: str) -> dict[str, Any]:
    """Each term of the score with what it added, the filter, what diversity decided, and the version of the policy."""
    reasons = orjson.loads(entry.reasons)
    return {
        "feed": {"id": feed.id, "title": in_language(feed.title, language)},
        "place": entry.place,
        "score": reasons["score"],
        "terms": [{"text": term.text, "value": term.value} for term in explain(feed.score, reasons["signals"])],
        "where": feed.where.text if feed.where else None,
        "signals": reasons["signals"],
        "place_by_score": reasons["by_score"],
        "likeness": reasons["likeness"],
        "waited": reasons["waited"],
        "policy": {"version": version.version, "hash": version.hash, "url": uris.policy(site, version.version)},
        "snapshot": {"id": str(snapshot.id), "created_at": to_iso(snapshot.created_at), "size": snapshot.size},
    }
