"""Posts: publish, read, edit, delete."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp.web import Response

from fedserver.api import at_hand, common, drafts, scheduled
from fedserver.api.declarations import declaration, saying
from fedserver.api.resolve import resolve_mentions
from fedserver.db.queries import media as media_rows
from fedserver.db.queries import places, preferences, statuses, timelines
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain.languages import known_language
from fedserver.domain.text.compose import prepare
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import statuses as render
from fedserver.render.mastodon.basics import VISIBILITY_NUMBERS
from fedserver.render.mastodon.renderer import join
from fedserver.services import access, provenance
from fedserver.services import media as media_service
from fedserver.services import scheduled as later
from fedserver.services import statuses as service

MAX_BATCH = 20
_MAX_MEDIA = 100
_KEY_LENGTH = 255


async def create(call: Call) -> Response:
    """POST /api/v1/statuses. With an Idempotency-Key a repeated request gives the first post.

    With ``scheduled_at`` in the future nothing is posted yet, and the answer is a ScheduledStatus.
    """
    params = await call.params()
    account_id = call.me.account_id
    idempotency = _idempotency(call, params.tree)
    at = drafts.scheduled_at(params, common.now(call))
    await resolve_mentions(call, _texts(params)[0])

    def draft(unit: Unit) -> service.Draft:
        # read where it is used: the last commit has made the readers forget their pages
        return _draft(params, unit.one(preferences.of_account(account_id)), call.app_id)

    if at is not None:
        scheduled_id = await call.parts.db.run(
            lambda unit: later.schedule(unit, account_id, draft(unit), at, idempotency=idempotency),
        )
        return await scheduled.answer(call, scheduled_id)

    def work(unit: Unit) -> tuple[int, at_hand.Rows]:
        status_id = service.publish(unit, account_id, draft(unit), idempotency=idempotency)
        return status_id, at_hand.own_status(unit, account_id, status_id)

    status_id, rows = await call.parts.db.run(work)
    return await common.show_status(call, status_id, at_hand.AtHand(call.parts.db, rows))


def _draft(params: Params, stored: preferences.Preferences | None, app_id: int | None) -> service.Draft:
    text, spoiler = _texts(params)
    sensitive, visibility = params.maybe_flag("sensitive"), _visibility(params.text("visibility"))
    if sensitive is None:
        sensitive = stored is not None and bool(stored.default_sensitive)
    if visibility is None:
        visibility = stored.default_visibility if stored is not None else 0
    return service.Draft(
        text=text,
        spoiler=spoiler,
        sensitive=sensitive,
        visibility=visibility,
        language=known_language(params.text("language")) or (stored.default_language if stored is not None else None),
        in_reply_to_id=params.id("in_reply_to_id"),
        media_ids=params.ids("media_ids", _MAX_MEDIA),
        app_id=app_id,
        poll=drafts.poll(params),
        quoted_status_id=params.id("quoted_status_id") or None,
        quote_policy=drafts.quote_policy(params, visibility, stored),
        saying=saying(params),
        media_made=drafts.media_made(stored),
    )


def _texts(params: Params) -> tuple[str, str]:
    """Text and warning. A warning without a text is the text (Mastodon's PostStatusService)."""
    text, spoiler = params.text("status") or "", prepare(params.text("spoiler_text") or "")
    return (
        (spoiler, "") if spoiler and not text.strip() and not params.ids("media_ids", _MAX_MEDIA) else (text, spoiler)
    )


def _visibility(name: str | None) -> int | None:
    if not name:
        return None
    if name not in VISIBILITY_NUMBERS:
        raise Invalid(lazy("Validation failed: Visibility is not included in the list"))
    return VISIBILITY_NUMBERS[name]


def _idempotency(call: Call, tree: Mapping[str, Any]) -> tuple[str, bytes] | None:
    key = call.header("Idempotency-Key").strip()
    if not key:
        return None
    if len(key) > _KEY_LENGTH:
        key = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    body = orjson.dumps(tree, option=orjson.OPT_SORT_KEYS, default=str)
    return key, hashlib.sha256(body).digest()


async def show(call: Call) -> Response:
    """GET /api/v1/statuses/{id}"""
    return await common.show_status(call, call.id())


async def batch(call: Call) -> Response:
    """GET /api/v1/statuses?id[]=: those that the viewer may see, in the order asked for."""
    wanted = call.query.ids("id", MAX_BATCH)
    db, viewer_id = call.parts.db, common.viewer_id(call)
    rows = await db.all(timelines.by_ids(viewer_id, wanted)) if wanted else []
    there = {row.id for row in rows}
    # ids of feeds' boosts, which are no rows: what they boost
    inner: dict[int, int] = {}
    for each in wanted:
        if each not in there and (found_id := await db.one(places.inner(each, viewer_id))) is not None:
            inner[each] = found_id
    if more := [each for each in inner.values() if each not in there]:
        rows = [*rows, *await db.all(timelines.by_ids(viewer_id, more))]
    found = await common.renderer(call).status_map(db, rows, viewer_id, asked=True)
    named = dict.fromkeys(inner.get(each, each) for each in wanted)
    return responses.raw_json(join(found[each] for each in named if each in found))


async def edit(call: Call) -> Response:
    """PUT /api/v1/statuses/{id}. Attachments stay as they are where ``media_ids`` is not sent at all."""
    params = await call.params()
    status_id, account_id = await _named(call), call.me.account_id
    text, spoiler = _texts(params)
    revision = service.Revision(
        text=text,
        spoiler=spoiler,
        sensitive=params.flag("sensitive"),
        language=known_language(params.text("language")),
        media_ids=params.ids("media_ids", _MAX_MEDIA) if params.has("media_ids") else None,
        poll=drafts.poll(params),
        quote_policy=drafts.new_quote_policy(params),
        saying=saying(params),
    )
    described = [
        (each.id("id"), each.text("description"), focus_of(each), declaration(each))
        for each in params.subs("media_attributes")
    ]
    await resolve_mentions(call, text)

    def work(unit: Unit) -> None:
        access.own_status(unit, account_id, status_id)
        attached = {each.id for each in unit.all(media_rows.of_statuses([status_id]))} | set(revision.media_ids or ())
        service.edit(unit, account_id, status_id, revision)
        for media_id, description, focus, declared in described:
            if media_id in attached:
                media_service.describe(unit, account_id, media_id, description=description, focus=focus)
                if declared is not None:
                    provenance.declare(unit, account_id, media_id, declared)

    await call.parts.db.run(work)
    return await common.show_status(call, status_id)


def focus_of(params: Params) -> tuple[float, float] | None:
    """``focus=x,y``, each from -1 to 1. Raises ``Invalid``."""
    text = params.text("focus")
    if not text:
        return None
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError as error:
        raise Invalid(lazy("Validation failed: Focus is not valid"), cause=error) from error
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise Invalid(lazy("Validation failed: Focus is not valid"))
    return x, y


async def delete(call: Call) -> Response:
    """DELETE /api/v1/statuses/{id}: answers with what one needs to write it anew.

    Attachments become unattached uploads again, so that the new post can have them, unless ``delete_media`` says no.
    """
    params = await call.params()
    status_id, account_id = await _named(call), call.me.account_id
    keep_media = not params.flag("delete_media")
    row = await call.parts.db.one(statuses.by_id(status_id))
    if row is None or row.account_id != account_id:
        raise NotFound
    entity = orjson.loads(await common.status_body(call, status_id))

    def work(unit: Unit) -> None:
        if keep_media:
            for each in unit.all(media_rows.of_statuses([status_id])):
                unit.run(media_rows.detach(each.id, unit.now))
        service.delete(unit, account_id, status_id)

    await call.parts.db.run(work)
    entity.pop("content", None)
    entity["text"] = render.plain(row)
    return responses.json(entity)


async def _named(call: Call) -> int:
    """The id in the path; what a feed's boost has in it, where it is the id of one."""
    if await call.parts.db.one(statuses.by_id(call.id())) is not None:
        return call.id()
    return await call.parts.db.one(places.inner(call.id(), common.viewer_id(call))) or call.id()


async def card(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/card: removed from Mastodon 3.0, still asked for. {} where there is none."""
    entity = orjson.loads(await common.status_body(call, call.id()))
    return responses.json((entity["reblog"] or entity).get("card") or {})


async def source(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/source"""
    return responses.json(render.source(await visible(call)))


async def history(call: Call) -> Response:
    """GET /api/v1/statuses/{id}/history"""
    row = await visible(call)
    quote = orjson.loads(await common.status_body(call, row.id))["quote"]
    return responses.raw_json(await common.renderer(call).status_edits(call.parts.db, row, quote))


async def visible(call: Call) -> Status:
    """The post in the path, if the viewer may see it; a boost's id stands for what it boosts, a feed's boost too."""
    row = await call.parts.db.one(statuses.visible(call.id(), common.viewer_id(call)))
    if row is None and (inner := await call.parts.db.one(places.inner(call.id(), common.viewer_id(call)))) is not None:
        row = await call.parts.db.one(statuses.visible(inner, common.viewer_id(call)))
    if row is not None and row.reblog_of_id is not None:
        row = await call.parts.db.one(statuses.visible(row.reblog_of_id, common.viewer_id(call)))
    if row is None:
        raise NotFound
    return row
