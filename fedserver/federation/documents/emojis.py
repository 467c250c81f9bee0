"""This node's own emoji, by the ids that posts and profiles name (FEP-9098)."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import emojis
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.kit.errors import NotFound
from fedserver.render import activitystreams
from protocol.activitystreams import write
from protocol.activitystreams.vocabulary import OBJECT_CONTEXT


async def show(call: Call) -> StreamResponse:
    """The emoji as it is now. Anybody may look: its picture is public."""
    found = await call.parts.db.all(emojis.named("", [call.path["name"]]))
    if not found:
        raise NotFound()
    value = activitystreams.emoji_document(call.parts.site, found[0])
    return answers.document(call, write.document(value, OBJECT_CONTEXT), shared=True)
