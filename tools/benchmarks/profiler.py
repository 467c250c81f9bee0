"""Runs a node under a profiler: ``python profiler.py OUTPUT --config FILE serve``.

Every thread has a ``cProfile`` of its own whose clock is the CPU time of that thread: waiting costs nothing, and what a
C function does (SQLite, OpenSSL, a system call) is its own. Samples were tried before and lied: a request takes less
than a millisecond, so most of what a thread had used was found on the function in which it waits for the next one.
What remains untrue: each call of a Python function is dearer by the profiler's own part, so code of many small
functions looks larger than it is. ``profile.py`` tells the real total beside it.

The sums since the last time (milliseconds) are written to OUTPUT as JSON whenever the file OUTPUT.ask appears.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# in place of this folder, whose ``profile`` is not the standard library's
sys.path[0] = str(ROOT)

import cProfile  # noqa: E402

LOOK_S = 0.1


class Profiler:
    """The profiles of all threads that are started after ``start``, and of the thread that calls it."""

    def __init__(self, output: Path) -> None:
        self._output = output
        self._ask = output.with_suffix(".ask")
        self._profiles: list[cProfile.Profile] = []
        self._own: dict[str, float] = {}
        self._with: dict[str, float] = {}

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._watch, name="profiler", daemon=True).start()
        threading.setprofile(self._begin)
        self._enable()

    def _begin(self, frame: FrameType, event: str, arg: object) -> None:
        """The first event of a new thread: from here on its own profile hears them."""
        self._enable()

    def _enable(self) -> None:
        profile = cProfile.Profile(time.thread_time)
        self._profiles.append(profile)
        profile.enable()

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_S)
            if self._ask.exists():
                self._write()

    def _write(self) -> None:
        own: defaultdict[str, float] = defaultdict(float)
        whole: defaultdict[str, float] = defaultdict(float)
        for profile in self._profiles:
            for entry in profile.getstats():
                own[_name(entry.code)] += entry.inlinetime * 1000
                whole[_name(entry.code)] += entry.totaltime * 1000
        fresh, fresh_with = _since(self._own, own), _since(self._with, whole)
        self._own, self._with = own, whole
        found = {"total": sum(spent for _, spent in fresh), "own": fresh, "with": fresh_with}
        part = self._output.with_suffix(".part")
        part.write_text(json.dumps(found))
        part.rename(self._output)
        with suppress(OSError):
            self._ask.unlink()


def _since(before: Mapping[str, float], now: Mapping[str, float]) -> list[tuple[str, float]]:
    """What came on top, the largest first."""
    spent = [(name, sum_ - before.get(name, 0.0)) for name, sum_ in now.items()]
    return sorted(spent, key=lambda each: -each[1])


def _name(code: Any) -> str:
    if isinstance(code, str):
        return code.strip("<>")
    path = code.co_filename
    short = os.path.relpath(path, ROOT) if path.startswith(str(ROOT) + os.sep) else path
    short = short.rpartition("site-packages/")[2] or short
    return f"{short}:{code.co_qualname}"


def main() -> None:
    """Start profiling, then be ``fedserver``."""
    output, *words = sys.argv[1:]
    sys.argv = ["fedserver", *words]
    from fedserver.cli.main import main as serve

    Profiler(Path(output)).start()
    serve()


if __name__ == "__main__":
    main()
