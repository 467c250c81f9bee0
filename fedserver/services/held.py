"""Posts that are held back: what is kept of them, and how they go out when they are let go.

A post that was held before anybody saw it is published when it is released, as if its author had just written it: its
decision remembers what publishing needs. One that was out before is simply to be seen again.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from fedserver.db.queries import accounts, ledger, media, statuses
from fedserver.db.queries.statuses import HELD, UNLISTED, Status
from fedserver.db.unit import Unit
from fedserver.domain.moderation.slots import SLOTS, derive
from fedserver.services import quotes
from fedserver.services.events import Boosted, StatusHeld, StatusPosted, StatusReleased
from fedserver.services.verbs import media as withheld

UNPUBLISHED: Final = "unpublished"
HELD_AT: Final = "held_at"
# older posts of others neither notify nor enter home timelines when they turn up
FRESH_MS: Final = 2 * 24 * 3600 * 1000
HIDING: Final = frozenset(verb for verb, least in SLOTS["status.visibility"].items() if least == HELD)


def kept(unit: Unit, status_id: int) -> dict[str, Any]:
    """What the decision remembers that hides a post; {} where none stands."""
    found = (d for d in unit.all(ledger.standing("status", status_id)) if d.verb in HIDING)
    first = next(found, None)
    return dict(orjson.loads(first.before)) if first is not None else {}


def is_unpublished(unit: Unit, status: Status) -> bool:
    """Whether nobody but its author has ever seen it."""
    return status.visibility == HELD and UNPUBLISHED in kept(unit, status.id)


def shown_otherwise(unit: Unit, status: Status, was: int, before: dict[str, Any]) -> None:
    """Who sees a post changed, to what its row says now. ``before``: what its first decision remembers."""
    if HELD not in (was, status.visibility):
        return
    unpublished = UNPUBLISHED in before
    if status.visibility == HELD:
        if not unpublished:
            _count(unit, status, was, -1)
            unit.record(StatusHeld(status))
    elif unpublished:
        _publish(unit, status, before)
    else:
        _count(unit, status, status.visibility, 1)
        unit.record(StatusReleased(status, before.get(HELD_AT, 0)))


def keep(unit: Unit, status: Status, values: dict[str, Any]) -> None:
    """Change the new values of a post that is edited so that what stands of moderation stands on; what the author says
    otherwise holds when that is taken back."""
    if status.sensitive and "sensitive" in values:
        marked = [d for d in unit.all(ledger.standing("status", status.id)) if d.verb in SLOTS["status.sensitive"]]
        for decision in marked:
            before = orjson.loads(decision.before) | {"original": values["sensitive"]}
            unit.run(ledger.change(decision.id, {"before": orjson.dumps(before).decode()}))
        if marked:
            values["sensitive"] = derive("status.sensitive", values["sensitive"], {d.verb for d in marked})
    # files that came with the edit are withheld like those that were there
    withheld.settle(unit, unit.all(media.all_of_statuses([status.id])))


def not_stored(unit: Unit, status_id: int, recorded: int) -> None:
    """A rule does not take a remote post in: its rows go again, and what they would have led to. ``recorded``: how
    many events there were before it."""
    quotes.forget(unit, unit.get(statuses.by_id(status_id)))
    del unit.events[recorded:]
    unit.run(statuses.remove(status_id))


def _count(unit: Unit, status: Status, visibility: int, by: int) -> None:
    """An answer that nobody sees is not counted where it answers."""
    if status.in_reply_to_id is not None and visibility <= UNLISTED:
        unit.run(statuses.count(status.in_reply_to_id, replies=by))


def _publish(unit: Unit, status: Status, before: dict[str, Any]) -> None:
    """It goes out now: home timelines, notifications, other servers, streams, search."""
    author = unit.get(accounts.by_id(status.account_id))
    if status.local and status.reblog_of_id is None:
        unit.run(statuses.change(status.id, {"created_at": unit.now}))
        status = unit.get(statuses.by_id(status.id))
    fresh = bool(status.local) or unit.now - status.created_at < FRESH_MS
    if status.reblog_of_id is not None:
        boosted = unit.one(statuses.by_id(status.reblog_of_id))
        if boosted is not None:
            of = unit.get(accounts.by_id(boosted.account_id))
            unit.record(Boosted(status, author, boosted, of, fresh))
        return
    _count(unit, status, status.visibility, 1)
    ids = [each.account_id for each in unit.all(statuses.mentions_of([status.id]))]
    mentioned = tuple(unit.all(accounts.by_ids(ids))) if ids else ()
    answered = status.in_reply_to_account_id
    parent_author = unit.one(accounts.by_id(answered)) if status.in_reply_to_id is not None and answered else None
    tags = tuple(each.name for each in unit.all(statuses.tags_of([status.id])))
    with_media = bool(unit.all(media.of_statuses([status.id])))
    link = before.get("link")
    # answers to it may have come while it was held
    answered_before = bool(status.replies_count)
    unit.record(StatusPosted(status, author, mentioned, parent_author, fresh, tags, link, with_media, answered_before))
    if status.local and status.quoting:
        quotes.released(unit, status, author)
