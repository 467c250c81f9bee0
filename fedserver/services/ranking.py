"""What has to be read to put a feed in order. ``domain/ranking/gathering.py`` makes signals of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fedserver.db.queries import ranking as rows
from fedserver.db.queries import signals as counts
from fedserver.db.queries.accounts import handle_key
from fedserver.db.statement import Query, as_json
from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.signals import Signal
from fedserver.domain.ranking.gathering import ACROSS, DAY_MS
from fedserver.domain.ranking.rows import columns_of
from fedserver.kit.ids import floor_of

MOST: Final = 10_000
WITH_TEXT: Final = ("text_length", "links")


def queries(feed: Feed, needed: Mapping[str, Signal], now: int, actor_id: int | None) -> dict[str, Query[Any]]:
    """What has to be read for a feed. ``actor_id``: its group, whose blocking is a way out of the feed."""
    low = floor_of(now - feed.max_age_ms)
    with_text = any(name in needed for name in WITH_TEXT)
    only_local = feed.sources == ("local",)
    found: dict[str, Query[Any]] = {
        "candidates": rows.candidates(low, MOST, actor_id, local=only_local, with_text=with_text),
        "tags": rows.tags(low),
        "media": rows.media(low),
        "counts": counts.since(low),
    }
    if ACROSS & needed.keys():
        found["likes"] = counts.likes_since(low)
    if {"mentions", "links"} & needed.keys():
        found["mentions"] = rows.mentions(low)
    if {"author.posts_24h", "author.images_24h"} & needed.keys():
        found["authors"] = rows.authors_day(floor_of(now - DAY_MS))
    return found


def packed(found: Mapping[str, Query[Any]]) -> dict[str, Query[str]]:
    """The same, each as one JSON text: for the process that ranks, so that the rows never become objects here."""
    return {name: as_json(query, columns_of(name)) for name, query in found.items()}


def chosen(feed: Feed, domain: str) -> frozenset[str]:
    """The handles of the accounts that a feed names, written ``name@example.org`` or ``name``. ``domain``: ours."""
    names = (each.partition("@") for each in feed.accounts)
    return frozenset(handle_key(name, "" if host == domain else host) for name, _, host in names)
