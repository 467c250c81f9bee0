"""What leaves: deliveries per CPU-second, beside bare aiohttp that posts with one RSA signature each."""

from __future__ import annotations

import json
import subprocess
import sys
import time

from benchmarks import posts, wire
from benchmarks.measure import Meter
from benchmarks.run import BARE, Run
from benchmarks.world import HOSTS, TLS_GROUPS

SHARE = 0.7


def measure(run: Run) -> None:
    """Plain and TLS, cold and warm; how soon two hundred hosts have a post."""
    plain, tls = _bare(run, "http"), _bare(run, "https")
    _reach(run, "plain")
    rate, wall = _warm(run, "plain")
    run.add("deliveries, plain, warm", rate, "per CPU-s", plain["warm"], SHARE * plain["warm"], "higher")
    cold: list[float] = []
    for group in range(TLS_GROUPS):
        cpu, _ = _reach(run, f"tls{group}")
        cold.append(HOSTS / cpu)
    rate = sorted(cold)[len(cold) // 2]
    run.add("deliveries, TLS, cold", rate, "per CPU-s", tls["cold"], SHARE * tls["cold"], "higher")
    rate, _ = _warm(run, "tls0")
    run.add("deliveries, TLS, warm", rate, "per CPU-s", tls["warm"], SHARE * tls["warm"], "higher")
    run.add("200 hosts reached", wall, "s", HOSTS / plain["warm"], 0.4)


def _reach(run: Run, name: str) -> tuple[float, float]:
    """One post to two hundred hosts: CPU and wall seconds until the last of them has it."""
    run.node.settle()
    start = run.sink.received
    with Meter(run.node.pid) as meter:
        began = time.monotonic()
        wire.run(run.node.ports.node, [posts.request(run, name)]).all_are(200)
        run.sink.wait(start + HOSTS)
        wall = run.sink.last_at - began
        run.node.settle()
    return meter.spent.cpu, wall


def _warm(run: Run, name: str) -> tuple[float, float]:
    """Deliveries per CPU-second over connections that stand, and the seconds that two hundred hosts take."""
    walls: list[float] = []

    def block(_: int) -> float:
        cpu = 0.0
        for _ in range(run.sizes.rounds // 2):
            spent, wall = _reach(run, name)
            walls.append(wall)
            cpu += spent
        return HOSTS * (run.sizes.rounds // 2) / cpu

    rate = run.blocks(3).run(block)
    return rate, sorted(walls)[len(walls) // 2]


def _bare(run: Run, scheme: str) -> dict[str, float]:
    port = run.node.ports.plain if scheme == "http" else run.node.ports.tls
    words = ["send", str(port), str(HOSTS * run.sizes.rounds), str(HOSTS), scheme, str(run.ca_file)]
    found: list[dict[str, float]] = []
    for _ in range(3):
        done = subprocess.run([sys.executable, str(BARE), *words], capture_output=True, check=True)
        found.append(json.loads(done.stdout))
    return {name: sorted(each[name] for each in found)[1] for name in ("cold", "warm")}
