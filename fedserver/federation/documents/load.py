"""From rows to documents, several posts with a handful of statements."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fedserver.db.queries import accounts, media, polls, provenance, quotes, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.media import Medium
from fedserver.db.queries.statuses import Status
from fedserver.edge.parts import Parts
from fedserver.kit.errors import NotFound
from fedserver.render import activitystreams
from fedserver.render import provenance as making
from fedserver.services.keyring import KeyRing, published_keys
from keys.algorithms import Algorithm
from protocol.activitystreams.values import Document

log = logging.getLogger(__name__)


async def actor(parts: Parts, account: Account) -> Document:
    """The document of a local account; ``NotFound`` for a damaged one."""
    rows = await parts.db.all(accounts.keys_of(account.id))
    rsa, ed25519 = published_keys(rows, parts.clock.now_ms())
    ids = [found for found in (account.avatar_id, account.header_id) if found is not None]
    pictures = {row.id: row for row in await parts.db.all(media.by_ids(ids))} if ids else {}
    moved: Account | None = None
    if account.moved_to_id is not None:
        moved = await parts.db.one(accounts.by_id(account.moved_to_id))
    try:
        return activitystreams.actor_document(
            parts.site,
            account,
            rsa,
            ed25519,
            pictures.get(account.avatar_id or 0),
            pictures.get(account.header_id or 0),
            moved.uri if moved is not None else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.exception("an account cannot be written down", extra={"account_id": account.id})
        raise NotFound from error


async def notes(parts: Parts, author: Account, rows: Sequence[Status]) -> dict[int, Document]:
    """The posts (not boosts) of a local author, by id, without ``@context``."""
    posts = [row for row in rows if row.reblog_of_id is None]
    if not posts:
        return {}
    ids = [row.id for row in posts]
    attached, named, tagged = (
        await parts.db.all(media.of_statuses(ids)),
        await parts.db.all(statuses.mentions_of(ids)),
        await parts.db.all(statuses.tags_of(ids)),
    )
    extras = await _extras(parts, posts, await _made(parts, posts, attached))
    made: dict[int, Document] = {}
    for row in posts:
        try:
            made[row.id] = activitystreams.note(
                parts.site,
                row,
                author,
                [m for m in attached if m.status_id == row.id],
                [m for m in named if m.status_id == row.id],
                [t for t in tagged if t.status_id == row.id],
                extras.get(row.id, activitystreams.NOTHING),
            )
        except (ValueError, TypeError, KeyError, AttributeError):
            # a damaged row is left out of a collection instead of failing it
            log.exception("a post cannot be written down and is left out", extra={"status_id": row.id})
    return made


async def _made(parts: Parts, posts: Sequence[Status], attached: Sequence[Medium]) -> dict[int, making.Provenance]:
    """How posts and their media were made, for those that say something of it."""
    ids = [each.status_id for each in attached if each.status_id is not None]
    found = await parts.db.all(provenance.made_of_statuses(ids)) if ids else []
    claims = await parts.db.all(provenance.claims_of_statuses(ids)) if found else []
    speaking = [row.id for row in posts if row.provenance & provenance.SAID]
    building = [row.id for row in posts if row.provenance & provenance.BASED]
    said = {each.status_id: each for each in await parts.db.all(provenance.said(speaking))} if speaking else {}
    based = await parts.db.all(provenance.based_on(building)) if building else []
    of = {each.id: each.status_id for each in attached}
    return {
        row.id: making.gathered(
            [each for each in found if of.get(each.media_id) == row.id],
            [each for each in claims if of.get(each.media_id) == row.id],
            said.get(row.id),
            [each for each in based if each.status_id == row.id],
        )
        for row in posts
    }


async def _extras(
    parts: Parts, posts: Sequence[Status], made: dict[int, making.Provenance]
) -> dict[int, activitystreams.Extras]:
    """What hangs on posts; polls and quotes of those that have any."""
    asking = [row.id for row in posts if row.object_type == "Question"]
    quoting = [row.id for row in posts if row.quoting]
    found = {each.status_id: each for each in await parts.db.all(polls.by_ids(asking))} if asking else {}
    quoted = {each.status_id: each for each in await parts.db.all(quotes.of_statuses(quoting))} if quoting else {}
    return {row.id: activitystreams.extras_of(found.get(row.id), quoted.get(row.id), made[row.id]) for row in posts}


async def note_document(parts: Parts, author: Account, status: Status) -> Document:
    """A post that stands alone, with its proof; ``NotFound`` for a damaged one."""
    found = await notes(parts, author, [status])
    if status.id not in found:
        raise NotFound
    return await signed(parts, author, activitystreams.note_document(found[status.id]))


async def activity(parts: Parts, author: Account, status: Status) -> Document:
    """The Create of a post, or the Announce that a boost is; ``NotFound`` for a damaged one."""
    found = await notes(parts, author, [status])
    made = await _activities(parts, author, [status], found)
    if not made:
        raise NotFound
    return await signed(parts, author, made[0])


async def activities(parts: Parts, author: Account, rows: Sequence[Status]) -> list[Document]:
    """Creates and Announces in the order of the rows, without ``@context``."""
    found = await notes(parts, author, rows)
    return [_bare(document) for document in await _activities(parts, author, rows, found)]


async def signed(parts: Parts, author: Account, document: Document) -> Document:
    """With the author's integrity proof."""
    keyring: KeyRing = parts.keyring
    now = parts.clock.now_ms()
    rows = await parts.db.all(accounts.keys_of(author.id))
    key = keyring.signing_key(rows, Algorithm.ED25519, now)
    return activitystreams.signed(document, key.key, key.uri, now)


async def _activities(
    parts: Parts, author: Account, rows: Sequence[Status], found: dict[int, Document]
) -> list[Document]:
    boosted_ids = [row.reblog_of_id for row in rows if row.reblog_of_id is not None]
    boosted = {s.id: s for s in await parts.db.all(statuses.by_ids(boosted_ids))} if boosted_ids else {}
    author_ids = sorted({s.account_id for s in boosted.values()})
    authors = {a.id: a for a in await parts.db.all(accounts.by_ids(author_ids))} if author_ids else {}
    made: list[Document] = []
    for row in rows:
        if row.reblog_of_id is None:
            if row.id in found:
                made.append(activitystreams.create(found[row.id], author.uri, row.created_at))
        elif (original := boosted.get(row.reblog_of_id)) is not None:
            uri = authors[original.account_id].uri
            made.append(activitystreams.announce(row, author, uri, original.uri))
    return made


def _bare(document: dict[str, Any]) -> Document:
    return {key: value for key, value in document.items() if key != "@context"}
