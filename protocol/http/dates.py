"""HTTP dates (RFC 9110 section 5.6.7) as milliseconds since 1970, without the clock."""

from __future__ import annotations

import calendar
import re
from email.utils import formatdate
from functools import lru_cache

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|\+0000)"
)


def parse_date(text: str) -> int | None:
    """Read an IMF-fixdate; a one-digit day and UTC for GMT are forgiven. None for anything else."""
    match = _DATE.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        return None
    day, year = int(match[1]), int(match[3])
    month = _MONTHS.index(match[2]) + 1
    hour, minute, second = int(match[4]), int(match[5]), int(match[6])
    if year < 1970 or not 1 <= day <= calendar.monthrange(year, month)[1]:
        return None
    if hour > 23 or minute > 59 or second > 60:
        return None
    return calendar.timegm((year, month, day, hour, minute, second)) * 1000


def format_date(milliseconds: int) -> str:
    """Write an IMF-fixdate in GMT; fractions of a second are dropped."""
    return _format_seconds(milliseconds // 1000)


@lru_cache(4)
def _format_seconds(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
