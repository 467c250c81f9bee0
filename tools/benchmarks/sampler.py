"""Runs a node with a sampler beside it: ``python sampler.py OUTPUT --config FILE serve``.

A thread looks at the stacks of all others every ``EVERY_S`` seconds and gives each stack the CPU time that its thread
has used since the last look: to its function alone, and to all that called it. A thread that waits uses none. The sums
(milliseconds) are written to OUTPUT as JSON whenever the file OUTPUT.ask appears, and start anew.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

EVERY_S = 0.001


class Sampler(threading.Thread):
    """Counts until the process ends."""

    def __init__(self, output: Path) -> None:
        super().__init__(name="sampler", daemon=True)
        self._output = output
        self._ask = output.with_suffix(".ask")
        self._used: dict[int, float] = {}
        self._clear()

    def run(self) -> None:
        """See the module."""
        me = threading.get_ident()
        sys.setswitchinterval(0.0002)
        looked = time.monotonic()
        while True:
            time.sleep(EVERY_S)
            for ident, frame in sys._current_frames().items():
                if ident != me:
                    self._count(ident, frame)
            if time.monotonic() - looked > 0.1:
                looked = time.monotonic()
                if self._ask.exists():
                    self._write()

    def _clear(self) -> None:
        self._total = 0.0
        self._own: defaultdict[str, float] = defaultdict(float)
        self._with: defaultdict[str, float] = defaultdict(float)

    def _count(self, ident: int, frame: FrameType | None) -> None:
        used = time.clock_gettime(time.pthread_getcpuclockid(ident)) * 1000
        spent = used - self._used.get(ident, used)
        self._used[ident] = used
        if not spent:
            return
        self._total += spent
        self._own[_name(frame)] += spent
        seen: set[str] = set()
        while frame is not None:
            seen.add(_name(frame))
            frame = frame.f_back
        for name in seen:
            self._with[name] += spent

    def _write(self) -> None:
        found = {"total": self._total, "own": _largest(self._own), "with": _largest(self._with)}
        self._clear()
        part = self._output.with_suffix(".part")
        part.write_text(json.dumps(found))
        part.rename(self._output)
        with suppress(OSError):
            self._ask.unlink()


def _largest(sums: dict[str, float]) -> list[tuple[str, float]]:
    return sorted(sums.items(), key=lambda each: -each[1])[:200]


def _name(frame: FrameType | None) -> str:
    if frame is None:
        return "?"
    path = frame.f_code.co_filename
    short = os.path.relpath(path, ROOT) if path.startswith(str(ROOT) + os.sep) else path
    short = short.rpartition("site-packages/")[2] or short
    return f"{short}:{frame.f_code.co_qualname}"


def main() -> None:
    """Start sampling, then be ``fedserver``."""
    output, *words = sys.argv[1:]
    sys.argv = ["fedserver", *words]
    Sampler(Path(output)).start()
    from fedserver.cli.main import main as serve

    serve()


if __name__ == "__main__":
    main()
