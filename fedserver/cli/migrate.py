"""``migrate``: bring the schema up to date, or copy a stopped node to another database."""

from __future__ import annotations

from argparse import Namespace
from contextlib import suppress
from pathlib import Path

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError, result, say
from fedserver.config import Config
from fedserver.config.values import database_url
from fedserver.db import backup, migrate
from fedserver.db.database import check_sqlite, dialect_of, sqlite_path
from fedserver.db.errors import Missing, WrongVersion


def run(arguments: Namespace) -> None:
    """``migrate`` alone upgrades; with ``--to`` it copies."""
    config = node.settings(arguments.config)
    if arguments.to is None:
        _upgrade(config.database.url)
    else:
        _copy(config, arguments.to)


def _upgrade(url: str) -> None:
    before = _version(url)
    if before == migrate.head():
        say("The database is up to date.")
        return
    try:
        migrate.upgrade(url)
    except migrate.BrokenReferences as error:
        raise CommandFailed(f"The migration was rolled back: rows would point nowhere in {error}.") from error
    result(f"{before} -> {migrate.head()}")


def _version(url: str) -> str:
    """The version of a database with tables. Raises ``Missing``, ``CannotOpen``, ``WrongVersion`` when it is newer."""
    if dialect_of(url) == "sqlite":
        with suppress(WrongVersion):
            check_sqlite(sqlite_path(url))
    found = migrate.current(url)
    if found is None:
        raise Missing("The database holds no tables of this program; `fedserver init` makes them.")
    if found > migrate.head():
        raise WrongVersion(f"The database has schema {found}, and this program knows {migrate.head()}.", found)
    return found


def _copy(config: Config, to: str) -> None:
    try:
        target = str(database_url(to, Path.cwd()))
    except ValueError as error:
        raise UsageError(f"--to {error}") from error
    source = config.database.url
    if target == source:
        raise UsageError("--to names the database that the node uses already")
    _version(source)
    if not backup.is_empty(target):
        raise CommandFailed("The database of --to is not empty. Nothing was copied.")
    migrate.create(target)
    try:
        counts = migrate.copy(source, target)
    except BaseException:
        if dialect_of(target) == "sqlite":
            sqlite_path(target).unlink(missing_ok=True)
        raise
    for table, count in counts.items():
        if count:
            result(f"{table}\t{count}")
    say("Copied. Set [database] url to the new address, run `fedserver doctor`, then start the node.")
