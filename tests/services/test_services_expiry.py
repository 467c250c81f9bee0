"""Posts of other servers that nobody here touched are forgotten, and come back. On both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from db_fixtures import Place, add_account, add_follower, place, postgres_place, postgres_server, sqlite_place
from db_fixtures import sqlite_template as sqlite_template

from fedserver.db.database import Database
from fedserver.db.queries import accounts, expiry, jobs
from fedserver.db.queries import statuses as rows
from fedserver.db.statement import insert
from fedserver.db.tables import (
    bookmarks,
    communities,
    favourites,
    filter_statuses,
    filters,
    media_attachments,
    mentions,
    notifications,
    poll_votes,
    polls,
    quotes,
    report_statuses,
    reports,
    statuses,
)
from fedserver.db.unit import Unit
from fedserver.services.expiry import forget
from fedserver.services.statuses import NewStatus, store

__all__ = ["place", "postgres_place", "postgres_server", "sqlite_place"]

# accounts: one here, two elsewhere, one elsewhere whom the first follows
HERE, AWAY, OTHER, FRIEND = 1, 2, 3, 4
POST = 100


def add(unit: Unit, table: Any, **values: Any) -> None:
    unit.run(insert(table, values))


def status(unit: Unit, id_: int, account_id: int = AWAY, **more: Any) -> None:
    local = int(account_id == HERE)
    add(unit, statuses, id=id_, uri=f"u:{id_}", account_id=account_id, local=local, visibility=0, created_at=0, **more)


def people(unit: Unit) -> None:
    add_account(unit, HERE)
    for id_ in (AWAY, OTHER, FRIEND):
        add_account(unit, id_, domain="far.example", inbox="https://far.example/inbox")
    add_follower(unit, FRIEND, HERE)
    # followed by somebody elsewhere, which is no reason
    add_follower(unit, AWAY, OTHER)


def polled(unit: Unit, voter: int) -> None:
    status(unit, POST)
    add(unit, polls, status_id=POST, account_id=AWAY, options="[]")
    add(unit, poll_votes, id=1, status_id=POST, account_id=voter, choice=0, created_at=0)


def quoted(unit: Unit) -> None:
    status(unit, POST)
    status(unit, 101, FRIEND)
    add(
        unit, quotes, id=1, status_id=101, account_id=FRIEND, quoted_status_id=POST, quoted_account_id=AWAY,
        quoted_uri="u:100", state=1, created_at=0, updated_at=0,
    )  # fmt: skip


def reported(unit: Unit) -> None:
    status(unit, POST)
    add(unit, communities, id=1, slug="c", title="c", created_at=0, updated_at=0)
    add(unit, reports, id=1, community_id=1, account_id=HERE, target_id=AWAY, created_at=0, updated_at=0)
    add(unit, report_statuses, report_id=1, status_id=POST)


def filtered(unit: Unit) -> None:
    status(unit, POST)
    add(unit, filters, id=1, account_id=HERE, title="x", created_at=0)
    add(unit, filter_statuses, id=1, filter_id=1, status_id=POST)


def with_row(table: Any, **values: Any) -> Callable[[Unit], None]:
    def make(unit: Unit) -> None:
        status(unit, POST)
        add(unit, table, status_id=POST, **values)

    return make


def after(first: Callable[[Unit], None], second: Callable[[Unit], None]) -> Callable[[Unit], None]:
    def make(unit: Unit) -> None:
        first(unit)
        second(unit)

    return make


def post(id_: int, account_id: int = AWAY, **more: Any) -> Callable[[Unit], None]:
    return lambda unit: status(unit, id_, account_id, **more)


KEPT = {
    "favourited here": with_row(favourites, id=1, account_id=HERE, created_at=0),
    "bookmarked": with_row(bookmarks, id=1, account_id=HERE, created_at=0),
    "boosted here": after(post(POST), post(101, HERE, reblog_of_id=POST)),
    "boosted by a friend": after(post(POST), post(101, FRIEND, reblog_of_id=POST)),
    "answered here": after(post(POST), post(101, HERE, in_reply_to_id=POST)),
    "answers somebody here": after(post(99, HERE), post(POST, in_reply_to_id=99, in_reply_to_account_id=HERE)),
    "boosts somebody here": after(post(99, HERE), post(POST, reblog_of_id=99)),
    "mentions somebody here": with_row(mentions, account_id=HERE),
    "voted in": lambda unit: polled(unit, HERE),
    "pinned": post(POST, pinned_at=5),
    "quoted": quoted,
    "reported": reported,
    "filtered": filtered,
    "somebody was told": with_row(
        notifications, id=1, account_id=HERE, type="status", from_account_id=AWAY, once="1", created_at=0
    ),
    "of a friend": post(POST, FRIEND),
    "for followers": lambda unit: add(
        unit, statuses, id=POST, uri="u", account_id=AWAY, local=0, visibility=2, created_at=0
    ),
    "of somebody here": post(POST, HERE),
}
FORGOTTEN = {
    "plain": post(POST),
    "favourited elsewhere": with_row(favourites, id=1, account_id=OTHER, created_at=0),
    "boosted elsewhere": after(post(POST), post(101, OTHER, reblog_of_id=POST)),
    "answered elsewhere": after(post(POST), post(101, OTHER, in_reply_to_id=POST, in_reply_to_uri="u:100")),
    "mentions somebody elsewhere": with_row(mentions, account_id=OTHER),
    "voted in elsewhere": lambda unit: polled(unit, OTHER),
}


async def prepared(database: Database, make: Callable[[Unit], None]) -> list[int]:
    await database.run(people)
    await database.run(make)
    last = await database.one(expiry.window(0, 1 << 62, 500))
    assert last is not None
    return await database.all(expiry.candidates(0, last))


@pytest.mark.parametrize("case", KEPT)
async def test_kept(place: Place, case: str) -> None:
    async with place.opened() as database:
        assert POST not in await prepared(database, KEPT[case])
        # nor when it was found before the touch
        await database.run(lambda unit: forget(unit, [POST]))
        assert await database.one(rows.by_id(POST)) is not None


@pytest.mark.parametrize("case", FORGOTTEN)
async def test_forgotten(place: Place, case: str) -> None:
    async with place.opened() as database:
        assert POST in await prepared(database, FORGOTTEN[case])
        assert await database.run(lambda unit: forget(unit, [POST])) == 1
        assert await database.one(rows.by_id(POST)) is None
        # it was not deleted: it may come back
        assert await database.one(rows.tombstone("u:100")) is None


async def test_counters_and_files_follow(place: Place) -> None:
    def make(unit: Unit) -> None:
        status(unit, 99, FRIEND, replies_count=1, reblogs_count=1)
        status(unit, POST, in_reply_to_id=99)
        status(unit, 101, AWAY, reblog_of_id=99)
        status(unit, 102, OTHER, reblog_of_id=POST)
        add(
            unit,
            media_attachments,
            id=7,
            account_id=AWAY,
            status_id=POST,
            local=0,
            token="t",
            file_key="f",
            created_at=0,
        )

    async with place.opened() as database:
        ids = await prepared(database, make)
        assert ids == [POST, 101, 102]
        assert await database.run(lambda unit: forget(unit, ids)) == 3
        kept = await database.one(rows.by_id(99))
        assert kept is not None and (kept.replies_count, kept.reblogs_count) == (0, 0)
        counted = {a.id: a.statuses_count for a in await database.all(accounts.by_ids([AWAY, OTHER, FRIEND]))}
        assert counted == {AWAY: -2, OTHER: -1, FRIEND: 0}
        assert [row.name for row in await database.all(jobs.waiting())] == ["media.remove_files"]


async def test_windows_go_over_all_posts_once(place: Place) -> None:
    async with place.opened() as database:
        await database.run(people)
        for id_ in range(POST, POST + 25):
            await database.run(post(id_, FRIEND if id_ % 5 == 0 else AWAY))
        above, seen, reads = 0, [], 0
        while (last := await database.one(expiry.window(above, POST + 20, 4))) is not None:
            seen += await database.all(expiry.candidates(above, last))
            above, reads = last, reads + 1
        assert reads == 5
        assert seen == [id_ for id_ in range(POST, POST + 20) if id_ % 5]


async def test_a_later_fetch_brings_it_back(place: Place) -> None:
    """Whoever opens the thread again fetches the post by its id; what answered it finds it."""

    def make(unit: Unit) -> None:
        status(unit, POST)
        status(unit, 101, FRIEND, in_reply_to_id=POST, in_reply_to_account_id=AWAY, in_reply_to_uri="u:100")

    def fetched(unit: Unit) -> None:
        author = unit.get(accounts.by_id(AWAY))
        assert store(unit, NewStatus(POST, "u:100", None, author, 0, "<p>again</p>", 0, fresh=False)) is not None

    async with place.opened() as database:
        assert await prepared(database, make) == [POST]
        await database.run(lambda unit: forget(unit, [POST]))
        answer = await database.one(rows.by_id(101))
        assert answer is not None and (answer.in_reply_to_id, answer.in_reply_to_uri) == (None, "u:100")
        await database.run(fetched)
        answer = await database.one(rows.by_id(101))
        assert answer is not None and answer.in_reply_to_id == POST
