"""Schema versions: make a database, bring it up to date, copy it to another kind of database.

On SQLite a table is changed by building it anew. With foreign keys enforced, dropping the old parent would delete all
its children; so they are off while a migration runs (a pragma that only works outside a transaction), everything is
one ``BEGIN IMMEDIATE`` transaction, and ``foreign_key_check`` has the last word before COMMIT.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

import fedserver.db.tables  # noqa: F401 - the tables register themselves with the metadata
from fedserver.db.database import ProcessLock, dialect_of, sqlite_path
from fedserver.db.errors import CannotOpen, Missing
from fedserver.db.metadata import metadata
from fedserver.db.sqlite_writer import address
from fedserver.db.tables.search import SEARCHED
from fedserver.domain.text.words import as_vector, from_vector

# Alembic takes 0.1 s to import: every command knows of this file, and few of them migrate
if TYPE_CHECKING:
    from alembic.config import Config

BATCH = 500


class Exists(CannotOpen):
    """There is a database already."""


class BrokenReferences(Exception):
    """A migration would have left rows that point nowhere; it was rolled back. ``args[0]`` names the tables."""


def head() -> str:
    """The newest version that this program knows."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(url: str) -> str | None:
    """The version of a database, None where it has no tables. Raises ``Missing`` where there is no database."""
    from alembic.migration import MigrationContext

    with _connection(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def create(url: str) -> None:
    """Make a new database with all tables. On PostgreSQL the (empty) database itself has to be there.

    Raises ``Exists`` rather than touch one that has tables, ``CannotOpen`` when the file cannot be made.
    """
    if dialect_of(url) == "sqlite":
        path = sqlite_path(url)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError as error:
            raise Exists(f"There is a file at {path} already.") from error
        except OSError as error:
            raise CannotOpen(f"{path} cannot be made: {error.strerror}.") from error
        try:
            upgrade(url)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return
    with _connection(url) as connection:
        if sa.inspect(connection).get_table_names():
            raise Exists("The database has tables already.")
    upgrade(url)


def upgrade(url: str, to: str = "head") -> None:
    """Bring a database up to date, in one transaction. The node must be stopped (``Locked`` on SQLite if it runs).

    Raises ``Missing``, ``Locked``, ``BrokenReferences``.
    """
    from alembic import command

    with _alone(url), _connection(url) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)
            _check_references(connection)
        except BaseException:
            _finish(connection, "ROLLBACK")
            raise
        _finish(connection, "COMMIT")


def copy(from_url: str, to_url: str) -> dict[str, int]:
    """Copy all rows into another database that ``create`` has made and nobody has used; rows by table.

    Both must be of the newest version, and the node stopped. All or nothing.
    """
    for url in (from_url, to_url):
        found = current(url)
        if found != head():
            raise CannotOpen(f"A database has schema {found}, this program needs {head()}: migrate it first.")
    with _alone(from_url), _alone(to_url), _connection(from_url) as source, _connection(to_url) as target:
        if target.dialect.name == "sqlite":
            target.exec_driver_sql("PRAGMA foreign_keys=OFF")
            target.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            counts = {table.name: _copy_table(source, target, table) for table in metadata.sorted_tables}
            _check_references(target)
        except BaseException:
            _finish(target, "ROLLBACK")
            raise
        _finish(target, "COMMIT")
    return counts


def _copy_table(source: sa.Connection, target: sa.Connection, table: sa.Table) -> int:
    if target.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
        raise Exists(f"The table {table.name} of the target is not empty.")
    # rows may point at later rows of their own table: such columns are filled in at the end
    own = [column.name for column in table.columns if any(fk.column.table is table for fk in column.foreign_keys)]
    count = 0
    late: list[dict[str, Any]] = []
    result = source.execution_options(yield_per=BATCH).execute(sa.select(table))
    for part in result.mappings().partitions(BATCH):
        rows = [{name: _clean(value) for name, value in row.items()} for row in part]
        if table.name in SEARCHED and source.dialect.name != target.dialect.name:
            change = as_vector if target.dialect.name == "postgresql" else from_vector
            rows = [{**row, "words": change(row["words"])} for row in rows]
        late += [{"key__": row["id"], **{n: row[n] for n in own}} for row in rows if any(row[n] for n in own)]
        target.execute(sa.insert(table), [{**row, **dict.fromkeys(own)} for row in rows])
        count += len(rows)
    for start in range(0, len(late), BATCH):
        statement = sa.update(table).where(table.c.id == sa.bindparam("key__"))
        target.execute(statement.values({n: sa.bindparam(n) for n in own}), late[start : start + BATCH])
    return count


def _clean(value: Any) -> Any:
    # PostgreSQL refuses NUL in text, SQLite keeps it
    return value.replace("\x00", "") if isinstance(value, str) and "\x00" in value else value


def _check_references(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = {str(row[0]) for row in connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()}
    if broken:
        raise BrokenReferences(", ".join(sorted(broken)))


def _finish(connection: sa.Connection, how: str) -> None:
    if connection.dialect.name == "sqlite":
        if connection.connection.driver_connection.in_transaction:  # type: ignore[union-attr]
            connection.exec_driver_sql(how)
    elif how == "COMMIT":
        connection.commit()
    else:
        connection.rollback()


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "fedserver.db:migrations")
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _alone(url: str) -> Iterator[None]:
    """Nobody serves this SQLite database meanwhile."""
    if dialect_of(url) != "sqlite":
        yield
        return
    path = sqlite_path(url)
    if not path.is_file():
        raise Missing(f"There is no database at {path}.")
    lock = ProcessLock(path.with_name(path.name + ".lock"), "serves this database")
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _connection(url: str) -> Iterator[sa.Connection]:
    """A connection in the driver's own transactions: none on SQLite until somebody begins one."""
    if dialect_of(url) == "sqlite":
        path: Path = sqlite_path(url)
        if not path.is_file():
            raise Missing(f"There is no database at {path}.")
        engine = sa.create_engine(
            "sqlite://",
            creator=lambda: _sqlite(path),
            poolclass=sa.NullPool,
        )
    else:
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    try:
        connection = engine.connect()
    except sa.exc.OperationalError as error:
        raise Missing(f"The database cannot be reached: {error.orig}") from error
    try:
        yield connection
    finally:
        connection.close()
        engine.dispose()


def _sqlite(path: Path) -> Any:
    import sqlite3

    return sqlite3.connect(address(path), uri=True, isolation_level=None, timeout=5)
