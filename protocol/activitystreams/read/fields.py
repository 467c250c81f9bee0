"""The forms a single value comes in. Every function here takes any JSON value and raises nothing but `Malformed`,
and that only where its name says `required`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from protocol.activitystreams import limits
from protocol.activitystreams.urls import http_url, same_origin
from protocol.activitystreams.vocabulary import AS, EXTRA_KEYS, PUBLIC, PUBLIC_SPELLINGS
from protocol.errors import Malformed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_LATEST = 253_402_300_799_999  # the end of the year 9999
_TWO_ZONES = re.compile(r"[+-]\d\d:?\d\dZ$")
_DURATION = re.compile(
    r"P(?:(?P<days>\d{1,4})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?(?:(?P<seconds>\d{1,9}(?:\.\d{1,9})?)S)?)?",
    re.ASCII,
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}")
_AS_PREFIX = f"{AS}#"


def several(value: object, cap: int) -> list[Any]:
    """The value as a list of at most `cap` entries: absent is none, a single one is one."""
    if value is None:
        return []
    if isinstance(value, list):
        return value[:cap]
    return [value]


def first(value: object) -> Any:
    """The value, or the first entry where there are several."""
    if isinstance(value, list):
        return value[0] if value else None
    return value


def text(value: object, cap: int) -> str:
    """A string of at most `cap` characters, or ""."""
    if value is None:  # as most are
        return ""
    value = first(value)
    return value[:cap] if isinstance(value, str) else ""


def boolean(value: object) -> bool | None:
    """True or False as JSON has them; None for anything else."""
    if value is None:
        return None
    value = first(value)
    return value if isinstance(value, bool) else None


def count(value: object) -> int | None:
    """A count: an integer from 0 to 2**53-1. Anything else, a float and a boolean too, is none."""
    if value is None:
        return None
    value = first(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= limits.COUNT else None


def reference(value: object) -> str | None:
    """The id that a value refers to: a URL, an object with an `id`, or a Link with an `href`."""
    if value is None:
        return None
    value = first(value)
    if isinstance(value, dict):
        value = value.get("href") if type_name(value) == "Link" else value.get("id")
    return http_url(value)


def references(value: object, cap: int) -> tuple[str, ...]:
    """The ids that a value refers to, in order, each once."""
    if value is None:
        return ()
    found = (reference(entry) for entry in several(value, cap))
    return tuple(dict.fromkeys(entry for entry in found if entry is not None))


def addressees(value: object) -> tuple[str, ...]:
    """Like `references`, with the three spellings of Public read as the full IRI."""
    if value is None:
        return ()
    found: dict[str, None] = {}
    for entry in several(value, limits.ADDRESSEES):
        if isinstance(entry, str) and entry in PUBLIC_SPELLINGS:
            found[PUBLIC] = None
        elif (url := reference(entry)) is not None:
            found[url] = None
    return tuple(found)


def type_names(doc: Mapping[str, Any]) -> tuple[str, ...]:
    """The short names of a document's types: `as:Note` and the full IRI are read as `Note`."""
    value = doc.get("type")
    if isinstance(value, str) and 0 < len(value) <= limits.TYPE:  # as almost always
        return (value.removeprefix(_AS_PREFIX).removeprefix("as:"),)
    names: list[str] = []
    for entry in several(value, 4):
        if isinstance(entry, str) and 0 < len(entry) <= limits.TYPE:
            names.append(entry.removeprefix(_AS_PREFIX).removeprefix("as:"))
    return tuple(names)


def type_name(doc: Mapping[str, Any]) -> str:
    """The first type, or ""."""
    names = type_names(doc)
    return names[0] if names else ""


def type_among(doc: Mapping[str, Any], known: frozenset[str]) -> str | None:
    """The first type that is among the known ones."""
    return next((name for name in type_names(doc) if name in known), None)


def required_id(doc: Mapping[str, Any]) -> str:
    """The `id`, an http(s) URL. Raises `Malformed` where there is none."""
    found = http_url(doc.get("id"))
    if found is None:
        raise Malformed("the id is missing or not an http(s) URL", "id")
    return found


def own_url(value: object, owner: str) -> str | None:
    """A reference that is on the owner's origin. A collection elsewhere would speak for somebody else."""
    found = reference(value)
    return found if found is not None and same_origin(found, owner) else None


def page_url(value: object, owner: str) -> str | None:
    """The web page of an object: a string, a Link, or an array of both; html before the rest, on the owner's origin."""
    best: tuple[int, str] | None = None
    for entry in several(value, limits.ATTACHMENTS):
        if isinstance(entry, dict):
            href = http_url(entry.get("href"))
            kind = text(entry.get("mediaType"), 100)
            rank = 0 if kind.startswith("text/html") else 2 if kind else 1
        else:
            href, rank = http_url(entry), 1
        if href is None or not same_origin(href, owner):
            continue
        if best is None or rank < best[0]:
            best = (rank, href)
    return best[1] if best else None


def timestamp(value: object) -> int | None:
    """An ISO 8601 date and time as milliseconds since 1970, from 0 to the end of 9999. Without a zone it is UTC.

    Some generators append Z to an offset (`+00:00Z`); the offset counts then.
    """
    if value is None:
        return None
    value = first(value)
    if not isinstance(value, str) or not 10 <= len(value) <= 64:
        return None
    value = value.upper()
    if _TWO_ZONES.search(value):
        value = value[:-1]
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        elapsed = (moment - _EPOCH) // _MILLISECOND
    except (ValueError, OverflowError):
        return None
    return min(max(elapsed, 0), _LATEST)


def duration(value: object) -> int | None:
    """An ISO 8601 duration (`PT1M3.5S`), or a number of seconds, as milliseconds."""
    if value is None:
        return None
    value = first(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return round(value * 1000) if 0 <= value <= 10**9 else None
    if not isinstance(value, str) or not (found := _DURATION.fullmatch(value[:64])):
        return None
    days, hours, minutes, seconds = (float(found[part] or 0) for part in ("days", "hours", "minutes", "seconds"))
    return round((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)


def language_map(value: object, cap: int) -> dict[str, str]:
    """A natural-language map (`contentMap`): BCP 47 tags, in lower case but for what the sender wrote, to texts."""
    if not isinstance(value, dict):
        return {}
    found: dict[str, str] = {}
    for tag, entry in value.items():
        if isinstance(tag, str) and _LANGUAGE.fullmatch(tag) and isinstance(entry, str):
            found[tag] = entry[:cap]
            if len(found) == limits.LANGUAGES:
                break
    return found


def extra(doc: Mapping[str, Any], keys: Sequence[str] = EXTRA_KEYS) -> dict[str, Any]:
    """The entries that say what may be done with it (vocabulary.EXTRA_KEYS), as they came, each at most 16 KiB."""
    return {key: doc[key] for key in keys if doc.get(key) is not None and _is_small(doc[key])}


def _is_small(value: object) -> bool:
    try:
        return len(json.dumps(value)) <= limits.EXTRA_BYTES
    except (TypeError, ValueError, RecursionError):
        return False


def tag_entries(doc: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects in `tag`."""
    for entry in several(doc.get("tag"), limits.TAGS):
        if isinstance(entry, dict):
            yield entry
