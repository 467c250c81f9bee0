"""The floors hold, and the contract that says so bites: each case builds a small house and breaks one rule."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from structure_tree import PROJECT, imports_of, name_of, python_files, tree_of

PURE_KEYS = {"keys.algorithms", "keys.encoding", "keys.pair"}


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]
    return subprocess.run([*command, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True)


def _house(folder: Path, files: dict[str, str]) -> Path:
    shutil.copy(PROJECT / ".importlinter", folder)
    base = {"protocol/__init__.py": "", "keys/__init__.py": "", "fedserver/__init__.py": ""}
    floors = ("config", "kit", "domain", "db", "services", "api", "oauth", "app")
    base |= {f"fedserver/{floor}/__init__.py": "" for floor in floors}
    for name, text in (base | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_the_project_keeps_its_floors() -> None:
    done = _lint(PROJECT)
    assert done.returncode == 0, done.stdout


def test_a_house_that_imports_downwards_stands(tmp_path: Path) -> None:
    files = {"fedserver/api/posts.py": "import fedserver.services, fedserver.kit, protocol, keys"}
    done = _lint(_house(tmp_path, files))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "files",
    [
        {"fedserver/services/posts.py": "import fedserver.api"},
        {"fedserver/api/posts.py": "import fedserver.oauth"},
        {"fedserver/kit/tool.py": "from fedserver.domain import x"},
        {
            "fedserver/db/x.py": "def f():\n    from fedserver.services import posts\n",
            "fedserver/services/posts.py": "",
        },
        {"fedserver/app/x.py": "", "fedserver/api/x.py": "import fedserver.app.x"},
        {"fedserver/helpers/__init__.py": ""},
        {"fedserver/stray.py": ""},
        {"protocol/x.py": "import fedserver.kit"},
        {"keys/x.py": "import protocol"},
        {"keys/x.py": "import fedserver"},
    ],
)
def test_a_house_that_breaks_one_rule_falls(tmp_path: Path, files: dict[str, str]) -> None:
    done = _lint(_house(tmp_path, files))
    assert done.returncode == 1, done.stdout
    assert "BROKEN" in done.stdout


def test_protocol_takes_only_the_pure_parts_of_keys() -> None:
    wrong = [
        f"{name_of(path)}:{line} {name}"
        for path in python_files("protocol")
        for line, name in imports_of(tree_of(path))
        if name.split(".")[0] == "keys" and name not in PURE_KEYS and name.rpartition(".")[0] not in PURE_KEYS
    ]
    assert not wrong


# Who may speak SQL. The composition root opens and closes the engines.
SQL_SPEAKERS = ("fedserver/db/", "fedserver/jobqueue/", "fedserver/app/", "fedserver/app.py")
SQL_LIBRARIES = {"sqlalchemy", "alembic", "aiosqlite", "sqlite3", "psycopg", "asyncpg"}


def test_only_the_database_floors_speak_sql() -> None:
    wrong = [
        f"{name_of(path)}:{line} {name}"
        for path in python_files("fedserver", "protocol", "keys")
        if not name_of(path).startswith(SQL_SPEAKERS)
        for line, name in imports_of(tree_of(path))
        if name.split(".")[0] in SQL_LIBRARIES
    ]
    assert not wrong
