"""Reading from PostgreSQL: a few connections that can write nothing, on the loop of the doors."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Loader

from fedserver.db.statement import Query
from fedserver.kit.errors import Unavailable

R = TypeVar("R")

READERS = 4
_READ_OPTIONS = "-c statement_timeout=8000 -c default_transaction_read_only=on -c timezone=UTC -c client_encoding=UTF8"


class _NumberLoader(Loader):
    """SUM over bigint is numeric on PostgreSQL: give an int as SQLite does, a float where there is a fraction."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return float(text) if "." in text or "N" in text or "I" in text else int(text)


def adapt(context: AdaptContext) -> None:
    """Numbers as SQLite gives them."""
    context.adapters.register_loader("numeric", _NumberLoader)


class Reader:
    """A few read-only connections; one that broke is opened again by whoever needs it next."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: asyncio.Queue[psycopg.AsyncConnection[Any] | None] = asyncio.Queue()

    async def open(self) -> None:
        """Connect once, so that a wrong address is told at the start."""
        self._free.put_nowait(await self._connect())
        for _ in range(READERS - 1):
            self._free.put_nowait(None)

    async def all(self, query: Query[R]) -> list[R]:
        """All rows. Raises ``Unavailable``."""
        sql, params = query.prepare("postgresql")
        connection = await self._free.get()
        try:
            if connection is None or connection.closed:
                connection = await self._connect()
            try:
                rows = await (await connection.execute(sql, params)).fetchall()
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
                # it broke while it lay idle: a read may always be done again
                connection = await self._connect()
                rows = await (await connection.execute(sql, params)).fetchall()
        except psycopg.OperationalError as error:
            raise Unavailable(retry_after=5, cause=error) from error
        finally:
            self._free.put_nowait(connection)
        return [query.statement.row(row) for row in rows]

    async def close(self) -> None:
        """Close what is open."""
        while not self._free.empty():
            connection = self._free.get_nowait()
            if connection is not None:
                await connection.close()

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        connection = await psycopg.AsyncConnection.connect(
            self._url, autocommit=True, options=_READ_OPTIONS, connect_timeout=5, application_name="fedserver"
        )
        adapt(connection)
        return connection
