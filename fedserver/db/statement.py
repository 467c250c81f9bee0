"""How a query is written once and run on both databases.

A ``Statement`` wraps a SQLAlchemy Core element and the shape of its rows. Calling it with parameters gives a
``Query``: a plain value that a unit of work (``unit.all(q)``) or a door's reader (``await reader.all(q)``) runs. The
element is compiled once per dialect and kept as text; the driver gets that text directly, which costs a tenth of
going through ``Connection.execute``. The price is that no bind or result processor runs, hence ``metadata.py``.

Lists are bound as JSON text (``one_of``), so that one compiled text serves lists of every length.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from operator import itemgetter
from typing import Any, Generic, Literal, NamedTuple, TypeVar, cast

import orjson
from sqlalchemy import BigInteger, Table, Text, bindparam, exists, literal_column, select
from sqlalchemy import insert as sa_insert
from sqlalchemy import update as sa_update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import BindParameter, ColumnElement
from sqlalchemy.sql.visitors import replacement_traverse

Dialect = Literal["sqlite", "postgresql"]
R = TypeVar("R")


@cache
def _dialect(name: Dialect) -> Any:
    """Only the one that is used is imported."""
    if name == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.dialect(paramstyle="qmark")
    from sqlalchemy.dialects import postgresql

    return postgresql.psycopg.dialect()  # type: ignore[no-untyped-call]


class _Compiled(NamedTuple):
    sql: str
    # parameter names in the order of the question marks; on PostgreSQL each name once
    names: tuple[str, ...]
    literals: Mapping[str, Any]
    # the parameters in their order, out of what was given
    pick: Callable[[Mapping[str, Any]], Sequence[Any]]
    # whether a list may be among them
    lists: bool


class Reading(NamedTuple):
    """How readers of SQLite ask for the rows of a statement, where that is cheaper than row by row.

    ``element``: in place of the statement's own, made alike, with the same parameters. ``rows``: what the driver gave
    for it -> rows in the statement's shape.
    """

    element: Any
    rows: Callable[[list[Any]], list[Any]]


class Plain(list[Any]):
    """Rows that a reader fetched one by one after all: a damaged file holds bytes where a number belongs."""


class Statement(Generic[R]):
    """A Core element with its row shape. ``row`` turns a driver row (a tuple) into the shape.

    ``element``: the element, or what makes it. An element of many parts is tens of KiB and a millisecond: where there
    are dozens of a kind, of which a node uses a few, they are made when they are compiled, and not kept.
    ``packed``: the number of columns, all of them numbers or NULL, of a page that SQLite hands to readers as one JSON
    text instead of row by row: Python's driver gives up the interpreter's lock for every row, and each time another
    thread may take it for milliseconds. ``reading``: the same end by another text.
    """

    __slots__ = ("_compiled", "_element", "_read", "packed", "reading", "row", "silent", "tail")

    def __init__(
        self,
        element: Any,
        row: Callable[[Sequence[Any]], R],
        tail: str = "",
        *,
        packed: int = 0,
        reading: Reading | None = None,
        silent: Statement[Any] | None = None,
    ) -> None:
        self._element = element
        shape: Any = getattr(row, "__self__", None)
        # the same as ``_make`` of a NamedTuple, without a call of Python's for each row
        plain = isinstance(shape, type) and issubclass(shape, tuple) and row == getattr(shape, "_make", None)
        self.row: Callable[[Sequence[Any]], R] = partial(tuple.__new__, shape) if plain else row
        self.tail = tail
        self.packed = packed
        self.reading = reading
        # the same insert without the row that comes back: half the work where only the number of rows is asked for
        self.silent = silent
        self._compiled: dict[Dialect, _Compiled] = {}
        self._read: _Compiled | None = None

    def __call__(self, **params: Any) -> Query[R]:
        return Query(self, params)

    @property
    def element(self) -> Any:
        """The Core element."""
        return _element_of(self._element)

    def compiled(self, dialect: Dialect) -> _Compiled:
        """The text for a dialect, made on first use."""
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = self._compile(dialect)
        return found

    def compiled_read(self) -> _Compiled:
        """The text for a reader of SQLite."""
        found = self._read
        if found is None:
            if self.reading is not None:
                found = _compile_read(_element_of(self.reading.element))
            else:
                plain = self.compiled("sqlite")
                found = plain._replace(sql=_packed(plain.sql, self.packed)) if self.packed else plain
            self._read = found
        return found

    def _compile(self, dialect: Dialect) -> _Compiled:
        element = self.element if dialect == "postgresql" else _with_numbers(self.element)
        compiled = element.compile(dialect=_dialect(dialect))
        if "POSTCOMPILE" in str(compiled):
            raise ValueError("IN with a list is not run by the driver directly: use one_of")
        names = compiled.positiontup if dialect == "sqlite" else list(compiled.params)
        return _made(str(compiled) + self.tail, compiled, tuple(names or ()))


def _element_of(given: Any) -> Any:
    return given() if callable(given) else given


_LISTS = frozenset({list, tuple})


class Query(NamedTuple, Generic[R]):
    """A statement with its parameters: a value that can be run anywhere."""

    statement: Statement[R]
    params: Mapping[str, Any]

    def prepare(self, dialect: Dialect) -> tuple[str, Any]:
        """``(sql, parameters)`` for the driver. A missing parameter raises ``KeyError`` with its name."""
        statement = self.statement
        compiled = statement._compiled.get(dialect) or statement.compiled(dialect)
        values = self._values(compiled)
        if dialect == "sqlite":
            return compiled.sql, values
        return compiled.sql, dict(zip(compiled.names, values, strict=True))

    def prepare_read(self) -> tuple[str, Any]:
        """As ``prepare``, for a reader of SQLite; ``rows`` takes what the driver gives."""
        statement = self.statement
        compiled = statement._read or statement.compiled_read()
        values = self._values(compiled)
        return compiled.sql, values if statement.reading is None else dict(zip(compiled.names, values, strict=True))

    def rows(self, found: list[Any]) -> list[R]:
        """What a reader of SQLite fetched for ``prepare_read``, in the statement's shape."""
        statement = self.statement
        if type(found) is not Plain:
            if statement.reading is not None:
                return statement.reading.rows(found)
            if statement.packed:
                found = orjson.loads(found[0][0])
        row = statement.row
        return [row(each) for each in found]

    def _values(self, compiled: _Compiled) -> Sequence[Any]:
        literals = compiled.literals
        values = compiled.pick({**literals, **self.params} if literals else self.params)
        if compiled.lists and not _LISTS.isdisjoint(map(type, values)):
            return [orjson.dumps(value).decode() if type(value) in _LISTS else value for value in values]
        return values


