"""The public log of moderation: what was decided, by which rule, when. Never whose report it was, never any content.

Accounts, posts and servers go by pseudonyms (``domain/moderation/pseudonyms``); servers and the moderators who decided
are named where the community wants that. What is about abuse of minors is not in it (``decisions.public``).

Much of what is decided can be seen from outside: a label says which post it is on, a limited account says that it is.
So that nobody gets from there to what cannot be seen, a line says nothing that the rest of the node says as well: not
the id of the decision, days in place of moments, the lines of a day in no order, and names that hold for one thing, one
verb and one month.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import communities, meta
from fedserver.db.queries import ledger as rows
from fedserver.db.queries.communities import Community
from fedserver.db.queries.ledger import Decision
from fedserver.domain import uris
from fedserver.domain.moderation.domains import obfuscated
from fedserver.domain.moderation.pseudonyms import at_place, place, pseudonym
from fedserver.domain.moderation.pseudonyms import line as line_id
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.pages import page, render
from fedserver.kit import i18n
from fedserver.kit.clock import to_iso
from fedserver.kit.errors import NotFound
from fedserver.kit.paging import Page
from fedserver.render.reasons import Reason
from fedserver.services import publiclog
from fedserver.services.verbs.domains import terms_of
from fedserver.web.decision_views import DecisionView, views_of

PER_PAGE = 50
DAY_MS: Final = 24 * 3600 * 1000
# what everybody sees on a post, and in ``/labels/applied``
_OF_AUTHOR: Final = frozenset({("status", "label"), ("status", "blur"), ("status", "warn")})
_OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}
_ATOM = "application/atom+xml; charset=utf-8"


class Line(NamedTuple):
    """A decision as everybody sees it. ``id``: the line's own; ``name``: a pseudonym, or what it is named;
    ``moderator``: '' unless shown; ``day``, ``ended`` and ``until``: when, to the day (ms)."""

    id: str
    day: int
    ended: int | None
    until: int | None
    row: Decision
    why: Reason
    name: str
    named: bool
    moderator: str


async def show(call: Call) -> StreamResponse:
    """GET /moderation-log"""
    lines, older = await _lines(call)
    return page(call, "public/log.html", lines=lines, older=older)


async def json(call: Call) -> StreamResponse:
    """GET /moderation-log.json: the same, newest first; ``next`` is the address of what is older."""
    lines, older = await _lines(call)
    site = call.parts.site
    told = {
        "community": site.domain,
        "next": f"{site.base_url}/moderation-log.json?before={older}" if older else None,
        "entries": [_entry(line) for line in lines],
    }
    response = responses.json(told)
    response.headers.update(_OPEN)
    return response


async def atom(call: Call) -> StreamResponse:
    """GET /moderation-log.atom (RFC 4287)"""
    lines, _ = await _lines(call)
    body = render(
        "public/log.xml",
        site=call.parts.site,
        community=call.parts.extra.get("community"),
        lines=lines,
        updated=max((line.ended or line.day for line in lines), default=0),
        actor=uris.actor(call.parts.site, uris.INSTANCE_USERNAME),
        lang=i18n.current_locale(),
    )
    return Response(body=body.encode(), headers={**_OPEN, "Content-Type": _ATOM})


async def _lines(call: Call) -> tuple[list[Line], str | None]:
    db = call.parts.db
    key = await _key(call)
    given = call.query.text("before")
    before = at_place(key, given) if given else None
    if given and before is None:
        raise NotFound
    at = Page(max_id=before, limit=PER_PAGE)
    found = await db.all(rows.listed(at, public=True))
    community = await db.one(communities.by_id())
    lines = [_line(view, community, key) for view in await views_of(call.parts, found)]
    lines.sort(key=lambda line: (-line.day, line.id))
    return lines, place(key, found[-1].id) if len(found) == PER_PAGE else None


async def _key(call: Call) -> bytes:
    known = await call.parts.db.one(meta.get(publiclog.KEY))
    return bytes.fromhex(known) if known is not None else await call.parts.db.run(publiclog.key)


def _line(view: DecisionView, community: Community | None, key: bytes) -> Line:
    row = view.row
    servers = community is not None and bool(community.log_servers)
    moderators = community is not None and bool(community.log_moderators)
    named = row.target == "community" or (row.target == "domain" and servers)
    return Line(
        id=line_id(key, row.id),
        day=_day(row.created_at),
        ended=_day(row.undone_at) if row.undone_at is not None else None,
        until=_day(row.expires_at) if row.expires_at is not None else None,
        row=row,
        why=view.why,
        name=_named(row) if named else _pseudonym(key, row),
        named=named,
        moderator=view.actor if moderators else "",
    )


def _pseudonym(key: bytes, row: Decision) -> str:
    """One name for what was done in the same way to the same thing within a month. What is put on posts for everybody
    to see counts by their author: there it gives nothing away."""
    month = to_iso(row.created_at)[:7]
    if (row.target, row.verb) in _OF_AUTHOR:
        return pseudonym(key, f"{month} author:{row.account_id} {row.verb}")
    return pseudonym(key, f"{month} {row.target}:{row.target_id or row.target_uri} {row.verb}")


def _day(ms: int) -> int:
    return ms - ms % DAY_MS


def _named(row: Decision) -> str:
    return row.target_uri if row.target == "community" else _server(row)


def _server(row: Decision) -> str:
    """The name of a server, in part only where its policy says so: the log is no advertisement either."""
    return obfuscated(row.target_uri) if terms_of(row).obfuscate else row.target_uri


def _entry(line: Line) -> dict[str, Any]:
    row, why = line.row, line.why
    return {
        "id": line.id,
        "at": _date(line.day),
        "action": f"{row.target}.{row.verb}",
        "what": why.done,
        "label": row.label or None,
        "target": {"type": row.target, "name": line.name or None, "pseudonym": not line.named},
        "rule": {"id": row.rule_id or row.norm or None, "text": why.rule or None},
        "policy": {"version": why.version, "url": why.policy},
        "source": row.source,
        "override": row.source == "override",
        "moderator": line.moderator or None,
        "until": _date(line.until),
        "undone_at": _date(line.ended),
        "expired": row.expired,
    }


def _date(ms: int | None) -> str | None:
    return to_iso(ms)[:10] if ms is not None else None
