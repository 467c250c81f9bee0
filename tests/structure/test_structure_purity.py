"""`protocol` and the pure part of `keys` take values in and give values out: nothing from the outside world."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from structure_tree import PROJECT, imports_of, name_of, python_files, tree_of

PURE_KEYS = [PROJECT / "keys" / name for name in ("algorithms.py", "encoding.py", "pair.py")]

# Modules with a socket, a loop, a file, a clock, randomness or a process in them.
WORLDLY = {
    *("asyncio", "concurrent", "ftplib", "glob", "imaplib", "logging", "mmap", "multiprocessing", "os", "pathlib"),
    *("pickle", "random", "sched", "secrets", "select", "selectors", "shelve", "shutil", "signal", "smtplib"),
    *("socket", "socketserver", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "uuid"),
    *("http.client", "http.server", "urllib.request", "contextvars", "queue", "importlib"),
}
PURE_LIBRARIES = {"cryptography", "idna", "nacl", "nh3", "orjson"}
CALLS = {"open", "print", "input", "exec", "eval", "__import__", "breakpoint"}
METHODS = {"now", "utcnow", "today", "urandom", "token_bytes", "token_urlsafe", "read_text", "write_text", "random"}


def faults(tree: ast.Module) -> Iterator[str]:
    """What in a file reaches for the world."""
    for line, name in imports_of(tree):
        top = name.split(".")[0]
        if top in WORLDLY or any(name == entry or name.startswith(f"{entry}.") for entry in WORLDLY):
            yield f"{line} imports {name}"
        elif top not in {"protocol", "keys"} | PURE_LIBRARIES and top not in sys.stdlib_module_names:
            yield f"{line} imports {name}, which is not on the list of pure libraries"
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await):
            yield f"{node.lineno} waits"
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield f"{node.lineno} calls {node.func.id}"
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            yield f"{node.lineno} calls .{node.func.attr}"


def test_the_pure_files_are_pure() -> None:
    files: list[Path] = [*python_files("protocol"), *PURE_KEYS]
    assert len(files) > 10
    found = [f"{name_of(path)}:{fault}" for path in files for fault in faults(tree_of(path))]
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "import socket",
        "import os.path",
        "from time import time",
        "from urllib import request",
        "import urllib.request",
        "def f():\n    import asyncio",
        "import aiohttp",
        "from fedserver.kit import clock",
        "open('x')",
        "from datetime import datetime\ndatetime.now()",
        "import datetime\ndatetime.datetime.utcnow()",
        "from datetime import date\ndate.today()",
        "async def f():\n    pass",
        "print(1)",
    ],
)
def test_the_lint_finds(text: str) -> None:
    assert list(faults(ast.parse(text)))


def test_the_lint_lets_pass_what_is_pure() -> None:
    text = "from datetime import datetime, UTC\nimport urllib.parse, base64\ndatetime.fromtimestamp(0, UTC)\n"
    assert not list(faults(ast.parse(text)))
