"""A node that ``init`` made serves, alone, hears what commands do, and stops when it is told to."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing

from cli_home import Home, Running


def test_serve_answers_and_a_second_one_is_locked_out(home: Home) -> None:
    with home.running() as node:
        assert node.get("/health") == (200, {"status": "ok"})
        assert node.get("/.well-known/webfinger?resource=acct:founder@localhost:1")[0] == 200
        home.run("serve").failed(5, "Another process")
        assert "a node answers" in home.run("doctor").out
        assert node.get("/health")[0] == 200
    # stopped in order: the next one starts at once
    with home.running() as node:
        assert node.get("/health")[0] == 200


def test_commands_bite_in_a_running_node(home: Home) -> None:
    with home.running() as node:
        token = home.run("token", "create", "founder", "--scopes", "read write").done()
        assert node.get("/api/v1/accounts/verify_credentials", token)[0] == 200
        home.run("user", "reset-password", "founder", "--password-stdin", input="a better password\n").done()
        until = time.monotonic() + 5
        while node.get("/api/v1/accounts/verify_credentials", token)[0] != 401:
            assert time.monotonic() < until, "the token lived on"
            time.sleep(0.2)


def test_a_backup_under_load_holds_what_was_acknowledged(home: Home) -> None:
    with home.running() as node:
        token = home.run("token", "create", "founder", "--scopes", "read write").done()
        before = [_post(node, token, n) for n in range(20)]
        home.run("backup", "copy", "--with-key").done()
        _post(node, token, 99)
    assert json.loads((home.folder / "copy" / "manifest.json").read_text())["missing"] == []
    place = Home(home.folder.parent / "elsewhere")
    place.folder.mkdir()
    place.run("restore", str(home.folder / "copy")).done()
    with closing(sqlite3.connect(place.database)) as connection:
        ids = {str(row[0]) for row in connection.execute("SELECT id FROM statuses")}
        assert set(before) <= ids
        counted = connection.execute("SELECT statuses_count FROM accounts WHERE username = 'founder'").fetchone()
        assert counted == (len(ids),)
    with place.running() as node:
        assert node.get(f"/api/v1/statuses/{before[0]}", token)[0] == 200
        assert _post(node, token, 100) not in ids


def _post(node: Running, token: str, number: int) -> str:
    status, body = node.post("/api/v1/statuses", token, {"status": f"post {number}"})
    assert status == 200
    return str(body["id"])
