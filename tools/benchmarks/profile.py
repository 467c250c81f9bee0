"""``make profile``: where the CPU of inbox, post and home goes, by samples of a node under each load in turn."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import activities, posts, reading, wire
from benchmarks.run import QUICK, Run
from benchmarks.sink import Sink, certificates
from benchmarks.world import INBOX, World, free_ports

SAMPLER = Path(__file__).with_name("sampler.py")
LOAD_S = 6.0
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
        output = folder / "samples.json"
        try:
            node.start(sys.executable, str(SAMPLER), str(output))
            for title, load in (("inbox: signed Create", _inbox), ("post", _post), ("home, warm", _home)):
                _warm_up(run, load)
                _samples(output)
                until, done = time.monotonic() + LOAD_S, 0
                while time.monotonic() < until:
                    done += load(run)
                _show(title, done, _samples(output))
        finally:
            node.stop()
            sink.close()


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


def _samples(output: Path) -> Any:
    output.unlink(missing_ok=True)
    output.with_suffix(".ask").touch()
    while not output.exists():
        time.sleep(0.05)
    return json.loads(output.read_text())


def _show(title: str, done: int, found: Any) -> None:
    total = found["total"]
    print(f"\n{title}: {total / done:.2f} CPU ms each, the sampler's part included")
    for kind, words, shown in (("with", "with what they call", 30), ("own", "by themselves", 10)):
        print(f"  largest {words}:")
        rows = [(name, spent) for name, spent in found[kind] if not any(part in name for part in _FRAMES)]
        for name, spent in rows[:shown]:
            print(f"    {spent / total * 100:5.1f} %  {spent / done * 1000:6.0f} us  {name}")


if __name__ == "__main__":
    main()
