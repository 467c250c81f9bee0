"""Cards of links: ask the page, keep what it says, copy its picture.

Everything goes through the guarded client: no cookies, no Referer, no private address whatever a redirect, a picture or
an oEmbed link says; each answer is bounded in size and time.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from fedserver.api.files import fetch_picture
from fedserver.db.queries import cards, media
from fedserver.domain.text.page_head import PageHead, address, decode, line, read_head
from fedserver.edge.parts import Parts
from fedserver.kit.clock import now_ms
from fedserver.kit.errors import Failure
from fedserver.net.errors import FetchError, FetchInvalid
from fedserver.net.fetch import fetch_plain_json
from fedserver.services import cards as service
from protocol.errors import Malformed
from protocol.json import parse

MAX_PAGE = 1024 * 1024
SECONDS = 10.0
UNUSED_MS = 30 * 24 * 3600 * 1000
_ACCEPT = "text/html, application/xhtml+xml"

log = logging.getLogger(__name__)


async def fetch(parts: Parts, payload: dict[str, Any]) -> None:
    """``{card_id}``: one page. What cannot be had is no card; a link that is posted weeks later asks again."""
    card_id = int(payload["card_id"])
    card = await parts.db.one(cards.by_id(card_id))
    if card is None or parts.net is None:
        return
    if card.fetched_at is not None and now_ms() - card.fetched_at < service.FRESH_MS:
        return
    try:
        page = await parts.net.get(card.url, accept=_ACCEPT, max_bytes=MAX_PAGE, check=_is_page, total=SECONDS)
    except FetchError as error:
        log.info("a page has no card", extra={"error": type(error).__name__})
        await parts.db.run(lambda unit: service.nothing_there(unit, card_id))
        return
    head = read_head(decode(page.body, page.content_type), page.final_url)
    more = await _oembed(parts, head.oembed) if head.oembed is not None else {}
    values = _values(head, more, page.final_url)
    if not values["title"]:
        await parts.db.run(lambda unit: service.nothing_there(unit, card_id))
        return
    await _resolve(parts, head)
    image = head.image or address(more.get("thumbnail_url"), page.final_url)
    image_id = await _picture(parts, image, values["image_description"]) if image is not None else None

    def work(unit: Any) -> None:
        current = unit.one(cards.by_id(card_id))
        if current is None:
            return
        author = service.creator(unit, head.creator, page.final_url)
        service.learned(unit, card_id, {**values, "author_account_id": author, "image_id": image_id, "state": "ready"})
        if current.image_id is not None:
            service.drop_picture(unit, current.image_id)

    await parts.db.run(work)


def _is_page(content_type: str) -> None:
    if content_type.partition(";")[0].strip() not in ("text/html", "application/xhtml+xml"):
        raise FetchInvalid("content_type")


async def _oembed(parts: Parts, url: str) -> dict[str, Any]:
    """The texts of an oEmbed answer. Its ``html`` is never used: it is a stranger's markup."""
    with suppress(FetchError, Malformed):
        found = parse((await fetch_plain_json(parts.net, url)).body)
        if isinstance(found, dict):
            return found
    return {}


def _values(head: PageHead, more: dict[str, Any], url: str) -> dict[str, Any]:
    parsed = urlsplit(url)
    return {
        "kind": "photo" if more.get("type") == "photo" else "link",
        "title": head.title or line(more.get("title"), 300),
        "description": head.description,
        "language": head.language,
        "author_name": line(more.get("author_name"), 200) or head.author,
        "author_url": address(more.get("author_url"), url) or head.author_url,
        "provider_name": line(more.get("provider_name"), 200) or head.provider,
        "provider_url": address(more.get("provider_url"), url) or f"{parsed.scheme}://{parsed.netloc}/",
        "image_description": head.image_description,
        "published_at": head.published_at,
    }


async def _resolve(parts: Parts, head: PageHead) -> None:
    """Make the account known that the page names as its author, if its server answers."""
    if head.creator is None or head.creator[1] == parts.site.domain or parts.resolver is None:
        return
    with suppress(TimeoutError, Failure, FetchError):
        await parts.resolver.resolve_handles([head.creator])


async def _picture(parts: Parts, url: str, description: str) -> int | None:
    """Our copy of the page's picture; None where there is none to be had."""
    media_id = await parts.db.run(lambda unit: service.picture(unit, url, "card", description))
    row = await parts.db.one(media.by_id(media_id))
    if row is not None and await fetch_picture(parts, row):
        return media_id
    await parts.db.run(lambda unit: service.drop_picture(unit, media_id))
    return None


async def sweep(parts: Parts, payload: dict[str, Any]) -> None:
    """Forget cards that no post shows."""
    while found := await parts.db.all(cards.unused(now_ms() - UNUSED_MS)):
        await parts.db.run(partial(service.sweep, card_ids=found))
