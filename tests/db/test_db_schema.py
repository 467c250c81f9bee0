"""The tables: one schema for both databases, made by migrations, without types that need processing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from db_fixtures import SITE, Place, PostgresServer, add_account, add_follower
from sqlalchemy.dialects import postgresql, sqlite

from fedserver.db import migrate
from fedserver.db.database import SCHEMA, open_database
from fedserver.db.errors import CannotOpen, Locked, Missing, WrongVersion
from fedserver.db.metadata import metadata
from fedserver.db.queries import deliveries
from fedserver.jobqueue.outbox import send


def _engine(url: str) -> sa.Engine:
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"), poolclass=sa.NullPool)


def _is_ours(name: str | None, kind: str, parents: Any) -> bool:
    """Not what SQLite makes for the full text by itself."""
    return kind != "table" or not str(name).startswith(("status_words", "account_words"))


def _is_known(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
    """The indexes of the full text stand in ``db/tables/search.py``, not in the metadata."""
    return not (kind == "index" and reflected and name in ("ix_status_search_words", "ix_account_search_words"))


def test_migrations_make_what_the_tables_say(place: Place) -> None:
    engine = _engine(place.url)
    with engine.connect() as connection:
        opts = {"compare_type": True, "include_name": _is_ours, "include_object": _is_known}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_migrations_give_the_same_defaults_and_nulls(place: Place, tmp_path: Path) -> None:
    """Alembic does not compare defaults reliably: compare with tables that were made directly."""
    engine = _engine(f"sqlite:///{tmp_path}/direct.db")
    metadata.create_all(engine)

    def described(engine: sa.Engine) -> dict[str, Any]:
        inspector = sa.inspect(engine)
        names = set(inspector.get_table_names()) & set(metadata.tables)
        return {
            f"{name}.{column['name']}": (
                str(column["default"]).split("::")[0] if column["default"] is not None else None,
                column["nullable"],
            )
            for name in names
            for column in inspector.get_columns(name)
        }

    migrated = _engine(place.url)
    plain = {key: (value and value.strip("'"), null) for key, (value, null) in described(migrated).items()}
    assert plain == {key: (value and value.strip("'"), null) for key, (value, null) in described(engine).items()}
    engine.dispose()
    migrated.dispose()


def test_the_comparison_notices_a_missing_column(place: Place) -> None:
    engine = _engine(place.url)
    with engine.connect() as connection:
        connection.execute(sa.text("ALTER TABLE hosts DROP COLUMN last_error"))
        opts = {"include_name": _is_ours, "include_object": _is_known}
        found = compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)
        connection.rollback()
    engine.dispose()
    assert [step[0] for step in found] == ["add_column"]


def test_the_program_needs_the_newest_version() -> None:
    assert migrate.head() == SCHEMA


@pytest.mark.parametrize("dialect", [sqlite.dialect(), postgresql.psycopg.dialect()], ids=lambda d: d.name)
def test_no_column_needs_a_processor(dialect: Any) -> None:
    columns = [column for table in metadata.tables.values() for column in table.columns]
    assert len(columns) > 200
    for column in columns:
        type_ = column.type.dialect_impl(dialect)
        result = type_.result_processor(dialect, type_.get_dbapi_type(dialect.dbapi) if dialect.dbapi else None)
        assert result is None, column
        # bytes: the driver takes them as they are
        if not isinstance(column.type, sa.LargeBinary):
            assert type_.bind_processor(dialect) is None, column


def test_no_constraint_waits_for_the_commit() -> None:
    for table in metadata.tables.values():
        for constraint in table.constraints:
            assert not constraint.deferrable, (table.name, constraint)


def test_create_refuses_what_is_there(place: Place) -> None:
    with pytest.raises(migrate.Exists):
        migrate.create(place.url)
    assert migrate.current(place.url) == SCHEMA


def test_create_on_an_empty_postgres(postgres_server: PostgresServer) -> None:
    url = postgres_server.new()
    with pytest.raises(Missing):
        open_database(url, SITE)
    migrate.create(url)
    assert migrate.current(url) == SCHEMA


def test_missing_creates_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/no.db"
    with pytest.raises(Missing):
        open_database(url, SITE)
    with pytest.raises(Missing):
        migrate.current(url)
    with pytest.raises(Missing):
        migrate.upgrade(url)
    assert list(tmp_path.iterdir()) == []


def test_create_in_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotOpen, match="cannot be made"):
        migrate.create(f"sqlite:///{tmp_path}/no/no.db")


def test_an_empty_file_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with pytest.raises(Missing):
        open_database(f"sqlite:///{tmp_path}/empty.db", SITE)
    (tmp_path / "text.db").write_text("hello " * 1000)
    with pytest.raises(CannotOpen, match="no SQLite database"):
        open_database(f"sqlite:///{tmp_path}/text.db", SITE)


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="cannot be reached"):
        open_database(f"postgresql://nobody@/x?host={tmp_path}", SITE)
    with pytest.raises(CannotOpen, match="must start with"):
        open_database("mysql://x", SITE)


def test_another_version_is_refused(place: Place) -> None:
    engine = _engine(place.url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(WrongVersion, match="9999") as caught:
        open_database(place.url, SITE)
    assert caught.value.found == "9999"


def test_a_locked_file_is_refused(sqlite_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(sqlite_place.path)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr("fedserver.db.database.LOOK_S", 0.1)
        with pytest.raises(Locked):
            open_database(sqlite_place.url, SITE)


async def test_a_second_server_is_refused_by_name(sqlite_place: Place) -> None:
    async with sqlite_place.opened():
        with pytest.raises(Locked, match=r"pid \d+"):
            open_database(sqlite_place.url, SITE)
        with pytest.raises(Locked):
            migrate.upgrade(sqlite_place.url)
    async with sqlite_place.opened():
        pass


@pytest.mark.postgres
async def test_two_servers_share_postgres_with_numbers_of_their_own(postgres_place: Place) -> None:
    async with postgres_place.opened() as one, postgres_place.opened() as other:
        first = await one.run(lambda unit: unit.new_id())
        second = await other.run(lambda unit: unit.new_id())
        assert (first >> 12) & 15 == 0
        assert (second >> 12) & 15 == 1
        with pytest.raises(Locked):
            open_database(postgres_place.url, SITE, node=1)
    async with postgres_place.opened(node=1):
        pass


def _break_a_reference(url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("INSERT INTO inboxes (id, url, host_id) VALUES (1, 'https://x', 77)")
        connection.commit()


def test_an_upgrade_that_breaks_references_is_rolled_back(sqlite_place: Place) -> None:
    """The check runs inside the transaction: here the rows were broken before, which must not pass either."""
    _break_a_reference(sqlite_place.url)
    with pytest.raises(migrate.BrokenReferences, match="inboxes"):
        migrate.upgrade(sqlite_place.url)


@pytest.mark.parametrize("way", ["to postgresql", "to sqlite"])
@pytest.mark.postgres
async def test_copy_to_the_other_kind(way: str, sqlite_place: Place, postgres_place: Place) -> None:
    source, target = (sqlite_place, postgres_place) if way == "to postgresql" else (postgres_place, sqlite_place)
    async with source.opened() as database:

        def seed(unit: Any) -> None:
            add_account(unit, 1)
            add_account(unit, 2, domain="a.example", inbox="https://a.example/inbox")
            add_follower(unit, 1, 2)
            send(unit, sender_id=1, uri="https://home.example/1", object_key=5, body=b"\x00\xff", followers_of=1)

        await database.run(seed)
    counts = migrate.copy(source.url, target.url)
    assert counts["accounts"] == 2
    assert counts["deliveries"] == 1
    with pytest.raises(migrate.Exists):
        migrate.copy(source.url, target.url)
    async with target.opened() as database:
        await database.run(lambda unit: unit.run(deliveries.claim_lanes(5, 1, unit.now, unit.now + 1)))
        lanes = await database.run(lambda unit: unit.get(deliveries.claimed(1)))
        waiting = await database.run(lambda unit: unit.all(deliveries.in_lane(1, lanes[0].host_id, 9)))
        bodies = await database.all(deliveries.bodies([waiting[0].activity_id]))
    assert [body for _, body in bodies] == [b"\x00\xff"]


async def test_copy_keeps_rows_that_point_at_later_rows(sqlite_place: Place, postgres_place: Place) -> None:
    reply = "INSERT INTO statuses (id, uri, account_id, in_reply_to_id, created_at) VALUES ({}, 'u{}', 1, {}, 0)"
    async with sqlite_place.opened() as database:

        def seed(unit: Any) -> None:
            add_account(unit, 1)
            unit._connection.execute(reply.format(20, 20, "NULL"))
            unit._connection.execute(reply.format(10, 10, 20))

        await database.run(seed)
    migrate.copy(sqlite_place.url, postgres_place.url)
    engine = _engine(postgres_place.url)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT id, in_reply_to_id FROM statuses ORDER BY id")).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [(10, 20), (20, None)]
