"""Why a database cannot be opened. Commands turn these into exit codes; nothing is created on the way."""

from __future__ import annotations

import sqlite3

# what SQLite says when the file cannot be used: read-only, disk full, I/O error
StorageTrouble = sqlite3.OperationalError


class CannotOpen(Exception):
    """Base: ``args[0]`` is a sentence for the operator."""


class Missing(CannotOpen):
    """There is no database, or it has no tables of ours."""


class WrongVersion(CannotOpen):
    """The schema is older or newer than this program. ``found`` is its version."""

    def __init__(self, message: str, found: str) -> None:
        super().__init__(message)
        self.found = found


class Locked(CannotOpen):
    """Another process serves this database, or holds its lock."""
