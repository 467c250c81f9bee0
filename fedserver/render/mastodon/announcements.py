"""Announcement and its Reactions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson

from fedserver.db.queries import accounts, announcements, emojis, timelines
from fedserver.db.queries.announcements import Announcement, Reaction, Told
from fedserver.db.queries.emojis import Pictured
from fedserver.domain import uris
from fedserver.domain.site import Site
from fedserver.domain.text.emoji import is_emoji
from fedserver.kit.clock import to_iso
from fedserver.render.mastodon import basics
from fedserver.render.mastodon.basics import iso
from fedserver.render.mastodon.renderer import Reader, Renderer, join

# no account has this id: what it sees is what everybody sees
_NOBODY = 0


async def told(renderer: Renderer, db: Reader, rows: Sequence[Told], viewer_id: int | None) -> list[bytes]:
    """Announcement, in the order of the rows. Without a viewer (open streams) nobody has read it or reacted."""
    ids = [row.announcement.id for row in rows]
    reactions: dict[int, list[Reaction]] = defaultdict(list)
    for found in await db.all(announcements.reactions(ids, viewer_id or _NOBODY)) if ids else []:
        reactions[found.announcement_id].append(found)
    ours = await _ours(db, [each.name for found in reactions.values() for each in found])
    bodies = []
    for row in rows:
        value = _core(renderer.site, row.announcement)
        value["reactions"] = [
            shown
            for each in reactions[row.announcement.id]
            if (shown := reaction(renderer.site, each, ours, viewer=viewer_id is not None)) is not None
        ]
        if viewer_id is not None:
            value["read"] = row.read
        value["mentions"] = await _mentions(db, row.announcement)
        bodies.append(orjson.dumps(value)[:-1] + b',"statuses":' + await _statuses(renderer, db, row, viewer_id) + b"}")
    return bodies


async def counted(renderer: Renderer, db: Reader, announcement_id: int, name: str) -> bytes | None:
    """What open streams are told of a reaction that came or went."""
    count = sum(await db.all(announcements.count(announcement_id, name)))
    found = Reaction(announcement_id, name, count, 0)
    shown = reaction(renderer.site, found, await _ours(db, [name]), viewer=False)
    return None if shown is None else orjson.dumps({**shown, "announcement_id": str(announcement_id)})


def reaction(site: Site, row: Reaction, ours: dict[str, Pictured], *, viewer: bool) -> dict[str, Any] | None:
    """Reaction; None for an emoji of ours that is gone."""
    value: dict[str, Any] = {"name": row.name, "count": row.total}
    if viewer:
        value["me"] = bool(row.me)
    if is_emoji(row.name):
        return value
    found = ours.get(row.name)
    if found is None:
        return None
    picture = basics.emoji(site, row.name, found.medium.id, found.medium.token)
    return value | {"url": picture["url"], "static_url": picture["static_url"]}


def _core(site: Site, row: Announcement) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "content": row.content,
        "starts_at": iso(row.starts_at),
        "ends_at": iso(row.ends_at),
        "all_day": bool(row.all_day),
        "published_at": to_iso(row.published_at or row.created_at),
        "updated_at": to_iso(row.updated_at),
        "tags": [{"name": name, "url": uris.tag_page(site, name)} for name in orjson.loads(row.tags)],
        "emojis": basics.emojis(site, row.emojis),
    }


async def _ours(db: Reader, names: list[str]) -> dict[str, Pictured]:
    wanted = [name for name in dict.fromkeys(names) if not is_emoji(name)]
    found = await db.all(emojis.named("", wanted)) if wanted else []
    return {each.emoji.shortcode: each for each in found}


async def _mentions(db: Reader, row: Announcement) -> list[dict[str, Any]]:
    """Announcement::Account."""
    ids = orjson.loads(row.account_ids)
    found = {each.id: each for each in await db.all(accounts.by_ids(ids))} if ids else {}
    people = [found[each] for each in ids if each in found and found[each].active]
    return [
        {
            "id": str(each.id),
            "username": each.username,
            "url": basics.address(each.url, each.uri),
            "acct": each.acct,
        }
        for each in people
    ]


async def _statuses(renderer: Renderer, db: Reader, row: Told, viewer_id: int | None) -> bytes:
    ids = orjson.loads(row.announcement.status_ids)
    if not ids:
        return b"[]"
    viewer = viewer_id or _NOBODY
    return join(await renderer.statuses(db, await db.all(timelines.by_ids(viewer, ids)), viewer))
