"""Rate limits: fixed windows by account and by client address, in bounded memory.

The windows are aligned to the clock, as Mastodon's are, so the reset time is the same for everybody. The counts live
in this process: with several web processes each counts for itself. When the table is full the oldest entries go first;
a flood from very many addresses can therefore shorten memories, never grow them.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from fedserver.config import Limits, Rate
from fedserver.kit import metrics
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.errors import TooMany

MAX_ENTRIES = 100_000


class Window(NamedTuple):
    """How a limit stands: ``reset_ms`` is when it starts again."""

    limit: int
    remaining: int
    reset_ms: int


class LimitReached(TooMany):
    """Over a limit; carries the window for the response's headers."""

    def __init__(self, window: Window, now_ms: int) -> None:
        super().__init__(retry_after=max(1.0, (window.reset_ms - now_ms) / 1000))
        self.window = window


class RateLimits:
    """Counts. ``name`` is the part of a ``[limits] throttle_<name>`` key after the underscore."""

    def __init__(self, limits: Limits, clock: Clock = SYSTEM, *, entries: int = MAX_ENTRIES) -> None:
        self._limits = limits
        self._clock = clock
        self._entries = entries
        self._rates: dict[str, Rate] = {}
        self._counts: OrderedDict[tuple[str, str, int], int] = OrderedDict()

    def hit(self, name: str, who: str) -> Window | None:
        """Count one; None when there is no such limit. Raises ``LimitReached`` when it is over."""
        limit, seconds = self._rate(name)
        if not limit:
            return None
        now = self._clock.now_ms()
        number = now // (seconds * 1000)
        key = (name, who, number)
        count = self._counts.get(key, 0) + 1
        self._counts[key] = count
        self._counts.move_to_end(key)
        while len(self._counts) > self._entries:
            self._counts.popitem(last=False)
        window = Window(limit, max(0, limit - count), (number + 1) * seconds * 1000)
        if count > limit:
            metrics.count("fedserver_rate_limited_total", limit=name)
            raise LimitReached(window, now)
        return window

    def check(self, name: str, who: str) -> None:
        """Raise ``LimitReached`` when the limit is already used up; counts nothing."""
        limit, seconds = self._rate(name)
        if not limit:
            return
        now = self._clock.now_ms()
        number = now // (seconds * 1000)
        if self._counts.get((name, who, number), 0) >= limit:
            raise LimitReached(Window(limit, 0, (number + 1) * seconds * 1000), now)

    def _rate(self, name: str) -> Rate:
        rate = self._rates.get(name)
        if rate is None:
            rate = self._rates[name] = getattr(self._limits, f"throttle_{name}")
        return rate
