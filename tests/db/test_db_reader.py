"""Reads of SQLite: near where they are short, on a thread where they are not; packed pages are the same rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from db_fixtures import Place
from sqlalchemy import bindparam, select, text

from fedserver.db.database import sqlite_path
from fedserver.db.sqlite_reader import FAR_READS, SqliteReader
from fedserver.db.statement import Statement, insert, number, scalar
from fedserver.db.tables import tags

_LONG = Statement(
    text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :last) SELECT count(*) FROM n"),
    number,
)
_IDS = (
    select(tags.c.id, tags.c.created_at)
    .where(tags.c.id > bindparam("above"))
    .order_by(tags.c.created_at.desc())
    .limit(bindparam("limit"))
)
_ROWS = Statement(_IDS, tuple)
_PACKED = Statement(_IDS, tuple, packed=2)


@asynccontextmanager
async def reader(place: Place, **options: Any) -> AsyncIterator[SqliteReader]:
    made = SqliteReader(sqlite_path(place.url), **options)
    await made.open()
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements went to a thread, each time that any did."""
    went: list[int] = []
    fetch = SqliteReader._fetch

    async def counted(self: SqliteReader, statements: Any) -> Any:
        went.append(len(statements))
        return await fetch(self, statements)

    monkeypatch.setattr(SqliteReader, "_fetch", counted)
    return went


async def test_a_short_read_stays_on_the_loops_thread(sqlite_place: Place, threads: list[int]) -> None:
    async with reader(sqlite_place) as reads:
        assert await reads.all(_LONG(last=100)) == [100]
        assert await reads.several(_LONG(last=5), _LONG(last=6)) == [[5], [6]]
    assert threads == []


async def test_a_long_read_goes_to_a_thread_and_stays_there_for_a_while(
    sqlite_place: Place, threads: list[int]
) -> None:
    async with reader(sqlite_place) as reads:
        assert await reads.all(_LONG(last=200_000)) == [200_000]
        assert threads == [1]
        for _ in range(FAR_READS):
            assert await reads.all(_LONG(last=1)) == [1]
        assert len(threads) == 1 + FAR_READS
        # then it is given another chance; other statements never lost theirs
        assert await reads.all(_LONG(last=1)) == [1]
        assert await reads.all(_ROWS(above=0, limit=1)) == []
        assert len(threads) == 1 + FAR_READS


async def test_many_short_reads_in_a_row_are_not_one_long_one(sqlite_place: Place, threads: list[int]) -> None:
    async with reader(sqlite_place) as reads:
        for _ in range(50):
            found = await reads.several(*[_LONG(last=1_500) for _ in range(8)])
            assert found == [[1_500]] * 8
    assert threads == []


async def test_while_a_long_read_runs_the_loop_goes_on(sqlite_place: Place) -> None:
    async with reader(sqlite_place) as reads:
        long = asyncio.create_task(reads.all(_LONG(last=3_000_000)))
        seen = 0
        while not long.done():
            assert await reads.all(_LONG(last=10)) or True
            await asyncio.sleep(0.01)
            seen += 1
        assert await long == [3_000_000] and seen > 2


async def test_packed_pages_are_the_same_rows_in_the_same_order(place: Place) -> None:
    async with place.opened() as database:
        for i in range(1, 30):
            row = {"id": (1 << 62) + i, "name": f"t{i}", "created_at": (i * 7) % 30 - 5}
            await database.run(lambda unit, row=row: unit.run(insert(tags, row)))  # type: ignore[misc]
        for limit in (0, 1, 10, 100):
            plain = [tuple(each) for each in await database.all(_ROWS(above=0, limit=limit))]
            packed = [tuple(each) for each in await database.all(_PACKED(above=0, limit=limit))]
            assert packed == plain and len(plain) == min(limit, 29)
            # a unit reads the rows themselves
            inside = await database.run(lambda unit, n=limit: unit.all(_PACKED(above=0, limit=n)))  # type: ignore[misc]
            assert [tuple(each) for each in inside] == plain


async def test_a_near_read_sees_what_was_just_committed(sqlite_place: Place, threads: list[int]) -> None:
    names = Statement(select(tags.c.name).order_by(tags.c.id), scalar)
    async with sqlite_place.opened() as database:
        for i in range(50):
            row = {"id": i + 1, "name": f"t{i}", "created_at": 0}
            await database.run(lambda unit, row=row: unit.run(insert(tags, row)))  # type: ignore[misc]
            assert len(await database.all(names())) == i + 1
    assert threads == []
