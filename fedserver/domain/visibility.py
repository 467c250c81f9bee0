"""Who may see a post, and what may be done with it. Judged per viewer, never per server."""

from __future__ import annotations

from typing import Final, NamedTuple

from protocol.activitystreams.addressing import Addressing, Visibility, addressing_for, is_wider, visibility_of

__all__ = [
    "ANONYMOUS",
    "Addressing",
    "Relation",
    "Visibility",
    "addressing_for",
    "is_wider",
    "may_boost",
    "may_list",
    "may_quote",
    "may_see",
    "visibility_of",
]


class Relation(NamedTuple):
    """What a viewer is to a post and its author. `follows` means accepted, not requested."""

    author: bool = False
    mentioned: bool = False
    follows: bool = False
    blocked: bool = False
    """The author blocks the viewer, or the viewer's domain."""
    author_gone: bool = False
    """The author is suspended or deleted here."""


ANONYMOUS: Final = Relation()
"""Nobody in particular: no token, no signature."""


def may_see(visibility: Visibility, viewer: Relation) -> bool:
    """Whether the viewer may see the post at all. What may not be seen answers like what does not exist."""
    if viewer.author:
        return True
    if viewer.author_gone or viewer.blocked:
        return False
    if visibility in (Visibility.PUBLIC, Visibility.UNLISTED) or viewer.mentioned:
        return True
    return visibility is Visibility.FOLLOWERS and viewer.follows


def may_list(visibility: Visibility) -> bool:
    """Whether the post may be in public timelines, tag pages, search and feeds for everybody."""
    return visibility is Visibility.PUBLIC


def may_boost(visibility: Visibility, viewer: Relation) -> bool:
    """Anybody boosts public and unlisted posts; an author also their own followers-only post, to those followers."""
    if not may_see(visibility, viewer) or visibility is Visibility.DIRECT:
        return False
    return visibility is not Visibility.FOLLOWERS or viewer.author


def may_quote(visibility: Visibility, viewer: Relation, *, allowed: bool) -> bool:
    """Like a boost, if the author's policy allows it (`allowed`); an author quotes their own."""
    return may_boost(visibility, viewer) and (allowed or viewer.author)
