"""The signals of rules: what a post says by itself (``domain/moderation/facts``), and what is counted when one asks.

Nothing is counted beforehand and nothing twice: each value is found when a condition first asks for it and kept while
this one thing is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import orjson

from fedserver.db.queries import media as media_rows
from fedserver.db.queries import ruling as rows
from fedserver.db.queries import statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain.moderation.conditions import KINDS
from fedserver.domain.moderation.facts import (
    OF_AUTHOR,
    OF_MEDIA,
    OF_POST,
    Author,
    Facts,
    Pictured,
    Post,
    print_of,
    trust,
)
from fedserver.domain.policy.values import Kind
from fedserver.kit.ids import floor_of, time_of

HOUR_MS: Final = 3600 * 1000
DAY_MS: Final = 24 * HOUR_MS
MONTH_MS: Final = 30 * DAY_MS
_TEAM = frozenset({"owner", "admin", "moderator"})


# nothing here is larger than numbers may be (``values.tidy``)
TIDY: Final[Mapping[str, Callable[[Any], Any]]] = {
    name: {Kind.NUMBER: float, Kind.FLAG: bool, Kind.WORD: str, Kind.WORDS: tuple}[kind] for name, kind in KINDS.items()
}
PLAIN: Final = {**OF_AUTHOR, **OF_POST}


class Signals(dict[str, Any]):
    """The signals of one thing, by name, as conditions ask for them."""

    __slots__ = ("_facts", "_unit")

    def __init__(self, unit: Unit, facts: Facts) -> None:
        super().__init__()
        self._unit = unit
        self._facts = facts

    def __missing__(self, name: str) -> Any:
        make = PLAIN.get(name)
        found = make(self._facts) if make is not None else _find(self._unit, self._facts, name)
        value = self[name] = TIDY[name](found)
        return value


def _find(unit: Unit, facts: Facts, name: str) -> Any:
    """What the rows of a post's media say, and what is counted."""
    post = facts.post
    of_media = OF_MEDIA.get(name)
    if of_media is not None:
        assert post is not None
        if post.media is None:
            post.media = media_of(unit, post)
        return of_media(facts)
    return COUNTED[name](unit, facts)


def media_of(unit: Unit, post: Post) -> Sequence[Pictured]:
    """The media of a post with what is known of their making."""
    return [pictured(row) for row in unit.all(rows.media(post.id, post.id))] if post.has_media else []


def pictured(row: rows.MediaRow) -> Pictured:
    """A medium as rules see it."""
    models = tuple(orjson.loads(row.models)) if row.models else ()
    return Pictured(row.kind, bool(row.described), row.label, row.license, models, bool(row.disclosed), row.group_id)


def author_of(account: Account) -> Author:
    """An account as rules see it."""
    return Author(
        account.id,
        account.username,
        account.domain,
        account.followers_count,
        account.following_count,
        account.statuses_count,
        bool(account.bot),
        bool(account.locked),
        account.avatar_id is not None,
        bool(account.note),
        account.trust,
    )


def post_of(
    status: Status, mentioned: Sequence[Account], tags: Sequence[str], *, has_media: bool, visibility: int
) -> Post:
    """A post as rules see it."""
    return Post(
        status.id,
        status.created_at,
        visibility,
        status.content,
        status.spoiler,
        bool(status.sensitive),
        status.language,
        status.object_type == "Question",
        status.in_reply_to_id is not None or status.in_reply_to_uri is not None,
        bool(status.quoting),
        None,
        status.in_reply_to_account_id,
        tags,
        [each.id for each in mentioned],
        [each.id for each in mentioned if each.local],
        has_media,
    )


def read_post(unit: Unit, status: Status, visibility: int) -> Post:
    """A post that stands already, as rules see it."""
    named = unit.all(statuses.mentions_of([status.id]))
    tags = [each.name for each in unit.all(statuses.tags_of([status.id]))]
    has_media = bool(unit.all(media_rows.of_statuses([status.id])))
    post = post_of(status, (), tags, has_media=has_media, visibility=visibility)
    post.mentioned = [each.account_id for each in named]
    post.mentioned_here = [each.account_id for each in named if not each.domain]
    return post


