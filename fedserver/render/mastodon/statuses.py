"""The part of a Status that changes only when the post's version does. Nothing in it depends on who asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from fedserver.db.queries.media import Medium
from fedserver.db.queries.oauth import App
from fedserver.db.queries.polls import Poll
from fedserver.db.queries.statuses import DIRECT, Edit, Mention, Status, Tagged
from fedserver.domain import uris
from fedserver.domain.site import Site
from fedserver.domain.text.clean import clean, to_text
from fedserver.kit.clock import to_iso
from fedserver.render.mastodon import media, provenance
from fedserver.render.mastodon.basics import VISIBILITIES, address, emojis, iso, text_id
from fedserver.render.mastodon.provenance import NOTHING, Found


def core(
    site: Site,
    row: Status,
    attachments: Sequence[Medium],
    mentioned: Sequence[Mention],
    tagged: Sequence[Tagged],
    app: App | None,
    found: Found = NOTHING,
) -> dict[str, Any]:
    """A Status without ``account``, counters, flags of the viewer, ``quote_approval``, ``pinned`` and ``reblog``."""
    return {
        "id": str(row.id),
        "created_at": to_iso(row.created_at),
        "in_reply_to_id": text_id(row.in_reply_to_id),
        "in_reply_to_account_id": text_id(row.in_reply_to_account_id if row.in_reply_to_id is not None else None),
        "sensitive": bool(row.sensitive),
        "spoiler_text": row.spoiler,
        "visibility": VISIBILITIES[row.visibility],
        "language": row.language,
        "uri": row.uri,
        "url": address(row.url, row.uri),
        "edited_at": iso(row.edited_at),
        "content": content(row, row.content),
        "application": {"name": app.name, "website": address(app.website)} if app is not None else None,
        "media_attachments": [media.attachment(site, each, found) for each in attachments],
        "mentions": [mention(each) for each in mentioned],
        "tags": [{"name": each.name, "url": uris.tag_page(site, each.name)} for each in tagged],
        "emojis": emojis(site, row.emojis),
        "card": None,
        "poll": None,
        "quote": None,
        "quotes_count": row.quotes_count,
        "provenance": provenance.status(row, attachments, found),
    }


def for_author(
    site: Site, attachments: Sequence[Medium], found: Found, body: bytes, held_by: int | None = None
) -> bytes | None:
    """The bytes of a core as its author sees them, where that is more: recipes that are not published, and that
    moderators hold it. ``held_by``: the decision by which it is held, 0 where there is none any more."""
    hides = bool(found.made) and any(provenance.hides(each, found) for each in attachments)
    if not hides and held_by is None:
        return None
    if hides:
        theirs, own = (
            b'"media_attachments":'
            + orjson.dumps([media.attachment(site, each, found, own=own) for each in attachments])
            for own in (False, True)
        )
        body = body.replace(theirs, own, 1)
    if held_by is not None:
        body += b',"held":true,"held_by":' + (b'"%d"' % held_by if held_by else b"null")
    return body


def content(row: Status, markup: str) -> str:
    """HTML; what other servers sent is cleaned again on its way out."""
    return markup if row.local else clean(markup)


def mention(row: Mention) -> dict[str, Any]:
    """Status::Mention."""
    return {
        "id": str(row.account_id),
        "username": row.username,
        "url": address(row.url, row.uri),
        "acct": f"{row.username}@{row.domain}" if row.domain else row.username,
    }


def pinnable(row: Status) -> bool:
    """Whether its author may pin it."""
    return row.reblog_of_id is None and row.visibility != DIRECT


def source(row: Status) -> dict[str, Any]:
    """StatusSource: what the author typed, or the plain text of what another server sent."""
    return {"id": str(row.id), "text": plain(row), "spoiler_text": row.spoiler}


def plain(row: Status) -> str:
    """The text to edit or to write anew."""
    return row.source if row.local else to_text(row.content)


def edits(
    site: Site,
    row: Status,
    former: Sequence[Edit],
    known: Sequence[Medium],
    poll: Poll | None = None,
    made: Found = NOTHING,
) -> list[dict[str, Any]]:
    """StatusEdit without ``account`` and ``quote``: the former versions, then the present one.

    ``known``: all media that the post has or had; files that are gone are left out. ``poll``: what
    the present version asks. ``made``: what is known of all of it today, with its history.
    """
    by_id = {each.id: each for each in known}
    found = []
    for version in former:
        shown = [(by_id.get(each["id"]), each.get("description")) for each in orjson.loads(version.media)]
        attachments = [each._replace(description=text) for each, text in shown if each is not None]
        found.append(_edit(site, row, version.content, version.spoiler, version.sensitive, version.created_at))
        found[-1]["media_attachments"] = [media.attachment(site, each, made) for each in attachments]
        found[-1]["provenance"] = provenance.former(version.made)
        if version.poll:
            found[-1]["poll"] = {"options": [{"title": title} for title in orjson.loads(version.poll)]}
    found.append(_edit(site, row, row.content, row.spoiler, row.sensitive, row.edited_at or row.created_at))
    if poll is not None:
        found[-1]["poll"] = {"options": [{"title": each.title} for each in poll.choices]}
    present = sorted((each for each in known if each.status_id == row.id), key=lambda each: (each.position, each.id))
    found[-1]["media_attachments"] = [media.attachment(site, each, made) for each in present]
    found[-1]["provenance"] = provenance.status(row, present, made)
    return found


def _edit(site: Site, row: Status, markup: str, spoiler: str, sensitive: int, at: int) -> dict[str, Any]:
    return {
        "content": content(row, markup),
        "spoiler_text": spoiler,
        "sensitive": bool(sensitive),
        "created_at": to_iso(at),
        "emojis": emojis(site, row.emojis),
    }
