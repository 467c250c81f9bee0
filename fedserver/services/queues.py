"""What was given up, tried again by an admin: jobs, and deliveries to other servers."""

from __future__ import annotations

from fedserver.db.queries import accounts
from fedserver.db.queries import federation as federation_rows
from fedserver.db.queries import jobs as job_rows
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.jobqueue import outbox
from fedserver.jobqueue.wake import JOBS
from fedserver.kit.errors import Conflict, NotFound
from fedserver.kit.i18n import lazy
from fedserver.services.reports import log_action

NEWEST = (1 << 63) - 1


def retry_job(unit: Unit, job_id: int, actor: Account | None) -> None:
    """Run a buried job again, now. ``NotFound`` when there is none under this id."""
    if not unit.run(job_rows.revive(job_id, unit.now)):
        raise NotFound()
    unit.after(JOBS)
    log_action(unit, actor, "job.retry", f"job:{job_id}")


def forget_job(unit: Unit, job_id: int, actor: Account | None) -> None:
    """Delete a buried job. ``NotFound`` when there is none under this id."""
    if not unit.run(job_rows.forget(job_id)):
        raise NotFound()
    log_action(unit, actor, "job.forget", f"job:{job_id}")


def retry_delivery(unit: Unit, letter_id: int, actor: Account | None) -> None:
    """Queue a delivery again that was given up.

    ``NotFound``: no such one. ``Conflict``: its sender is gone, or it cannot be sent (a suspended server).
    """
    letter = unit.get(federation_rows.dead_letter(letter_id))
    sender = unit.one(accounts.by_id(letter.sender_id))
    if sender is None or letter.body is None:
        raise Conflict(lazy("This delivery cannot be tried again"))
    inbox = outbox.inbox_id(unit, letter.inbox_url)
    # an object key of its own: what was given up must not hold up what came after it
    key = unit.new_id()
    queued = outbox.send(
        unit, sender_id=sender.id, uri=letter.activity_uri, object_key=key, body=letter.body, inbox_ids=[inbox]
    )
    if not queued:
        raise Conflict(lazy("This server is suspended"))
    unit.run(federation_rows.forget_letter(letter_id))
    log_action(unit, actor, "delivery.retry", letter.activity_uri, letter.inbox_url)


def forget_delivery(unit: Unit, letter_id: int, actor: Account | None) -> None:
    """Delete the note of a delivery that was given up. ``NotFound`` when there is none under this id."""
    letter = unit.get(federation_rows.dead_letter(letter_id))
    unit.run(federation_rows.forget_letter(letter_id))
    log_action(unit, actor, "delivery.forget", letter.activity_uri, letter.inbox_url)


def retry_jobs(unit: Unit, actor: Account | None) -> int:
    """Run every buried job again; how many."""
    ids = [job.id for job in unit.all(job_rows.dead(NEWEST, 1000))]
    for job_id in ids:
        retry_job(unit, job_id, actor)
    return len(ids)


def retry_deliveries(unit: Unit, actor: Account | None) -> int:
    """Queue every delivery again that can be; how many."""
    count = 0
    for letter in unit.all(federation_rows.dead(NEWEST, 1000)):
        try:
            retry_delivery(unit, letter.id, actor)
        except Conflict:
            continue
        count += 1
    return count
