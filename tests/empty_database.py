"""Databases with our tables and nothing in them: made once in a run, copied for each test.

Making a hundred tables takes a disk longer than most tests take with them.
"""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

import sqlalchemy

import fedserver.db.tables  # noqa: F401 - fills the metadata
from fedserver.db import migrate
from fedserver.db.metadata import metadata

_FOLDER = tempfile.TemporaryDirectory(prefix="empty-")


@cache
def migrated() -> Path:
    """A file as ``init`` makes it."""
    path = Path(_FOLDER.name) / "migrated.db"
    migrate.create(f"sqlite:///{path}")
    return path


@cache
def plain() -> Path:
    """A file with the tables of the code alone, without the marks of the migrations."""
    path = Path(_FOLDER.name) / "plain.db"
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    engine.dispose()
    return path


def make(url: str) -> None:
    """As ``migrate.create``."""
    path = Path(url.removeprefix("sqlite:///"))
    if not url.startswith("sqlite:///") or path.exists():
        migrate.create(url)
    else:
        shutil.copy(migrated(), path)
