"""Every statement of the query files compiles on both databases, without expanding lists."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

import fedserver.db.queries as queries
from fedserver.db.statement import Dialect, Statement


def _statements(value: Any) -> Iterator[Statement[Any]]:
    if isinstance(value, Statement):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _statements(one)


# where a pattern is the way to find a row, and seldom asked for
RARE = {"federation"}
MODULES = [m.name for m in pkgutil.iter_modules(queries.__path__)]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("module", MODULES)
def test_every_statement_compiles(module: str, dialect: Dialect) -> None:
    found = vars(importlib.import_module(f"fedserver.db.queries.{module}"))
    for name, value in found.items():
        for statement in _statements(value):
            assert statement.compiled(dialect).sql, name


@pytest.mark.parametrize("module", [name for name in MODULES if name not in RARE])
def test_no_statement_is_prepared_anew_each_time_it_runs(module: str) -> None:
    """SQLite does that where a bare parameter is the pattern of LIKE or GLOB: it looks whether an index helps with the
    very value. Preparing the fan-out of a post took longer than running it."""
    found = vars(importlib.import_module(f"fedserver.db.queries.{module}"))
    for name, value in found.items():
        for statement in _statements(value):
            assert not re.search(r"\b(?:LIKE|GLOB)\s+\(?\?(?!\s*\|\|)", statement.compiled("sqlite").sql), name


def test_the_walk_finds_the_statements() -> None:
    modules = [importlib.import_module(f"fedserver.db.queries.{name}") for name in MODULES]
    assert sum(len(list(_statements(v))) for m in modules for v in vars(m).values()) > 200
