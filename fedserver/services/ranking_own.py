"""The signals of a feed that is put in order for one reader: what ``ranking`` gathers of fewer posts, and the reader's
own. Posts of others than those in the reader's home and lists are asked for their consent as in everybody's feeds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fedserver.db.queries import ranking as shared
from fedserver.db.queries import ranking_own as rows
from fedserver.db.queries import signals
from fedserver.db.statement import Query
from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.signals import Signal
from fedserver.domain.ranking.gathering import ACROSS, DAY_MS
from fedserver.domain.ranking.rows import Candidate
from fedserver.kit.ids import floor_of
from fedserver.services import ranking

# one reader's feed is made while they wait, so it looks at fewer posts than everybody's
MOST: Final = 1000
_OWN: Final = frozenset({"home", "list"})


def candidates(feed: Feed, needed: Mapping[str, Signal], reader_id: int, now: int) -> dict[str, Query[Candidate]]:
    """What has to be read first: ``mine`` from home and lists, ``open`` from all other sources."""
    low = floor_of(now - feed.max_age_ms)
    with_text = any(name in needed for name in ranking.WITH_TEXT)
    found: dict[str, Query[Candidate]] = {}
    if not _OWN.isdisjoint(feed.sources):
        lists = [int(one) for one in feed.lists if one.isdigit()]
        home = "home" in feed.sources
        found["mine"] = shared.own_candidates(reader_id, low, MOST, home=home, lists=lists, with_text=with_text)
    others = [one for one in feed.sources if one not in _OWN]
    if others:
        # where only some posts are wanted the newest of all would be too few
        most = MOST if set(others) <= {"local", "federated"} else ranking.MOST
        found["open"] = shared.candidates(low, most, None, local=others == ["local"], with_text=with_text)
    return found


def merged(found: Mapping[str, Sequence[Candidate]]) -> dict[str, Any]:
    """The candidates of both, each once, as ``gathering.put_together`` takes them."""
    mine = found.get("mine", ())
    rows_ = {row.id: row for row in (*mine, *found.get("open", ()))}
    return {"candidates": list(rows_.values()), "mine": [row.id for row in mine]}


def details(
    needed: Mapping[str, Signal], posts: Sequence[Candidate], reader_id: int, now: int
) -> dict[str, Query[Any]]:
    """What has to be read of the candidates."""
    ids, authors = [row.id for row in posts], sorted({row.account_id for row in posts})
    found: dict[str, Query[Any]] = {
        "tags": rows.tags_of(ids),
        "media": rows.media(ids),
        "counts": signals.of(ids),
    }
    if ACROSS & needed.keys():
        found["likes"] = signals.likes_of(ids)
    if {"mentions", "links"} & needed.keys():
        found["mentions"] = rows.mentions_of(ids)
    if {"author.posts_24h", "author.images_24h"} & needed.keys():
        found["authors"] = shared.authors_day(floor_of(now - DAY_MS))
    if "tags_followed" in needed:
        found["tags_followed"] = rows.followed_tags_of(reader_id)
    if "author.followed" in needed:
        found["author.followed"] = rows.followed(reader_id, authors)
    if "follows_in_common" in needed:
        found["follows_in_common"] = rows.in_common(reader_id, authors)
    if "seen" in needed:
        found["seen"] = rows.seen(reader_id, ids)
    return found
