"""``make bench``: every figure of one run beside its limit and its goal, printed and written to ``bench.json``.

    python tools/bench.py [--quick] [--only idle,inbox,...] [--output bench.json]

``docs/performance.md`` says how it is measured. Exit code 0 also when a goal is missed: ratios gate, in the tests.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks import (  # noqa: E402
    doors,
    figures,
    growth,
    idle,
    inbox,
    posts,
    provenance,
    ranking,
    reading,
    rules,
    sending,
    small,
    sockets,
    stragglers,
    world,
)
from benchmarks.measure import say  # noqa: E402
from benchmarks.run import FULL, QUICK, Run, Sizes  # noqa: E402
from benchmarks.sink import Sink, certificates  # noqa: E402

SCENARIOS: Mapping[str, Callable[[Run], None]] = {
    "idle": idle.measure,
    "reading": reading.measure,
    "doors": doors.measure,
    "inbox": inbox.measure,
    "posts": posts.measure,
    "sending": sending.measure,
    "stragglers": stragglers.measure,
    "sockets": sockets.measure,
    "provenance": provenance.measure,
    "ranking": ranking.measure,
    "rules": rules.measure,
    "growth": growth.measure,
    "small": small.measure,
}


def main() -> None:
    """Prepare a node, run the scenarios, print."""
    parser = argparse.ArgumentParser(description="Measure a node beside the limits of this machine.")
    parser.add_argument("--quick", action="store_true", help="about a minute, over 10,000 posts")
    parser.add_argument("--only", default=",".join(SCENARIOS), help="scenarios, comma-separated")
    parser.add_argument("--output", type=Path, default=ROOT / "bench.json")
    arguments = parser.parse_args()
    wanted = arguments.only.split(",")
    if unknown := [name for name in wanted if name not in SCENARIOS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    began = time.monotonic()
    sizes = QUICK if arguments.quick else FULL
    with tempfile.TemporaryDirectory(prefix="fedserver-bench-") as folder:
        done = _run(Path(folder), sizes, wanted)
    yardstick = done.yardsticks.median() if done.yardsticks.seen else 0.0
    done.add("RSA-2048 signatures (yardstick)", yardstick, "per CPU-s", better="higher")
    figures.write(done.figures, arguments.output)
    print(figures.table(done.figures))
    spent = time.monotonic() - began
    print(f"\n{sizes.posts:,} posts; {done.yardsticks.discarded} blocks drifted and were repeated; {spent:.0f} s")


def _run(folder: Path, sizes: Sizes, wanted: list[str]) -> Run:
    hosts = [name for i in range(world.TLS_GROUPS) for name in world.names(f"tls{i}x")] + [world.FILES]
    ca_file, certificate = certificates(folder, hosts)
    ports = world.free_ports()
    say(f"preparing a node with {sizes.posts:,} posts")
    node = world.World(folder / "node", ports, sizes.posts, ca_file)
    sink = Sink(ports.plain, ports.tls, ports.slow, certificate)
    run = Run(node, sizes, sink, ca_file)
    try:
        node.start()
        for name in wanted:
            say(name)
            SCENARIOS[name](run)
    finally:
        node.stop()
        sink.close()
    return run


if __name__ == "__main__":
    main()
