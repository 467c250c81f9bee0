"""The doors that are asked most, eight connections at once, beside sending as many bytes out of memory."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks import wire
from benchmarks.measure import Meter
from benchmarks.run import BareServer, Run

CONNECTIONS = 8
Block = Callable[[int], float]


def measure(run: Run) -> None:
    """CPU of one answer of each; ``search`` is by words, the others as clients ask when they start.

    Notifications and search may cost what a public timeline may; two hundred replies five times a home of forty.
    """
    doors = (
        ("home", "/api/v1/timelines/home?limit=40", "victor", 0.4, 50_000),
        ("public", "/api/v1/timelines/public?limit=40", "victor", 0.6, 50_000),
        ("public, local", "/api/v1/timelines/public?limit=40&local=true", "victor", 0.6, 50_000),
        ("notifications", "/api/v1/notifications?limit=40", "alice", 0.6, 50_000),
        ("context of 200 replies", f"/api/v1/statuses/{run.node.thread_id}/context", "victor", 2.0, 200_000),
        ("search", "/api/v2/search?q=lantern&type=statuses&limit=20", "victor", 0.6, 20_000),
    )
    with BareServer(run.node.folder, run.node.peers[0].key.public.to_pem()) as bare:
        for title, path, name, goal, least in doors:
            each = wire.request("GET", path, run.node.headers(name))
            first = wire.run(run.node.ports.node, [each] * 40, CONNECTIONS)
            first.all_are(200)
            if len(first.body) < least:
                raise RuntimeError(f"{path} is answered with {first.body[:300]!r}")
            plain = wire.request("GET", f"/bytes/{len(first.body)}", [("Host", "x")])
            count = max(40, run.sizes.reads * 40_000 // len(first.body) // 2)
            limit = run.blocks(3).run(_cost(bare.port, bare.pid, [plain] * count))
            value = run.blocks(3).run(_cost(run.node.ports.node, run.node.pid, [each] * count))
            run.add(f"8 connections: {title}", value, "CPU ms", limit, goal)


def _cost(port: int, pid: int, requests: list[bytes]) -> Block:
    def block(_: int) -> float:
        with Meter(pid) as meter:
            wire.run(port, requests, CONNECTIONS).all_are(200)
        return meter.spent.cpu / len(requests) * 1000

    return block
