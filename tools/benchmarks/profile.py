"""``make profile``: the five largest costs of inbox, post and home, and where the rest goes.

Each load runs twice: against a node as it is, for the real figure, and against one under ``profiler.py``, for the
shares.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import activities, posts, reading, wire
from benchmarks.measure import Meter
from benchmarks.run import QUICK, Run
from benchmarks.sink import Sink, certificates
from benchmarks.world import INBOX, World, free_ports

PROFILER = Path(__file__).with_name("profiler.py")
LOAD_S = 4.0
LOADS = ("inbox: signed Create", "post", "home, warm")
# what stands around everything: naming it says nothing
_FRAMES = (
    "threading.py",
    "runners.py",
    "thread.py:_worker",
    "fedserver/__main__",
    "fedserver/cli/",
    "tools/",
    "<frozen",
)


def main() -> None:
    """Print the largest costs of each."""
    with tempfile.TemporaryDirectory(prefix="fedserver-profile-") as name:
        folder = Path(name)
        ca_file, certificate = certificates(folder, ["tls0x0.peer.test"])
        ports = free_ports()
        node = World(folder / "node", ports, QUICK.posts, ca_file)
        sink = Sink(ports.plain, ports.tls, ports.slow, certificate)
        run = Run(node, QUICK, sink, ca_file)
        try:
            node.start()
            real = {title: _real(run, load) for title, load in zip(LOADS, (_inbox, _post, _home), strict=True)}
            node.stop()
            output = folder / "profile.json"
            node.start(sys.executable, str(PROFILER), str(output))
            for title, load in zip(LOADS, (_inbox, _post, _home), strict=True):
                _warm_up(run, load)
                _profile(output)
                done = _for_a_while(run, load)
                _show(title, real[title], done, _profile(output))
        finally:
            node.stop()
            sink.close()


def _real(run: Run, load: Callable[[Run], int]) -> float:
    """CPU ms of one operation, without a profiler."""
    _warm_up(run, load)
    with Meter(run.node.pid) as meter:
        done = _for_a_while(run, load)
    return meter.spent.cpu / done * 1000


def _for_a_while(run: Run, load: Callable[[Run], int]) -> int:
    until, done = time.monotonic() + LOAD_S, 0
    while time.monotonic() < until:
        done += load(run)
    return done


def _warm_up(run: Run, load: Callable[[Run], int]) -> None:
    load(run)
    load(run)


def _inbox(run: Run) -> int:
    peers = run.node.peers[:100]
    requests = [activities.signed(peer, activities.create(peer, run.serial()), INBOX) for peer in peers]
    wire.run(run.node.ports.node, requests, 16).all_are(202)
    return len(requests)


def _post(run: Run) -> int:
    wire.run(run.node.ports.node, [posts.request(run, "alice") for _ in range(50)]).all_are(200)
    return 50


def _home(run: Run) -> int:
    each = wire.request("GET", reading.HOME, run.node.headers("victor"))
    wire.run(run.node.ports.node, [each] * 200).all_are(200)
    return 200


def _profile(output: Path) -> Any:
    output.unlink(missing_ok=True)
    output.with_suffix(".ask").touch()
    while not output.exists():
        time.sleep(0.05)
    return json.loads(output.read_text())


def _show(title: str, real: float, done: int, found: Any) -> None:
    total = found["total"]
    print(f"\n{title}: {real:.2f} CPU ms each; {total / done:.2f} under the profiler, whose shares follow")
    parts: defaultdict[str, float] = defaultdict(float)
    for name, spent in found["own"]:
        parts[_part(name)] += spent
    _list("the five largest parts", sorted(parts.items(), key=lambda each: -each[1])[:5], total, real)
    for kind, words, shown in (("own", "the largest by themselves", 10), ("with", "with what they call", 30)):
        rows = [(name, spent) for name, spent in found[kind] if not any(part in name for part in _FRAMES)]
        _list(words, rows[:shown], total, real)


def _list(words: str, rows: Sequence[tuple[str, float]], total: float, real: float) -> None:
    print(f"  {words}:")
    for name, spent in rows:
        print(f"    {spent / total * 100:5.1f} %  {spent / total * real * 1000:6.0f} us  {name}")


def _part(name: str) -> str:
    """A folder of ours, a library, or a function in C by its name."""
    if ".py:" not in name:
        return name
    path = re.sub(r".*/python3\.[0-9]+/", "", name.rpartition(":")[0])
    words = path.split("/")
    return "/".join(words[:2]) if words[0] in ("fedserver", "protocol", "keys") else words[0]


if __name__ == "__main__":
    main()
