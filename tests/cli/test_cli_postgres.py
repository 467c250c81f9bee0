"""The commands on PostgreSQL: init, moving there, backup with its own tools, several web processes and a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest
from cli_home import Home, Running, environment, free_port
from db_fixtures import PostgresServer, _programs

pytestmark = [pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """``pg_dump`` of the server's own version."""
    monkeypatch.setenv("PATH", f"{_programs()}{os.pathsep}{os.environ['PATH']}")


def _use(home: Home, url: str) -> None:
    home.set("url", f'"{url}"')


def test_a_node_moves_to_postgres_and_is_backed_up_there(
    home: Home, postgres_server: PostgresServer, tools: None
) -> None:
    users = home.run("user", "list").done()
    target = postgres_server.new()
    counts = dict(line.split("\t") for line in home.run("migrate", "--to", target).done().splitlines())
    assert counts["accounts"] == "2" and counts["account_keys"] == "4"
    home.run("migrate", "--to", target).failed(1, "not empty")
    _use(home, target)
    assert home.run("user", "list").done() == users
    home.run("keys", "rotate", "founder").done()
    home.run("backup", "copy", "--with-key").done()
    assert (home.folder / "copy" / "fedserver.pgdump").exists()

    place = Home(home.folder.parent / "elsewhere")
    place.folder.mkdir()
    back = postgres_server.new()
    place.config.write_text(home.config.read_text())
    _use(place, back)
    place.run("restore", str(home.folder / "copy")).done()
    assert place.run("keys", "list").done() == home.run("keys", "list").done()
    place.run("keys", "rotate").done()
    place.run("restore", str(home.folder / "copy")).failed(1, "There is a database already")
    _use(place, "sqlite:///data/other.db")
    place.run("restore", str(home.folder / "copy")).failed(1, "made of a PostgreSQL database")


def test_init_on_postgres(empty: Home, postgres_server: PostgresServer) -> None:
    url = postgres_server.new()
    env = {"FEDSERVER_DATABASE__URL": url}
    empty.run("serve", env={**env, "FEDSERVER_SERVER__DOMAIN": "example.org"}).failed(3, "no tables")
    empty.run("init", "--domain", "example.org", env=env).done()
    empty.run("init", env=env).done()
    assert "instance.actor" in empty.run("keys", "list", env=env).done()
    assert "the database can be written" in empty.run("doctor", env=env).out
    wrong = {"FEDSERVER_DATABASE__URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    empty.run("serve", env=wrong).failed(3, "cannot be reached")


def test_a_backup_on_postgres_needs_its_tools(home: Home, postgres_server: PostgresServer) -> None:
    target = postgres_server.new()
    home.run("migrate", "--to", target).done()
    _use(home, target)
    home.run("backup", "copy", env={"PATH": str(home.folder)}).failed(1, "pg_dump was not found")
    home.run("restore", "copy").failed(1, "no finished backup")


def test_several_web_processes_and_a_worker(home: Home, postgres_server: PostgresServer) -> None:
    target = postgres_server.new()
    home.run("migrate", "--to", target).done()
    _use(home, target)
    port = free_port()
    home.set("listen", f'"127.0.0.1:{port}"')
    log = home.folder / "web.log"
    with log.open("wb") as out:
        processes = [
            subprocess.Popen([*home.command, *words], cwd=home.folder, env=environment(), stdout=out, stderr=out)
            for words in (("web", "--workers", "2"), ("worker",))
        ]
    try:
        node = Running(processes[0], f"http://127.0.0.1:{port}", "localhost:1", log)
        node.wait()
        token = home.run("token", "create", "founder", "--scopes", "read write").done()
        made = [node.post("/api/v1/statuses", token, {"status": f"post {n}"})[0] for n in range(6)]
        assert made == [200] * 6, log.read_text()
        until = time.monotonic() + 20
        while log.read_text().count("is served at") < 2:
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        for process in processes:
            process.send_signal(signal.SIGTERM)
        assert [process.wait(40) for process in processes] == [0, 0], log.read_text()
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()
