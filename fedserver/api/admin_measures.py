"""Figures for admins' dashboards: measures by day, what is used most, and who comes back."""

from __future__ import annotations

import calendar
import platform
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from aiohttp.web import Response

from fedserver.db.queries import measures as rows
from fedserver.domain.languages import LANGUAGES
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.clock import from_iso, to_datetime, to_iso
from fedserver.kit.errors import Invalid
from fedserver.kit.i18n import lazy

DAY_MS: Final = rows.DAY_MS
MAX_DAYS: Final = 400
_UNITS = ("Bytes", "KB", "MB", "GB", "TB")


async def measures(call: Call) -> Response:
    """POST /api/v1/admin/measures: each with the period before it, but for those of one server."""
    params = await call.params()
    keys, (since, until) = params.texts("keys", 50), _period(params)
    return responses.json([await _measure(call, params, key, since, until) for key in keys if key in rows.MEASURES])


async def _measure(call: Call, params: Params, key: str, since: int, until: int) -> dict[str, Any]:
    about = _about(params, key)
    by_day = {each.day: each.value for each in await call.parts.db.all(rows.by_day(key, since, until, **about))}
    total = await call.parts.db.one(rows.total(key, since, until, **about)) or 0
    found: dict[str, Any] = {
        "key": key,
        "unit": "bytes" if key in rows.BYTES else None,
        "total": str(total),
        "data": [{"date": to_iso(day), "value": str(by_day.get(day, 0))} for day in range(since, until, DAY_MS)],
    }
    if key in rows.BYTES:
        found["human_value"] = _readable(total)
    if not key.startswith("instance_"):
        before = await call.parts.db.one(rows.total(key, since - (until - since), since, **about)) or 0
        found["previous_total"] = str(before)
    return found


async def dimensions(call: Call) -> Response:
    """POST /api/v1/admin/dimensions"""
    params = await call.params()
    keys, (since, until) = params.texts("keys", 50), _period(params, needed=False)
    limit = params.number("limit", 1, 100, 10) or 10
    found = []
    for key in keys:
        if key == "software_versions":
            found.append({"key": key, "data": _versions(call)})
        elif key == "space_usage":
            found.append({"key": key, "data": await _space(call)})
        elif key in rows.DIMENSIONS:
            listed = await call.parts.db.all(rows.most(key, since, until, limit, **_about(params, key)))
            data = [_dimension(call, key, each) for each in listed]
            found.append({"key": key, "data": data})
    return responses.json(found)


def _dimension(call: Call, key: str, row: rows.Counted) -> dict[str, Any]:
    name, shown = row.key, row.key
    if key.endswith("languages"):
        shown = LANGUAGES.get(name, name)
    elif key == "sources" and not name:
        name, shown = "web", "Website"
    elif key == "tag_servers" and not name:
        name = shown = call.parts.site.domain
    return {"key": name, "human_key": shown, "value": str(row.value)}


def _versions(call: Call) -> list[dict[str, str]]:
    site = call.parts.site
    sqlite = call.parts.config.database.sqlite
    found = [(site.software, site.software.capitalize(), site.version), ("python", "Python", platform.python_version())]
    found += [("sqlite", "SQLite", sqlite3.sqlite_version)] if sqlite else []
    return [{"key": key, "human_key": name, "value": text, "human_value": text} for key, name, text in found]


async def _space(call: Call) -> list[dict[str, str]]:
    media = await call.parts.db.one(rows.media_bytes()) or 0
    found = [("media", "Media storage", media)]
    database = call.parts.config.database
    path = Path(database.url.removeprefix("sqlite:///")) if database.sqlite else None
    if path is not None and path.exists():
        found.insert(0, ("sqlite", "SQLite", path.stat().st_size))
    return [
        {"key": key, "human_key": name, "value": str(size), "unit": "bytes", "human_value": _readable(size)}
        for key, name, size in found
    ]


async def retention(call: Call) -> Response:
    """POST /api/v1/admin/retention: of those who joined on a day (or in a month), how many were here at or after each
    later one. Whoever was here last on a day counts for the days before it."""
    params = await call.params()
    frequency = "month" if params.text("frequency") == "month" else "day"
    if not params.text("start_at") or not params.text("end_at"):
        return responses.json([])
    since, until = _period(params)
    starts = list(_starts(since, until, frequency))
    people = await call.parts.db.all(rows.joined(starts[0], until))
    cohorts = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else until
        last = [seen for _, joined, seen in people if start <= joined < end]
        data = []
        for later in starts[place:]:
            value = sum(1 for seen in last if seen >= later or later == start)
            rate = value / len(last) if last else 0.0
            data.append({"date": to_iso(later), "rate": rate, "value": str(value)})
        cohorts.append({"period": to_iso(start), "frequency": frequency, "data": data})
    return responses.json(cohorts)


def _starts(since: int, until: int, frequency: str) -> Iterator[int]:
    if frequency == "day":
        yield from range(since, until, DAY_MS)
        return
    day = to_datetime(since).replace(day=1)
    while int(day.timestamp() * 1000) < until:
        yield int(day.timestamp() * 1000)
        day = (day.replace(day=calendar.monthrange(day.year, day.month)[1])).replace(hour=0)
        day = datetime.fromtimestamp(day.timestamp() + 86_400, UTC)


def _about(params: Params, key: str) -> dict[str, Any]:
    """What one measure is about: ``tag_uses[id]``, ``instance_accounts[domain]``."""
    inner = params.sub(key) or Params({})
    if key.startswith("tag_"):
        return {"tag_id": inner.id("id") or 0}
    if key.startswith("instance_"):
        return {"domain": (inner.text("domain") or "").strip().lower()[:253]}
    return {}


def _period(params: Params, *, needed: bool = True) -> tuple[int, int]:
    """Midnight of the first day, and the end of the last; at most ``MAX_DAYS``."""
    now = from_iso(datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"))
    start, end = _day(params.text("start_at")), _day(params.text("end_at"))
    if needed and (start is None or end is None):
        raise Invalid(lazy("Validation failed: start_at and end_at are needed"))
    end = now if end is None else end
    start = end - 30 * DAY_MS if start is None else start
    if start > end or end - start > MAX_DAYS * DAY_MS:
        raise Invalid(lazy("Validation failed: the period has 1 to %(count)d days", count=MAX_DAYS))
    return start, end + DAY_MS


def _day(text: str | None) -> int | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip()[:40])
    except ValueError as error:
        raise Invalid(lazy("Validation failed: a date is not valid"), cause=error) from error
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return int(found.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _readable(size: float) -> str:
    """Bytes in words."""
    unit = 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {_UNITS[unit]}" if unit == 0 else f"{size:.3g} {_UNITS[unit]}"
