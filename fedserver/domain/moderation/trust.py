"""How well somebody is known here, in four steps. Pure."""

from __future__ import annotations

from typing import Final

NEW, KNOWN, AT_HOME, TEAM = range(4)
# days since the account was first known here, posts
NEEDED: Final = ((AT_HOME, 30, 20), (KNOWN, 7, 3))


def tier(days: float, posts: int, *, team: bool = False, given: int | None = None) -> int:
    """0 new, 1 known, 2 at home, 3 of the team. ``given``: what moderators said, which holds."""
    if given is not None:
        return given
    if team:
        return TEAM
    return next((step for step, least, written in NEEDED if days >= least and posts >= written), NEW)
