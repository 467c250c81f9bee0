"""What posts say of their own making: of their text, what they are based on, whether others may build on them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from fedserver.db.queries import accounts, statuses
from fedserver.db.queries import provenance as rows
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.provenance import BASED, REMIXED, SAID
from fedserver.db.queries.statuses import Status
from fedserver.db.unit import Unit
from fedserver.domain.provenance.declarations import SOURCE_TYPES, Saying, word_for
from fedserver.domain.usage import WORDS
from fedserver.kit.errors import Invalid, NotFound
from fedserver.kit.i18n import lazy
from fedserver.kit.ids import MAX_ID
from fedserver.services import access
from fedserver.services.events import Remixed
from protocol.activitystreams.provenance import Made
from protocol.activitystreams.urls import http_url

MAX_SOURCES = 10
MAX_ADDRESS = 2000
_PAGE = re.compile(r"/(?:@[A-Za-z0-9_.-]+|users/[A-Za-z0-9_.-]+/statuses)/([0-9]{1,19})", re.ASCII)
_PAGE_ELSEWHERE = re.compile(r"(https?://[^/]+)/@([A-Za-z0-9_.-]+)/([0-9]{1,19})", re.ASCII)


class Source(NamedTuple):
    """Something that a post is based on; ``status`` where it is known here."""

    uri: str
    status: Status | None


def sources(unit: Unit, author: Account, named: Sequence[str]) -> list[Source]:
    """What a local author names, checked: posts that they may see and build on; any other address as it is.

    ``NotFound`` for an id that they may not see, ``Invalid`` for what nobody may build on.
    """
    if len(named) > MAX_SOURCES:
        raise Invalid(lazy("Validation failed: A post can be based on %(limit)d others at most", limit=MAX_SOURCES))
    found: dict[str, Source] = {}
    for text in named:
        text = text.strip()
        if not text:
            continue
        each = _by_id(unit, author, int(text)) if text.isascii() and text.isdigit() else _by_address(unit, author, text)
        if each.status is not None:
            _may_build(unit, author, each.status)
        found[each.uri] = each
    return list(found.values())


def _by_id(unit: Unit, author: Account, status_id: int) -> Source:
    try:
        status = access.visible_status(unit, author.id, min(status_id, MAX_ID))
    except NotFound:
        raise NotFound(lazy("The post that this one is based on does not appear to exist.")) from None
    return Source(status.uri, status)


def _by_address(unit: Unit, author: Account, text: str) -> Source:
    url = http_url(text) if len(text) <= MAX_ADDRESS else None
    if url is None:
        raise Invalid(lazy("Validation failed: Based on must name posts by their id or address"))
    known = _known(unit, url)
    if known is None or known.reblog_of_id is not None or unit.one(statuses.visible(known.id, author.id)) is None:
        # what is hidden from them looks like what nobody knows
        return Source(url, None)
    return Source(known.uri, known)


def _known(unit: Unit, url: str) -> Status | None:
    """The post with this id, or of this page: an address copied from a browser is that of a page."""
    known = unit.one(statuses.by_uri(url))
    if known is None and unit.site.owns(url):
        page = _PAGE.fullmatch(url.removeprefix(unit.site.base_url).partition("?")[0])
        return unit.one(statuses.by_id(min(int(page[1]), MAX_ID))) if page is not None else None
    page = _PAGE_ELSEWHERE.fullmatch(url) if known is None else None
    if page is not None:
        # as Mastodon and we name posts; taken only where the post itself names this page
        named = unit.one(statuses.by_uri(f"{page[1]}/users/{page[2]}/statuses/{page[3]}"))
        return named if named is not None and named.url == url else None
    return known


def _may_build(unit: Unit, author: Account, original: Status) -> None:
    if original.account_id == author.id:
        return
    if not original.open:
        raise Invalid(lazy("Validation failed: A private post cannot be named as what this one is based on"))
    said = unit.one(rows.said([original.id])) if original.provenance & SAID else None
    if said is not None and said.no_remix:
        raise Invalid(lazy("Validation failed: The author of that post asks that nobody builds on it (no remix)"))


def check(saying: Saying) -> None:
    """``Invalid`` for words that mean nothing."""
    if saying.text and saying.text not in SOURCE_TYPES:
        raise Invalid(lazy("Validation failed: Text provenance is not included in the list"))
    if saying.training and saying.training not in WORDS:
        raise Invalid(lazy("Validation failed: Training is not one of refuse, allow"))


def edited(unit: Unit, author: Account, saying: Saying) -> list[Source] | None:
    """What an edit names as its sources, checked; None leaves what there is."""
    check(saying)
    return None if saying.based_on is None else sources(unit, author, saying.based_on)


def publish(unit: Unit, status_id: int, author: Account, saying: Saying | None, found: Sequence[Source] | None) -> bool:
    """Store what a new post says; whether it says anything."""
    if saying is not None:
        write(unit, unit.get(statuses.by_id(status_id)), author, saying, found)
    return saying is not None


def write(unit: Unit, status: Status, author: Account, saying: Saying, found: Sequence[Source] | None) -> None:
    """Store what a post says; ``found`` None leaves what it is based on. Costs nothing for what says nothing."""
    values: dict[str, Any] = {}
    if saying.text is not None:
        values["text_made"] = saying.text
    if saying.no_remix is not None:
        values["no_remix"] = int(saying.no_remix)
    if saying.training is not None:
        values["training"] = saying.training
    if any(values.values()) or (values and status.provenance & SAID):
        unit.made(rows.say(status.id))
        unit.run(rows.change_said(status.id, values))
        unit.run(rows.mark(status.id, SAID))
    if found is not None and (found or status.provenance & BASED):
        _build(unit, status, author, found)


def _build(unit: Unit, status: Status, author: Account, found: Sequence[Source]) -> None:
    before = {row.based_on_uri: row.based_on_id for row in unit.all(rows.based_on([status.id]))}
    unit.run(rows.drop_based(status.id))
    for position, each in enumerate(found):
        original_id = each.status.id if each.status is not None else None
        values = {"id": unit.new_id(), "status_id": status.id, "position": position}
        unit.made(rows.add_based({**values, "based_on_id": original_id, "based_on_uri": each.uri}))
        if each.status is not None and each.uri not in before:
            unit.run(rows.mark(each.status.id, REMIXED))
            to = unit.get(accounts.by_id(each.status.account_id))
            unit.record(Remixed(status, author, each.status, to))
    unit.run(rows.mark(status.id, BASED, on=bool(found)))
    gone = before.keys() - {each.uri for each in found}
    for original_id in {before[uri] for uri in gone} - {None}:
        unit.run(statuses.changed(original_id or 0))


def receive(unit: Unit, status: Status, author: Account, said: Made, training: str) -> None:
    """What a remote post says. It is shown as said: whether its author was asked not to is not ours to refuse.
    ``training``: where it says something else of training than its author does."""
    declared = next((each for each in said.claims if each.basis == "declared" and each.revoked is None), None)
    based = []
    for uri in said.based_on[:MAX_SOURCES]:
        known = _known(unit, uri)
        if known is not None and not known.open and known.account_id != author.id:
            known = None
        based.append(Source(known.uri if known is not None else uri, known))
    text = word_for(declared.source_type) if declared is not None else ""
    write(unit, status, author, Saying(text=text, no_remix=said.no_remix, training=training), based)


def first_authors(unit: Unit, status: Status) -> list[int]:
    """The accounts (ids) whose posts an open post says that it is based on: they hear what becomes of it."""
    if not status.provenance & BASED or not status.open:
        return []
    known = [row.based_on_id for row in unit.all(rows.based_on([status.id])) if row.based_on_id is not None]
    return [row.account_id for row in unit.all(statuses.by_ids(known))] if known else []


def forget(unit: Unit, status: Status) -> None:
    """The post is about to go: what it is based on, and what is based on it, looks different from now on."""
    if status.provenance & BASED:
        for row in unit.all(rows.based_on([status.id])):
            if row.based_on_id is not None:
                unit.run(statuses.changed(row.based_on_id))
    if status.provenance & REMIXED:
        for status_id in unit.all(rows.builds_on(status.id)):
            unit.run(statuses.changed(status_id))


def version_of(unit: Unit, status: Status) -> str:
    """What the present version of a post says, as its history keeps it: JSON, '' for nothing."""
    if not status.provenance & (SAID | BASED):
        return ""
    said = unit.one(rows.said([status.id]))
    based = [row.based_on_uri for row in unit.all(rows.based_on([status.id]))]
    kept = {
        "text": said.text_made if said is not None else "",
        "no_remix": bool(said.no_remix) if said is not None else False,
        "training": said.training if said is not None else "",
        "based_on": based,
    }
    return orjson.dumps(kept).decode()
