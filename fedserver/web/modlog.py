"""The public log of moderation: what was decided, by which rule, when. Never whose report it was, never any content.

Accounts and posts go by the pseudonym of the account (``domain/moderation/pseudonyms``); servers and the moderators who
decided are named where the community wants that. What is about abuse of minors is not in it (``decisions.public``).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from aiohttp.web import Response, StreamResponse

from fedserver.db.queries import communities, meta
from fedserver.db.queries import ledger as rows
from fedserver.db.queries.communities import Community
from fedserver.db.queries.ledger import Decision
from fedserver.domain import uris
from fedserver.domain.moderation.domains import obfuscated
from fedserver.domain.moderation.pseudonyms import pseudonym
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.pages import page, render
from fedserver.kit import i18n
from fedserver.kit.clock import to_iso
from fedserver.kit.paging import Page
from fedserver.render.reasons import Reason
from fedserver.services import publiclog
from fedserver.services.verbs.domains import terms_of
from fedserver.web.decision_views import DecisionView, views_of

PER_PAGE = 50
_OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}
_ATOM = "application/atom+xml; charset=utf-8"


class Line(NamedTuple):
    """A decision as everybody sees it. ``name``: a pseudonym, or a server's own; ``moderator``: '' unless shown."""

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
        "next": f"{site.base_url}/moderation-log.json?max_id={older}" if older else None,
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
        updated=max((line.row.undone_at or line.row.created_at for line in lines), default=0),
        actor=uris.actor(call.parts.site, uris.INSTANCE_USERNAME),
        lang=i18n.current_locale(),
    )
    return Response(body=body.encode(), headers={**_OPEN, "Content-Type": _ATOM})


async def _lines(call: Call) -> tuple[list[Line], int | None]:
    db = call.parts.db
    at = Page(max_id=call.query.id("max_id"), limit=PER_PAGE)
    found = await db.all(rows.listed(at, public=True))
    community = await db.one(communities.by_id())
    key = await _key(call)
    lines = [_line(view, community, key) for view in await views_of(call.parts, found)]
    return lines, found[-1].id if len(found) == PER_PAGE else None


async def _key(call: Call) -> bytes:
    known = await call.parts.db.one(meta.get(publiclog.KEY))
    return bytes.fromhex(known) if known is not None else await call.parts.db.run(publiclog.key)


def _line(view: DecisionView, community: Community | None, key: bytes) -> Line:
    row = view.row
    servers = community is not None and bool(community.log_servers)
    moderators = community is not None and bool(community.log_moderators)
    named = row.target == "domain" and servers
    if row.target == "community":
        name = ""
    elif row.account_id is not None and row.target != "domain":
        # one name for an account and all it posted
        name = pseudonym(key, f"account:{row.account_id}")
    else:
        name = _server(row) if named else pseudonym(key, row.target_uri)
    return Line(row, view.why, name, named, view.actor if moderators else "")


def _server(row: Decision) -> str:
    """The name of a server, in part only where its policy says so: the log is no advertisement either."""
    return obfuscated(row.target_uri) if terms_of(row).obfuscate else row.target_uri


def _entry(line: Line) -> dict[str, Any]:
    row, why = line.row, line.why
    return {
        "id": str(row.id),
        "at": to_iso(row.created_at),
        "action": f"{row.target}.{row.verb}",
        "what": why.done,
        "label": row.label or None,
        "target": {"type": row.target, "name": line.name or None, "pseudonym": not line.named},
        "rule": {"id": row.rule_id or row.norm or None, "text": why.rule or None},
        "policy": {"version": why.version, "url": why.policy},
        "source": row.source,
        "override": row.source == "override",
        "moderator": line.moderator or None,
        "until": to_iso(row.expires_at) if row.expires_at is not None else None,
        "undone_at": to_iso(row.undone_at) if row.undone_at is not None else None,
        "expired": row.expired,
    }
