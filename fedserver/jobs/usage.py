"""What follows when somebody says otherwise whether models may be trained with their posts."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import usage


async def tell(parts: Parts, payload: dict[str, Any]) -> None:
    """``{account_id, above}``: an Update of each open post, some at a time."""
    above: int | None = int(payload["above"])
    while above is not None:
        above = await parts.db.run(partial(usage.tell, account_id=int(payload["account_id"]), above=above))
