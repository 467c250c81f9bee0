"""Exit codes, and that a refusal leaves no trace."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from cli_home import Home, environment

from fedserver.cli.table import COMMANDS

STAYING = (("serve",), ("migrate",))
PLAIN = (("user", "list"), ("keys", "list"), ("keys", "rotate"), ("domain", "list"), ("backup", "copy"))


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("command", [*STAYING, *PLAIN])
def test_a_missing_database_is_3_and_nothing_is_made(home: Home, command: tuple[str, ...]) -> None:
    home.database.unlink()
    before = _files(home.folder)
    home.run(*command).failed(3, "no database")
    assert _files(home.folder) == before


@pytest.mark.parametrize("text", [b"", b"SQLite format 3\x00"])
def test_a_file_without_our_tables_is_refused(home: Home, text: bytes) -> None:
    home.database.write_bytes(text)
    for command in STAYING:
        done = home.run(*command)
        assert done.code == (3 if not text else 1), done.err
        assert "Traceback" not in done.err and done.out == ""
    assert home.database.read_bytes() == text


def test_a_damaged_database_is_1(home: Home) -> None:
    home.database.write_bytes(b"no database at all" * 1000)
    for command in (("serve",), ("migrate",), ("user", "list"), ("backup", "copy")):
        home.run(*command).failed(1, "damaged")


@pytest.mark.parametrize("version", ["0000", "9999"])
def test_another_schema_version_is_4(home: Home, version: str) -> None:
    home.execute(f"UPDATE alembic_version SET version_num = '{version}'")
    for command in (("serve",), ("user", "list"), ("backup", "copy")):
        home.run(*command).failed(4, version)
    if version == "9999":
        home.run("migrate").failed(4, version)
    assert home.rows("SELECT version_num FROM alembic_version") == [(version,)]


def test_a_second_node_is_5(home: Home) -> None:
    with (home.folder / "data" / "fedserver.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        home.run("serve").failed(5, "Another process")
        home.run("migrate", "--to", "sqlite:///copy.db").failed(5, "Another process")
        # commands work beside a running node
        assert "founder" in home.run("user", "list").done()
    assert not (home.folder / "copy.db").exists()


def test_a_database_that_another_program_holds_is_refused(home: Home) -> None:
    connection = sqlite3.connect(home.database)
    try:
        connection.execute("BEGIN IMMEDIATE")
        done = home.run("domain", "block", "bad.example")
    finally:
        connection.close()
    assert done.code in (1, 5) and done.out == "" and "Traceback" not in done.err
    assert home.run("domain", "list").done() == ""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "COMMAND"),
        (("nonsense",), "invalid choice"),
        (("user",), "VERB"),
        (("user", "create", "ann"), "--email"),
        (("user", "create", "ann", "--email", "a@b.example"), "--password-stdin"),
        (("user", "create", "ann", "--email", "a@b.example", "--role", "king"), "--role"),
        (("token", "create", "founder"), "--scopes"),
        (("token", "create", "founder", "--scopes", "read fly"), "--scopes"),
        (("domain", "block", "bad.example", "--severity", "mild"), "--severity"),
        (("keys", "reseal"), "--new-master-key-file"),
        (("keys", "reseal", "--new-master-key-file", "data/master.key"), "--new-master-key-file"),
        (("migrate", "--to", "mysql://x"), "--to"),
        (("web",), "needs PostgreSQL"),
        (("worker",), "needs PostgreSQL"),
        (("web", "--workers", "many"), "--workers"),
        (("serve", "--verbose"), "--verbose"),
        (("--config", "nowhere.toml", "serve"), "nowhere.toml"),
    ],
)
def test_wrong_usage_is_2_and_names_it(home: Home, arguments: tuple[str, ...], text: str) -> None:
    home.run(*arguments).failed(2, text)


def test_wrong_settings_are_2_and_named(home: Home) -> None:
    home.run("serve", env={"FEDSERVER_SERVER__DOMIAN": "x"}).failed(2, "FEDSERVER_SERVER__DOMIAN")
    home.config.write_text(home.config.read_text().replace("[server]\n", "[server]\ndomian = 1\n"))
    home.run("serve").failed(2, "domian")
    home.config.write_text("not toml")
    home.run("serve").failed(2, "is not TOML")


def test_a_port_that_is_taken_is_1(home: Home) -> None:
    home.set("listen", '"192.0.2.1:80"')
    done = home.run("serve")
    assert done.code == 1 and "Traceback" not in done.err, done.err


def test_the_version_is_the_result(home: Home) -> None:
    assert home.run("--version").done().startswith("fedserver 0.")


def test_help_names_every_command(home: Home) -> None:
    text = home.run("--help").done()
    for command in COMMANDS:
        assert command.words[0] in text


def test_a_reader_that_goes_away_is_no_traceback(home: Home) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*home.command, "keys", "list"],
        cwd=home.folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(write)
    assert done.returncode == 1 and done.stderr == ""
