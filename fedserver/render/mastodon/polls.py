"""Poll: kept bytes for everybody, the viewer's own votes, and whether it is over by now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from fedserver.db.queries.polls import Poll
from fedserver.domain.site import Site
from fedserver.render.mastodon.basics import emojis, iso

_BOOL = (b"false", b"true")


class Piece(NamedTuple):
    """A poll without what changes by itself: the first key, then the options while it runs, and at its end."""

    head: bytes
    running: bytes
    ended: bytes
    author_id: int
    expires_at: int | None
    closed: bool


def piece(site: Site, row: Poll, emoji: str) -> Piece:
    """What is kept. Hidden totals are hidden until the end (Mastodon 4.5); ``emoji``: those of the post."""
    choices = row.choices
    counts = {
        "multiple": bool(row.multiple),
        "votes_count": max(0, row.votes_count),
        "voters_count": row.voters_count,
        "options": [{"title": each.title, "votes_count": each.votes} for each in choices],
        "emojis": emojis(site, emoji),
    }
    ended = orjson.dumps(counts)[1:-1]
    running = ended
    if row.hide_totals:
        hidden = [{"title": each.title, "votes_count": None} for each in choices]
        running = orjson.dumps({**counts, "options": hidden})[1:-1]
    head = orjson.dumps({"id": str(row.status_id), "expires_at": iso(row.expires_at)})[:-1]
    return Piece(head, running, ended, row.account_id, row.expires_at, row.closed_at is not None)


def poll(kept: Piece, viewer_id: int | None, own: Sequence[int], now: int) -> bytes:
    """The entity. ``own``: what the viewer voted for, -1 where that is secret; ``now`` in ms. Visitors are told nothing
    of votes of theirs."""
    expired = kept.closed or (kept.expires_at is not None and kept.expires_at <= now)
    body = kept.head + b',"expired":' + _BOOL[expired] + b"," + (kept.ended if expired else kept.running)
    if viewer_id is None:
        return body + b"}"
    voted = bool(own) or viewer_id == kept.author_id
    return (
        body
        + b',"voted":'
        + _BOOL[voted]
        + b',"own_votes":'
        + orjson.dumps([choice for choice in own if choice >= 0])
        + b"}"
    )
