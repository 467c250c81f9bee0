"""What arrives: signed activities at the shared inbox. What counts is what the database holds afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks import activities, wire
from benchmarks.activities import Peer
from benchmarks.measure import Meter
from benchmarks.run import BareServer, Run
from benchmarks.world import INBOX

CONNECTIONS = 16
Build = Callable[[Peer, str, int], bytes]


def measure(run: Run) -> None:
    """Create by one sender and by a thousand, Like, Announce, Delete, duplicates, bad signatures."""
    limit = _limit(run)
    one, many = run.node.peers[:1], run.node.peers
    creates: list[tuple[Peer, str]] = []
    size = run.node.bytes()
    before = run.node.count("SELECT count(*) FROM statuses")
    value = _blocks(run, one, _create, "SELECT count(*) FROM statuses", creates)
    run.add("signed Create, one sender", value, "CPU ms", limit, 1.2)
    value = _blocks(run, many, _create, "SELECT count(*) FROM statuses", creates)
    run.add("signed Create, 1,000 senders", value, "CPU ms", limit, 1.2)
    stored = run.node.count("SELECT count(*) FROM statuses") - before
    per_thousand = (run.node.bytes() - size) / stored * 1000
    raw = sum(len(activities.create(peer, name)["object"]["content"]) for peer, name in creates) / len(creates) * 1000
    run.add("database per 1,000 remote statuses", per_thousand / 1e6, "MB", raw / 1e6, 5.0)
    targets = run.node.local_posts
    value = _blocks(run, many, _like(targets), "SELECT count(*) FROM favourites")
    run.add("signed Like", value, "CPU ms", limit)
    value = _blocks(run, many, _announce(targets), "SELECT count(*) FROM statuses")
    run.add("signed Announce", value, "CPU ms", limit)
    _known(run, creates, limit)
    run.add("bad signature", _refused(run), "CPU ms", limit)


def _known(run: Run, creates: list[tuple[Peer, str]], limit: float) -> None:
    """What comes a second time, and the deletion of what came."""

    def duplicates(number: int) -> float:
        peers = creates[number * 10 : number * 10 + 100] or creates[:100]
        requests = [activities.signed(p, activities.create(p, name), INBOX) for p, name in peers * 3]
        before = run.node.count("SELECT count(*) FROM statuses")
        spent = _send(run, requests, 202)
        if run.node.count("SELECT count(*) FROM statuses") != before:
            raise RuntimeError("a duplicate took effect")
        return spent

    run.add("duplicate", run.blocks().run(duplicates), "CPU ms", limit)
    left = iter(creates)

    def deletes(_: int) -> float:
        chosen = [next(left) for _ in range(run.sizes.activities // 2)]
        before = run.node.count("SELECT count(*) FROM statuses")
        spent = _send(run, [activities.signed(p, activities.delete(p, name), INBOX) for p, name in chosen], 202)
        _expect(before - run.node.count("SELECT count(*) FROM statuses"), len(chosen))
        return spent

    run.add("signed Delete", run.blocks().run(deletes), "CPU ms", limit)


def _refused(run: Run) -> float:
    peers = run.node.peers

    def block(_: int) -> float:
        requests = [
            activities.signed(peers[i % 50], activities.create(peers[i % 50], run.serial()), INBOX, spoiled=True)
            for i in range(run.sizes.activities)
        ]
        return _send(run, requests, 401)

    return run.blocks().run(block)


def _create(peer: Peer, name: str, number: int) -> bytes:
    return activities.signed(peer, activities.create(peer, name), INBOX)


def _like(targets: Sequence[str]) -> Build:
    return lambda peer, name, n: activities.signed(peer, activities.like(peer, name, _target(targets, n)), INBOX)


def _announce(targets: Sequence[str]) -> Build:
    return lambda peer, name, n: activities.signed(peer, activities.announce(peer, name, _target(targets, n)), INBOX)


def _target(targets: Sequence[str], number: int) -> str:
    # every thousand, the peers begin again: with another post
    return targets[(number // 1000 * 7 + number) % len(targets)]


def _blocks(
    run: Run, peers: Sequence[Peer], build: Build, counting: str, kept: list[tuple[Peer, str]] | None = None
) -> float:
    """CPU ms for each activity that took effect."""
    total = 0

    def block(number: int) -> float:
        nonlocal total
        made = [(peers[(total + i) % len(peers)], run.serial()) for i in range(run.sizes.activities)]
        requests = [build(peer, name, total + i) for i, (peer, name) in enumerate(made)]
        total += len(made)
        before = run.node.count(counting)
        spent = _send(run, requests, 202)
        _expect(run.node.count(counting) - before, len(requests))
        if kept is not None:
            kept.extend(made)
        return spent

    _warm(run, peers)
    return run.blocks().run(block)


def _warm(run: Run, peers: Sequence[Peer]) -> None:
    """Every key is known, as it is on a node that has been up for a while."""
    requests = [activities.signed(peer, activities.create(peer, run.serial()), INBOX) for peer in peers[:1000]]
    wire.run(run.node.ports.node, requests, CONNECTIONS).all_are(202)


def _send(run: Run, requests: list[bytes], status: int) -> float:
    with Meter(run.node.pid) as meter:
        wire.run(run.node.ports.node, requests, CONNECTIONS).all_are(status)
    return meter.spent.cpu / len(requests) * 1000


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} of {wanted} activities took effect")


def _limit(run: Run) -> float:
    """One RSA verification, one parsing, one inserted row behind aiohttp."""
    peer = run.node.peers[0]

    def block(_: int) -> float:
        requests = [_create(peer, run.serial(), 0) for _ in range(run.sizes.activities)]
        with Meter(bare.pid) as meter:
            wire.run(bare.port, requests, CONNECTIONS).all_are(202)
        return meter.spent.cpu / len(requests) * 1000

    with BareServer(run.node.folder, peer.key.public.to_pem()) as bare:
        return run.blocks().run(block)
