"""How popular something is, as numbers (the formulas are those of Mastodon 4.5, the threshold is not).

Tags and links: today's accounts against yesterday's, ``(o - e)^2 / e``, remembered at its peak and fading from there.
Posts: reactions, fading from when they were written. Mastodon asks for five accounts; on a small node nothing ever
trends then, so the threshold follows how many people wrote lately.
"""

from __future__ import annotations

import math
from typing import Final

HOUR_MS: Final = 3_600_000
TAG_HALF_LIFE_MS: Final = 4 * HOUR_MS
LINK_HALF_LIFE_MS: Final = 8 * HOUR_MS
STATUS_HALF_LIFE_MS: Final = HOUR_MS
# a peak is forgotten after two days; what has faded below this is popular no more
PEAK_MS: Final = 48 * HOUR_MS
FADED: Final = 0.25
MAX_THRESHOLD: Final = 5


def threshold(authors: int) -> int:
    """How many accounts must use something before it counts, where so many wrote in a day: 2 to 5."""
    return max(2, min(MAX_THRESHOLD, authors // 20))


def surge(today: int, yesterday: int, least: int) -> float:
    """How much more accounts use something today than yesterday; 0 below the threshold."""
    expected = max(1, yesterday)
    if today < least or today <= expected:
        return 0.0
    return float((today - expected) ** 2) / expected


def faded(peak: float, age_ms: int, half_life_ms: int) -> float:
    """What is left of a peak after a time."""
    return peak * math.exp2(-max(0, age_ms) / half_life_ms)


def post_score(reactions: int, age_ms: int) -> float:
    """Of a post with so many boosts and favourites."""
    return faded(float(max(0, reactions - 1) ** 2), age_ms, STATUS_HALF_LIFE_MS)
