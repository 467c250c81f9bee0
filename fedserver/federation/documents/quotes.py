"""The stamps with which people here agree to quotes of their posts (FEP-044f)."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import quotes, statuses
from fedserver.db.queries.quotes import ACCEPTED
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.federation.documents import access
from fedserver.federation.signed import NotSigned
from fedserver.kit.errors import NotFound
from fedserver.render import activitystreams
from protocol.activitystreams import write
from protocol.activitystreams.vocabulary import QUOTE_CONTEXT


async def stamp(call: Call) -> StreamResponse:
    """A stamp that holds. 404 once it was taken back, and where whoever asks may not see the quoted post."""
    try:
        asker = await access.admit(call)
    except NotSigned as error:
        return answers.refused(call, error)
    account = await access.shown_account(call, asker)
    row = await call.parts.db.one(quotes.by_id(call.id()))
    holds = row is not None and row.state == ACCEPTED and row.quoted_account_id == account.id
    if row is None or not holds or row.quoted_status_id is None or row.stamp_uri is None:
        raise NotFound()
    viewer = await access.viewer_id(call) if call.header("Signature") else None
    quoted = await call.parts.db.one(statuses.visible(row.quoted_status_id, viewer))
    status = await call.parts.db.one(statuses.by_id(row.status_id))
    if quoted is None or status is None:
        raise NotFound()
    value = write.write_stamp(activitystreams.stamp(row, status.uri, account))
    return answers.document(call, write.document(value, QUOTE_CONTEXT), shared=quoted.open)
