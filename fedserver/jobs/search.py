"""Words of what stood here before its author agreed to be searched."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import search

CHUNK = 50


async def reindex(parts: Parts, payload: dict[str, Any]) -> None:
    """``{account_id}``: its public posts, ``CHUNK`` a unit."""
    account_id, above = int(payload["account_id"]), -1
    while True:
        last = await parts.db.run(partial(search.keep_some, account_id=account_id, above=above, count=CHUNK))
        if last is None:
            return
        above = last
