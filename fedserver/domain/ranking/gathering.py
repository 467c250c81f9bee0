"""The signals of feeds, put together from rows that were read: one column a signal, one row a candidate. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

import orjson

from fedserver.domain.moderation.trust import tier
from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.signals import Signal
from fedserver.domain.provenance.labels import Label
from fedserver.domain.ranking.rows import Candidate, Counts, Like, Medium
from fedserver.domain.ranking.values import Gathered
from fedserver.kit.ids import time_of

DAY_MS: Final = 24 * 3600 * 1000
HOUR_MS: Final = 3_600_000
ACROSS: Final = frozenset({"liked_across", "raters"})
_TEAM = frozenset({"owner", "admin", "moderator"})
_TAG = re.compile(r"<[^>]*>")
_LINK = re.compile(r"<a\s", re.IGNORECASE)
_NOBODY: Final = Counts(0, 0, 0, 0, 0, 0, 0, 0)
_AI = frozenset({Label.GENERATED, Label.PARTLY, Label.MAYBE, Label.DISPUTED})
_FLAG_OF_LABEL: Final = {
    "ai_generated": Label.GENERATED,
    "ai_partly": Label.PARTLY,
    "ai_maybe": Label.MAYBE,
    "captured": Label.CAPTURED,
    "human_declared": Label.DECLARED,
    "disputed": Label.DISPUTED,
}


def put_together(
    feed: Feed, needed: Mapping[str, Signal], read: Mapping[str, Sequence[Any]], now: int, chosen: Collection[str]
) -> Gathered:
    """The candidates of a feed with the signals that are needed.

    ``read``: rows by name (``rows.SHAPES``), as ``services/ranking.py`` and ``ranking_own.py`` have them read;
    ``chosen``: the handles of the accounts that the feed names.
    """
    tags: dict[int, list[str]] = defaultdict(list)
    for status_id, name in read["tags"]:
        tags[status_id].append(name)
    # what a reader's own feed takes from home and lists, whoever wrote it
    mine = frozenset(read.get("mine", ()))
    posts = [row for row in read["candidates"] if row.id in mine or row.handle in chosen or _belongs(feed, row, tags)]
    media: dict[int, list[Medium]] = defaultdict(list)
    for medium in read["media"]:
        media[medium.status_id].append(medium)
    groups = [next((one.group_id for one in media[row.id] if one.group_id is not None), -1) for row in posts]
    signals: dict[str, Sequence[Any]] = {}
    makers: dict[str, Callable[[Candidate], Any]] = {
        **_of_post(now, tags),
        **_of_media(media),
        **_of_author(now, read),
    }
    for name in needed:
        if name in makers:
            make = makers[name]
            signals[name] = [make(row) for row in posts]
    signals.update(_of_people(posts, read["counts"], needed))
    signals.update(_of_groups(posts, groups, needed))
    signals.update(_of_reader(posts, tags, read, needed))
    if "links" in needed:
        named = dict(read["mentions"])
        signals["links"] = [
            max(0, len(_LINK.findall(row.content)) - named.get(row.id, 0) - len(tags[row.id])) for row in posts
        ]
    if "mentions" in needed:
        named = dict(read["mentions"])
        signals["mentions"] = [named.get(row.id, 0) for row in posts]
    return Gathered(
        ids=[row.id for row in posts],
        authors=[row.account_id for row in posts],
        groups=groups,
        tags=[tuple(tags[row.id]) for row in posts],
        signals=signals,
        likes=_likes(posts, read["likes"]) if ACROSS & needed.keys() else None,
    )


def _belongs(feed: Feed, row: Candidate, tags: Mapping[int, list[str]]) -> bool:
    if "federated" in feed.sources or ("local" in feed.sources and row.local):
        return True
    return "tags" in feed.sources and not set(feed.tags).isdisjoint(tags.get(row.id, ()))


def _of_post(now: int, tags: Mapping[int, list[str]]) -> dict[str, Callable[[Candidate], Any]]:
    return {
        "age_h": lambda row: max(0, now - row.created_at) / HOUR_MS,
        "posted_s": lambda row: row.created_at / 1000,
        "sensitive": lambda row: row.sensitive,
        "language": lambda row: row.language or "",
        "is_reply": lambda row: row.is_reply,
        "is_quote": lambda row: row.is_quote,
        "is_local": lambda row: row.local,
        "has_poll": lambda row: row.has_poll,
        "tags": lambda row: tags.get(row.id, ()),
        "text_length": lambda row: len(_TAG.sub("", row.content)),
    }


def _of_media(media: Mapping[int, list[Medium]]) -> dict[str, Callable[[Candidate], Any]]:
    def any_(test: Callable[[Medium], Any]) -> Callable[[Candidate], bool]:
        return lambda row: any(test(one) for one in media.get(row.id, ()))

    def labelled(label: Label) -> Callable[[Candidate], bool]:
        return any_(lambda one: one.label == label)

    return {
        "has_media": any_(lambda one: True),
        "has_image": any_(lambda one: one.kind == "image"),
        "has_video": any_(lambda one: one.kind in ("video", "gifv")),
        "has_audio": any_(lambda one: one.kind == "audio"),
        "media_count": lambda row: len(media.get(row.id, ())),
        "described": lambda row: bool(media.get(row.id)) and all(one.described for one in media[row.id]),
        "ai_evidence": any_(lambda one: one.label in _AI),
        "ai_disclosed": any_(lambda one: one.disclosed),
        "label_unknown": lambda row: all(one.label in (None, Label.UNKNOWN) for one in media.get(row.id, ())),
        "license": lambda row: next((one.license for one in media.get(row.id, ()) if one.license), ""),
        "models": lambda row: [name for one in media.get(row.id, ()) for name in orjson.loads(one.models or "[]")],
        **{name: labelled(label) for name, label in _FLAG_OF_LABEL.items()},
    }


def _of_author(now: int, read: Mapping[str, Sequence[Any]]) -> dict[str, Callable[[Candidate], Any]]:
    today = {account_id: (posts, pictures) for account_id, posts, pictures in read.get("authors", ())}

    def days(row: Candidate) -> float:
        # an id is made when the account first becomes known here
        return max(0, now - time_of(row.account_id)) / DAY_MS

    def trust(row: Candidate) -> int:
        return tier(days(row), row.posts, team=row.role in _TEAM, given=row.given_trust)

    return {
        "author.followers": lambda row: max(0, row.followers),
        "author.following": lambda row: max(0, row.following),
        "author.posts": lambda row: max(0, row.posts),
        "author.age_days": days,
        "author.trust": trust,
        "author.bot": lambda row: row.bot,
        "author.local": lambda row: row.actor_local,
        "author.posts_24h": lambda row: today.get(row.account_id, (0, 0))[0],
        "author.images_24h": lambda row: today.get(row.account_id, (0, 0))[1],
    }


def _of_people(
    posts: Sequence[Candidate], found: Sequence[Counts], needed: Mapping[str, Signal]
) -> dict[str, Sequence[Any]]:
    """How many people did what, here and elsewhere."""
    of = {one.status_id: one for one in found}
    each = [of.get(row.id, _NOBODY) for row in posts]
    signals: dict[str, Sequence[Any]] = {}
    for verb, here, there in (("likes", 1, 2), ("boosts", 3, 4), ("replies", 5, 6)):
        for where, columns in (("people", (here, there)), ("local", (here,)), ("remote", (there,))):
            if f"{verb}_{where}" in needed:
                signals[f"{verb}_{where}"] = [sum(one[column] for column in columns) for one in each]
    if "reactions_people" in needed:
        signals["reactions_people"] = [one.people for one in each]
    return signals


def _likes(posts: Sequence[Candidate], found: Sequence[Like]) -> list[tuple[int, int]]:
    """(row, person). Authors do not count for their own posts."""
    place = {row.id: i for i, row in enumerate(posts)}
    return [
        (row, one.account_id)
        for one in found
        if (row := place.get(one.status_id)) is not None and one.account_id != posts[row].account_id
    ]


def _of_groups(
    posts: Sequence[Candidate], groups: Sequence[int], needed: Mapping[str, Signal]
) -> dict[str, Sequence[Any]]:
    """Near-duplicates: how many there are, and which one in time this is."""
    if not {"variations", "variation"} & needed.keys():
        return {}
    members: dict[int, list[int]] = defaultdict(list)
    for row, group in sorted(zip(posts, groups, strict=True), key=lambda pair: pair[0].id):
        members[group].append(row.id)
    alone = [group < 0 for group in groups]
    return {
        "variations": [1 if by_itself else len(members[group]) for group, by_itself in zip(groups, alone, strict=True)],
        "variation": [
            1 if by_itself else members[group].index(row.id) + 1
            for row, group, by_itself in zip(posts, groups, alone, strict=True)
        ],
    }


def _of_reader(
    posts: Sequence[Candidate],
    tags: Mapping[int, Sequence[str]],
    read: Mapping[str, Sequence[Any]],
    needed: Mapping[str, Signal],
) -> dict[str, Sequence[Any]]:
    """What only a reader's own feed knows; where nothing was read of a reader it is neutral."""
    signals: dict[str, Sequence[Any]] = {}
    wanted = needed.keys() & read.keys()
    if "tags_followed" in wanted:
        followed = frozenset(read["tags_followed"])
        signals["tags_followed"] = [sum(1 for tag in set(tags.get(row.id, ())) if tag in followed) for row in posts]
    if "author.followed" in wanted:
        people = frozenset(read["author.followed"])
        signals["author.followed"] = [row.account_id in people for row in posts]
    if "follows_in_common" in wanted:
        common = dict(read["follows_in_common"])
        signals["follows_in_common"] = [common.get(row.account_id, 0) for row in posts]
    if "seen" in wanted:
        seen = frozenset(read["seen"])
        signals["seen"] = [row.id in seen for row in posts]
    return signals
