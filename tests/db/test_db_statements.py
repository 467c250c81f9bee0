"""Every statement of the query files compiles on both databases, without expanding lists."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import bindparam, literal_column, select

import fedserver.db.queries as queries
from fedserver.db.queries.readable import visible_to
from fedserver.db.queries.relations import not_hidden_from
from fedserver.db.statement import Dialect, Statement, scalar
from fedserver.db.tables import statuses


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


def test_an_element_that_is_given_as_its_maker_is_made_when_it_is_compiled() -> None:
    made: list[bool] = []

    def element() -> Any:
        made.append(True)
        return select(literal_column("1"))

    statement: Statement[Any] = Statement(element, scalar)
    assert not made
    assert statement.compiled("sqlite").sql == statement.compiled("sqlite").sql == "SELECT 1"
    assert made == [True]


def test_aliases_that_statements_share_are_not_lost_to_the_statement_around_them() -> None:
    """Where a condition stands in another one of its kind, an alias that both use would be looked for outside."""
    viewer: Any = bindparam("viewer")
    s, r = statuses.alias("s"), statuses.alias("r")
    inner = select(r.c.id).where(r.c.id == s.c.reblog_of_id, visible_to(r, viewer)).exists()
    hidden = not_hidden_from(viewer, s.c.account_id, bindparam("now"))
    sql = Statement(select(s.c.id).where(visible_to(s, viewer), inner, hidden), scalar).compiled("sqlite").sql
    # visible_to twice, and the domain of the author once
    assert sql.count("accounts AS accounts_") == 3
