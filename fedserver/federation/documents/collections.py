"""The collections of a local actor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp.web import StreamResponse

from fedserver.db.queries import collections, featured_tags, relations, statuses
from fedserver.db.queries.accounts import Account
from fedserver.edge.call import Call
from fedserver.federation import answers
from fedserver.federation.documents import access, load
from fedserver.federation.signed import NotSigned
from fedserver.kit.paging import Page
from fedserver.render import activitystreams as render
from protocol.activitystreams import write
from protocol.activitystreams.values import Collection, CollectionPage, Document, Item
from protocol.activitystreams.vocabulary import AS, MADE_CONTEXT, OBJECT_CONTEXT
from protocol.activitystreams.write.collections import write_page

POSTS = 20
PEOPLE = 40


async def outbox(call: Call) -> StreamResponse:
    """Creates and Announces of public and unlisted posts, in pages."""
    return await _answer(call, _outbox)


async def followers(call: Call) -> StreamResponse:
    """Who follows the account; where it hides that, only how many."""
    return await _answer(call, _followers)


async def following(call: Call) -> StreamResponse:
    """Whom the account follows; where it hides that, only how many."""
    return await _answer(call, _following)


async def featured(call: Call) -> StreamResponse:
    """The pinned posts, embedded."""
    return await _answer(call, _featured)


async def tags(call: Call) -> StreamResponse:
    """Featured hashtags, as Hashtag."""
    return await _answer(call, _tags)


async def _answer(call: Call, make: Callable[[Call, Account], Awaitable[Document]]) -> StreamResponse:
    try:
        asker = await access.admit(call)
    except NotSigned as error:
        return answers.refused(call, error)
    return answers.document(call, await make(call, await access.shown_account(call, asker)), shared=True)


async def _outbox(call: Call, account: Account) -> Document:
    base, db = f"{account.uri}/outbox", call.parts.db
    if not call.query.flag("page"):
        total = await db.one(collections.outbox_count(account.id)) or 0
        value = Collection(id=base, total=total, first=f"{base}?page=true", last=f"{base}?min_id=0&page=true")
        return write.document(write.write_collection(value), AS)
    below, above = call.query.id("max_id"), call.query.id("min_id")
    rows = await db.all(collections.outbox(account.id, POSTS, below=below, above=above))
    if above is not None and below is None:
        rows = rows[::-1]
    items = tuple(Item(None, activity) for activity in await load.activities(call.parts, account, rows))
    own = "".join(f"{name}={value}&" for name, value in (("max_id", below), ("min_id", above)) if value is not None)
    page = CollectionPage(
        id=f"{base}?{own}page=true",
        items=items,
        part_of=base,
        next=f"{base}?max_id={rows[-1].id}&page=true" if rows else None,
        prev=f"{base}?min_id={rows[0].id}&page=true" if rows else None,
    )
    return write.document(write_page(page), MADE_CONTEXT)


async def _followers(call: Call, account: Account) -> Document:
    return await _people(call, account, "followers", account.followers_count)


async def _following(call: Call, account: Account) -> Document:
    return await _people(call, account, "following", account.following_count)


async def _people(call: Call, account: Account, kind: str, total: int) -> Document:
    base = f"{account.uri}/{kind}"
    if account.hide_collections:
        return write.document({"id": base, "type": "OrderedCollection", "totalItems": total}, AS)
    if not call.query.flag("page"):
        value = Collection(id=base, total=total, first=f"{base}?page=true")
        return write.document(write.write_collection(value), AS)
    below = call.query.id("max_id")
    rows = await call.parts.db.all(relations.listed(kind, account.id, Page(limit=PEOPLE, max_id=below)))
    page = CollectionPage(
        id=f"{base}?{f'max_id={below}&' if below is not None else ''}page=true",
        items=tuple(Item(row.account.uri) for row in rows),
        part_of=base,
        next=f"{base}?max_id={rows[-1].page_id}&page=true" if len(rows) == PEOPLE else None,
        total=total,
    )
    return write.document(write_page(page), AS)


async def _featured(call: Call, account: Account) -> Document:
    pinned = [row for row in await call.parts.db.all(statuses.pinned(account.id)) if row.open]
    notes = await load.notes(call.parts, account, pinned)
    items = tuple(Item(None, notes[row.id]) for row in pinned if row.id in notes)
    value = Collection(id=f"{account.uri}/collections/featured", total=len(items), items=items)
    return write.document(write.write_collection(value), OBJECT_CONTEXT)


async def _tags(call: Call, account: Account) -> Document:
    rows = await call.parts.db.all(featured_tags.of_account(account.id))
    items = tuple(Item(None, render.featured_tag(call.parts.site, account, row.name, row.tag)) for row in rows)
    value = Collection(id=f"{account.uri}/collections/tags", ordered=False, total=len(items), items=items)
    return write.document(write.write_collection(value), OBJECT_CONTEXT)
