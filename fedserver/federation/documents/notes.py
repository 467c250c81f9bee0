"""A post, its activity, and what hangs on it."""

from __future__ import annotations

from aiohttp.web import StreamResponse

from fedserver.db.queries import collections, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.domain import uris
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.federation.documents import access, load
from fedserver.federation.signed import NotSigned
from fedserver.kit.errors import NotFound
from protocol.activitystreams import write
from protocol.activitystreams.values import Collection, CollectionPage, Item
from protocol.activitystreams.vocabulary import AS

PAGE = 40


async def note(call: Call) -> StreamResponse:
    """The post; 410 with a tombstone where it was deleted, 404 where whoever asks may not see it."""
    try:
        asker = await access.admit(call)
    except NotSigned as error:
        return answers.refused(call, error)
    account = await access.shown_account(call, asker)
    uri = uris.status(call.parts.site, account.username, call.id())
    deleted = await call.parts.db.one(statuses.tombstone(uri))
    if deleted is not None:
        return answers.tombstone(uri, "Note", deleted)
    account, status = await access.shown_status(call, asker)
    if status.reblog_of_id is not None:
        raise NotFound()
    return answers.document(call, await load.note_document(call.parts, account, status), shared=status.open)


async def activity(call: Call) -> StreamResponse:
    """The Create of the post, or the Announce of a boost."""
    try:
        account, status = await _shown(call)
    except NotSigned as error:
        return answers.refused(call, error)
    if status.reblog_of_id is not None:
        boosted = await call.parts.db.one(statuses.visible(status.reblog_of_id, None))
        if boosted is None:
            raise NotFound()
    return answers.document(call, await load.activity(call.parts, account, status), shared=status.open)


async def replies(call: Call) -> StreamResponse:
    """Answers that anybody may see: the author's own first (FEP-7458), then those of others, by id only."""
    try:
        account, status = await _shown(call)
    except NotSigned as error:
        return answers.refused(call, error)
    base = f"{status.uri}/replies"
    if not call.query.flag("page"):
        first = await _page(call, account, status, base, others=False)
        value = write.write_collection(Collection(id=base, ordered=False, first_page=first))
    else:
        value = write.write_page(
            await _page(call, account, status, base, others=call.query.flag("only_other_accounts"))
        )
    return answers.document(call, write.document(value, AS), shared=status.open)


async def _page(call: Call, account: Account, status: Status, base: str, *, others: bool) -> CollectionPage:
    above = call.query.id("min_id")
    rows = await call.parts.db.all(
        collections.replies(status.id, account.id, PAGE, own=not others, above=-1 if above is None else above)
    )
    flag = "true" if others else "false"
    following: str | None = None
    if len(rows) == PAGE:
        following = f"{base}?only_other_accounts={flag}&min_id={rows[-1].id}&page=true"
    elif not others:
        following = f"{base}?only_other_accounts=true&page=true"
    items = tuple(Item(row.uri) for row in rows)
    own = f"{base}?only_other_accounts={flag}&page=true" + (f"&min_id={above}" if above is not None else "")
    return CollectionPage(id=own, ordered=False, items=items, part_of=base, next=following)


async def likes(call: Call) -> StreamResponse:
    """How many favourites; not whose."""
    return await _total(call, "likes")


async def shares(call: Call) -> StreamResponse:
    """How many boosts; not whose."""
    return await _total(call, "shares")


async def _total(call: Call, kind: str) -> StreamResponse:
    try:
        _, status = await _shown(call)
    except NotSigned as error:
        return answers.refused(call, error)
    total = status.favourites_count if kind == "likes" else status.reblogs_count
    value: dict[str, object] = {"id": f"{status.uri}/{kind}", "type": "Collection", "totalItems": total}
    return answers.document(call, write.document(value, AS), shared=status.open)


async def _shown(call: Call) -> tuple[Account, Status]:
    return await access.shown_status(call, await access.admit(call))
