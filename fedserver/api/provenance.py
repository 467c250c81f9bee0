"""How media and posts were made: what requests say of it, and our own methods about it (docs/provenance.md)."""

from __future__ import annotations

from aiohttp.web import Response

from fedserver.api import common
from fedserver.api.files import check_author, check_shown
from fedserver.api.statuses import visible
from fedserver.db.queries import media as media_rows
from fedserver.db.queries import provenance as rows
from fedserver.db.queries import statuses, timelines
from fedserver.db.queries.media import Medium
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.kit.errors import NotFound
from fedserver.kit.tokens import same
from fedserver.render.mastodon import provenance as render
from fedserver.render.mastodon.renderer import join
from fedserver.services import access
from fedserver.services import provenance as service


async def claims(call: Call) -> Response:
    """GET /api/v1/media/{id}/claims: who said what of a medium and when, revoked claims too."""
    row = await _seen(call)
    found = await call.parts.db.all(rows.claims_of([row.id]))
    return responses.json([render.claim(each) for each in found])


async def workflow(call: Call) -> Response:
    """GET /media/{id}/{token}/workflow: what its author published, as the generator wrote it."""
    row = await call.parts.db.one(media_rows.by_id(call.id()))
    if row is None or not same(row.token, call.path["token"]) or row.state != "ready":
        raise NotFound
    await check_author(call, row)
    await check_shown(call, row)
    made = await call.parts.db.one(rows.made([row.id]))
    body = render.workflow(made) if made is not None else None
    if body is None:
        raise NotFound
    headers = {
        "Content-Disposition": f'attachment; filename="workflow-{row.id}.json"',
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Access-Control-Allow-Origin": "*",
        # published today, perhaps not tomorrow
        "Cache-Control": "public, max-age=300",
    }
    return Response(body=body.encode(), content_type="application/json", headers=headers)


async def remixes(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/remixes: posts that are based on a post, as far as the viewer may see them."""
    row, page = await visible(call), call.query.page(20, 40)
    ids = await call.parts.db.all(rows.remixes(row.id, page))
    ordered = ids[::-1] if page.ascending else ids
    shown = await call.parts.db.all(timelines.by_ids(common.viewer_id(call), ids)) if ids else []
    found = await common.renderer(call).status_map(call.parts.db, shown, common.viewer_id(call))
    return responses.raw_paged(call, join(found[each] for each in ordered if each in found), ordered)


async def moderate(call: Call) -> Response:
    """POST /api/v1/admin/media/{id}/claims: a moderator's claim beside the others."""
    params = await call.params()
    media_id, account_id = call.id(), call.me.account_id
    declared, note = params.required("declared"), params.text("note") or ""
    await call.parts.db.run(
        lambda unit: service.moderate(unit, access.account(unit, account_id), media_id, declared, note=note)
    )
    return await _history(call, media_id)


async def unmoderate(call: Call) -> Response:
    """DELETE /api/v1/admin/media/{id}/claims/{claim_id}: takes back a claim that a moderator made."""
    media_id, claim_id, account_id = call.id(), call.id("claim_id"), call.me.account_id
    await call.parts.db.run(lambda unit: service.revoke(unit, access.account(unit, account_id), media_id, claim_id))
    return await _history(call, media_id)


async def _history(call: Call, media_id: int) -> Response:
    found = await call.parts.db.all(rows.claims_of([media_id]))
    return responses.json([render.claim(each) for each in found])


async def _seen(call: Call) -> Medium:
    """A medium of one's own, or of a post that the viewer may see."""
    row = await call.parts.db.one(media_rows.by_id(call.id()))
    if row is None or row.role != "attachment":
        raise NotFound
    viewer_id = common.viewer_id(call)
    if viewer_id is not None and row.account_id == viewer_id:
        return row
    if row.status_id is None or await call.parts.db.one(statuses.visible(row.status_id, viewer_id)) is None:
        raise NotFound
    return row
