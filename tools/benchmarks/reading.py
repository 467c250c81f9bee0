"""What people read: home and public timelines of forty, cold and warm, alone and eight at once."""

from __future__ import annotations

import orjson

from benchmarks import wire
from benchmarks.measure import Meter, quantile
from benchmarks.run import BareServer, Run
from benchmarks.world import VIEWERS

HOME = "/api/v1/timelines/home?limit=40"
PUBLIC = "/api/v1/timelines/public?limit=40"


def measure(run: Run) -> None:
    """Home cold, warm, of somebody who follows the quiet, p99 at eight connections; the public timeline."""
    limit = _limit(run)
    # cold comes first, on a node that has rendered nothing yet
    run.node.stop()
    run.node.start()
    run.node.settle()
    run.add("home of 40, cold", _cold(run), "CPU ms", limit, 3.0)
    run.add("home of 40, warm", _warm(run, HOME, "victor"), "CPU ms", limit, 0.4)
    run.add("home of 40, quiet follows", _warm(run, HOME, "quiet"), "CPU ms", limit, 0.4)
    run.add("home of 40, 8 connections, p99", _crowd(run), "ms", None, 15.0)
    run.add("public timeline of 40", _warm(run, PUBLIC, "victor"), "CPU ms", limit, 0.6)


def _request(run: Run, path: str, name: str) -> bytes:
    return wire.request("GET", path, run.node.headers(name))


def _cold(run: Run) -> float:
    """Every page of the viewers' home timelines, once; the median over viewers."""
    found: list[float] = []

    def block(number: int) -> float:
        if number >= len(VIEWERS):
            return found[-1]
        name = VIEWERS[number]
        # authors' entities and the token are not what is cold here
        wire.run(run.node.ports.node, [_request(run, "/api/v1/accounts/verify_credentials", name)])
        path, pages, spent = HOME, 0, 0.0
        with Meter(run.node.pid) as meter:
            while pages < 20:
                answers = wire.run(run.node.ports.node, [_request(run, path, name)])
                answers.all_are(200)
                page = orjson.loads(answers.body)
                if len(page) < 40:
                    break
                pages += 1
                path = f"{HOME}&max_id={page[-1]['id']}"
        spent = meter.spent.cpu
        if not pages:
            raise RuntimeError("a home timeline has less than forty posts")
        found.append(spent / pages * 1000)
        return found[-1]

    # the first viewer also pays for what a young process does once
    return run.blocks(min(3, len(VIEWERS))).run(block)


def _warm(run: Run, path: str, name: str) -> float:
    each = _request(run, path, name)
    first = wire.run(run.node.ports.node, [each] * 20)
    first.all_are(200)
    if len(orjson.loads(first.body)) != 40:
        raise RuntimeError(f"{path} has {len(orjson.loads(first.body))} posts")

    def block(_: int) -> float:
        with Meter(run.node.pid) as meter:
            wire.run(run.node.ports.node, [each] * run.sizes.reads).all_are(200)
        return meter.spent.cpu / run.sizes.reads * 1000

    return run.blocks().run(block)


def _crowd(run: Run) -> float:
    requests = [_request(run, HOME, VIEWERS[i % len(VIEWERS)]) for i in range(run.sizes.reads * 2)]
    wire.run(run.node.ports.node, requests[:100], 8).all_are(200)

    def block(_: int) -> float:
        answers = wire.run(run.node.ports.node, requests, 8)
        answers.all_are(200)
        return quantile(answers.seconds, 0.99) * 1000

    return run.blocks().run(block)


def _limit(run: Run) -> float:
    """Forty pieces of the same length, joined out of memory behind aiohttp."""
    each = wire.request("GET", "/page", [("Host", "x")])

    def block(_: int) -> float:
        with Meter(bare.pid) as meter:
            wire.run(bare.port, [each] * run.sizes.reads).all_are(200)
        return meter.spent.cpu / run.sizes.reads * 1000

    with BareServer(run.node.folder, run.node.peers[0].key.public.to_pem()) as bare:
        return run.blocks().run(block)
