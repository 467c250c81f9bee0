"""Favourites that other servers said with an emoji (FEP-c0e0), under the address that Pleroma's clients ask.

Mastodon's API has no place for them: there they are favourites like any other.
"""

from __future__ import annotations

import orjson
from aiohttp.web import Response

from fedserver.api import common
from fedserver.api.statuses import visible
from fedserver.db.queries import accounts, emojis, reactions
from fedserver.db.queries.reactions import Reacted
from fedserver.domain import uris
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.render.mastodon.renderer import join


async def listed(call: Call) -> Response:
    """GET /api/v1/pleroma/statuses/{id}/reactions: [{name, url, count, me, accounts}], the first one first.

    ``name`` is an emoji or the shortcode of one of another server, whose picture stands at ``url``.
    """
    row, db = await visible(call), call.parts.db
    said = await db.all(reactions.reacted_with(row.id))
    people = await db.all(accounts.by_ids([each.account_id for each in said])) if said else []
    shown = await common.without_hidden(call, people)
    bodies = dict(zip((each.id for each in shown), await common.renderer(call).accounts(db, shown), strict=True))
    groups: dict[tuple[str, str], list[Reacted]] = {}
    for each in said:
        if each.account_id in bodies:
            # the same shortcode of two servers is two pictures
            groups.setdefault((each.emoji, each.domain if each.emoji.startswith(":") else ""), []).append(each)
    entities = []
    for (emoji, domain), members in groups.items():
        head = {
            "name": emoji.strip(":"),
            "url": await _picture(call, emoji, domain),
            "count": len(members),
            "me": False,
        }
        faces = join([bodies[each.account_id] for each in members])
        entities.append(orjson.dumps(head)[:-1] + b',"accounts":' + faces + b"}")
    return responses.raw_json(join(entities))


async def _picture(call: Call, emoji: str, domain: str) -> str | None:
    if not domain:
        return None
    found = await call.parts.db.all(emojis.named(domain, [emoji.strip(":")]))
    return uris.media(call.parts.site, found[0].medium.id, found[0].medium.token) if found else None
