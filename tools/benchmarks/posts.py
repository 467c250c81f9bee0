"""What people write: one post after the other, and a post for five thousand inboxes."""

from __future__ import annotations

import json
import statistics

from benchmarks import wire
from benchmarks.measure import Meter
from benchmarks.run import BareServer, Run
from benchmarks.world import WIDE

_TEXT = (
    "Study {}: a lantern in a wet street at dusk. Seed and sampler are in the description. #generative https://r.test/a"
)


def measure(run: Run) -> None:
    """Sequential posts; a post with 5,000 delivery rows."""
    run.add("post, sequential", _sequential(run), "CPU ms", _limit(run), 1.5)
    run.add("post with 5,000 delivery rows, p50", _wide(run), "ms", None, 15.0)


def request(run: Run, name: str) -> bytes:
    """A post by a person."""
    body = json.dumps({"status": _TEXT.format(run.serial()), "visibility": "public"}).encode()
    headers = [*run.node.headers(name), ("Content-Type", "application/json")]
    return wire.request("POST", "/api/v1/statuses", headers, body)


def _sequential(run: Run) -> float:
    def block(_: int) -> float:
        requests = [request(run, "alice") for _ in range(run.sizes.posted)]
        before = run.node.count("SELECT count(*) FROM statuses WHERE local = 1")
        with Meter(run.node.pid) as meter:
            wire.run(run.node.ports.node, requests).all_are(200)
        stored = run.node.count("SELECT count(*) FROM statuses WHERE local = 1") - before
        if stored != len(requests):
            raise RuntimeError(f"{stored} of {len(requests)} posts are there")
        return meter.spent.cpu / stored * 1000

    return run.blocks().run(block)


def _wide(run: Run) -> float:
    """Its inboxes are on hosts that do not answer, so that nothing but the rows is measured."""
    waits: list[float] = []
    for _ in range(3 * run.sizes.blocks):
        before = run.node.count("SELECT count(*) FROM deliveries")
        answers = wire.run(run.node.ports.node, [request(run, "wide")])
        answers.all_are(200)
        waits += answers.seconds
        rows = run.node.count("SELECT count(*) FROM deliveries") - before
        if rows != WIDE:
            raise RuntimeError(f"{rows} of {WIDE} delivery rows were written")
        run.node.settle()
    return statistics.median(waits) * 1000


def _limit(run: Run) -> float:
    """One parsing, one inserted row, one commit behind aiohttp."""

    def block(_: int) -> float:
        requests = [
            wire.request("POST", "/post", [("Host", "x")], json.dumps({"status": _TEXT}).encode())
            for _ in range(run.sizes.posted * 2)
        ]
        with Meter(bare.pid) as meter:
            wire.run(bare.port, requests).all_are(200)
        return meter.spent.cpu / len(requests) * 1000

    with BareServer(run.node.folder, run.node.peers[0].key.public.to_pem()) as bare:
        return run.blocks().run(block)
