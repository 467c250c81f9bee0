"""Posts for later: kept as drafts, changed, cancelled, published once by a job."""

from __future__ import annotations

import dataclasses
import logging
from typing import Any

import orjson

from fedserver.db.queries import scheduled, statuses
from fedserver.db.queries.scheduled import Scheduled
from fedserver.db.unit import Unit
from fedserver.domain.provenance.declarations import Saying
from fedserver.jobqueue.enqueue import enqueue
from fedserver.kit.errors import Failure, Invalid
from fedserver.kit.i18n import lazy
from fedserver.services import access, drafts, lineage, quotes
from fedserver.services import statuses as service
from fedserver.services.polls import PollDraft
from fedserver.services.rules import Refused
from fedserver.services.statuses import Draft
from fedserver.services.texts import compose_text

JOB = "status.publish_scheduled"
SOONEST_MS = 5 * 60 * 1000
_DAY_MS = 24 * 3600 * 1000

log = logging.getLogger(__name__)


def schedule(
    unit: Unit, account_id: int, draft: Draft, at: int, *, idempotency: tuple[str, bytes] | None = None
) -> int:
    """Keep a draft until ``at`` (ms); its id. What would be refused now is refused now."""
    if idempotency is not None:
        known = drafts.known_request(unit, account_id, *idempotency)
        if known is not None:
            return known
    _check_time(unit, account_id, at)
    _check_draft(unit, account_id, draft)
    scheduled_id = unit.new_id()
    values = {"id": scheduled_id, "account_id": account_id, "scheduled_at": at, "created_at": unit.now}
    unit.run(scheduled.add({**values, "params": encode(draft)}))
    for media_id in draft.media_ids:
        drafts.check_medium(unit, account_id, media_id, None)
        if not unit.run(scheduled.keep_medium(media_id, account_id, scheduled_id)):
            raise Invalid(lazy("Validation failed: Media attachment not found"))
    _publish_later(unit, scheduled_id, at)
    if idempotency is not None:
        key, body_hash = idempotency
        kept = {"account_id": account_id, "key": key, "body_hash": body_hash, "status_id": scheduled_id}
        unit.made(statuses.keep_idempotent({**kept, "created_at": unit.now}))
    return scheduled_id


def _check_time(unit: Unit, account_id: int, at: int) -> None:
    limits = unit.site.limits
    if at < unit.now + SOONEST_MS:
        raise Invalid(lazy("Validation failed: Scheduled at The scheduled date must be in the future"))
    if (unit.one(scheduled.count(account_id, 0, 1 << 62)) or 0) >= limits.scheduled:
        most = limits.scheduled
        raise Invalid(lazy("Validation failed: You have exceeded the limit of %(limit)d scheduled posts", limit=most))
    day, most = at - at % _DAY_MS, limits.scheduled_a_day
    if (unit.one(scheduled.count(account_id, day, day + _DAY_MS)) or 0) >= most:
        words = lazy(
            "Validation failed: You have exceeded the limit of %(limit)d scheduled posts for today", limit=most
        )
        raise Invalid(words)


def _check_draft(unit: Unit, account_id: int, draft: Draft) -> None:
    service.check_draft(unit, draft)
    author = access.account(unit, account_id)
    if draft.saying is not None:
        lineage.sources(unit, author, draft.saying.based_on or ())
    if draft.in_reply_to_id is not None:
        drafts.answered(unit, account_id, draft.in_reply_to_id)
    if draft.quoted_status_id is not None:
        mentioned = compose_text(unit, draft.text).mentioned
        quotes.wanted(unit, author, draft.quoted_status_id, draft.visibility, mentioned)


def _publish_later(unit: Unit, scheduled_id: int, at: int) -> None:
    enqueue(unit, JOB, {"scheduled_id": scheduled_id}, run_at=at, once=f"{JOB}:{scheduled_id}")


def move(unit: Unit, account_id: int, scheduled_id: int, at: int) -> None:
    """Publish it at another time (ms)."""
    unit.get(scheduled.own(account_id, scheduled_id))
    if at < unit.now + SOONEST_MS:
        raise Invalid(lazy("Validation failed: Scheduled at The scheduled date must be in the future"))
    unit.run(scheduled.change(scheduled_id, {"scheduled_at": at}))
    _publish_later(unit, scheduled_id, at)


def cancel(unit: Unit, account_id: int, scheduled_id: int) -> None:
    """Do not publish it. Its media are uploads again."""
    unit.get(scheduled.own(account_id, scheduled_id))
    _take(unit, scheduled_id)


def _take(unit: Unit, scheduled_id: int) -> bool:
    """Remove the row, whatever becomes of the post; whether this unit did."""
    unit.run(scheduled.let_go(scheduled_id, unit.now))
    return unit.run(scheduled.drop(scheduled_id)) > 0


def publish(unit: Unit, scheduled_id: int) -> int | None:
    """Publish what is due: the row goes in the same unit, so it is published once. The id of the post.

    What cannot be published any more (the post that it answers is gone, the account is suspended) is dropped, as on
    Mastodon; its media are uploads again.
    """
    row = unit.one(scheduled.by_id(scheduled_id))
    if row is None:
        return None
    if row.scheduled_at > unit.now:
        _publish_later(unit, scheduled_id, row.scheduled_at)
        return None
    if not _take(unit, scheduled_id):
        return None
    try:
        with unit.savepoint():
            return service.publish(unit, row.account_id, decode(row))
    except Failure as failure:
        if isinstance(failure, Refused):
            failure.record(unit)
        log.warning("a scheduled post could not be published", extra={"code": failure.code, "id": scheduled_id})
        return None


def encode(draft: Draft) -> str:
    """A draft as it is kept."""
    return orjson.dumps(dataclasses.asdict(draft)).decode()


def decode(row: Scheduled) -> Draft:
    """The draft of a row."""
    kept: dict[str, Any] = orjson.loads(row.params)
    poll, saying = kept.pop("poll"), kept.pop("saying", None)
    known = {field.name for field in dataclasses.fields(Draft)}
    values = {name: value for name, value in kept.items() if name in known}
    return Draft(
        **values,
        poll=PollDraft(**poll) if poll is not None else None,
        saying=Saying(**saying) if saying is not None else None,
    )
