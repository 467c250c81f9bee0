"""A young node: what its start costs and what it holds."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time

from benchmarks.measure import cpu_of, memory_of
from benchmarks.run import BARE, Run


def measure(run: Run) -> None:
    """CPU and wall seconds from start to the first answer; resident bytes when nothing happens."""
    cpu: list[float] = []
    wall: list[float] = []
    held: list[float] = []
    for _ in range(run.sizes.starts):
        run.node.stop()
        wall.append(run.node.start())
        cpu.append(cpu_of(run.node.pid))
        run.node.settle()
        time.sleep(1)
        held.append(memory_of(run.node.pid))
    floor = json.loads(subprocess.run([sys.executable, str(BARE), "idle"], capture_output=True, check=True).stdout)
    run.add("start to first answer, CPU", statistics.median(cpu), "CPU s", floor["cpu"], 1.2)
    run.add("start to first answer, wall", statistics.median(wall), "s")
    run.add("idle memory", statistics.median(held) / 2**20, "MiB", floor["bytes"] / 2**20, 100.0)
