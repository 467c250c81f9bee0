"""One's own account: what it is, and changing it."""

from __future__ import annotations

from dataclasses import replace

import orjson
from aiohttp.web import Response

from fedserver.api import common, media
from fedserver.api.markers import preferred
from fedserver.db.queries import accounts, relations, roles
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.render.mastodon import accounts as render
from fedserver.render.mastodon.basics import VISIBILITY_NUMBERS
from fedserver.services import pictures, preferences, usage
from fedserver.services.accounts import ProfileChange
from fedserver.services.roles import role_of

_MAX_FIELDS = 50


async def verify(call: Call) -> Response:
    """GET /api/v1/accounts/verify_credentials: CredentialAccount."""
    return await _answer(call)


async def _answer(call: Call) -> Response:
    row = await call.parts.db.one(accounts.by_id(call.me.account_id))
    if row is None:
        raise NotFound
    requests = await call.parts.db.one(relations.request_count(row.id)) or 0
    body = await common.account_body(call, row)
    source = orjson.dumps(render.source(row, await preferred(call), requests))
    holder = await call.parts.db.one(roles.of_accounts([row.id]))
    if holder is None:
        raise NotFound
    role = orjson.dumps(render.role(role_of(holder)))
    return responses.raw_json(body[:-1] + b',"source":' + source + b',"role":' + role + b"}")


async def update(call: Call) -> Response:
    """PATCH /api/v1/accounts/update_credentials: whatever is sent changes, all of it in one unit."""
    media.allow(call, 2 * call.parts.config.media.max_image_bytes)
    params = await call.params()
    account_id = call.me.account_id
    change, source = change_of(params), params.sub("source") or Params({})
    visibility, sensitive = _visibility(source.text("privacy")), source.maybe_flag("sensitive")
    language, training = source.text("language"), source.text("training")
    for name in ("avatar", "header"):
        upload = params.file(name)
        if upload is not None:
            media_id = await media.picture(call, upload, name)
            change = replace(change, avatar_id=media_id) if name == "avatar" else replace(change, header_id=media_id)

    def work(unit: Unit) -> None:
        pictures.update_profile(unit, account_id, change)
        preferences.change(
            unit,
            account_id,
            visibility=visibility,
            sensitive=sensitive,
            language=language,
            quote_policy=source.text("quote_policy"),
            media_made=source.text("provenance"),
        )
        if training is not None:
            usage.choose(unit, account_id, training)

    await call.parts.db.run(work)
    return await _answer(call)


def change_of(params: Params) -> ProfileChange:
    """What a request changes of the profile, pictures apart."""
    fields = None
    if params.has("fields_attributes"):
        given = params.subs("fields_attributes", _MAX_FIELDS)
        fields = [(each.text("name") or "", each.text("value") or "") for each in given]
    return ProfileChange(
        display_name=params.text("display_name"),
        note=params.text("note"),
        fields=fields,
        locked=params.maybe_flag("locked"),
        bot=params.maybe_flag("bot"),
        operator=params.text("operator"),
        discoverable=params.maybe_flag("discoverable"),
        indexable=params.maybe_flag("indexable"),
        hide_collections=params.maybe_flag("hide_collections"),
        attribution_domains=params.texts("attribution_domains", _MAX_FIELDS)
        if params.has("attribution_domains")
        else None,
    )


def _visibility(name: str | None) -> int | None:
    if not name:
        return None
    if name not in ("public", "unlisted", "private"):
        raise Invalid(lazy("Validation failed: Privacy is not included in the list"))
    return VISIBILITY_NUMBERS[name]


async def remove_avatar(call: Call) -> Response:
    """DELETE /api/v1/profile/avatar"""
    return await _remove(call, ProfileChange(avatar_id=0))


async def remove_header(call: Call) -> Response:
    """DELETE /api/v1/profile/header"""
    return await _remove(call, ProfileChange(header_id=0))


async def _remove(call: Call, change: ProfileChange) -> Response:
    account_id = call.me.account_id
    await call.parts.db.run(lambda unit: pictures.update_profile(unit, account_id, change))
    return await _answer(call)
