"""The answer to who has just written: its rows are read where they were written.

Every commit makes SQLite's readers forget the pages that they hold, so the rows that somebody gets to see at once are
the dearest to read: half of what the answer to a post cost. While its unit runs they are in the writer's memory. So the
unit reads them at its end, and the renderer finds them at hand; whatever else it asks for it gets from the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fedserver.db.database import Database
from fedserver.db.queries import accounts, cards, media, statuses, timelines
from fedserver.db.statement import Query
from fedserver.db.unit import Unit

Key = tuple[int, str]
Rows = Mapping[Key, list[Any]]


class AtHand:
    """A ``render.mastodon.renderer.Reader`` that knows the answers of some queries."""

    def __init__(self, db: Database, rows: Rows) -> None:
        self._db = db
        self._rows = rows

    async def all(self, query: Query[Any]) -> list[Any]:
        """All rows."""
        found = self._rows.get(_key(query))
        return await self._db.all(query) if found is None else found

    async def several(self, *queries: Query[Any]) -> list[list[Any]]:
        """The rows of each query."""
        found = [self._rows.get(_key(query)) for query in queries]
        known = [rows for rows in found if rows is not None]
        return known if len(known) == len(queries) else await self._db.several(*queries)


def own_status(unit: Unit, account_id: int, status_id: int) -> Rows:
    """What a post without extras asks for, to show it to its author. The last thing that a unit does."""
    # effects are rows too: the card of a link
    unit.settle()
    ids = [status_id]
    queries: tuple[Query[Any], ...] = (
        timelines.by_ids(account_id, ids),
        statuses.by_ids(ids),
        media.of_statuses(ids),
        statuses.mentions_of(ids),
        statuses.tags_of(ids),
        cards.of_statuses(ids),
        accounts.by_ids([account_id]),
    )
    return {_key(query): unit.all(query) for query in queries}


def _key(query: Query[Any]) -> Key:
    # statements are made once and stay
    return id(query.statement), repr(query.params)
