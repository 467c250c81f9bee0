"""Crawlers that collect for models: which, and what they get where the admin says nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import orjson

from fedserver.db.queries.communities import Community
from fedserver.domain import usage
from fedserver.edge import community
from fedserver.edge.call import Call
from fedserver.kit.errors import Forbidden
from fedserver.kit.i18n import lazy

# what tells them that they are not wanted is for them to read
_OPEN: Final = frozenset({"/robots.txt", "/.well-known/tdmrep.json"})


async def check(call: Call) -> None:
    """``Forbidden`` for a crawler of the list, where the admin had them refused. Pages and files only."""
    found = await community.current(call.parts)
    if found is not None and found.refuse_crawlers and call.raw_path not in _OPEN and _is_one(call, found.crawlers):
        raise Forbidden(lazy("What people made here is not for training models"))


def names(found: Community | None) -> Sequence[str]:
    """The list as the admin keeps it, else the one that ships."""
    return _names(found.crawlers if found is not None else "")


def robots(found: Community | None, node: str) -> str:
    """The lines of robots.txt about them, and what the node asks of everybody (draft-ietf-aipref-attach)."""
    lines = [f"User-agent: {name}" for name in names(found)]
    told = usage.preference(usage.wish("", "", node))
    head = f"User-agent: *\nContent-Usage: {told}\n" if told else "User-agent: *\n"
    return ("\n".join([*lines, "Disallow: /", "", ""]) if lines else "") + head


def _is_one(call: Call, kept: str) -> bool:
    agent = call.header("User-Agent")
    return bool(agent) and _pattern(kept).search(agent) is not None


@lru_cache(maxsize=8)
def _names(kept: str) -> tuple[str, ...]:
    return tuple(orjson.loads(kept)) if kept else usage.CRAWLERS


@lru_cache(maxsize=8)
def _pattern(kept: str) -> re.Pattern[str]:
    # a name ends where the name of the program does: "GPTBot/1.2", not "GPTBotanist"
    listed = "|".join(re.escape(name) for name in _names(kept))
    return re.compile(rf"(?<![A-Za-z0-9])(?:{listed})(?![A-Za-z0-9])" if listed else r"(?!)", re.IGNORECASE)
