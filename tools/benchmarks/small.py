"""A small VPS: one core, 1 GB. What counts is the peak of the whole process tree.

A large picture is uploaded, previews of forty remote ones are made, a thousand activities arrive, all at once.
"""

from __future__ import annotations

import io
import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
from PIL import Image

from benchmarks import activities, wire
from benchmarks.confined import killed, make_group
from benchmarks.measure import say
from benchmarks.run import Run
from benchmarks.world import INBOX, World, free_ports

CONFINED = Path(__file__).with_name("confined.py")
POSTS = 10_000
PREVIEWS, ACTIVITIES = 40, 1_000
GOAL_MIB = 600
_EVERY_S = 0.02


def measure(run: Run) -> None:
    """The peak of the tree's memory, and how long it all takes."""
    ports = free_ports()._replace(plain=run.node.ports.plain, tls=run.node.ports.tls, slow=run.node.ports.slow)
    node = World(run.node.folder.parent / "small", ports, POSTS, run.ca_file)
    run.sink.file = picture(1600, 1200)
    group = make_group(f"fedserver-bench-{ports.node}")
    say(f"  one core, 1 GB: {'a memory group of the kernel' if group else 'RLIMIT_DATA of each process'}")
    try:
        node.start(sys.executable, str(CONFINED), str(group or "-"), sys.executable, "-m", "fedserver")
        node.settle()
        with _Peak(node.pid) as peak, ThreadPoolExecutor() as pool:
            began = time.monotonic()
            tasks: tuple[Callable[[], None], ...] = (
                lambda: _upload(node),
                lambda: _previews(node),
                lambda: _activities(run, node),
            )
            for done in [pool.submit(task) for task in tasks]:
                done.result()
            wall = time.monotonic() - began
        if group is not None and killed(group):
            raise RuntimeError("the kernel ended a process of the node for want of memory")
    finally:
        node.stop()
        if group is not None:
            with suppress(OSError):
                group.rmdir()
    run.add("small VPS: peak of the process tree", peak.bytes / 2**20, "MiB", peak.before / 2**20, GOAL_MIB)
    run.add("small VPS: upload, previews, activities", wall, "s")


def picture(width: int, height: int) -> bytes:
    """A JPEG with as much in it as a photograph has."""
    small = Image.effect_noise((width // 8, height // 8), 60).resize((width, height))
    made = io.BytesIO()
    Image.merge("RGB", (small, small.rotate(180), small)).save(made, "JPEG", quality=88)
    return made.getvalue()


def _upload(node: World) -> None:
    """Twelve megapixels, until they are processed."""
    data, mark = picture(4000, 3000), "benchbound"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n'
    body = head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + data + f"\r\n--{mark}--\r\n".encode()
    kind = ("Content-Type", f"multipart/form-data; boundary={mark}")
    answers = wire.run(node.ports.node, [wire.request("POST", "/api/v2/media", [*node.headers("alice"), kind], body)])
    answers.all_are(200, 202)
    path = f"/api/v1/media/{json.loads(answers.body)['id']}"
    until = time.monotonic() + 60
    while 200 not in answers.statuses:
        if time.monotonic() > until:
            raise RuntimeError("the picture is not processed")
        time.sleep(0.1)
        answers = wire.run(node.ports.node, [wire.request("GET", path, node.headers("alice"))])
        answers.all_are(200, 206)


def _previews(node: World) -> None:
    """Small forms of remote pictures, each fetched and made when it is first asked for, as a page of posts asks."""
    db = sqlite3.connect(node.database, timeout=30)
    rows = db.execute("SELECT id, token FROM media_attachments WHERE local = 0 ORDER BY id DESC LIMIT ?", (PREVIEWS,))
    paths = [f"/media/{media_id}/{token}/small" for media_id, token in rows]
    db.close()
    requests = [wire.request("GET", path, node.headers("alice")[:1]) for path in paths]
    answers = wire.run(node.ports.node, requests, 8)
    answers.all_are(200)
    made = node.count("SELECT count(*) FROM media_attachments WHERE local = 0 AND preview_key IS NOT NULL")
    if made != PREVIEWS:
        raise RuntimeError(f"{made} of {PREVIEWS} previews were made")


def _activities(run: Run, node: World) -> None:
    peers = node.peers
    requests = [
        activities.signed(peers[i % 100], activities.create(peers[i % 100], run.serial()), INBOX)
        for i in range(ACTIVITIES)
    ]
    before = node.count("SELECT count(*) FROM statuses")
    wire.run(node.ports.node, requests, 16).all_are(202)
    found = node.count("SELECT count(*) FROM statuses") - before
    if found != ACTIVITIES:
        raise RuntimeError(f"{found} of {ACTIVITIES} activities took effect")


class _Peak:
    """Looks at a process tree again and again. Proportional set size: a page that two share counts half in each."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.before = self.bytes = self._look()

    def __enter__(self) -> _Peak:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self.bytes = max(self.bytes, self._look())

    def _look(self) -> int:
        total = 0
        for process in (self._root, *self._root.children(recursive=True)):
            with suppress(OSError, psutil.Error):
                total += _pss(process.pid)
        return total


def _pss(pid: int) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
