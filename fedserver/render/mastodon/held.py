"""By which decisions posts are held, for their authors: looked up for posts of this node that are held alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fedserver.db.queries import ledger
from fedserver.db.queries.statuses import HELD, Status
from fedserver.domain.moderation.slots import SLOTS

if TYPE_CHECKING:
    from fedserver.render.mastodon.renderer import Reader

_HIDING = frozenset(verb for verb, least in SLOTS["status.visibility"].items() if least == HELD)


async def held_by(db: Reader, posts: Iterable[Status]) -> dict[int, int]:
    """Post -> the first decision that holds it, 0 where none is left; nothing for posts that are not held."""
    found = {}
    for post in posts:
        if post.visibility == HELD and post.local:
            standing = await db.all(ledger.standing("status", post.id))
            found[post.id] = next((each.id for each in standing if each.verb in _HIDING), 0)
    return found
