"""Profile: one's own account with the source of everything that one may change (Mastodon's later form of it)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from aiohttp.web import Response

from fedserver.api import media, profile
from fedserver.db.queries import accounts, featured_tags, preferences
from fedserver.db.queries import media as media_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge import responses
from fedserver.edge.call import Call
from fedserver.edge.params import Params
from fedserver.kit.errors import NotFound
from fedserver.render.mastodon import cards as render_cards
from fedserver.render.mastodon import media as render_media
from fedserver.services import media as media_service
from fedserver.services import pictures
from fedserver.services import preferences as preference_service

# what a profile shows beside posts; kept with the other preferences, since only clients read it
TABS = ("show_media", "show_media_replies", "show_featured")


async def show(call: Call) -> Response:
    """GET /api/v1/profile"""
    return responses.json(await _profile(call))


async def update(call: Call) -> Response:
    """PATCH or PUT /api/v1/profile: whatever is sent changes, all of it in one unit."""
    media.allow(call, 2 * call.parts.config.media.max_image_bytes)
    params = await call.params()
    account_id = call.me.account_id
    change = profile.change_of(params)
    for name in ("avatar", "header"):
        upload = params.file(name)
        if upload is not None:
            media_id = await media.picture(call, upload, name)
            change = replace(change, avatar_id=media_id) if name == "avatar" else replace(change, header_id=media_id)
    tabs = {name: value for name in TABS if (value := params.maybe_flag(name)) is not None}

    def work(unit: Unit) -> None:
        pictures.update_profile(unit, account_id, change)
        _describe(unit, account_id, params)
        if tabs:
            preference_service.change_kept(unit, account_id, tabs)

    await call.parts.db.run(work)
    return responses.json(await _profile(call))


def _describe(unit: Unit, account_id: int, params: Params) -> None:
    account = unit.get(accounts.by_id(account_id))
    for name, media_id in (("avatar_description", account.avatar_id), ("header_description", account.header_id)):
        text = params.text(name)
        if text is not None and media_id is not None:
            media_service.describe(unit, account_id, media_id, description=text)


async def _profile(call: Call) -> dict[str, Any]:
    db = call.parts.db
    row = await db.one(accounts.by_id(call.me.account_id))
    kept = await db.one(preferences.of_account(call.me.account_id))
    if row is None or kept is None:
        raise NotFound
    found = orjson.loads(kept.preferences)
    tags = await db.all(featured_tags.of_account(row.id))
    return {
        "id": str(row.id),
        "display_name": row.display_name,
        "note": row.note_source,
        "fields": [
            {"name": each["name"], "value": each.get("source", each["value"]), "verified_at": None}
            for each in orjson.loads(row.fields)
        ],
        **await _pictures(call, row),
        "locked": bool(row.locked),
        "bot": bool(row.bot),
        "hide_collections": bool(row.hide_collections),
        "discoverable": bool(row.discoverable),
        "indexable": bool(row.indexable),
        **{name: bool(found.get(name, True)) for name in TABS},
        "attribution_domains": orjson.loads(row.attribution_domains),
        "featured_tags": [render_cards.featured_tag(call.parts.site, each, row) for each in tags],
    }


async def _pictures(call: Call, row: Account) -> dict[str, Any]:
    """Unlike in Account, null where there is none."""
    found: dict[str, Any] = {}
    for name, media_id in (("avatar", row.avatar_id), ("header", row.header_id)):
        medium = None
        if media_id is not None:
            medium = await call.parts.db.one(media_rows.by_id(media_id))
        url, still = render_media.addresses(call.parts.site, medium) if medium is not None else (None, None)
        found |= {
            name: url,
            f"{name}_static": still or url,
            f"{name}_description": (medium.description or "") if medium is not None else "",
        }
    return found
