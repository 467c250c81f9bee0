"""A fan-out where a tenth of the hosts is dead and a tenth is slow: do the others wait for them?"""

from __future__ import annotations

import statistics
import time

from benchmarks import posts, wire
from benchmarks.measure import quantile, say
from benchmarks.run import Run
from benchmarks.world import HOSTS, MIXED_GROUPS

# the live ones may take this much longer than in a run without the others: a machine drifts by as much
ROOM = 1.3


def measure(run: Run) -> None:
    """In turns, each time two hundred hosts that were never reached before; the p95 of those who live in both."""
    clean: list[float] = []
    mixed: list[float] = []
    for number in range(MIXED_GROUPS):
        for kind, found in (
            (("clean", clean), ("mixed", mixed)) if number % 2 == 0 else (("mixed", mixed), ("clean", clean))
        ):
            found.append(_p95(run, f"{kind}{number}"))
    limit, value = statistics.median(clean), statistics.median(mixed)
    say(f"  clean {[round(each) for each in clean]}, with dead and slow ones {[round(each) for each in mixed]}")
    run.add("p95 of live hosts beside 10 % dead, 10 % slow", value, "ms", limit, limit * ROOM)


def _p95(run: Run, name: str) -> float:
    """Milliseconds from the request until 95 % of the hosts that live have the post."""
    run.node.settle()
    live = [f"{name}x{i}.peer.test" for i in range(HOSTS) if i % 10 > 1]
    run.sink.at.clear()
    began = time.monotonic()
    wire.run(run.node.ports.node, [posts.request(run, name)]).all_are(200)
    until = began + 60
    while any(host not in run.sink.at for host in live):
        if time.monotonic() > until:
            raise RuntimeError(f"{sum(host in run.sink.at for host in live)} of {len(live)} live hosts were reached")
        time.sleep(0.002)
    return quantile([run.sink.at[host] - began for host in live], 0.95) * 1000
