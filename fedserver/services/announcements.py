"""Announcements of the community: written by who runs it, read and reacted to by its people.

Whoever writes one (a page, a command) may be another process than the one that holds the open streams, so what is
told to them goes through a job: ``publish`` makes it visible at its time, and ``tell`` says so.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

from fedserver.db.queries import announcements as rows
from fedserver.db.queries import emojis as emoji_rows
from fedserver.db.queries import statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.announcements import Announcement
from fedserver.db.unit import Unit
from fedserver.domain.text import scan
from fedserver.domain.text.emoji import is_emoji
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services import emojis, texts
from fedserver.services.events import AnnouncementPublished, AnnouncementReacted, AnnouncementWithdrawn
from fedserver.services.reports import COMMUNITY, log_action

MAX_TEXT = 10_000
# different emoji under one announcement (Mastodon 4.5)
MAX_REACTIONS = 8
_PAGE = re.compile(r"/@[^/]+/([0-9]{1,19})/?")


def announce(
    unit: Unit,
    text: str,
    moderator: Account | None,
    *,
    starts_at: int | None = None,
    ends_at: int | None = None,
    all_day: bool = False,
    publish_at: int | None = None,
) -> int:
    """A new announcement, shown at once or from ``publish_at`` on; its id. Times in ms."""
    announcement_id = unit.new_id()
    values = _values(unit, text, starts_at, ends_at, all_day)
    fixed = {"id": announcement_id, "community_id": COMMUNITY, "publish_at": publish_at, "created_at": unit.now}
    unit.run(rows.add({**fixed, **values}))
    _publish_later(unit, announcement_id, publish_at)
    log_action(unit, moderator, "announcement.create", str(announcement_id), text[:200])
    return announcement_id


def edit(
    unit: Unit,
    announcement_id: int,
    text: str,
    moderator: Account | None,
    *,
    starts_at: int | None = None,
    ends_at: int | None = None,
    all_day: bool = False,
) -> None:
    """Change an announcement. One that is published is told anew, one that waits goes on waiting."""
    known = unit.get(rows.by_id(announcement_id))
    unit.run(rows.change(announcement_id, _values(unit, text, starts_at, ends_at, all_day)))
    _publish_later(unit, announcement_id, known.publish_at if known.published_at is None else None)
    log_action(unit, moderator, "announcement.edit", str(announcement_id), text[:200])


def withdraw(unit: Unit, announcement_id: int, moderator: Account | None) -> None:
    """Remove an announcement with its reactions."""
    known = unit.get(rows.by_id(announcement_id))
    unit.run(rows.drop(announcement_id))
    if known.published_at is not None:
        enqueue(unit, "announcement.withdrawn", {"announcement_id": announcement_id})
    log_action(unit, moderator, "announcement.delete", str(announcement_id), known.text[:200])


def publish(unit: Unit, announcement_id: int) -> None:
    """Show an announcement whose time has come (a job); it may be gone by then."""
    known = unit.one(rows.by_id(announcement_id))
    if known is None or (known.publish_at is not None and known.published_at is None and known.publish_at > unit.now):
        return
    if known.published_at is None:
        unit.run(rows.change(announcement_id, {"published_at": unit.now, "updated_at": unit.now}))
    unit.record(AnnouncementPublished(announcement_id))


def withdrawn(unit: Unit, announcement_id: int) -> None:
    """Tell open streams that an announcement is gone (a job)."""
    unit.record(AnnouncementWithdrawn(announcement_id))


def dismiss(unit: Unit, account_id: int, announcement_id: int) -> None:
    """Somebody has read it."""
    _published(unit, announcement_id)
    unit.run(rows.read(account_id, announcement_id))


def react(unit: Unit, account_id: int, announcement_id: int, name: str) -> None:
    """React with an emoji, or with the shortcode of one of ours. Repeating it changes nothing."""
    _published(unit, announcement_id)
    if not is_emoji(name) and not unit.all(emoji_rows.named("", [name])):
        raise Invalid(lazy("Validation failed: Name is not a recognized emoji"))
    known = {row.name for row in unit.all(rows.reactions([announcement_id], account_id))}
    if name not in known and len(known) >= MAX_REACTIONS:
        raise Invalid(lazy("Validation failed: Limit of different reactions reached"))
    values = {"id": unit.new_id(), "announcement_id": announcement_id, "account_id": account_id, "name": name}
    if unit.made(rows.react({**values, "created_at": unit.now})):
        unit.record(AnnouncementReacted(announcement_id, name))


def unreact(unit: Unit, account_id: int, announcement_id: int, name: str) -> None:
    """Take a reaction back; ``NotFound`` where there is none."""
    _published(unit, announcement_id)
    if not unit.run(rows.unreact(account_id, announcement_id, name)):
        raise NotFound
    unit.record(AnnouncementReacted(announcement_id, name))


def _published(unit: Unit, announcement_id: int) -> Announcement:
    found = unit.get(rows.by_id(announcement_id))
    if found.published_at is None:
        raise NotFound
    return found


def _publish_later(unit: Unit, announcement_id: int, at: int | None) -> None:
    payload = {"announcement_id": announcement_id}
    enqueue(unit, "announcement.publish", payload, run_at=at, once=f"announcement.publish:{announcement_id}")


def _values(unit: Unit, text: str, starts_at: int | None, ends_at: int | None, all_day: bool) -> dict[str, Any]:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid(lazy("Validation failed: Text can't be blank"))
    if len(text) > MAX_TEXT:
        raise Invalid(lazy("Validation failed: Text is too long (maximum is %(most)s characters)", most=MAX_TEXT))
    if ends_at is not None and (starts_at is None or ends_at < starts_at):
        raise Invalid(lazy("Validation failed: the end needs a beginning before it"))
    composed = texts.compose_text(unit, text)
    return {
        "text": text,
        "content": composed.html,
        "emojis": emojis.written(unit, text),
        "tags": orjson.dumps(composed.tags).decode(),
        "account_ids": orjson.dumps([each.id for each in composed.mentioned]).decode(),
        "status_ids": orjson.dumps(_linked(unit, text)).decode(),
        "starts_at": starts_at,
        "ends_at": ends_at,
        "all_day": int(all_day and starts_at is not None),
        "updated_at": unit.now,
    }


def _linked(unit: Unit, text: str) -> list[int]:
    """The posts that the text links to, by their own address or by their page here."""
    found = []
    for url in dict.fromkeys(at.url for at in scan.extract(text).urls):
        page = _PAGE.fullmatch(url.removeprefix(unit.site.base_url))
        status = unit.one(statuses.by_uri(url) if page is None else statuses.by_id(int(page[1])))
        if status is not None and status.open:
            found.append(status.id)
    return found