def _picker(names: tuple[str, ...]) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)
    # of one name it gives the bare value
    return lambda given: [given[name] for name in names]


def _made(sql: str, compiled: Any, names: tuple[str, ...]) -> _Compiled:
    literals = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
    return _Compiled(sql, names, literals, _picker(names), "json" in sql.lower())


def _compile_read(element: Any) -> _Compiled:
    """With each parameter once, by name: binding a hundred question marks takes its time."""
    compiled = _with_numbers(element).compile(dialect=_reading_dialect())
    return _made(str(compiled), compiled, tuple(compiled.params))


def _with_numbers(element: Any) -> Any:
    """With the numbers that are known already in the text, not as parameters: SQLite plans a statement anew at each use
    if the choice of a partial index may hang on a parameter, which is dearer than most statements."""

    def known(each: Any, **_: Any) -> Any:
        if isinstance(each, BindParameter) and not each.required and type(each.effective_value) is int:
            return literal_column(str(each.effective_value), each.type)
        return None

    return replacement_traverse(element, {}, cast(Any, known))


@cache
def _reading_dialect() -> Any:
    from sqlalchemy.dialects import sqlite

    return sqlite.dialect(paramstyle="named")


def _packed(sql: str, columns: int) -> str:
    names = ", ".join(f"c{i}" for i in range(columns))
    # the rows of a subquery that has an order are put together in that order
    return f"WITH page({names}) AS ({sql}) SELECT json_group_array(json_array({names})) FROM page"  # noqa: S608 - ours


class _JsonText(Statement[str]):
    """The rows of a statement as one text."""

    __slots__ = ("_columns",)

    def __init__(self, element: Any, columns: int) -> None:
        super().__init__(element, scalar)
        self._columns = columns

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = super()._compile(dialect)
        sql = _packed(compiled.sql, self._columns)
        if dialect == "postgresql":
            names = ", ".join(f"c{i}" for i in range(self._columns))
            whole = f"CAST(coalesce(json_agg(json_build_array({names})), '[]') AS TEXT)"
            sql = f"WITH page({names}) AS ({compiled.sql}) SELECT {whole} FROM page"  # noqa: S608 - ours
        return compiled._replace(sql=sql)


# by the statement whose rows they are
_texts: dict[Statement[Any], _JsonText] = {}


def as_json(query: Query[Any], columns: int) -> Query[str]:
    """The rows of a query (numbers and text only, ``columns`` of them) as one JSON text, a list of lists.

    For rows that another process will read: they never become objects here.
    """
    statement = query.statement
    if statement not in _texts:
        _texts[statement] = _JsonText(statement.element, columns)
    return Query(_texts[statement], query.params)


def scalar(row: Sequence[Any]) -> Any:
    """Row shape: the first column alone."""
    return row[0]


def number(row: Sequence[Any]) -> int:
    """Row shape: the first column as a number, 0 for NULL."""
    return int(row[0] or 0)


