"""F34, F35: a backup holds together whatever is written meanwhile, and comes back whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from cli_home import Home

BLOB = "abcdefghijklmnopqrstuvwxyz.jpg"


def _blob(home: Home) -> Path:
    path = home.folder / "data" / "media" / "ab" / "cd" / BLOB
    path.parent.mkdir(parents=True)
    path.write_bytes(b"picture")
    (home.folder / "data" / "media" / "tmp").mkdir(exist_ok=True)
    (home.folder / "data" / "media" / "tmp" / "half").write_bytes(b"unfinished")
    account = home.rows("SELECT account_id FROM users")[0][0]
    home.execute(
        "INSERT INTO media_attachments (id, account_id, token, file_key, preview_key, created_at)"
        f" VALUES (7, {account}, 't', '{BLOB}', 'zbcdefghijklmnopqrstuvwxyz.jpg', 1)"
    )
    return path


def _restored(home: Home, copy: Path) -> Home:
    """A new place with the backup in it."""
    place = Home(home.folder.parent / "elsewhere")
    place.folder.mkdir()
    place.run("restore", str(copy)).done()
    return place


def test_backup_and_restore(home: Home) -> None:
    blob = _blob(home)
    done = home.run("backup", "copy", "--with-key")
    assert done.done() == "copy"
    assert "1 media files" in done.err  # the preview is named and not there
    copy = home.folder / "copy"
    manifest = json.loads((copy / "manifest.json").read_text())
    assert sorted(manifest["files"]) == ["config.toml", "fedserver.db", "master.key", f"media/ab/cd/{BLOB}"]
    assert manifest["missing"] == ["zbcdefghijklmnopqrstuvwxyz.jpg"] and manifest["domain"] == "localhost:1"
    assert os.path.samefile(blob, copy / "media" / "ab" / "cd" / BLOB)
    for name in ("fedserver.db", "master.key", "config.toml"):
        assert stat.S_IMODE((copy / name).stat().st_mode) == 0o600
    place = _restored(home, copy)
    query = "SELECT id, uri, username FROM accounts ORDER BY id"
    assert place.rows(query) == home.rows(query)
    back = place.folder / "data" / "media" / "ab" / "cd" / BLOB
    assert back.read_bytes() == b"picture" and not os.path.samefile(back, blob)
    place.run("keys", "rotate").done()
    assert "founder" in place.run("user", "list").done()
    place.run("restore", str(copy)).failed(1, "not empty")


def test_without_the_key_nothing_signs_until_it_is_there(home: Home) -> None:
    home.run("backup", "copy").done()
    copy = home.folder / "copy"
    assert not (copy / "master.key").exists()
    place = _restored(home, copy)
    place.run("keys", "rotate").failed(1, "master key")
    shutil.copy(home.folder / "data" / "master.key", place.folder / "data")
    place.run("keys", "rotate").done()


def test_the_master_key_may_lie_there_before(home: Home) -> None:
    home.run("backup", "copy").done()
    place = Home(home.folder.parent / "elsewhere")
    (place.folder / "data").mkdir(parents=True)
    shutil.copy(home.folder / "data" / "master.key", place.folder / "data")
    place.run("restore", str(home.folder / "copy")).done()
    place.run("keys", "rotate", "founder").done()


def test_restore_refuses_what_is_not_empty(home: Home) -> None:
    home.run("backup", "copy").done()
    home.run("restore", "copy").failed(1, "not empty")
    place = Home(home.folder.parent / "elsewhere")
    (place.folder / "data").mkdir(parents=True)
    (place.folder / "data" / "notes.txt").write_text("mine")
    place.run("restore", str(home.folder / "copy")).failed(1, "notes.txt")
    assert sorted(path.name for path in (place.folder / "data").iterdir()) == ["notes.txt"]


@pytest.mark.parametrize("name", ["fedserver.db", f"media/ab/cd/{BLOB}", "config.toml"])
@pytest.mark.parametrize("how", ["changed", "missing"])
def test_a_damaged_backup_is_refused_whole(home: Home, name: str, how: str) -> None:
    _blob(home)
    home.run("backup", "copy").done()
    path = home.folder / "copy" / name
    data = path.read_bytes()
    path.unlink()
    if how == "changed":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    place = Home(home.folder.parent / "elsewhere")
    place.folder.mkdir()
    place.run("restore", str(home.folder / "copy")).failed(1, "Nothing was restored")
    assert list(place.folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../../outside", "/etc/passwd", "media/../../x", ""])
def test_a_manifest_cannot_name_files_elsewhere(home: Home, name: str) -> None:
    home.run("backup", "copy").done()
    path = home.folder / "copy" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][name] = {"size": 0, "sha256": ""}
    path.write_text(json.dumps(manifest))
    place = Home(home.folder.parent / "elsewhere")
    place.folder.mkdir()
    place.run("restore", str(home.folder / "copy")).failed(1, "manifest")
    assert list(place.folder.iterdir()) == []


def test_what_is_no_backup_is_refused(empty: Home) -> None:
    empty.run("restore", "nowhere").failed(1, "no finished backup")
    (empty.folder / "odd").mkdir()
    for text in ("", "[]", "{}", '{"format": 99}', '{"format": 1, "files": {}}', '{"format": 1, "files": 3}'):
        (empty.folder / "odd" / "manifest.json").write_text(text)
        done = empty.run("restore", "odd")
        assert done.code == 1 and "Traceback" not in done.err, (text, done.err)
    assert sorted(os.listdir(empty.folder)) == ["odd"]


def test_a_newer_backup_is_4(home: Home) -> None:
    home.run("backup", "copy").done()
    path = home.folder / "copy" / "manifest.json"
    path.write_text(path.read_text().replace('"schema": "0001"', '"schema": "9000"'))
    place = Home(home.folder.parent / "elsewhere")
    place.folder.mkdir()
    place.run("restore", str(home.folder / "copy")).failed(4, "newer version")


def test_a_backup_of_another_node_is_refused(home: Home) -> None:
    home.run("backup", "copy").done()
    place = Home(home.folder.parent / "elsewhere")
    place.folder.mkdir()
    shutil.copy(home.config, place.config)
    place.set("domain", '"other.example"')
    place.run("restore", str(home.folder / "copy")).failed(1, "belongs to localhost:1")
    assert not (place.folder / "data").exists()


def test_backup_needs_an_empty_place(home: Home) -> None:
    (home.folder / "copy").mkdir()
    (home.folder / "copy" / "x").write_text("")
    home.run("backup", "copy").failed(1, "not an empty folder")
    home.run("backup", "config.toml").failed(1, "not an empty folder")
    assert os.listdir(home.folder / "copy") == ["x"]


def test_a_backup_beside_a_busy_writer_is_one_moment(home: Home) -> None:
    """Each transaction writes a pair and counts it: a copy of two moments would not add up."""
    home.execute("CREATE TABLE pair (a INTEGER, b INTEGER, filler TEXT)")
    home.execute("INSERT INTO meta (key, value) VALUES ('pairs', '0')")
    stop = threading.Event()
    written: list[int] = []

    def write() -> None:
        with closing(sqlite3.connect(home.database, isolation_level=None, timeout=10)) as connection:
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                n = len(written) + 1
                connection.execute("INSERT INTO pair VALUES (?, ?, ?)", (n, -n, "x" * 2000))
                connection.execute("UPDATE meta SET value = ? WHERE key = 'pairs'", (str(n),))
                connection.execute("COMMIT")
                written.append(n)
                # a node's writer waits for its next unit; one that never did would starve everybody else
                time.sleep(0.002)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        before = len(written)
        home.run("backup", "copy").done()
        after = len(written)
    finally:
        stop.set()
        thread.join()
    assert after > before + 10, "nothing was written meanwhile"
    with closing(sqlite3.connect(home.folder / "copy" / "fedserver.db")) as copy:
        count, total = copy.execute("SELECT count(*), sum(a + b) FROM pair").fetchone()
        (noted,) = copy.execute("SELECT value FROM meta WHERE key = 'pairs'").fetchone()
        assert before <= count == int(noted) <= after and total == 0
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_ids_after_a_restored_backup_are_new(home: Home) -> None:
    """F35: what was made after the backup keeps its ids elsewhere, so none of them may come again."""
    home.run("backup", "copy", "--with-key").done()
    given = ("user", "create", "ann", "--email", "ann@example.org", "--password-stdin")
    home.run(*given, input="a password of hers\n").done()
    lost = {row[0] for row in home.rows("SELECT id FROM accounts UNION SELECT id FROM account_keys")}
    place = _restored(home, home.folder / "copy")
    known = {row[0] for row in place.rows("SELECT id FROM accounts UNION SELECT id FROM account_keys")}
    place.run("user", "create", "bob", "--email", "b@example.org", "--password-stdin", input="his password\n").done()
    new = {row[0] for row in place.rows("SELECT id FROM accounts UNION SELECT id FROM account_keys")} - known
    assert new and not new & lost
