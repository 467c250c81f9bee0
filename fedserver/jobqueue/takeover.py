"""Taking over from a process that was killed."""

from __future__ import annotations

from fedserver.db.queries import deliveries, jobs
from fedserver.db.unit import Unit
from fedserver.jobqueue import retry


def take_over(unit: Unit) -> int:
    """End every lease, so that what a killed process had in hand goes on at once; how many lanes were freed.

    Only for a process that has its database to itself (SQLite), and before its workers begin: there the holder of a
    lease is dead. Anywhere else leases end by themselves.
    """
    unit.run(jobs.mend_leases(0))
    return unit.run(deliveries.mend_lanes(unit.now, unit.now + retry.RETRY_AFTER_CAP + retry.LONGEST_DELAY, 0))
