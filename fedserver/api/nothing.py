"""Methods whose honest answer is an empty list: there is nothing of that kind here (yet).

Clients ask for them at every start and treat a missing method as a broken server. Nothing here pretends: making one
of these things is refused, because there is no route for it.
"""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.edge import responses
from fedserver.edge.call import Call


async def nothing(call: Call) -> Response:
    """An empty list."""
    return responses.json([])


async def nothing_of_account(call: Call) -> Response:
    """An empty list that belongs to an account, if there is such an account."""
    await common.known_account(call, call.id())
    return responses.json([])
