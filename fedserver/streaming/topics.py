"""The names of streams, as clients write them."""

from __future__ import annotations

from typing import NamedTuple

from fedserver.domain.text.names import normalise_hashtag
from fedserver.kit.ids import MAX_ID

USER, NOTIFICATION, DIRECT = "user", "user:notification", "direct"
HASHTAG, HASHTAG_LOCAL = "hashtag", "hashtag:local"
LIST = "list"
PUBLIC = (
    "public",
    "public:media",
    "public:local",
    "public:local:media",
    "public:remote",
    "public:remote:media",
)
NAMES = frozenset({USER, NOTIFICATION, DIRECT, HASHTAG, HASHTAG_LOCAL, LIST, *PUBLIC})


class Topic(NamedTuple):
    """A stream one can listen to. ``tag``: the tag in normal form, or the id of the list; ``shown``: as asked for."""

    name: str
    tag: str = ""
    shown: str = ""

    @property
    def scope(self) -> str:
        """What the token must hold."""
        return "read:notifications" if self.name == NOTIFICATION else "read:statuses"

    @property
    def label(self) -> list[str]:
        """How events name the stream."""
        return [self.name, self.shown] if self.tag else [self.name]


def parse(name: str | None, tag: str | None, list_id: str | None = None) -> Topic | None:
    """None for a stream that does not exist, a hashtag without a name, a list without a number."""
    if name not in NAMES:
        return None
    if name == LIST:
        number = list_id or ""
        possible = number.isascii() and number.isdigit() and len(number) <= 19 and int(number) <= MAX_ID
        return Topic(LIST, str(int(number)), number) if possible else None
    if name not in (HASHTAG, HASHTAG_LOCAL):
        return Topic(name)
    normal = normalise_hashtag(tag) if tag else None
    return Topic(name, normal, tag or "") if normal is not None else None


def public_names(*, local: bool, has_media: bool) -> tuple[str, ...]:
    """The public streams that a public post belongs to."""
    side = "public:local" if local else "public:remote"
    return ("public", side, "public:media", f"{side}:media") if has_media else ("public", side)
