"""Account, its credential form, and what the owner alone sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.media import Medium
from fedserver.domain.roles import Role
from fedserver.domain.site import Site
from fedserver.domain.text.clean import clean
from fedserver.render.mastodon import media
from fedserver.render.mastodon.basics import address, day, emojis, iso, midnight


def account(site: Site, row: Account, pictures: Mapping[int, Medium]) -> dict[str, Any]:
    """Account without ``moved`` (which the renderer adds). ``pictures``: media by id.

    Of a suspended account only the name is left (Mastodon 4.5).
    """
    gone = not row.active
    avatar, avatar_static = _picture(site, row.avatar_id, pictures, "avatar", gone)
    header, header_static = _picture(site, row.header_id, pictures, "header", gone)
    found: dict[str, Any] = {
        "id": str(row.id),
        "username": row.username,
        "acct": row.acct,
        "display_name": "" if gone else row.display_name,
        "locked": bool(row.locked) and not gone,
        "bot": bool(row.bot) and not gone,
        "discoverable": bool(row.discoverable) and not gone,
        "indexable": bool(row.indexable) and not gone,
        "group": row.actor_type == "Group",
        "created_at": midnight(row.created_at),
        "note": "" if gone else _markup(row, row.note),
        "url": address(row.url, row.uri),
        "uri": row.uri,
        "avatar": avatar,
        "avatar_static": avatar_static,
        "header": header,
        "header_static": header_static,
        "followers_count": max(0, row.followers_count),
        "following_count": max(0, row.following_count),
        "statuses_count": max(0, row.statuses_count),
        "last_status_at": day(row.last_status_at),
        "hide_collections": bool(row.hide_collections),
        "emojis": [] if gone else emojis(site, row.emojis),
        "fields": [] if gone else _fields(row),
        "roles": [orjson.loads(row.badge)] if row.badge and not gone else [],
    }
    if row.local:
        found["noindex"] = not row.indexable
    if row.bot and not gone:
        # ours: the id of the actor who answers for it
        found["operator"] = address(row.operator)
    if gone:
        found["suspended"] = True
    elif row.limited_at is not None:
        found["limited"] = True
    return found


def _markup(row: Account, markup: str) -> str:
    return markup if row.local else clean(markup)


def _fields(row: Account) -> list[dict[str, Any]]:
    if row.fields == "[]":
        return []
    return [
        {"name": each["name"], "value": _markup(row, each["value"]), "verified_at": iso(each.get("verified_at"))}
        for each in orjson.loads(row.fields)
    ]


def _picture(
    site: Site, media_id: int | None, pictures: Mapping[int, Medium], kind: str, gone: bool
) -> tuple[str, str]:
    """The picture and its still form; ours where the account has none."""
    row = pictures.get(media_id) if media_id is not None and not gone else None
    url, preview = media.addresses(site, row) if row is not None else (None, None)
    if url is None:
        url = f"{site.base_url}/static/{kind}.png"
    return url, preview or url


def source(row: Account, preferences: Mapping[str, Any], requests: int) -> dict[str, Any]:
    """CredentialAccount's ``source``. ``preferences``: ``privacy``, ``sensitive``, ``language``."""
    fields = [
        {"name": each["name"], "value": each.get("source", each["value"]), "verified_at": iso(each.get("verified_at"))}
        for each in orjson.loads(row.fields)
    ]
    return {
        "privacy": preferences["privacy"],
        "sensitive": preferences["sensitive"],
        "language": preferences["language"] or "",
        "note": row.note_source,
        "fields": fields,
        "follow_requests_count": requests,
        "hide_collections": bool(row.hide_collections),
        "discoverable": bool(row.discoverable),
        "indexable": bool(row.indexable),
        "attribution_domains": orjson.loads(row.attribution_domains),
        "quote_policy": preferences.get("quote_policy", "public"),
        "provenance": preferences.get("media_made", ""),
        "training": row.training,
    }


def role(held: Role) -> dict[str, Any]:
    """The Role of one's own account (its number of permissions as text, as Mastodon sends it)."""
    return {
        "id": str(held.id),
        "name": held.name,
        "permissions": str(held.permissions),
        "color": held.color,
        "highlighted": held.highlighted,
    }
