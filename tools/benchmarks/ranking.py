"""Feeds that a community orders: what the order costs, what a page of it costs, and what counting costs on arrival."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import orjson
import psutil

from benchmarks import activities, reading, wire
from benchmarks.measure import Meter, cpu_of, memory_of, say
from benchmarks.run import Run
from benchmarks.world import INBOX, ROOT, World, free_ports
from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.read import from_plain
from fedserver.domain.policy.values import Kind

CANDIDATES, PLACES, LIKES = 10_000, 40, 30_000
_SCORE = (
    "log1p(likes_people) + 1.5*log1p(boosts_people) + 2*pow(0.5, age_h/18) + 2*liked_across"
    " - (3 if ai_evidence and not ai_disclosed else 0)"
)
# a node that counts, and after a signal does not, and after another one does: one process, so that nothing else differs
_IN_TURNS = """
import signal
from fedserver.services import signals
from fedserver.__main__ import main
counts = True
def turn(number, frame):
    global counts
    counts = not counts
def now_and_then(work):
    return lambda *given: work(*given) if counts else None
for name in ("liked", "boosted", "answered"):
    setattr(signals, name, now_and_then(getattr(signals, name)))
signal.signal(signal.SIGUSR1, turn)
main()
"""
_COUNTED = "SELECT coalesce(sum(likes_remote + boosts_remote + replies_remote), 0) FROM post_signals"
_ROUNDS = 40
_ACTIVITIES = 100


def measure(run: Run) -> None:
    """Scores and places in this process; then a node whose community has a policy; then two nodes in turns."""
    best, bare = _scored()
    run.add("10,000 posts scored, 40 places given", best, "CPU ms", bare, 15.0)
    _node(run)
    _upkeep(run)


def _scored() -> tuple[float, float]:
    """CPU ms of the formula of the documentation with its filter, shares of authors and likeness; of bare NumPy."""
    import numpy as np

    from fedserver.domain.policy import arrays
    from fedserver.domain.ranking.order import Traits, places

    feed, chance = _feed(), random.Random(6)
    wanted = {**feed.score.signals, **(feed.where.signals if feed.where else {})}
    columns = {name: _column(chance, signal.kind) for name, signal in wanted.items()}
    tags = [chance.sample([f"tag{i}" for i in range(300)], 3) for _ in range(CANDIDATES)]
    traits = Traits(
        np.array([chance.randrange(800) for _ in range(CANDIDATES)]),
        np.array([chance.choice([-1, -1, -1, chance.randrange(100)]) for _ in range(CANDIDATES)]),
        arrays.column(tags, Kind.WORDS),
    )
    newest = np.arange(CANDIDATES)

    def ours() -> Any:
        scores = feed.score.many(columns, CANDIDATES)
        keep = feed.where.many(columns, CANDIDATES) if feed.where else None
        return places(scores, keep, newest, traits, feed.length, feed.per_author, feed.diversity)

    def numpy() -> Any:
        first = np.log1p(columns["likes_people"]) + 1.5 * np.log1p(columns["boosts_people"])
        more = 2 * np.power(0.5, columns["age_h"] / 18) + 2 * columns["liked_across"]
        worse = np.where(columns["ai_evidence"] & ~columns["ai_disclosed"], 3, 0)
        return np.argpartition(-(first + more - worse), PLACES)

    return _least(ours), _least(numpy)


def _least(work: Callable[[], Any]) -> float:
    found = []
    for _ in range(15):
        began = time.thread_time()
        work()
        found.append(time.thread_time() - began)
    return statistics.median(found) * 1000


def _feed() -> Feed:
    values = {
        "title": "Best",
        "score": _SCORE,
        "where": "has_media",
        "max_per_author": {"posts": 2, "in_top": 20},
        "diversity": 0.3,
        "length": PLACES,
    }
    return from_plain({"community": {"name": "bench"}, "feed": {"best": values}}).feeds[0]


def _column(chance: random.Random, kind: Any) -> Any:
    from fedserver.domain.policy import arrays

    number = kind is Kind.NUMBER
    return arrays.column([chance.random() * 50 if number else chance.random() < 0.8 for _ in range(CANDIDATES)], kind)


def _node(run: Run) -> None:
    """A week of posts with likes put in order by the node; memory after it; a page of it beside a page of home."""
    run.node.stop()
    run.node.start()
    run.node.settle()
    young = memory_of(run.node.pid)
    run.node.stop()
    _liked(run.node)
    _command(run.node, "policy", "publish", "open-gallery")
    before = time.monotonic()
    posts, wrong = _command(run.node, "feeds", "rebuild").split("\t")
    say(f"  counted anew: {posts} posts in {time.monotonic() - before:.1f} s, {wrong.strip()} were not counted before")
    run.node.start()
    spent = _until_ordered(run.node)
    run.add("a week's posts put in order, with its child", spent, "CPU s")
    run.node.settle()
    _until_alone(run.node)
    run.add("memory after an order, beside before", memory_of(run.node.pid) / 2**20, "MiB", young / 2**20, 100.0)
    (list_id,) = {one["id"] for one in _json(run, "/api/v1/lists")}
    home, page = _in_turns(run, reading.HOME, f"/api/v1/timelines/list/{list_id}?limit=40")
    run.add("a feed's page of 40, beside home", page, "CPU ms", home, home * 1.1)


def _liked(node: World) -> None:
    """Authors want to be found; people like what they wrote, the newest most."""
    chance = random.Random(7)
    db = sqlite3.connect(node.database, isolation_level=None)
    db.execute("BEGIN")
    db.execute("UPDATE accounts SET discoverable = 1")
    sql = "SELECT id FROM statuses WHERE visibility = 0 AND reblog_of_id IS NULL ORDER BY id DESC LIMIT ?"
    ids = [row[0] for row in db.execute(sql, (CANDIDATES,))]
    pairs = {(chance.choice(node.peers).id, ids[int(len(ids) * chance.random() ** 2)]) for _ in range(LIKES)}
    now = time.time_ns() // 1_000_000
    rows = [(2_000_000_000 + i, person, status_id, now) for i, (person, status_id) in enumerate(sorted(pairs))]
    db.executemany("INSERT INTO favourites (id, account_id, status_id, created_at) VALUES (?, ?, ?, ?)", rows)
    db.execute("COMMIT")
    db.close()


def _command(node: World, *words: str) -> str:
    command = [sys.executable, "-m", "fedserver", "--config", str(node.config_path), *words]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def _until_ordered(node: World) -> float:
    """CPU seconds of the process tree from its start until the feed stands."""
    for _ in range(600):
        if node.count("SELECT count(*) FROM feed_snapshots"):
            return cpu_of(node.pid)
        time.sleep(0.1)
    raise RuntimeError("no feed was put in order")


def _until_alone(node: World) -> None:
    for _ in range(600):
        if not psutil.Process(node.pid).children(recursive=True):
            time.sleep(1)
            return
        time.sleep(0.1)
    raise RuntimeError("the child does not end")


def _json(run: Run, path: str) -> Any:
    answers = wire.run(run.node.ports.node, [wire.request("GET", path, run.node.headers("victor"))])
    answers.all_are(200)
    return orjson.loads(answers.body)


def _in_turns(run: Run, *paths: str) -> list[float]:
    """CPU ms of a page of each, warm, in turns."""
    found: dict[str, list[float]] = {path: [] for path in paths}
    each = {path: wire.request("GET", path, run.node.headers("victor")) for path in paths}
    for path in paths:
        if len(_json(run, path)) != 40:
            raise RuntimeError(f"{path} has not forty posts")
        wire.run(run.node.ports.node, [each[path]] * 20).all_are(200)
    for number in range(2 * run.sizes.blocks):
        for path in paths if number % 2 else paths[::-1]:
            with Meter(run.node.pid) as meter:
                wire.run(run.node.ports.node, [each[path]] * run.sizes.reads).all_are(200)
            found[path].append(meter.spent.cpu / run.sizes.reads * 1000)
    return [statistics.median(found[path]) for path in paths]


def _upkeep(run: Run) -> None:
    """Likes, boosts and answers with and without counting, in turns; the median of what counting adds to a block."""
    ports = free_ports()._replace(plain=run.node.ports.plain, tls=run.node.ports.tls, slow=run.node.ports.slow)
    node = World(run.node.folder.parent / "counting", ports, 1000, run.ca_file)
    one = Run(node, run.sizes, run.sink, run.ca_file)
    try:
        node.start(sys.executable, "-c", _IN_TURNS)
        _send(one, 0, lambda peer, name, target: activities.create(peer, name), 1000)
        for title, build in (("Like", activities.like), ("Announce", activities.announce), ("answer", _answer)):
            before = node.count(_COUNTED)
            added, costs, block = [], [], 1
            for number in range(_ROUNDS):
                pair = []
                for _ in (0, 1):
                    pair.append(_send(one, block, build, _ACTIVITIES))
                    block += 1
                    os.kill(node.pid, signal.SIGUSR1)
                # which of the two counted changes from round to round
                counting, uncounted = pair if number % 2 == 0 else pair[::-1]
                os.kill(node.pid, signal.SIGUSR1)
                added.append((counting / uncounted - 1) * 100)
                costs.append(counting)
            counted = node.count(_COUNTED) - before
            if not 0 < counted <= _ROUNDS * _ACTIVITIES:
                raise RuntimeError(f"{counted} people were counted in half of the blocks")
            say(f"  {title}: {statistics.median(costs):.3f} ms")
            run.add(f"counting signals of a signed {title}", statistics.median(added), "% more", None, 10.0)
    finally:
        node.stop()


def _answer(peer: activities.Peer, name: str, target: str) -> dict[str, Any]:
    found = activities.create(peer, name)
    found["object"]["inReplyTo"] = target
    return found


def _send(run: Run, number: int, build: Callable[..., dict[str, Any]], count: int) -> float:
    """CPU ms of each; a peer likes nothing twice."""
    peers, targets = run.node.peers, run.node.local_posts
    requests = []
    for i in range(count):
        at = number * count + i
        peer, target = peers[at % len(peers)], targets[(at // len(peers) * 7 + at) % len(targets)]
        requests.append(activities.signed(peer, build(peer, run.serial(), target), INBOX))
    with Meter(run.node.pid) as meter:
        wire.run(run.node.ports.node, requests, 16).all_are(202)
    return meter.spent.cpu / count * 1000
