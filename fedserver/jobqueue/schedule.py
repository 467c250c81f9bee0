"""Jobs that come back: one visible row each, so that a restart neither forgets nor doubles them.

A periodic job is a row of ``jobs`` with the key ``every:<name>``. When it has run, the worker moves the row on instead
of deleting it. ``ensure`` brings the rows in line with the table that the composition root gives; ``next_run`` and
``mend`` keep a jumping clock from firing a job in bursts or putting it off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fedserver.db.queries import jobs as queries
from fedserver.db.unit import Unit
from fedserver.jobqueue.wake import JOBS

PREFIX = "every:"


# clocks of several machines differ a little
SLACK_MS = 60_000


class Periodic(NamedTuple):
    """Run the job ``job`` every ``every_s`` seconds; ``name`` is its place in the table."""

    name: str
    job: str
    every_s: int


def key_of(name: str) -> str:
    """The ``once`` key of a periodic job."""
    return PREFIX + name


def ensure(unit: Unit, table: Mapping[str, Periodic]) -> None:
    """One row for each line of ``table`` (by name), none for names that left it. A new one is due now."""
    wanted = {key_of(name) for name in table}
    found = set(unit.all(queries.keys_between(PREFIX, PREFIX[:-1] + ";")))
    if found - wanted:
        unit.run(queries.forget_keys(sorted(found - wanted)))
    for name, line in table.items():
        if key_of(name) not in found:
            unit.run(queries.put_new(_row(unit, line)))
            unit.after(JOBS)
    mend(unit, table)


def _row(unit: Unit, line: Periodic) -> dict[str, int | str]:
    return {
        "id": unit.new_id(),
        "name": line.job,
        "payload": "{}",
        "once": key_of(line.name),
        "run_at": unit.now,
        "created_at": unit.now,
    }


def next_run(run_at: int, every_s: int, now: int) -> int:
    """When a job that was due at ``run_at`` and has run at ``now`` is due again (ms).

    Keeps to its grid; runs that were missed are not made up for, and it never lies more than a period ahead.
    """
    period = every_s * 1000
    if run_at > now or now - run_at > 1000 * period:
        return now + period
    return now + period - (now - run_at) % period


def mend(unit: Unit, table: Mapping[str, Periodic]) -> None:
    """Pull in rows that a clock which was ahead has put off by more than a period, other jobs that it made, and leases
    that it made too long."""
    unit.run(queries.mend_young(unit.now, SLACK_MS))
    for line in table.values():
        latest = unit.now + line.every_s * 1000
        unit.run(queries.pull_in(key_of(line.name), latest))
