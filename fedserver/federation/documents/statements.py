"""A message that told an author on another server what was decided: for that author's server alone."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import accounts, statements
from fedserver.db.queries.accounts import Account
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.federation.documents import access
from fedserver.federation.signed import NotSigned
from fedserver.kit.errors import NotFound
from fedserver.render import activitystreams as render
from fedserver.render import reasons
from protocol.activitystreams.urls import same_origin


async def show(call: Call) -> StreamResponse:
    """The Note, to whoever signs on its addressee's server; 404 to everybody else, as where there is none."""
    said = await call.parts.db.one(statements.by_id(call.id()))
    if said is None:
        raise NotFound()
    account = await call.parts.db.one(accounts.by_id(said.account_id))
    if account is None or not account.active or not await _asks(call, account):
        raise NotFound()
    return answers.document(call, render.note_document(reasons.note(call.parts.site, said, account)), shared=False)


async def _asks(call: Call, account: Account) -> bool:
    if not call.header("Signature"):
        return False
    try:
        return same_origin(await access.signer_id(call), account.uri)
    except NotSigned:
        return False
