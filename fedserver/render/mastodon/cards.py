"""PreviewCard and Trends::Link, and the history of tags and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from fedserver.db.queries.accounts import Account
from fedserver.db.queries.cards import Shown
from fedserver.db.queries.featured_tags import Featured
from fedserver.db.queries.trends import Day
from fedserver.domain import uris
from fedserver.domain.site import Site
from fedserver.render.mastodon.basics import address, day, iso

DAY_MS = 24 * 3600 * 1000
DAYS = 7
# what stands here for the account of an author until the page is put together (``renderer``)
AUTHOR = "@author@"
_HOLE = b'"account":"@author@"'


def card(site: Site, shown: Shown) -> dict[str, Any]:
    """PreviewCard. Texts are plain, the picture is our copy, and nothing of the page's own markup is in it."""
    row, image = shown.card, shown.image
    picture = uris.media(site, image.id, image.token, "small") if image is not None and image.cached_at else None
    width = (image.preview_width or image.width or 0) if image is not None and picture else 0
    height = (image.preview_height or image.height or 0) if image is not None and picture else 0
    return {
        "url": row.url,
        "title": row.title,
        "description": row.description,
        "language": row.language,
        "type": row.kind,
        "author_name": row.author_name,
        "author_url": address(row.author_url) or "",
        "provider_name": row.provider_name,
        "provider_url": address(row.provider_url) or "",
        "html": "",
        "width": width,
        "height": height,
        "image": picture,
        "image_description": row.image_description,
        "embed_url": "",
        "blurhash": image.blurhash if image is not None and picture else None,
        "published_at": iso(row.published_at),
        "authors": _authors(shown),
        "missing_attribution": False,
    }


def whole(site: Site, shown: Shown, people: Mapping[int, bytes]) -> bytes:
    """PreviewCard with the account of its author, as far as it is among ``people``."""
    body = orjson.dumps(card(site, shown))
    if shown.card.author_account_id is None:
        return body
    return body.replace(_HOLE, b'"account":' + people.get(shown.card.author_account_id, b"null"), 1)


def put_into(site: Site, status: dict[str, Any], shown: Shown | None) -> tuple[bytes, tuple[bytes, int, bytes] | None]:
    """A status without its closing brace; its card apart if that names an account, which changes by itself."""
    if shown is None:
        return orjson.dumps(status)[:-1], None
    author = shown.card.author_account_id
    if author is None:
        return orjson.dumps(status | {"card": card(site, shown)})[:-1], None
    status.pop("card", None)
    before, _, after = orjson.dumps(card(site, shown)).partition(_HOLE)
    return orjson.dumps(status)[:-1], (before, author, after)


def with_author(late: tuple[bytes, int, bytes], people: Mapping[int, bytes]) -> bytes:
    """The card that ``put_into`` left out, as a key of the status."""
    before, author, after = late
    return b',"card":' + before + b'"account":' + people.get(author, b"null") + after


def _authors(shown: Shown) -> list[dict[str, Any]]:
    row = shown.card
    if row.author_account_id is not None:
        return [{"name": row.author_name, "url": address(row.author_url) or "", "account": AUTHOR}]
    if row.author_name:
        return [{"name": row.author_name, "url": address(row.author_url) or "", "account": None}]
    return []


def history(days: Iterable[Day], now: int) -> list[dict[str, str]]:
    """Seven days, today first; days without any use are there too."""
    counted = {each.day: each for each in days}
    today = now - now % DAY_MS
    found = []
    for number in range(DAYS):
        begins = today - number * DAY_MS
        row = counted.get(begins)
        found.append(
            {
                "day": str(begins // 1000),
                "accounts": str(row.accounts if row else 0),
                "uses": str(row.uses if row else 0),
            }
        )
    return found


def histories(days: Iterable[Day], ids: Iterable[int], now: int) -> Mapping[int, list[dict[str, str]]]:
    """``history`` of several things."""
    grouped: dict[int, list[Day]] = {each: [] for each in ids}
    for row in days:
        grouped.setdefault(row.item_id, []).append(row)
    return {each: history(rows, now) for each, rows in grouped.items()}


def featured_tag(site: Site, row: Featured, account: Account) -> dict[str, Any]:
    """FeaturedTag. As on Mastodon 4.5 the number is a text and the time is a day."""
    own = uris.tagged_page(site, account.username, row.tag) if account.local else uris.tag_page(site, row.tag)
    return {
        "id": str(row.id),
        "name": row.name,
        "url": own,
        "statuses_count": str(row.statuses_count),
        "last_status_at": day(row.last_status_at),
    }
