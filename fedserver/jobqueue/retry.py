"""What an answer to a delivery means, and when to try again. Pure: no clock, no randomness, no I/O.

``docs/delivery.md`` shows ``CLASSES`` to people; a test keeps the two equal.

Two kinds of failure are told apart. Trouble of the *host* (no connection, a gateway's error, a redirect) says nothing
about this activity: the whole host is left alone for a while, and nothing is held against the activity. A refusal of
the *activity* (an internal error, a signature that was not accepted) says nothing about the others: it is tried again
alone, and after ``PARK_AFTER`` tries the lane goes on without it.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# a delivery is given up when it is this old, a host counts as unavailable when it has failed for this long
EXPIRY = 7 * DAY
RETRY_AFTER_CAP = DAY
# tries of one activity that hold up the lane; from then on only activities about the same thing wait for it
PARK_AFTER = 3
# failed activities in a row, without one success, that count as trouble of the host
LANE_FAILURES = 5
FIRST_DELAY = 15 * SECOND
FACTOR = 4
LONGEST_DELAY = 6 * HOUR


class Verdict(Enum):
    """What follows from an answer."""

    DELIVERED = "delivered"
    # permanent: the delivery is given up and noted
    REFUSED = "refused"
    # this activity is tried again
    RETRY = "retry"
    # the host is in trouble: its breaker opens
    HOST = "host"
    # the host is well and asks for time: nobody knocks until then, and contact does not shorten it
    WAIT = "wait"


class Class(NamedTuple):
    """Statuses ``first`` to ``last``, what they mean, and why."""

    first: int
    last: int
    verdict: Verdict
    why: str


# The first line that fits decides.
CLASSES = (
    Class(200, 299, Verdict.DELIVERED, "accepted; the body is not looked at"),
    Class(300, 399, Verdict.HOST, "a POST is never redirected: the inbox is not where it was"),
    Class(401, 401, Verdict.RETRY, "both signature schemes were refused; the peer may have failed to fetch our key"),
    Class(408, 408, Verdict.HOST, "the peer was too slow to read the request"),
    Class(421, 421, Verdict.HOST, "a proxy led us to the wrong server"),
    Class(425, 425, Verdict.HOST, "too early"),
    Class(429, 429, Verdict.WAIT, "too many requests: Retry-After holds, at most a day"),
    Class(404, 404, Verdict.REFUSED, "the inbox is not there"),
    Class(410, 410, Verdict.REFUSED, "the inbox is gone"),
    Class(400, 499, Verdict.REFUSED, "the peer will not take this activity"),
    Class(500, 500, Verdict.RETRY, "the peer failed on this activity"),
    Class(501, 501, Verdict.REFUSED, "the peer does not do this"),
    Class(505, 505, Verdict.REFUSED, "the peer does not speak HTTP/1.1"),
    Class(500, 599, Verdict.HOST, "the peer, or a proxy before it, is down; with Retry-After: wait that long"),
)
NO_ANSWER = "no answer"
NO_ANSWER_WHY = "name, connection, TLS, time limit, malformed HTTP: the host is in trouble"


def judge(status: int, retry_after: int | None = None) -> Verdict:
    """The verdict on a status. ``retry_after``: milliseconds, None where the peer named none."""
    for line in CLASSES:
        if line.first <= status <= line.last:
            return Verdict.WAIT if line.verdict is Verdict.HOST and retry_after and status == 503 else line.verdict
    # 1xx as a final answer, or a number that HTTP does not have
    return Verdict.HOST


def delay(failures: int, jitter: float, retry_after: int | None = None) -> int:
    """Milliseconds until the next try after ``failures`` (from 1) failures in a row.

    15 s, 1 min, 4 min, 16 min, 64 min, 256 min, then 6 h, each plus up to a quarter by ``jitter`` (0 to 1), so that
    what failed together does not come back together. A longer ``retry_after`` (ms) holds, at most a day.
    """
    own = min(FIRST_DELAY * int(FACTOR ** min(max(failures, 1) - 1, 10)), LONGEST_DELAY)
    own += int(own * min(max(jitter, 0.0), 1.0) / 4)
    return max(own, min(retry_after or 0, RETRY_AFTER_CAP))


def expired(created_at: int, now: int, *, tried: bool) -> bool:
    """Whether a delivery is given up for its age. One that was never tried, nor its host, gets its try first."""
    return tried and now - created_at >= EXPIRY
