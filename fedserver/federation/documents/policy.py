"""The community's policy document as the object that other servers fetch: public, and never asks for a signature."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import policy as rows
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.kit.errors import NotFound


async def current(call: Call) -> StreamResponse:
    """GET /policy: the version in force. It bears the address of its version."""
    found = await call.parts.db.one(rows.current())
    return _answer(call, found)


async def version(call: Call) -> StreamResponse:
    """GET /policy/{id}: a version that is or was in force."""
    found = await call.parts.db.one(rows.by_version(call.id()))
    return _answer(call, found)


def _answer(call: Call, found: rows.Version | None) -> StreamResponse:
    if found is None:
        raise NotFound
    return answers.document(call, found.signed.encode(), shared=True)