def _of_account(name: str, since_ms: int | None) -> Callable[[Unit, Facts], Any]:
    def count(unit: Unit, facts: Facts) -> int:
        low = 0 if since_ms is None else floor_of(facts.now - since_ms)
        return unit.get(rows.of_account(name, facts.author.id, low))

    return count


def _of_server(name: str, since_ms: int | None) -> Callable[[Unit, Facts], Any]:
    def count(unit: Unit, facts: Facts) -> int:
        low = 0 if since_ms is None else floor_of(facts.now - since_ms)
        # for people of this node there is no server to be wary of
        return unit.get(rows.of_server(name, facts.author.domain, low)) if facts.author.domain else 0

    return count


def _trust(unit: Unit, facts: Facts) -> int:
    author = facts.author
    if author.team is None:
        author.team = not author.domain and (unit.one(rows.role(author.id)) or "") in _TEAM
    return trust(author, facts.now)


def _server_age(unit: Unit, facts: Facts) -> float:
    since = unit.one(rows.server_since(facts.author.id)) if facts.author.domain else None
    return max(0, facts.now - time_of(since)) / DAY_MS if since is not None else 0.0


def _post(facts: Facts) -> Post:
    assert facts.post is not None
    return facts.post


def _followers_mentioned(unit: Unit, facts: Facts) -> int:
    post = _post(facts)
    return unit.get(rows.followers_mentioned(post.id, facts.author.id)) if post.mentioned else 0


def _mentioned_follow(unit: Unit, facts: Facts) -> bool:
    post = _post(facts)
    return bool(post.mentioned_here) and unit.get(rows.mentioned_follow(post.id, facts.author.id)) > 0


def _replied(unit: Unit, facts: Facts) -> bool:
    post = _post(facts)
    if post.answers_local is None:
        post.answers_local = post.answered_id is not None and unit.get(rows.is_here(post.answered_id)) > 0
    return post.answers_local


def _copies(unit: Unit, facts: Facts) -> int:
    words = print_of(facts)
    return max(1, unit.get(rows.copies(words, floor_of(facts.now - DAY_MS)))) if words is not None else 1


def _variations(unit: Unit, facts: Facts) -> int:
    post = _post(facts)
    if post.media is None:
        post.media = media_of(unit, post)
    low = floor_of(facts.now - DAY_MS)
    groups = {each.group_id for each in post.media if each.group_id is not None}
    return max((unit.get(rows.variations(each, low)) for each in groups), default=int(post.has_media))


def _known_bad(unit: Unit, facts: Facts) -> bool:
    post = _post(facts)
    return post.has_media and unit.get(rows.known_bad(post.id)) > 0


COUNTED: Final[Mapping[str, Callable[[Unit, Facts], Any]]] = {
    "author.trust": _trust,
    "author.posts_24h": _of_account("author.posts_24h", DAY_MS),
    "author.images_24h": _of_account("author.images_24h", DAY_MS),
    "author.mentions_24h": _of_account("author.mentions_24h", DAY_MS),
    "author.follows_24h": _of_account("author.follows_24h", DAY_MS),
    "author.reports_30d": _of_account("author.reports_30d", MONTH_MS),
    "author.strikes": _of_account("author.strikes", None),
    "author.local_followers": _of_account("author.local_followers", None),
    "server.age_days": _server_age,
    "server.accounts": _of_server("server.accounts", None),
    "server.posts_1h": _of_server("server.posts_1h", HOUR_MS),
    "server.reports_30d": _of_server("server.reports_30d", MONTH_MS),
    "post.followers_mentioned": _followers_mentioned,
    "post.copies_24h": _copies,
    "post.variations_24h": _variations,
    "post.known_bad": _known_bad,
    "relation.follows": _mentioned_follow,
    "relation.replied": _replied,
    "community.reports_open": lambda unit, facts: unit.get(rows.open_reports()),
    "community.joined_1h": lambda unit, facts: unit.get(rows.joined(floor_of(facts.now - HOUR_MS))),
}
