"""What every scenario gets: the node, the limits' server, the peers, the yardsticks, and where figures go."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import NamedTuple

from benchmarks import world
from benchmarks.figures import Better, Figure
from benchmarks.measure import Blocks, Yardsticks, say
from benchmarks.sink import Sink
from benchmarks.world import World

BARE = Path(__file__).with_name("bare.py")


class Sizes(NamedTuple):
    """How much is measured: posts the node holds, operations in a block, blocks."""

    posts: int
    activities: int
    posted: int
    reads: int
    blocks: int
    rounds: int
    starts: int


FULL = Sizes(posts=100_000, activities=1000, posted=300, reads=1000, blocks=5, rounds=10, starts=3)
QUICK = Sizes(posts=10_000, activities=300, posted=100, reads=300, blocks=3, rounds=4, starts=1)


class Run:
    """One run. ``add`` keeps a figure and shows it."""

    def __init__(self, node: World, sizes: Sizes, sink: Sink, ca_file: Path) -> None:
        self.node, self.sizes, self.sink, self.ca_file = node, sizes, sink, ca_file
        self.yardsticks = Yardsticks()
        self.figures: list[Figure] = []
        self._serial = 0

    def blocks(self, count: int | None = None) -> Blocks:
        """Blocks of the usual number."""
        return Blocks(self.yardsticks, count or self.sizes.blocks)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        limit: float | None = None,
        goal: float | None = None,
        better: Better = "lower",
    ) -> None:
        """Keep a figure."""
        self.figures.append(Figure(name, value, unit, limit, goal, better))
        say(f"  {name}: {value:.4g} {unit}")

    def serial(self) -> str:
        """A name that was not used yet in this run."""
        self._serial += 1
        return f"{time.time_ns() // 1_000_000}{self._serial:07d}"


class BareServer:
    """The process of the limits: ``with BareServer(folder, pem) as bare: bare.port, bare.pid``."""

    def __init__(self, folder: Path, pem: str) -> None:
        self._folder = folder
        (folder / "bare.pem").write_text(pem)
        (folder / "bare.db").unlink(missing_ok=True)
        self.port = world.free_port()

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def __enter__(self) -> BareServer:
        words = ["serve", str(self.port), str(self._folder), str(self._folder / "bare.pem")]
        self._process = subprocess.Popen([sys.executable, str(BARE), *words])
        for _ in range(500):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/page", timeout=5) as answer:
                    answer.read()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("the server of the limits does not start")

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait(10)
