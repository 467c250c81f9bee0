"""A job is a row in the caller's transaction: it exists exactly if what asked for it was committed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from fedserver.db.queries import jobs as job_queries
from fedserver.db.unit import Unit
from fedserver.jobqueue.wake import JOBS


def enqueue(
    unit: Unit, name: str, payload: dict[str, Any], *, run_at: int | None = None, once: str | None = None
) -> None:
    """Ask for the job ``name`` with a JSON ``payload``, at ``run_at`` (ms, now if None).

    ``once``: a key of which at most one job exists. Asked for again while it waits, the earlier time and the newer
    payload hold; asked for again while it runs, it runs once more; one that was buried comes back to life.
    """
    unit.run(job_queries.put(_values(unit, name, payload, run_at, once)))
    unit.after(JOBS)


def enqueue_many(unit: Unit, name: str, payloads: Iterable[dict[str, Any]], *, run_at: int | None = None) -> int:
    """Ask for one job per payload; how many that were."""
    count = 0
    for payload in payloads:
        unit.run(job_queries.put(_values(unit, name, payload, run_at, None)))
        count += 1
    if count:
        unit.after(JOBS)
    return count


def _values(unit: Unit, name: str, payload: dict[str, Any], run_at: int | None, once: str | None) -> dict[str, Any]:
    return {
        "id": unit.new_id(),
        "name": name,
        "payload": orjson.dumps(payload).decode(),
        "once": once,
        "run_at": unit.now if run_at is None else run_at,
        "created_at": unit.now,
    }
