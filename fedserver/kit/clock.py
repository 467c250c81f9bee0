"""What time it is: one small protocol, so that a test can set the time.

Two clocks with two uses. ``now_ms`` is the wall clock in UTC milliseconds since 1970: it names moments and
may jump. ``monotonic`` is in seconds from an arbitrary start: it measures durations and never goes back.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """A source of time. ``SystemClock`` is the real one; tests pass a ``ManualClock``."""

    def now_ms(self) -> int:
        """UTC milliseconds since 1970-01-01."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back."""
        ...


class SystemClock:
    """The operating system's clocks."""

    __slots__ = ()

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that stands still until it is told otherwise."""

    def __init__(self, now_ms: int = 1_750_000_000_000) -> None:
        self._now_ms = now_ms
        self._monotonic = 1000.0
        self._lock = threading.Lock()

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` (not negative) pass on both clocks."""
        if seconds < 0:
            raise ValueError("time does not run backwards: use set_wall")
        with self._lock:
            self._now_ms += round(seconds * 1000)
            self._monotonic += seconds

    def set_wall(self, now_ms: int) -> None:
        """Set the wall clock alone, also back, as an operator or NTP would."""
        self._now_ms = now_ms


SYSTEM = SystemClock()
# the years 1 and 9999 have a day to spare, for whoever goes on counting
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_FIRST_MS, _LAST_MS = -62_135_510_400_000, 253_402_214_400_000


def now_ms() -> int:
    """UTC milliseconds since 1970, from the system clock."""
    return SYSTEM.now_ms()


def monotonic() -> float:
    """Seconds of the system's monotonic clock."""
    return SYSTEM.monotonic()


def to_datetime(ms: int) -> datetime:
    """The aware UTC datetime of ``ms``; outside years 1 to 9999 (a damaged row) the nearest one inside."""
    seconds, rest = divmod(min(max(ms, _FIRST_MS), _LAST_MS), 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def from_iso(text: str) -> int:
    """Milliseconds of an ISO 8601 date or time; UTC where it names no zone. Raises ``ValueError``."""
    moment = datetime.fromisoformat(text.strip())
    return round((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def to_iso(ms: int) -> str:
    """``2026-11-22T14:26:00.123Z``: the form that the client API and ActivityStreams both take."""
    if not _FIRST_MS <= ms <= _LAST_MS:
        ms = min(max(ms, _FIRST_MS), _LAST_MS)
    day, rest = divmod(ms, 86_400_000)
    minute, rest = divmod(rest, 60_000)
    return f"{_day(day)}{_minute(minute)}{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    """``2026-11-22T``, so many days after the first of 1970."""
    return date.fromordinal(_EPOCH_DAY + days).isoformat() + "T"


@lru_cache(maxsize=1440)
def _minute(minutes: int) -> str:
    """``14:26:``, so many minutes after midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}:"
