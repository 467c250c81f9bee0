"""What somebody types into the search field, in the language of Mastodon 4.5.

Words, ``"phrases"`` and ``-negation``, and the operators ``from: has: is: language: before: after: during: in:``. What
looks like an operator but is none is text. Ours besides: ``has:ai``, ``model:``, ``tool:``, and ``provenance:`` with a
label.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from fedserver.domain.provenance.labels import Label
from fedserver.domain.text.words import MODEL, TOOL, Needle, label_mark, marked_needles, needles

MAX_TERMS: Final = 50
_TERM = re.compile(r'([-+]?)(?:([a-z]+):("[^"]*"|\S+)|"([^"]*)"|(\S+))', re.IGNORECASE)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})?", re.IGNORECASE)
_FLAGS: Final = {
    "has": {"media": "media", "poll": "poll", "embed": "embed", "link": "link", "ai": "ai"},
    "is": {"reply": "reply", "sensitive": "sensitive", "quote": "quote"},
}
_PLACES: Final = {"library": (True, False), "public": (False, True), "all": (True, True)}
_FOREVER: Final = 1 << 62
LABELS: Final = frozenset(map(str, Label))


@dataclass(slots=True)
class Wanted:
    """A search, understood. ``flags`` by name: 1 wanted, -1 not. Handles as typed. ``empty``: nothing can be found."""

    needles: list[Needle] = field(default_factory=list)
    flags: dict[str, int] = field(default_factory=dict)
    languages: list[str] = field(default_factory=list)
    not_languages: list[str] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)
    not_authors: list[str] = field(default_factory=list)
    since: int = 0
    until: int = _FOREVER
    library: bool = True
    public: bool = True
    operators: bool = False
    empty: bool = False

    @property
    def asks(self) -> bool:
        """Whether anything was asked for at all."""
        return self.operators or any(each.wanted for each in self.needles)


def understand(text: str) -> Wanted:
    """Read a search. Never raises; what makes no sense (``has:nonsense``) finds nothing."""
    found = Wanted()
    for number, match in enumerate(_TERM.finditer(text)):
        if number >= MAX_TERMS:
            break
        wanted = match[1] != "-"
        name = (match[2] or "").lower()
        if name in _READERS:
            found.operators = True
            if not _READERS[name](found, name, match[3].strip('"'), wanted):
                found.empty = True
        elif match[4] is not None:
            found.needles += needles(match[4], exact=True, wanted=wanted)
        else:
            found.needles += needles(match[5] or f"{match[2]}:{match[3]}", wanted=wanted)
    return found


def _flag(found: Wanted, name: str, value: str, wanted: bool) -> bool:
    flag = _FLAGS[name].get(value.lower())
    if flag is None:
        return False
    found.flags[flag] = 1 if wanted else -1
    return True


def _made(found: Wanted, name: str, value: str, wanted: bool) -> bool:
    """A model or a tool by words of its name."""
    asked = marked_needles(MODEL if name == "model" else TOOL, value, wanted=wanted)
    found.needles += asked
    return bool(asked)


def _label(found: Wanted, name: str, value: str, wanted: bool) -> bool:
    value = "unknown" if value.lower() in ("unlabelled", "unlabeled") else value.lower()
    if value == "ai":
        found.flags["ai"] = 1 if wanted else -1
    elif value in LABELS:
        found.needles.append(Needle((label_mark(value),), wanted=wanted))
    return value == "ai" or value in LABELS


def _language(found: Wanted, name: str, value: str, wanted: bool) -> bool:
    if not _LANGUAGE.fullmatch(value):
        return False
    (found.languages if wanted else found.not_languages).append(value.lower())
    return True


def _author(found: Wanted, name: str, value: str, wanted: bool) -> bool:
    (found.authors if wanted else found.not_authors).append(value)
    return True


def _place(found: Wanted, name: str, value: str, wanted: bool) -> bool:
    place = _PLACES.get(value.lower())
    if place is None or not wanted:
        return False
    found.library, found.public = place
    return True


def _time(found: Wanted, name: str, value: str, wanted: bool) -> bool:
    span = _span(value)
    if span is None:
        return False
    begin, end = span
    if name == "during":
        if not wanted:
            return False
        found.since, found.until = max(found.since, begin), min(found.until, end)
    elif (name == "before") == wanted:
        # "-after:" is up to and with that day
        found.until = min(found.until, begin if name == "before" else end)
    else:
        found.since = max(found.since, end if name == "after" else begin)
    return True


def _span(value: str) -> tuple[int, int] | None:
    """A day, month or year (UTC) as [begin, end) in ms."""
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2] or 1), int(match[3] or 1)
    try:
        begin = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    if match[3]:
        days = 1
    elif match[2]:
        days = calendar.monthrange(year, month)[1]
    else:
        days = 366 if calendar.isleap(year) else 365
    start = calendar.timegm(begin.timetuple()) * 1000
    return start, start + days * 86_400_000


_READERS: Final[Mapping[str, Callable[[Wanted, str, str, bool], bool]]] = {
    "has": _flag,
    "is": _flag,
    "model": _made,
    "tool": _made,
    "provenance": _label,
    "language": _language,
    "from": _author,
    "in": _place,
    "before": _time,
    "after": _time,
    "during": _time,
}
