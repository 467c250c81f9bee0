"""Votes of members between their beginning and their end: who is told, and what comes of them."""

from __future__ import annotations

from functools import partial
from typing import Any

from fedserver.edge.parts import Parts
from fedserver.services import proposals


async def call(parts: Parts, payload: dict[str, Any]) -> None:
    """``{proposal_id}``: tell the electors that a vote is open, some at a time. Telling twice changes nothing."""
    above: int | None = -1
    while above is not None:
        above = await parts.db.run(
            partial(proposals.call_electors, proposal_id=int(payload["proposal_id"]), above=above)
        )


async def close(parts: Parts, payload: dict[str, Any]) -> None:
    """``{proposal_id}``: count the ballots, and enact what was adopted."""
    await parts.db.run(partial(proposals.close, keyring=parts.keyring, proposal_id=int(payload["proposal_id"])))
