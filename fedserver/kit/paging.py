"""The four numbers that page through a list of ids, newest first, as the Mastodon client API has them.

``max_id``: only ids below it. ``since_id``: only ids above it, still the newest of them. ``min_id``: only ids
above it, the *oldest* of them (the page next to it). ``limit``: how many.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import MAX_ID

_INTEGER = re.compile(r"(-?)0*([0-9]+)", re.ASCII)
_LEADING = re.compile(r"\s*([-+]?)0*([0-9]+)", re.ASCII)


class Page(NamedTuple):
    """What part of a list is asked for. Ids are exclusive bounds in 0..2**63-1, or None."""

    max_id: int | None = None
    since_id: int | None = None
    min_id: int | None = None
    limit: int = 20

    @property
    def ascending(self) -> bool:
        """Whether the rows nearest to the lower bound are wanted (then turned round before they are sent)."""
        return self.min_id is not None

    @property
    def above(self) -> int | None:
        """The exclusive lower bound: the higher one of ``since_id`` and ``min_id``."""
        bounds = [bound for bound in (self.since_id, self.min_id) if bound is not None]
        return max(bounds, default=None)


def parse_integer(name: str, text: str, low: int, high: int) -> int:
    """The whole number in ``text``, moved into ``low..high`` however long it is.

    Raises ``Invalid`` (naming the parameter) for anything but ASCII digits with an optional minus sign.
    """
    match = _INTEGER.fullmatch(text)
    if match is None:
        raise Invalid(lazy("%(name)s is not a whole number", name=name))
    # Past 19 digits the value is over any bound; int() itself refuses very long texts.
    value = int(match[2]) if len(match[2]) <= 19 else MAX_ID
    return max(low, min(-value if match[1] else value, high))


def read_integer(text: str, low: int, high: int) -> int:
    """The digits that a text begins with, moved into ``low..high``; 0 where it begins with none.

    This is how Mastodon reads ``limit``, ``offset`` and the bounds of a page, so nothing here is refused.
    """
    match = _LEADING.match(text)
    if match is None:
        return max(low, min(0, high))
    value = int(match[2]) if len(match[2]) <= 19 else MAX_ID
    return max(low, min(-value if match[1] == "-" else value, high))


def read_limit(text: str, default: int, maximum: int) -> int:
    """How many of a list are wanted: without its sign, at most ``maximum``; 0 (an empty page) for what is no number."""
    return min(abs(read_integer(text, -MAX_ID, MAX_ID)), maximum) if text else default


def parse_page(query: Mapping[str, str], *, default: int = 20, maximum: int = 40) -> Page:
    """The page that a query string asks for; a missing or empty parameter counts as not given.

    ``limit`` moves into 0..``maximum``, ids into 63 bits. What is no number is 0 (Mastodon 4.5).
    """

    def bound(name: str) -> int | None:
        text = query.get(name, "")
        return read_integer(text, 0, MAX_ID) if text else None

    return Page(
        max_id=bound("max_id"),
        since_id=bound("since_id"),
        min_id=bound("min_id"),
        limit=read_limit(query.get("limit", ""), default, maximum),
    )
