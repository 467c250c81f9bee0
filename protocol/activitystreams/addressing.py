"""Visibility: four words for what `to` and `cc` say together (Mastodon's reading of ActivityPub addressing).

| visibility | to | cc |
|---|---|---|
| public | Public | followers, mentioned |
| unlisted | followers | Public, mentioned |
| followers | followers | mentioned |
| direct | mentioned | |
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from protocol.activitystreams.urls import same_origin
from protocol.activitystreams.vocabulary import PUBLIC


class Visibility(StrEnum):
    """From widest to narrowest. Mastodon's API calls `followers` "private"."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"


_ORDER: Final = tuple(Visibility)


class Addressing(NamedTuple):
    """Who is addressed: the ids for `to` and `cc`."""

    to: tuple[str, ...]
    cc: tuple[str, ...]


def visibility_of(to: Iterable[str], cc: Iterable[str], followers: str | None, author: str | None = None) -> Visibility:
    """Read addressing (with Public as the full IRI, as the readers give it).

    `followers` is the author's collection. Where an author's document names none, an address on the author's origin
    that ends in `/followers` is taken for it: otherwise the post would be lost to its followers.
    """
    to_set, cc_set = set(to), set(cc)
    if PUBLIC in to_set:
        return Visibility.PUBLIC
    if PUBLIC in cc_set:
        return Visibility.UNLISTED
    everyone = to_set | cc_set
    if followers is not None:
        return Visibility.FOLLOWERS if followers in everyone else Visibility.DIRECT
    if author is not None and any(_looks_like_followers(address, author) for address in everyone):
        return Visibility.FOLLOWERS
    return Visibility.DIRECT


def addressing_for(visibility: Visibility, followers: str, mentioned: Iterable[str]) -> Addressing:
    """Write addressing. Nobody is listed twice."""
    people = tuple(dict.fromkeys(mentioned))
    match visibility:
        case Visibility.PUBLIC:
            return Addressing((PUBLIC,), (followers, *people))
        case Visibility.UNLISTED:
            return Addressing((followers,), (PUBLIC, *people))
        case Visibility.FOLLOWERS:
            return Addressing((followers,), people)
        case Visibility.DIRECT:
            return Addressing(people, ())


def is_wider(new: Visibility, old: Visibility) -> bool:
    """Whether `new` would show to people that `old` did not: an Update must never do that."""
    return _ORDER.index(new) < _ORDER.index(old)


def _looks_like_followers(address: str, author: str) -> bool:
    return address.rstrip("/").endswith("/followers") and same_origin(address, author)
