"""What rules cost: bounds of several times the goals of docs/performance.md, which the bench holds to."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flood_support import DAY_MS

from fedserver.domain.moderation.facts import Author, Facts, Pictured, Post
from fedserver.kit.clock import now_ms
from fedserver.services import backtest, rulebook, rules, starters
from fedserver.services.packs import EffectiveRule

TEN = (
    *("keyword", "unwanted-links", "link-spam", "mention-spam", "hellthread"),
    *("object-age", "sensitive-tags", "copies", "ai-say-so", "pictures-new"),
)
TEXT = '<p>Good morning from the studio, today I made the <a href="https://blog.test/1">painting</a> of the lake</p>'


class Nothing:
    """A database in which nothing is counted."""

    def get(self, query: Any) -> int:
        return 0

    def one(self, query: Any) -> None:
        return None


def _best(work: Callable[[], object]) -> float:
    """CPU seconds of the quickest of three."""
    found = []
    for _ in range(3):
        began = time.process_time()
        work()
        found.append(time.process_time() - began)
    return min(found)


def test_ten_rules_and_ten_thousand_posts() -> None:
    document = starters.ready_rules()
    norms = {norm.id: norm for norm in document.norms}
    chosen = [each for each in document.rules if each.id in TEN]
    book = rulebook.compiled(
        [EffectiveRule(each, norms[each.norm], "speed", 1, "community", "enforce", "", "x") for each in chosen]
    )
    assert len(chosen) == 10
    now, unit = now_ms(), Nothing()

    def work() -> None:
        for i in range(10_000):
            author = Author((now - i * 1_000_000) << 16, f"u{i}", "peer.test", 3, 4, 50, has_picture=True)
            media = [Pictured("image", True)] if i % 3 == 0 else []
            mentioned = [1] if i % 5 == 0 else []
            post = Post(i, now, 0, TEXT, tags=("art",), mentioned=mentioned, has_media=bool(media), media=media)
            facts = Facts("post", now, author, post, book.phrases)
            assert rules.judge(unit, book.of("post", with_media=post.has_media), facts) == []  # type: ignore[arg-type]

    assert _best(work) < 2.0


class Deaf:
    """A unit that can neither read nor write: whoever tries fails."""

    def __init__(self, now: int, kept: dict[str, Any]) -> None:
        self.now, self.kept = now, kept


def test_without_rules_a_post_costs_a_look(world: Any) -> None:
    """Nothing is read for a post without media where the community has no rules of its own."""
    ann, row = world.local("ann"), object()
    kept: dict[str, Any] = {}

    def look(unit: Any) -> int:
        rulebook.book(unit)
        kept.update(unit.kept)
        return int(unit.now)

    deaf: Any = Deaf(world.run(look), kept)

    def work() -> None:
        for _ in range(10_000):
            assert rules.posted(deaf, row, ann, (), (), False, None) is row  # type: ignore[arg-type]

    assert _best(work) < 0.2


def test_a_month_in_seconds(world: Any) -> None:
    """A thirtieth of 150,000 posts, in a sixth of ten seconds."""
    rob = world.remote("rob")
    now = now_ms()
    rows = []
    for i in range(5000):
        at = now - 20 * DAY_MS + i * 1000
        rows.append(((at << 16) | 0x800 | (i & 0x7FF), f"https://there.test/{i}", rob.id, TEXT, at))
    world.connection.executemany(
        "INSERT INTO statuses (id, uri, account_id, local, visibility, object_type, content, source, spoiler,"
        " sensitive, emojis, created_at, replies_count, reblogs_count, favourites_count, quotes_count, quote_policy,"
        " quoting, limits, provenance, version)"
        " VALUES (?, ?, ?, 0, 0, 'Note', ?, '', '', 0, '[]', ?, 0, 0, 0, 0, 0, 0, '', 0, 1)",
        rows,
    )
    world.connection.commit()
    chosen = [each for each in starters.ready_rules().rules if each.id in TEN]

    def work() -> None:
        def run(unit: Any) -> backtest.Backtest:
            return backtest.run(lambda queries: backtest.read_in(unit, queries), chosen, now, 30)

        assert world.run(run).posts == 5000

    assert _best(work) < 10 / 6
