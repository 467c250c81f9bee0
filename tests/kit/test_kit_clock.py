from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from fedserver.kit import clock


def test_the_system_clock_is_utc_in_milliseconds() -> None:
    assert abs(clock.now_ms() - time.time() * 1000) < 2000
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_a_manual_clock_moves_only_when_told() -> None:
    manual = clock.ManualClock(5000)
    start = manual.monotonic()
    manual.advance(1.5)
    assert (manual.now_ms(), manual.monotonic() - start) == (6500, 1.5)
    manual.set_wall(10)
    assert (manual.now_ms(), manual.monotonic() - start) == (10, 1.5)
    with pytest.raises(ValueError):
        manual.advance(-1)


def test_iso_has_milliseconds_and_z() -> None:
    assert clock.to_iso(0) == "1970-01-01T00:00:00.000Z"
    assert clock.to_iso(1_750_000_000_123) == "2025-06-15T15:06:40.123Z"
    assert clock.to_datetime(-1) == datetime(1969, 12, 31, 23, 59, 59, 999000, UTC)
