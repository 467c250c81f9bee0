"""Rules of a community: asked of posts, of the past, and what they add to a post that arrives."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from typing import Any, Final

from benchmarks import activities, wire
from benchmarks.measure import Meter, say
from benchmarks.run import Run
from benchmarks.world import INBOX, ROOT, World, free_ports
from fedserver.db.database import open_for_command
from fedserver.domain.moderation.facts import Author, Facts, Pictured, Post
from fedserver.domain.site import Site
from fedserver.services import backtest, rulebook, starters
from fedserver.services.packs import EffectiveRule
from fedserver.services.rules import judge

# of the ready ones: words, links, media, copies and rates
TEN: Final = (
    *("keyword", "unwanted-links", "link-spam", "mention-spam", "hellthread"),
    *("object-age", "sensitive-tags", "copies", "ai-say-so", "pictures-new"),
)
POSTS: Final = 10_000
_TEXT: Final = (
    '<p>Good morning from the studio: today I finished the <a href="https://blog.example/1">big painting</a> of the'
    ' lake. <a href="https://x.example/tags/art" class="mention hashtag" rel="tag">#<span>art</span></a></p>'
)
# a node that asks the rules, and after a signal does not, and after another one does
_IN_TURNS: Final = """
import signal
from fedserver.services import rules
from fedserver.__main__ import main
asked, posted = True, rules.posted
def turn(number, frame):
    global asked
    asked = not asked
rules.posted = lambda unit, status, *given: posted(unit, status, *given) if asked else status
signal.signal(signal.SIGUSR1, turn)
main()
"""
_ROUNDS: Final = 40
_ACTIVITIES: Final = 100


def measure(run: Run) -> None:
    """Ten rules in this process, then over the past of the node, then beside a node that asks none."""
    run.add("10 rules asked of 10,000 posts", _asked(), "CPU ms", None, 400.0)
    run.node.stop()
    _backtest(run)
    run.node.start()
    _arriving(run)


def _asked() -> float:
    document = starters.ready_rules()
    norms = {norm.id: norm for norm in document.norms}
    book = rulebook.compiled(
        [
            EffectiveRule(rule, norms[rule.norm], "bench", 1, "community", "enforce", "", "bench")
            for rule in document.rules
            if rule.id in TEN
        ]
    )
    now = time.time_ns() // 1_000_000
    unit: Any = _Nothing()
    found = []
    for _ in range(5):
        began = time.process_time()
        for i in range(POSTS):
            author = Author((now - i * 1_000_000) << 16, f"u{i}", "peer.example", 3, 4, 50, has_picture=True)
            media = [Pictured("image", True)] if i % 3 == 0 else []
            mentioned = [1] if i % 5 == 0 else []
            post = Post(i, now, 0, _TEXT, tags=("art",), mentioned=mentioned, has_media=bool(media), media=media)
            judge(unit, book.of("post", with_media=post.has_media), Facts("post", now, author, post, book.phrases))
        found.append(time.process_time() - began)
    return statistics.median(found) * 1000


class _Nothing:
    """A database in which nothing is counted."""

    def get(self, query: Any) -> int:
        return 0

    def one(self, query: Any) -> None:
        return None


def _backtest(run: Run) -> None:
    """All that the node holds."""
    wanted = [rule for rule in starters.ready_rules().rules if rule.id in TEN]
    with open_for_command(f"sqlite:///{run.node.database}", Site("bench.example", "https://bench.example")) as session:
        began = time.process_time()
        found = backtest.run(
            lambda queries: session.run(lambda unit: backtest.read_in(unit, queries)),
            wanted,
            time.time_ns() // 1_000_000,
            backtest.MOST_DAYS,
        )
        spent = time.process_time() - began
    say(f"  {found.posts:,} posts of the past in {spent:.1f} s")
    run.add("ten rules over 150,000 posts of the past", spent / found.posts * 150_000, "CPU s", None, 10.0)


def _arriving(run: Run) -> None:
    """A signed Create with ten rules in force and with none asked, in turns."""
    ports = free_ports()._replace(plain=run.node.ports.plain, tls=run.node.ports.tls, slow=run.node.ports.slow)
    node = World(run.node.folder.parent / "ruling", ports, 1000, run.ca_file)
    one = Run(node, run.sizes, run.sink, run.ca_file)
    _command(node, "policy", "publish", "open-gallery")
    _command(node, "policy", "adopt", *TEN, "--state", "live")
    try:
        node.start(sys.executable, "-c", _IN_TURNS)
        _send(one, 1000)
        added = []
        for number in range(_ROUNDS):
            pair = []
            for _ in (0, 1):
                pair.append(_send(one, _ACTIVITIES))
                os.kill(node.pid, signal.SIGUSR1)
            asking, silent = pair if number % 2 == 0 else pair[::-1]
            os.kill(node.pid, signal.SIGUSR1)
            added.append((asking / silent - 1) * 100)
        run.add("ten rules asked of a signed Create", statistics.median(added), "% more", None, 5.0)
    finally:
        node.stop()


def _send(run: Run, count: int) -> float:
    """CPU ms of a signed Create."""
    peers = run.node.peers
    requests = [
        activities.signed(peers[i % len(peers)], activities.create(peers[i % len(peers)], run.serial()), INBOX)
        for i in range(count)
    ]
    with Meter(run.node.pid) as meter:
        wire.run(run.node.ports.node, requests, 16).all_are(202)
    return meter.spent.cpu / count * 1000


def _command(node: World, *words: str) -> str:
    command = [sys.executable, "-m", "fedserver", "--config", str(node.config_path), *words]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
