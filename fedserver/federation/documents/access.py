"""Who asks for a document, and whether an account or post is there for them.

A signature is looked at where it can make a difference: always in secure mode (authorized fetch), else only where the
post is not for everybody. So a stranger's signed GET of a public post costs no fetch of a key.
"""

from __future__ import annotations

from fedserver.db.queries import accounts, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.edge.address import limit_key
from fedserver.edge.call import Call
from fedserver.federation.context import of
from fedserver.federation.signed import NotSigned, Signer, claim_of, signer_of
from fedserver.kit.errors import NotFound
from fedserver.kit.ids import MAX_ID


async def admit(call: Call) -> Account | None:
    """In secure mode: who asks, if known here. Raises ``NotSigned`` unless a server that is not refused signed."""
    if not call.parts.site.authorized_fetch:
        return None
    signer = await _signer(call)
    return await call.parts.db.one(accounts.by_uri(signer.owner))


async def _signer(call: Call) -> Signer:
    """Who signed. Bad signatures count against the address, as at the inbox: each may cost us a fetch."""
    limits, address = call.parts.extra.get("limits"), limit_key(call.client_ip)
    if limits is not None:
        limits.check("inbox", address)
    try:
        return await signer_of(of(call.parts), claim_of(call, b""))
    except NotSigned as error:
        if limits is not None and error.reason != "missing":
            limits.hit("inbox", address)
        raise


async def signer_id(call: Call) -> str:
    """The id of the actor who signed the request. Raises ``NotSigned``."""
    return (await _signer(call)).owner


async def viewer_id(call: Call) -> int | None:
    """The account known here that signed the request; None for strangers and for no (valid) signature."""
    try:
        signer = await _signer(call)
    except NotSigned:
        return None
    account = await call.parts.db.one(accounts.by_uri(signer.owner))
    return account.id if account is not None and account.active else None


async def local_account(call: Call) -> Account:
    """The account that the path names, deleted and suspended ones too; who waits for approval is not there yet.

    Raises ``NotFound``.
    """
    account = await call.parts.db.one(accounts.local_by_name(call.path["name"]))
    if account is None or not account.local or not account.uri.endswith(f"/users/{account.username}"):
        raise NotFound()
    return account


async def shown_account(call: Call, asker: Account | None = None) -> Account:
    """As ``local_account``, but only active ones, and none that blocks the asker (of whom only secure mode knows)."""
    account = await local_account(call)
    if not account.active or (asker is not None and await _blocks(call, account, asker)):
        raise NotFound()
    return account


async def _blocks(call: Call, account: Account, asker: Account) -> bool:
    db = call.parts.db
    if await db.one(relations.block(account.id, asker.id)) is not None:
        return True
    return bool(asker.domain) and await db.one(relations.domain_blocked(account.id, asker.domain)) is not None


async def shown_status(call: Call, asker: Account | None = None) -> tuple[Account, Status]:
    """The post that the path names, if whoever asks may see it; the same ``NotFound`` otherwise."""
    account = await shown_account(call, asker)
    text = call.path["id"]
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_ID):
        raise NotFound()
    found = await call.parts.db.one(statuses.visible(int(text), None))
    if found is None and call.header("Signature"):
        viewer = await viewer_id(call)
        if viewer is not None:
            found = await call.parts.db.one(statuses.visible(int(text), viewer))
    if found is None or found.account_id != account.id:
        raise NotFound()
    return account, found
