"""Late pieces of posts that ask, quote, or let only some quote them (see ``page``): a poll with the viewer's votes, the
quoted post as the viewer sees it, what the viewer may do. A page without such posts costs nothing more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from fedserver.db.queries import polls as poll_rows
from fedserver.db.queries import quotes as quote_rows
from fedserver.db.queries import relations, timelines
from fedserver.db.queries.polls import Poll
from fedserver.db.queries.quotes import Quote
from fedserver.db.queries.relations import Relation
from fedserver.db.queries.shown import Shown
from fedserver.db.queries.statuses import Status
from fedserver.db.statement import Query
from fedserver.domain import interactions
from fedserver.domain.site import Site
from fedserver.render.mastodon import polls, quotes

R = TypeVar("R")
Nested = Callable[[Sequence[Shown]], Awaitable[dict[int, bytes]]]
"""Renders quoted posts, whose own quotes are shallow."""


class Reader(Protocol):
    """What is asked of a database."""

    async def all(self, query: Query[R], /) -> list[R]: ...


class Extra(NamedTuple):
    """What is kept of a post for its late pieces."""

    poll: polls.Piece | None = None
    quote: quotes.Piece | None = None
    policy: quotes.Policy | None = None


class Found(NamedTuple):
    """Rows that hang on posts, by post."""

    polls: Mapping[int, Poll]
    quotes: Mapping[int, Quote]


async def load(db: Reader, rows: Iterable[Status]) -> Found:
    """The polls and quotes of the posts that have any."""
    asking = [row.id for row in rows if row.object_type == "Question"]
    quoting = [row.id for row in rows if row.quoting]
    return Found(
        {each.status_id: each for each in await db.all(poll_rows.by_ids(asking))} if asking else {},
        {each.status_id: each for each in await db.all(quote_rows.of_statuses(quoting))} if quoting else {},
    )


def take_out(site: Site, row: Status, value: dict[str, Any], found: Found) -> Extra | None:
    """What is kept of a post beside its core; its keys leave the core. None for most posts."""
    poll, quote = found.polls.get(row.id), found.quotes.get(row.id)
    depends = row.open and interactions.needs_relation(row.quote_policy)
    if poll is None and quote is None and not depends:
        return None
    quoted = quotes.piece(quote) if quote is not None else None
    extra = Extra(
        polls.piece(site, poll, row.emojis) if poll is not None else None,
        quoted,
        quotes.Policy(row.quote_policy, row.account_id) if depends else None,
    )
    if extra.poll is not None:
        del value["poll"]
    if extra.quote is not None:
        del value["quote"]
    return extra if extra != Extra() else None


def searched(body: bytes, extra: Extra | None) -> bytes:
    """The core of a post, as it is compared with filters: with the options of its poll."""
    return body if extra is None or extra.poll is None else body + b',"poll":{' + extra.poll.ended + b"}"


async def late(
    db: Reader, extras: Mapping[int, Extra], viewer_id: int | None, now: int, nested: Nested | None
) -> dict[int, bytes]:
    """The pieces by post. ``nested`` None: these posts are quoted themselves."""
    found: dict[int, bytes] = defaultdict(bytes)
    for pieces in (
        await _polls(db, extras, viewer_id, now),
        await _quotes(db, extras, viewer_id, now, nested),
        await _approvals(db, extras, viewer_id),
    ):
        for status_id, body in pieces.items():
            found[status_id] += body
    return found


async def _polls(db: Reader, extras: Mapping[int, Extra], viewer_id: int | None, now: int) -> dict[int, bytes]:
    asking = {status_id: extra.poll for status_id, extra in extras.items() if extra.poll is not None}
    own: dict[int, list[int]] = defaultdict(list)
    if asking and viewer_id is not None:
        for vote in await db.all(poll_rows.own(viewer_id, list(asking))):
            own[vote.status_id].append(vote.choice)
    return {
        status_id: b',"poll":' + polls.poll(kept, viewer_id, own[status_id], now) for status_id, kept in asking.items()
    }


async def _quotes(
    db: Reader, extras: Mapping[int, Extra], viewer_id: int | None, now: int, nested: Nested | None
) -> dict[int, bytes]:
    quoting = {status_id: extra.quote for status_id, extra in extras.items() if extra.quote is not None}
    ids = [kept.quoted_id for kept in quoting.values() if kept.quoted_id is not None]
    shown = await db.all(timelines.by_ids(viewer_id, ids)) if ids else []
    authors = {row.id: row.account_id for row in shown}
    between: dict[int, Relation] = {}
    if viewer_id is not None and shown:
        rows = await db.all(relations.relations(viewer_id, sorted(set(authors.values())), now))
        between = {row.id: row for row in rows if row.id != viewer_id}
    bodies = await nested(shown) if nested is not None and shown else {}
    found: dict[int, bytes] = {}
    for status_id, kept in quoting.items():
        quoted_id = kept.quoted_id if kept.quoted_id in authors else None
        state = quotes.state_for(kept, quoted_id is not None, between.get(authors.get(quoted_id or 0, 0)))
        if nested is None:
            body = quotes.shallow(state, quoted_id)
        else:
            body = quotes.whole(state, bodies.get(quoted_id or 0))
        found[status_id] = b',"quote":' + body
    return found


async def _approvals(db: Reader, extras: Mapping[int, Extra], viewer_id: int | None) -> dict[int, bytes]:
    asked = {status_id: extra.policy for status_id, extra in extras.items() if extra.policy is not None}
    if not asked or viewer_id is None:
        return {}
    pairs = set(await db.all(quote_rows.pairs(viewer_id, sorted({each.account_id for each in asked.values()}))))
    found = {}
    for status_id, policy in asked.items():
        if policy.account_id == viewer_id:
            continue
        answer = interactions.may_quote(
            policy.bits,
            follows=quote_rows.Pair(viewer_id, policy.account_id) in pairs,
            followed=quote_rows.Pair(policy.account_id, viewer_id) in pairs,
        )
        found[status_id] = quotes.approval(policy.bits, answer)
    return found
