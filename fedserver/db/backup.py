"""Copies of the rows while the node runs, and their way back.

SQLite: ``VACUUM INTO`` reads one snapshot, whatever is written meanwhile; in WAL mode it holds up no writer. (The
backup API in steps begins again with every commit of another process, and would never end under load.)
PostgreSQL: its own ``pg_dump`` and ``pg_restore``, which know every server version better than we could.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from fedserver.db import migrate
from fedserver.db.database import check_sqlite, dialect_of, sqlite_path
from fedserver.db.errors import CannotOpen
from fedserver.db.migrate import Exists
from fedserver.db.sqlite_writer import address
from fedserver.db.tables import media_attachments

SQLITE_NAME = "fedserver.db"
POSTGRES_NAME = "fedserver.pgdump"
_BLOB_COLUMNS = ("original_key", "file_key", "preview_key")


class Damaged(Exception):
    """A copy does not hold together. ``args[0]`` is a sentence for the operator."""


class ToolFailed(Exception):
    """``pg_dump`` or ``pg_restore`` is missing or did not succeed. ``args[0]`` is a sentence for the operator."""


class Snapshot(NamedTuple):
    """The file that was written, and the schema version of the rows in it."""

    path: Path
    schema: str


def snapshot(url: str, folder: Path) -> Snapshot:
    """Write a consistent copy of all rows into ``folder``, durable and checked on return.

    Raises ``CannotOpen``, ``Damaged``, ``ToolFailed`` and ``OSError`` (the disk is full).
    """
    schema = migrate.current(url)
    if schema is None:
        raise CannotOpen("The database holds no tables of this program.")
    if dialect_of(url) == "sqlite":
        return Snapshot(_snapshot_sqlite(sqlite_path(url), folder / SQLITE_NAME), schema)
    target = folder / POSTGRES_NAME
    _tool("pg_dump", url, ["--format=custom", "--no-owner", "--no-privileges", f"--file={target}"])
    _make_durable(target)
    return Snapshot(target, schema)


def _snapshot_sqlite(source: Path, target: Path) -> Path:
    check_sqlite(source)
    # SQLite makes the file with the rights that the umask leaves; it holds password hashes, so it is made here
    target.touch(mode=0o600, exist_ok=False)
    with closing(sqlite3.connect(address(source), uri=True, isolation_level=None, timeout=30)) as connection:
        try:
            connection.execute("VACUUM INTO ?", (str(target),))
        except sqlite3.OperationalError as error:
            raise OSError(f"The copy could not be written: {error}.") from error
    _make_durable(target)
    check_copy(target)
    return target


def check_copy(path: Path) -> None:
    """Raise ``Damaged`` unless a SQLite file is whole and every reference in it points at a row."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
            broken = {str(row[0]) for row in connection.execute("PRAGMA foreign_key_check")}
        except sqlite3.DatabaseError as error:
            raise Damaged(f"The file {path} is no SQLite database, or is damaged: {error}.") from error
    if found != ["ok"]:
        raise Damaged(f"The file {path} is damaged: {'; '.join(found)}.")
    if broken:
        raise Damaged(f"Rows of {path} point nowhere: {', '.join(sorted(broken))}.")


def restore(snapshot_file: Path, url: str) -> None:
    """Put a snapshot where there is no database yet. Raises ``Exists`` rather than replace one.

    On PostgreSQL the empty database has to be there, as for a new node.
    """
    check_kind(snapshot_file.name, url)
    if dialect_of(url) == "sqlite":
        _restore_sqlite(snapshot_file, sqlite_path(url))
        return
    if not is_empty(url):
        raise Exists("The database has tables already.")
    _tool(
        "pg_restore",
        url,
        ["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", str(snapshot_file)],
    )


def check_kind(name: str, url: str) -> None:
    """Raise ``CannotOpen`` unless the snapshot file of that name can be restored into the database at ``url``."""
    if dialect_of(url) == "sqlite" and name != SQLITE_NAME:
        raise CannotOpen("The backup was made of a PostgreSQL database: set [database] url to an empty one.")
    if dialect_of(url) == "postgresql" and name != POSTGRES_NAME:
        raise CannotOpen(
            "The backup was made of an SQLite database: restore it to SQLite, then run `fedserver migrate --to`."
        )


def _restore_sqlite(source: Path, target: Path) -> None:
    check_copy(source)
    if target.exists():
        raise Exists(f"There is a file at {target} already.")
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    shutil.copyfile(source, part)
    _make_durable(part)
    # a rename at the very end: until then there is no database that somebody could start on
    part.rename(target)
    _make_durable(target.parent)


def is_empty(url: str) -> bool:
    """Whether a new database could be made at ``url``: no file, or no tables."""
    if dialect_of(url) == "sqlite":
        return not sqlite_path(url).exists()
    with _reading(url) as connection:
        return not sa.inspect(connection).get_table_names()


def blob_names(url: str) -> Iterator[str]:
    """The name of every blob that a row of the database names, in no order."""
    columns = [media_attachments.c[name] for name in _BLOB_COLUMNS]
    with _reading(url) as connection:
        for row in connection.execution_options(yield_per=1000).execute(sa.select(*columns)):
            yield from (name for name in row if name)


@contextmanager
def _reading(url: str) -> Iterator[sa.Connection]:
    if dialect_of(url) == "sqlite":
        # through our own address, since SQLAlchemy's would make a missing file
        path = sqlite_path(url)
        engine = sa.create_engine(
            "sqlite://", creator=lambda: sqlite3.connect(address(path), uri=True), poolclass=sa.NullPool
        )
    else:
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    except sa.exc.OperationalError as error:
        raise CannotOpen(f"The database cannot be reached: {error.orig}") from error
    finally:
        engine.dispose()


def _tool(program: str, url: str, arguments: list[str]) -> None:
    found = shutil.which(program)
    if found is None:
        raise ToolFailed(f"{program} was not found: install the PostgreSQL client programs.")
    name, environ = _connection(url)
    done = subprocess.run(  # noqa: S603 - a fixed program; the address comes from the settings
        [found, "--no-password", f"--dbname={name}", *arguments], env=environ, capture_output=True, text=True
    )
    if done.returncode:
        raise ToolFailed(f"{program} failed: {done.stderr.strip()}")


def _connection(url: str) -> tuple[str, Mapping[str, str]]:
    """``(connection string without the password, environment with it)``: other users see the arguments."""
    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    parts: dict[str, Any] = dict(conninfo_to_dict(url))
    password = parts.pop("password", None)
    environ = dict(os.environ)
    if password is not None:
        environ["PGPASSWORD"] = str(password)
    return make_conninfo(**parts), environ


def _make_durable(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
