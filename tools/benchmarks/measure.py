"""How a block is measured: CPU of the whole process tree of the server, with a yardstick before and after.

A machine that others share drifts by a quarter. So each block is framed by RSA signatures per CPU-second, the unit in
which ratios are told; a block whose two yardsticks are more than 10 % apart says nothing and is measured again, a
bounded number of times. What is reported is the median of the blocks.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import psutil

from keys.algorithms import Algorithm
from keys.pair import PrivateKey

DRIFT = 0.10
YARDSTICK_S = 0.12

_KEY = PrivateKey.generate(Algorithm.RSA_2048)


def signatures_per_second() -> float:
    """RSA-2048 signatures per CPU-second, now, in this process."""
    count, began = 0, time.thread_time()
    while (spent := time.thread_time() - began) < YARDSTICK_S:
        for _ in range(20):
            _KEY.sign(b"yardstick")
        count += 20
    return count / spent


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, its living children and those that it has waited for."""
    root = psutil.Process(pid)
    waited = root.cpu_times()
    total = float(waited.children_user + waited.children_system)
    for process in (root, *root.children(recursive=True)):
        with suppress(OSError):
            total += time.clock_gettime(_cpu_clock(process.pid))
    return total


def _cpu_clock(pid: int) -> int:
    """Linux's clock of another process's CPU time, in nanoseconds where psutil has ticks (clock_getcpuclockid(3))."""
    return (~pid << 3) | 2


def memory_of(pid: int) -> int:
    """Resident bytes of a process tree; pages that several share are counted in each."""
    root = psutil.Process(pid)
    return sum(int(process.memory_info().rss) for process in (root, *root.children(recursive=True)))


class Yardsticks:
    """Every yardstick of a run, and how many blocks were thrown away."""

    def __init__(self) -> None:
        self.seen: list[float] = []
        self.discarded = 0

    def median(self) -> float:
        """Signatures per CPU-second over the whole run."""
        return statistics.median(self.seen)


class Blocks:
    """Runs blocks. ``count`` good ones are wanted; at most twice as many are tried."""

    def __init__(self, yardsticks: Yardsticks, count: int) -> None:
        self._yardsticks = yardsticks
        self.count = count

    def run(self, block: Callable[[int], float]) -> float:
        """The median of what ``block(number)`` gives. Numbers differ, so that a block can make fresh things."""
        good: list[float] = []
        drifted: list[float] = []
        number = 0
        while len(good) < self.count and number < 2 * self.count:
            before = signatures_per_second()
            value = block(number)
            after = signatures_per_second()
            number += 1
            self._yardsticks.seen += [before, after]
            if abs(after - before) > DRIFT * max(before, after):
                drifted.append(value)
                self._yardsticks.discarded += 1
            else:
                good.append(value)
        # a machine that never stands still: all blocks are worth as little
        return statistics.median(good if len(good) * 2 >= self.count else good + drifted)


class Spent(NamedTuple):
    """CPU and wall seconds."""

    cpu: float
    wall: float


class Meter:
    """``with Meter(pid) as meter: ...; meter.spent``."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self.spent = Spent(0.0, 0.0)

    def __enter__(self) -> Meter:
        self._cpu, self._wall = cpu_of(self._pid), time.monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        self.spent = Spent(cpu_of(self._pid) - self._cpu, time.monotonic() - self._wall)


def quantile(values: list[float], part: float) -> float:
    """The value below which ``part`` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def say(text: str) -> None:
    """Progress, beside the table."""
    print(text, file=sys.stderr, flush=True)
