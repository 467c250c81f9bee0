"""64-bit ids that sort by time and are unique across processes.

    63                16 15   12 11  10        0
    +------------------+-------+----+-----------+
    |  milliseconds    | node  | p  |    seq    |     id = ms << 16 | node << 12 | p << 11 | seq
    +------------------+-------+----+-----------+

*node* (0-15) is assigned to one process at a time; the database hands it out. *p* tells two sequences apart
that must never meet: 0 for things made now, 1 for things that carry a time of the past (a remote post keeps
its published time). The value fits a signed 64-bit column until the year 6429.

Things made now never go back, whatever the clock does: the highest id handed out is the **high-water mark**.
Whoever owns the database stores it and passes it in at the start, so that a clock set back across a restart
neither repeats nor disorders ids. When the clock stands still, the mark counts on into the next millisecond.

Things of the past arrive by the dozen with the same second, since most servers publish whole seconds. Their
ids are spread over that second (2,048,000 of them, taken in turn), so ``time_of`` may be up to 999 ms later
than the time asked for. The turn starts at a random place in each process: across restarts a clash is
improbable, not impossible, and the primary key has the last word.
"""

from __future__ import annotations

import secrets
import threading

from fedserver.kit.clock import SYSTEM, Clock

MAX_ID = (1 << 63) - 1
NODES = 16

_SEQ = 1 << 11
_PAST = 1 << 11
_SECOND = 1000


def floor_of(ms: int) -> int:
    """The smallest id that any node can make at ``ms``: a bound for range queries."""
    return ms << 16


def time_of(id_: int) -> int:
    """The milliseconds in an id."""
    return id_ >> 16


class IdMaker:
    """Makes ids for one process. Thread-safe.

    ``node``: this process's number, 0 to 15. ``high_water``: the highest id that this database has seen made
    (0 for a new one); every ``new()`` is greater. Raises ``ValueError`` when either is out of range.
    """

    def __init__(self, node: int, high_water: int = 0, clock: Clock = SYSTEM) -> None:
        if not 0 <= node < NODES:
            raise ValueError(f"node {node} is not in 0..{NODES - 1}")
        if not 0 <= high_water <= MAX_ID:
            raise ValueError("the high-water mark is not a 63-bit id")
        self._node = node << 12
        self._clock = clock
        self._lock = threading.Lock()
        self._last = high_water
        self._turn = secrets.randbelow(_SECOND * _SEQ)

    @property
    def high_water(self) -> int:
        """The highest id made by ``new()`` so far, or the mark passed in. Store this."""
        return self._last

    def new(self) -> int:
        """An id for something that happens now, greater than every one before it."""
        with self._lock:
            id_ = floor_of(self._clock.now_ms()) | self._node
            if id_ <= self._last:
                id_ = self._after(self._last)
            self._last = id_
            return id_

    def at(self, ms: int) -> int:
        """An id for something that happened at ``ms``; a time still to come (or before 1970) counts as now (1970).

        Leaves the high-water mark alone unless the time was still to come.
        """
        if ms >= self._clock.now_ms():
            return self.new()
        ms = max(ms, 0)
        with self._lock:
            turn = self._turn
            self._turn = (turn + 1) % (_SECOND * _SEQ)
        spread = turn // _SEQ if ms % _SECOND == 0 else 0
        return floor_of(ms + spread) | self._node | _PAST | turn % _SEQ

    def _after(self, last: int) -> int:
        """The next id of this node in the millisecond of ``last``, else the first of the next one."""
        for id_ in (last + 1, floor_of(time_of(last)) | self._node):
            same_slot = id_ & ~(_SEQ - 1) == floor_of(time_of(last)) | self._node
            if same_slot and id_ > last:
                return id_
        return floor_of(time_of(last) + 1) | self._node
