"""Plans of the hot queries on a database of 100,000 posts: nothing that a page needs reads a whole table."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

import fedserver.db.tables  # noqa: F401 - fills the metadata
from fedserver.db.metadata import metadata
from fedserver.db.queries import (
    accounts,
    conversations,
    filters,
    homes,
    lists,
    media,
    notices,
    notifications,
    reactions,
    relations,
    statuses,
    timelines,
)
from fedserver.db.statement import Query
from fedserver.kit.paging import Page

POSTS = 100_000
PEOPLE = 2_000
VIEWER = 1
BASE = 1_750_000_000_000 << 16


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """100,000 posts of 2,000 people; the viewer (local) follows 200 of them, five of which never post."""
    path: Path = tmp_path_factory.mktemp("plans") / "big.db"
    engine = create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("BEGIN")
    rng = random.Random(7)
    people = [
        (i, f"p{i}", "" if i <= 20 else "r.test", f"p{i}@{i}", f"https://r.test/u/{i}", 1, 1)
        for i in range(1, PEOPLE + 1)
    ]
    db.executemany(
        "INSERT INTO accounts (id, username, domain, handle_key, uri, created_at, updated_at) VALUES (?,?,?,?,?,?,?)",
        people,
    )
    authors = [rng.randint(6, PEOPLE) for _ in range(POSTS)]
    rows = [
        (
            BASE + (i << 16),
            f"https://r.test/s/{i}",
            a,
            int(a <= 20),
            0 if rng.random() < 0.8 else 2,
            i,
            BASE + (i << 16),
        )
        for i, a in enumerate(authors)
    ]
    db.executemany(
        "INSERT INTO statuses (id, uri, account_id, local, visibility, created_at, thread_id) VALUES (?,?,?,?,?,?,?)",
        rows,
    )
    follows = [(i, VIEWER, i, "accepted", i) for i in (2, 3, 4, 5, *rng.sample(range(6, PEOPLE), 200))]
    db.executemany("INSERT INTO follows (id, account_id, target_id, state, created_at) VALUES (?,?,?,?,?)", follows)
    followed = {f[2] for f in follows}
    home = [(VIEWER, r[0]) for r, a in zip(rows, authors, strict=True) if a in followed][-800:]
    db.executemany("INSERT INTO home_entries VALUES (?,?)", home)
    db.execute("COMMIT")
    db.execute("ANALYZE")
    yield db
    db.close()


SUBQUERIES = ("SCAN (subquery-", "SCAN ranked", "SCAN counted", "SCAN one_row")
QUERIES: dict[str, Query[Any]] = {
    "home": timelines.home(VIEWER, Page(limit=40), 1),
    "home, next page": timelines.home(VIEWER, Page(max_id=BASE + (99_000 << 16), limit=40), 1),
    "home, newer": timelines.home(VIEWER, Page(min_id=BASE + (50_000 << 16), limit=40), 1),
    "public": timelines.public(VIEWER, Page(limit=40), 1),
    "public of nobody": timelines.public(None, Page(limit=40), 1),
    "local": timelines.public(VIEWER, Page(limit=40), 1, local=True),
    "tag": timelines.tag(VIEWER, "robot", Page(limit=40), 1),
    "account": timelines.of_account(VIEWER, 50, Page(limit=40)),
    "account media": timelines.of_account(None, 50, Page(limit=40), only_media=True),
    "favourites": timelines.favourited(VIEWER, Page(limit=40)),
    "one status": statuses.visible(BASE + (5 << 16), VIEWER),
    "status by uri": statuses.by_uri("https://r.test/s/5"),
    "ancestors": statuses.ancestors(BASE + (5 << 16)),
    "descendants": statuses.descendants(BASE + (5 << 16)),
    "account by handle": accounts.by_handle("p5"),
    "account by uri": accounts.by_uri("https://r.test/u/5"),
    "accounts by prefix": accounts.by_prefix("p1", 10),
    "relations": relations.relations(VIEWER, [5, 6, 7], 1),
    "followers": relations.listed("followers", 50, Page()),
    "notifications": notifications.page(VIEWER, Page(), 1),
    "notifications, grouped": notifications.page(VIEWER, Page(), 1, grouped=["favourite"]),
    "notifications, grouped, newer": notifications.page(VIEWER, Page(min_id=1), 1, grouped=["favourite"]),
    "groups of notifications": notifications.groups(VIEWER, ["favourite-1-2"], 1, low=0, high=1 << 60),
    "last group key": notifications.last_key(VIEWER, "favourite-1-1", "favourite-1-2"),
    "standing": notifications.standing(VIEWER, 5, 1, status_id=BASE),
    "notification requests": notices.requests(VIEWER, Page()),
    "favourited by": reactions.favourited_by(BASE + (5 << 16), Page()),
    "boosted by": reactions.boosted_by(BASE + (5 << 16), Page()),
    "media": media.of_statuses([BASE + (5 << 16)]),
    "adopt answers that came before their parent": statuses.adopt("https://r.test/s/5", BASE + (5 << 16), 50, 1),
    "delete": statuses.remove(BASE + (5 << 16)),
    "list": timelines.in_list(VIEWER, 1, Page(), 1),
    "lists of an account": lists.containing(VIEWER, 50),
    "fan-out to lists": lists.fan_out(BASE + (5 << 16), 50, boost=False, reply_to=None, active_since=0),
    "where a post stands": lists.reached(BASE + (5 << 16)),
    "conversations": conversations.listed(VIEWER, Page()),
    "direct posts": timelines.direct(VIEWER, Page(), 1),
    "muted thread": conversations.thread_muted(VIEWER, BASE + (5 << 16)),
    "a deleted direct post": conversations.step_back(BASE + (5 << 16)),
    "filters": filters.of_account(VIEWER),
    "filter keywords": filters.keywords(VIEWER),
    "who sees a new post differently": filters.see_their_own([VIEWER], 1),
    "fan-out of what names people": homes.fan_out(BASE, 50, 0, boost=False, reply_to=None, names_people=True),
    "fan-out": homes.fan_out(BASE + (5 << 16), 50, 0, boost=False, reply_to=None),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_plan_reads_a_whole_table(big: sqlite3.Connection, name: str) -> None:
    sql, params = QUERIES[name].prepare("sqlite")
    plan = [row[3] for row in big.execute("EXPLAIN QUERY PLAN " + sql, params)]
    scans = [
        line
        for line in plan
        if line.startswith("SCAN") and not line.startswith(("SCAN json_each", "SCAN up", "SCAN down", "SCAN CONSTANT"))
    ]
    # an index walked in order is a page, not a table: it stops at its LIMIT
    scans = [line for line in scans if "USING INDEX ix_statuses_public" not in line]
    # what a subquery has found is read once more, by window functions and counts
    scans = [line for line in scans if not line.startswith(SUBQUERIES)]
    assert scans == [], plan


@pytest.mark.parametrize("name", QUERIES)
def test_no_statement_is_planned_anew_each_time(big: sqlite3.Connection, name: str) -> None:
    """SQLite does so where a partial index may hang on a parameter, which costs more than most statements do."""
    planned = []
    # SQLite asks it whenever it makes a plan
    big.set_authorizer(lambda action, *_: planned.append(action) or sqlite3.SQLITE_OK)
    try:
        for prepared in (QUERIES[name].prepare("sqlite"), QUERIES[name].prepare_read()):
            times = []
            for _ in range(3):
                planned.clear()
                big.execute("SAVEPOINT a")
                planned.clear()
                big.execute(*prepared).fetchall()
                times.append(len(planned))
                big.execute("ROLLBACK TO a")
                big.execute("RELEASE a")
            assert times[1:] == [0, 0], times
    finally:
        big.set_authorizer(None)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("local", "ix_statuses_public_local"),
        ("account", "ix_statuses_account_id"),
        ("notifications, grouped", "ix_notifications_account"),
        ("groups of notifications", "ix_notifications_group"),
        ("last group key", "ix_notifications_group"),
    ],
)
def test_timelines_walk_their_own_index(big: sqlite3.Connection, name: str, index: str) -> None:
    sql, params = QUERIES[name].prepare("sqlite")
    plan = " ".join(row[3] for row in big.execute("EXPLAIN QUERY PLAN " + sql, params))
    assert f"INDEX {index} " in plan, plan


@pytest.mark.parametrize("name", ["home", "public", "local", "account"])
def test_a_page_costs_a_few_milliseconds_at_most(big: sqlite3.Connection, name: str) -> None:
    sql, params = QUERIES[name].prepare("sqlite")
    times = []
    for _ in range(9):
        began = time.thread_time()
        rows = big.execute(sql, params).fetchall()
        times.append(time.thread_time() - began)
    assert len(rows) > 0
    assert sorted(times)[4] < 0.02
    print(name, len(rows), round(sorted(times)[4] * 1000, 3), "ms")
