"""The one metadata of both databases, and the few column shapes that it allows.

A compiled statement is run by the driver directly (see ``statement.py``), so no column may need a bind or a
result processor on either dialect: keys are 64-bit integers, times are integer milliseconds since 1970 (UTC),
flags are 0 or 1, structured values are JSON text. ``tests/db/test_metadata.py`` walks the tables and checks it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Connection, ForeignKey, Index, Integer, MetaData, Text, event
from sqlalchemy import text as sql

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Key = BigInteger().with_variant(Integer, "sqlite")


def key_column(name: str = "id") -> Column[Any]:
    """A 64-bit primary key that ``kit.ids`` makes, never the database."""
    return Column(name, Key, primary_key=True, autoincrement=False)


def ref(name: str, target: str, *, null: bool = False, on_delete: str = "CASCADE", **kw: Any) -> Column[Any]:
    """A foreign key; rows that hang on another row go with it unless ``on_delete`` says otherwise."""
    return Column(name, Key, ForeignKey(target, ondelete=on_delete), nullable=null, **kw)


def number(name: str, default: int | None = 0, **kw: Any) -> Column[Any]:
    """A 64-bit count, enumeration or size."""
    if default is None:
        return Column(name, Key, nullable=True, **kw)
    return Column(name, Key, nullable=False, server_default=str(default), **kw)


def flag(name: str, default: int = 0) -> Column[Any]:
    """0 or 1."""
    return Column(name, Integer, nullable=False, server_default=str(default))


def time(name: str, *, null: bool = False) -> Column[Any]:
    """Milliseconds since 1970, UTC."""
    return Column(name, Key, nullable=null)


def text(name: str, *, null: bool = False, default: str | None = None, **kw: Any) -> Column[Any]:
    """Text without a length limit; the doors limit lengths."""
    return Column(name, Text, nullable=null, server_default=default, **kw)


def partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows for which ``where`` holds, on both databases."""
    return Index(name, *columns, unique=unique, sqlite_where=sql(where), info={"where": where})


def partial_on_postgresql() -> None:
    """Say the same to PostgreSQL's dialect. Only who makes tables does: it imports that dialect (40 ms, 3 MiB)."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if "where" in index.info:
                index.dialect_options["postgresql"]["where"] = sql(index.info["where"])


def _before_create(target: MetaData, connection: Connection, **kw: Any) -> None:
    if connection.dialect.name == "postgresql":
        partial_on_postgresql()


event.listen(metadata, "before_create", _before_create)
