"""Full text: the words of posts and of accounts, and what finds them.

The words are made by ``domain/text/words.py`` alone: both databases split at spaces only, so that they find the same.
A row holds them as text; beside each table stands the index of its database, which is no table of the metadata:

* SQLite: an FTS5 table over the same text (external content: the words are kept once). Triggers carry every change
  over, those of a cascade as well.
* PostgreSQL: a GIN index over ``words`` as a ``tsvector`` (the words are written in its notation there).

``make`` is run by the migration, and by ``metadata.create_all``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.engine import Connection

from fedserver.db.metadata import metadata, ref, text

# every row is found by "words"; the posts or accounts themselves are joined
_KINDS = (("status_search", "status_id", "status_words"), ("account_search", "account_id", "account_words"))


def _table(name: str, key: str, target: str) -> Table:
    return Table(name, metadata, ref(key, target, primary_key=True, autoincrement=False), text("words"))


status_search = _table("status_search", "status_id", "statuses.id")
account_search = _table("account_search", "account_id", "accounts.id")
SEARCHED = tuple(table for table, _, _ in _KINDS)


def make(dialect: str) -> tuple[str, ...]:
    """The statements that make the indexes of a database."""
    made: list[str] = []
    for table, key, words in _KINDS:
        if dialect == "postgresql":
            made.append(f"CREATE INDEX ix_{table}_words ON {table} USING gin (CAST(words AS tsvector))")
            continue
        add = f"INSERT INTO {words} (rowid, words) VALUES (new.{key}, new.words);"  # noqa: S608 - own names
        drop = f"INSERT INTO {words} ({words}, rowid, words) VALUES ('delete', old.{key}, old.words);"  # noqa: S608
        made += [
            f"CREATE VIRTUAL TABLE {words} USING fts5("
            f"words, content='{table}', content_rowid='{key}', tokenize='ascii', columnsize=0, prefix='4')",
            f"CREATE TRIGGER {words}_added AFTER INSERT ON {table} BEGIN {add} END",
            f"CREATE TRIGGER {words}_dropped AFTER DELETE ON {table} BEGIN {drop} END",
            f"CREATE TRIGGER {words}_changed AFTER UPDATE ON {table} BEGIN {drop} {add} END",
        ]
    return tuple(made)


def _created(target: Any, connection: Connection, tables: Collection[Table] = (), **_: Any) -> None:
    if status_search in tables:
        for statement in make(connection.dialect.name):
            connection.exec_driver_sql(statement)


event.listen(metadata, "after_create", _created)
