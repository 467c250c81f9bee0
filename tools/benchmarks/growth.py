"""What becomes dearer as a node grows: the same figures at 1,000, 10,000 and 100,000 posts, in turns, in one run."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping

import orjson

from benchmarks import activities, posts, reading, wire
from benchmarks.measure import Meter, say
from benchmarks.run import Run
from benchmarks.world import INBOX, VIEWERS, World, free_ports

SMALL = (1_000, 10_000)
FLAT = 1.3
ROUNDS = 6
_ACTIVITIES, _POSTS, _READS = 200, 60, 200
Task = Callable[[Run, int], float]


def measure(run: Run) -> None:
    """The largest is the run's own node; the others are made for this and run beside it, doing nothing meanwhile."""
    runs = [run]
    try:
        for count in SMALL:
            ports = free_ports()._replace(plain=run.node.ports.plain, tls=run.node.ports.tls, slow=run.node.ports.slow)
            node = World(run.node.folder.parent / f"node{count}", ports, count, run.ca_file)
            runs.append(Run(node, run.sizes, run.sink, run.ca_file))
        tasks: Mapping[str, Task] = {
            "home, cold": _cold,
            "home, warm": _reads(reading.HOME),
            "public": _reads(reading.PUBLIC),
            "signed Create": _creates,
            "post": _posted,
        }
        for title, task in tasks.items():
            costs = _in_turns(runs, task, len(VIEWERS) if task is _cold else ROUNDS)
            say("  " + title + ": " + ", ".join(f"{each.node.posts:,}: {costs[each]:.3f} ms" for each in runs))
            run.add(
                f"growth: {title}, dearest to cheapest", max(costs.values()) / min(costs.values()), "times", None, FLAT
            )
    finally:
        for each in runs[1:]:
            each.node.stop()


def _in_turns(runs: list[Run], task: Task, rounds: int) -> dict[Run, float]:
    """CPU ms of one operation on each node; the order changes from round to round."""
    found: dict[Run, list[float]] = {each: [] for each in runs}
    if task is _cold:
        for each in runs:
            each.node.stop()
            each.node.start()
            each.node.settle()
    for number in range(rounds):
        for each in runs if number % 2 else runs[::-1]:
            found[each].append(task(each, number))
    # the first round also pays for what a process does once
    return {each: statistics.median(costs[1:]) for each, costs in found.items()}


def _cold(run: Run, number: int) -> float:
    """Two pages of a viewer whose posts nobody has seen yet."""
    name, path = VIEWERS[number], reading.HOME
    headers = run.node.headers(name)
    wire.run(run.node.ports.node, [wire.request("GET", "/api/v1/accounts/verify_credentials", headers)])
    with Meter(run.node.pid) as meter:
        for _ in range(2):
            answers = wire.run(run.node.ports.node, [wire.request("GET", path, headers)])
            answers.all_are(200)
            path = f"{reading.HOME}&max_id={orjson.loads(answers.body)[-1]['id']}"
    return meter.spent.cpu / 2 * 1000


def _reads(path: str) -> Task:
    def task(run: Run, _: int) -> float:
        requests = [wire.request("GET", path, run.node.headers("victor"))] * _READS
        return _cost(run, requests, 1, 200)

    return task


def _creates(run: Run, number: int) -> float:
    peers = run.node.peers[:20]
    requests = [
        activities.signed(peers[i % 20], activities.create(peers[i % 20], run.serial()), INBOX)
        for i in range(_ACTIVITIES)
    ]
    return _cost(run, requests, 16, 202)


def _posted(run: Run, _: int) -> float:
    return _cost(run, [posts.request(run, "alice") for _ in range(_POSTS)], 1, 200)


def _cost(run: Run, requests: list[bytes], connections: int, status: int) -> float:
    with Meter(run.node.pid) as meter:
        wire.run(run.node.ports.node, requests, connections).all_are(status)
    return meter.spent.cpu / len(requests) * 1000
