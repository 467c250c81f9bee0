"""What is read of posts to rank them, a shape a table. ``db/queries/ranking.py`` and ``signals.py`` fill them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson


class Candidate(NamedTuple):
    """A post that could be in a feed, with what its own rows say."""

    id: int
    account_id: int
    created_at: int
    local: int
    sensitive: int
    language: str | None
    is_reply: int
    is_quote: int
    has_poll: int
    content: str
    followers: int
    following: int
    posts: int
    bot: int
    actor_local: int
    role: str | None
    # as ``queries.accounts.handle_key`` makes it
    handle: str
    # the tier of trust that moderators gave
    given_trust: int | None = None


class Medium(NamedTuple):
    """``label``, ``license``, ``models`` (JSON) from what is known of its making; ``group_id`` of near-duplicates."""

    status_id: int
    kind: str
    described: int
    label: str | None
    license: str | None
    models: str | None
    group_id: int | None
    disclosed: int


class Counts(NamedTuple):
    """A row of ``post_signals``."""

    status_id: int
    likes_local: int
    likes_remote: int
    boosts_local: int
    boosts_remote: int
    replies_local: int
    replies_remote: int
    people: int


class Like(NamedTuple):
    """Who likes what."""

    status_id: int
    account_id: int


_PAIR, _ONE = 2, 1
# what is read by which name, and how many columns it has
SHAPES: Final[Mapping[str, type[Any] | int]] = {
    "candidates": Candidate,
    "media": Medium,
    "counts": Counts,
    "likes": Like,
    # (post, hashtag), (post, how many people it mentions), (author, posts, pictures) of a day
    "tags": _PAIR,
    "mentions": _PAIR,
    "authors": 3,
    # of one reader: hashtags, authors, (author, how many), posts
    "tags_followed": _ONE,
    "author.followed": _ONE,
    "follows_in_common": _PAIR,
    "seen": _ONE,
}


def columns_of(name: str) -> int:
    """How many columns the rows of this name have."""
    shape = SHAPES[name]
    return shape if isinstance(shape, int) else len(shape._fields)


def as_rows(read: Mapping[str, str | Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """What was read as JSON text (``db.statement.as_json``) in its shapes; what is rows already stays."""
    return {name: _rows(name, found) if isinstance(found, str) else found for name, found in read.items()}


def _rows(name: str, text: str) -> Sequence[Any]:
    shape, found = SHAPES[name], orjson.loads(text)
    if shape == _ONE:
        return [row[0] for row in found]
    make: Callable[[Any], Any] = tuple if isinstance(shape, int) else shape._make
    return [make(row) for row in found]
