"""F40: a database that is missing or wrong is refused with the reason, and nothing is made in its place."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from faults_world import Box, Boxes, tool


def _tree(box: Box) -> dict[str, bytes]:
    """Names and contents of all that could be mistaken for a database."""
    return {path.name: path.read_bytes() for path in (box.folder / "data").iterdir() if path.is_file()}


def _without_lock(tree: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in tree.items() if not name.endswith((".lock", ".command"))}


def _version(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(sql)


@pytest.mark.parametrize(
    ("how", "word"),
    [
        ("missing", "no database"),
        ("empty", "no database"),
        ("a directory", "no database"),
        ("no database", "damaged, or no SQLite"),
        ("another program's", "no database"),
        ("newer", "schema 9999"),
        ("older", "schema 0000"),
    ],
)
def test_F40_missing_or_wrong(boxes: Boxes, how: str, word: str) -> None:
    box = boxes()
    path = box.database
    if how == "newer":
        _version(path, "UPDATE alembic_version SET version_num = '9999'")
    elif how == "older":
        _version(path, "UPDATE alembic_version SET version_num = '0000'")
    else:
        for part in path.parent.glob("fedserver.db*"):
            part.unlink()
        if how == "empty":
            path.touch()
        elif how == "a directory":
            path.mkdir()
        elif how == "no database":
            path.write_bytes(b"this is a text and no database\n" * 400)
        elif how == "another program's":
            _version(path, "CREATE TABLE notes (id INTEGER)")
    before = _without_lock(_tree(box))
    code, said = box.refused()
    assert code and "Traceback" not in said, (code, said)
    assert word in said, said
    assert _without_lock(_tree(box)) == before


def test_F40_no_permission(boxes: Boxes) -> None:
    """Root may read everything: the process is started without that capability."""
    box = boxes()
    box.database.chmod(0)
    wrap = [tool("setpriv"), "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    code, said = box.refused(wrap)
    box.database.chmod(0o600)
    assert code and "Traceback" not in said, said
    assert "cannot be opened" in said, said


def test_F40_may_read_and_not_write(boxes: Boxes) -> None:
    box = boxes()
    data = box.database.parent
    wrap = [tool("setpriv"), "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    box.database.chmod(0o400)
    code, said = box.refused(wrap)
    box.database.chmod(0o600)
    assert code and "Traceback" not in said, said
    assert "database" in said, said
    data.chmod(0o500)
    code, said = box.refused(wrap)
    data.chmod(0o700)
    assert code and "Traceback" not in said, said
