"""``job list|retry`` and ``delivery list|retry``: what was given up, shown and tried again."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from fedserver.cli import node
from fedserver.cli.console import UsageError, result, say
from fedserver.db.queries import federation, jobs
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.kit.clock import to_iso
from fedserver.services import queues

_MOST = 1000


def show_jobs(arguments: Namespace) -> None:
    """One line a job that was given up, newest first: id, name, when it was asked for, why."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(jobs.dead(queues.NEWEST, _MOST)))
    for job in found:
        result("\t".join((str(job.id), job.name, to_iso(job.created_at), _line(job.last_error or "-"))))


def show_deliveries(arguments: Namespace) -> None:
    """One line a delivery that was given up, newest first: id, inbox, activity, when, why."""
    with node.reading(node.settings(arguments.config)) as session:
        found = session.run(lambda unit: unit.all(federation.dead(queues.NEWEST, _MOST)))
    for one in found:
        result("\t".join((str(one.id), one.inbox_url, one.activity_uri, to_iso(one.created_at), _line(one.reason))))


def retry_jobs(arguments: Namespace) -> None:
    """Let one job run again, or all."""
    _retry(arguments, queues.retry_job, queues.retry_jobs, "Jobs that run again")


def retry_deliveries(arguments: Namespace) -> None:
    """Queue one delivery again, or all."""
    _retry(arguments, queues.retry_delivery, queues.retry_deliveries, "Deliveries that are tried again")


def _retry(
    arguments: Namespace,
    one: Callable[[Unit, int, Account | None], None],
    every: Callable[[Unit, Account | None], int],
    words: str,
) -> None:
    named = arguments.id
    if named is not None and not named.isdigit():
        raise UsageError(f"ID {named!r}: not a number of the list")

    def work(unit: Unit) -> int:
        if named is None:
            return every(unit, None)
        one(unit, int(named), None)
        return 1

    with node.writing(node.settings(arguments.config)) as (session, _):
        count = session.run(work)
    say(f"{words}: {count}.")


def _line(text: str) -> str:
    return " ".join(text.split())[:300]
