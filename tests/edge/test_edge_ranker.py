"""Feeds are put in order in a child that dies without harm, and ends when nobody asks."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from fedserver.domain.policy.document import Feed
from fedserver.domain.policy.read import from_plain
from fedserver.domain.ranking.feed import completed, rank
from fedserver.domain.ranking.gathering import put_together
from fedserver.domain.ranking.inputs import unpack
from fedserver.domain.ranking.rows import Candidate, Counts, Like, as_rows
from fedserver.domain.ranking.values import needed
from fedserver.edge import ranker as module
from fedserver.edge.ranker import Order, Ranker
from fedserver.edge.ranker_child import Question
from fedserver.kit.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]


def feed(**more: Any) -> Feed:
    values = {"title": "x", "score": "log1p(likes_people) + 2*liked_across", "where": "language in sets.ours", **more}
    sets = {"ours": ["en", "fr"]}
    return from_plain({"community": {"name": "x"}, "sets": sets, "feed": {"one": values}}).feeds[0]


NOW = 1_800_000_000_000


def candidate(number: int) -> Candidate:
    return Candidate(
        id=number + 1,
        account_id=number % 7,
        created_at=NOW - number,
        local=1,
        sensitive=0,
        language="en" if number % 5 else "de",
        is_reply=0,
        is_quote=0,
        has_poll=0,
        content="",
        followers=0,
        following=0,
        posts=0,
        bot=0,
        actor_local=1,
        role=None,
        handle=f"u{number}@",
    )


def question(chosen: Feed | None = None, count: int = 30, *, keep: bool = False, text: bool = True) -> Question:
    """As the database gives it: each kind of rows as one text."""
    rows: dict[str, list[Any]] = {
        "candidates": [candidate(i) for i in range(count)],
        "tags": [(i + 1, "a") for i in range(count)],
        "media": [],
        "counts": [Counts(i + 1, i * 13 % 11, 0, 0, 0, 0, 0, 0) for i in range(count)],
        "likes": [Like(i + 1, 100 + person) for i in range(count) for person in range(24) if (i + person) % 3],
    }
    read = {
        name: orjson.dumps([list(row) for row in found]).decode() if text else found for name, found in rows.items()
    }
    return Question(chosen or feed(), read, NOW, frozenset(), keep)


@asynccontextmanager
async def one(idle_s: float = 20.0) -> AsyncIterator[Ranker]:
    made = Ranker(idle_s)
    try:
        yield made
    finally:
        await made.close()
        assert made.pid is None


async def test_the_child_gives_what_is_given_here() -> None:
    async with one() as ranker:
        chosen = feed(max_per_author={"posts": 2, "in_top": 10}, diversity=0.3)
        found = await ranker.order(question(chosen, keep=True))
        read = as_rows(question(text=False).read)
        whole = completed(put_together(chosen, needed(chosen), read, NOW, ()))
        assert found.ranked == rank(chosen, whole) and len(found.ranked) > 5
        assert {each.signals["language"] for each in found.ranked} == {"en"}
        name, kept = unpack(found.inputs)
        assert name == "one" and list(kept.ids) == list(whole.ids) and kept.likes is None
        assert kept.signals["liked_across"] == whole.signals["liked_across"] != [0.0] * 30
        assert rank(chosen, kept) == found.ranked
        again = await ranker.order(question(chosen, text=False))
        assert again == Order(found.ranked, b"")


async def test_it_serves_several_one_after_another() -> None:
    async with one() as ranker:
        orders = await asyncio.gather(*(ranker.order(question(feed(length=20 + i))) for i in range(4)))
        assert [len(each.ranked) for each in orders] == [20, 21, 22, 23]
        (pid,) = {ranker.pid}
        assert pid is not None and await ranker.order(question()) and ranker.pid == pid


async def test_a_child_that_died_is_replaced() -> None:
    async with one() as ranker:
        await ranker.order(question())
        assert ranker.pid is not None
        os.kill(ranker.pid, signal.SIGKILL)
        with pytest.raises(Unavailable):
            await ranker.order(question())
        assert (await ranker.order(question())).ranked


async def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async with one() as ranker:
        await ranker.order(question())
        pid = ranker.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        monkeypatch.setattr(module, "MOST_S", 0.2)
        with pytest.raises(Unavailable):
            await ranker.order(question())
        assert not psutil.pid_exists(pid)
        monkeypatch.setattr(module, "MOST_S", 20.0)
        assert (await ranker.order(question())).ranked


async def test_who_gives_up_leaves_no_answer_for_the_next() -> None:
    async with one() as ranker:
        await ranker.order(question())
        assert ranker.pid is not None
        os.kill(ranker.pid, signal.SIGSTOP)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await ranker.order(question(feed(length=20)))
        assert len((await ranker.order(question(feed(length=25), 40))).ranked) == 25


async def test_the_child_ends_when_nobody_asks() -> None:
    async with one(idle_s=0.2) as ranker:
        await ranker.order(question())
        pid, until = ranker.pid, time.monotonic() + 10
        assert pid is not None
        while psutil.pid_exists(pid) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        assert ranker.pid is None and not psutil.pid_exists(pid)
        assert (await ranker.order(question())).ranked


def test_the_child_imports_neither_database_nor_web_server() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import fedserver.edge.ranker_child;"
        "print([name for name in ('sqlalchemy', 'aiohttp', 'cryptography', 'jinja2') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "[]"


def test_the_node_itself_does_not_import_numpy_to_rank() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import fedserver.app; print('numpy' in sys.modules)"
    found = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "False"
