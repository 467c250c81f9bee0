"""The project's own files, for the tests that read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("fedserver", "protocol", "keys")
# A migration is written once, from the tables, and never changed: it is as long as they are.
MIGRATIONS = "fedserver/db/migrations/versions/"
SKIPPED = {"__pycache__", "node_modules", "data", "build", "dist", "vectors", "fixtures"}
TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".xml", ".cfg", ".ini", ".yml", ".yaml", ".txt", ".sh", ""}


def python_files(*folders: str) -> list[Path]:
    """Every Python file below the folders, in order."""
    return sorted(
        path
        for folder in folders
        for path in (PROJECT / folder).rglob("*.py")
        if not SKIPPED & set(path.relative_to(PROJECT).parts)
    )


def text_files() -> list[Path]:
    """Every text file that belongs to the project, without what tools and running nodes leave behind."""
    found = [path for path in PROJECT.iterdir() if path.is_file() and path.name != "config.toml"]
    for folder in (*PACKAGES, "tests", "tools", "docs", "deploy", ".ci"):
        found += (PROJECT / folder).rglob("*")
    return sorted(
        path
        for path in found
        if path.is_file() and path.suffix in TEXT and not SKIPPED & set(path.relative_to(PROJECT).parts)
    )


def name_of(path: Path) -> str:
    """The path as it is written in messages."""
    return path.relative_to(PROJECT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The parsed file."""
    return ast.parse(path.read_text(encoding="utf-8"), name_of(path))


def imports_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that is imported: `from a.b import c` gives `a.b.c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module or ''}.{alias.name}") for alias in node.names)