def nothing(row: Sequence[Any]) -> None:
    """Row shape of statements that return no rows."""
    return None


class one_of(ColumnElement[bool]):  # noqa: N801
    """``column IN (:name)`` for a list parameter of any length, bound as JSON text."""

    inherit_cache = False

    def __init__(self, column: Any, name: str) -> None:
        self.column = column
        self.param: Any = bindparam(name, type_=Text())

    @property
    def is_number(self) -> bool:
        return isinstance(self.column.type, BigInteger)


@compiles(one_of, "sqlite")
def _one_of_sqlite(element: one_of, compiler: Any, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.param)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiler output


@compiles(one_of, "postgresql")
def _one_of_postgresql(element: one_of, compiler: Any, **kw: Any) -> str:
    cast = "bigint" if element.is_number else "text"
    array = f"ARRAY(SELECT json_array_elements_text(({compiler.process(element.param)})::json)::{cast})"
    return f"{compiler.process(element.column, **kw)} = ANY ({array})"


def present(*where: Any) -> Any:
    """SQL: EXISTS (SELECT 1 ...). SQLAlchemy's own asks for every column, so that an index alone cannot answer it."""
    return exists(literal_column("1")).where(*where)


class gathered(ColumnElement[str]):  # noqa: N801
    """All rows of a subquery as one JSON text: ``select(gathered(*rows.c)).select_from(rows)``, read by ``gather``.

    For many short rows while the loop is busy: sqlite3 gives the interpreter lock away and takes it back for each row.
    """

    inherit_cache = False

    def __init__(self, *parts: Any) -> None:
        self.parts = parts


@compiles(gathered, "sqlite")
def _gathered_sqlite(element: gathered, compiler: Any, **kw: Any) -> str:
    return f"json_group_array(json_array({', '.join(compiler.process(part, **kw) for part in element.parts)}))"


@compiles(gathered, "postgresql")
def _gathered_postgresql(element: gathered, compiler: Any, **kw: Any) -> str:
    inner = ", ".join(compiler.process(part, **kw) for part in element.parts)
    return f"CAST(coalesce(json_agg(json_build_array({inner})), '[]') AS TEXT)"


def gather(rows: Any, shape: Callable[[Sequence[Any]], R]) -> Statement[list[R]]:
    """The statement that reads the rows of a select (numbers and text only) in one: ``unit.get(q)`` is their list."""
    inner = rows.subquery()
    return Statement(
        select(gathered(*inner.c)).select_from(inner), lambda row: [shape(each) for each in orjson.loads(row[0])]
    )


_UNLESS_THERE = " ON CONFLICT DO NOTHING"
# Inserts and updates name their columns at the call; one statement is kept per set of columns.
_kept: dict[tuple[Any, ...], Statement[Any]] = {}


def insert(table: Table, values: Mapping[str, Any]) -> Query[None]:
    """INSERT of one row; columns that are not named take their server default."""
    key = ("insert", table.name, *values)
    statement = _kept.get(key)
    if statement is None:
        element = sa_insert(table).values({table.c[name]: bindparam(name) for name in values})
        statement = _kept[key] = Statement(element, nothing)
    return Query(statement, values)


def insert_new(
    table: Table, values: Mapping[str, Any], returning: str = "id", row: Callable[[Sequence[Any]], Any] = scalar
) -> Query[Any]:
    """INSERT ... ON CONFLICT DO NOTHING RETURNING: a row comes back only if this call made it, in the shape ``row``.

    Services use it instead of catching an integrity error, which would abort the transaction on PostgreSQL.
    """
    key = ("insert_new", table.name, returning, *values)
    statement = _kept.get(key)
    if statement is None:
        element = sa_insert(table).values({table.c[name]: bindparam(name) for name in values})
        silent = Statement(element, nothing, _UNLESS_THERE)
        statement = _kept[key] = Statement(element, row, f"{_UNLESS_THERE} RETURNING {returning}", silent=silent)
    return Query(statement, values)


def update(table: Table, key_name: str, key_value: Any, values: Mapping[str, Any]) -> Query[None]:
    """UPDATE of the rows whose ``key_name`` equals ``key_value``."""
    key = ("update", table.name, key_name, *values)
    statement = _kept.get(key)
    if statement is None:
        element = (
            sa_update(table)
            .where(table.c[key_name] == bindparam("key__"))
            .values({table.c[name]: bindparam(f"v__{name}") for name in values})
        )
        statement = _kept[key] = Statement(element, nothing)
    return Query(statement, {"key__": key_value, **{f"v__{n}": v for n, v in values.items()}})


def columns(table: Any, row_type: Any) -> list[Any]:
    """The columns of a table named by the fields of a NamedTuple, in its order."""
    return [table.c[name] for name in row_type._fields]
