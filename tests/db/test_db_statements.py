"""Every statement of the query files compiles on both databases, without expanding lists."""

from __future__ import annotations

import importlib
import pkgutil
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


MODULES = [m.name for m in pkgutil.iter_modules(queries.__path__)]


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
@pytest.mark.parametrize("module", MODULES)
def test_every_statement_compiles(module: str, dialect: Dialect) -> None:
    found = vars(importlib.import_module(f"fedserver.db.queries.{module}"))
    for name, value in found.items():
        for statement in _statements(value):
            assert statement.compiled(dialect).sql, name


def test_the_walk_finds_the_statements() -> None:
    modules = [importlib.import_module(f"fedserver.db.queries.{name}") for name in MODULES]
    assert sum(len(list(_statements(v))) for m in modules for v in vars(m).values()) > 200
