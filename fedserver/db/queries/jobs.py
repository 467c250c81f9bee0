"""Statements about jobs: put in, claim, give back, bury."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, case, delete, func, not_, select, update
from sqlalchemy import insert as sa_insert

from fedserver.db.metadata import Key
from fedserver.db.statement import Query, Statement, columns, nothing, number, one_of
from fedserver.db.tables.jobs import jobs


class Job(NamedTuple):
    """A job as a worker gets it. ``payload`` is JSON text; ``attempts`` counts the runs that began."""

    id: int
    name: str
    payload: str
    once: str | None
    run_at: int
    attempts: int


class DeadJob(NamedTuple):
    """A job that was given up, as an admin sees it."""

    id: int
    name: str
    payload: str
    attempts: int
    last_error: str | None
    created_at: int


class Waiting(NamedTuple):
    """How many jobs of a name wait, and since when the oldest one could have run (ms)."""

    name: str
    jobs: int
    oldest: int


_VALUES = ("id", "name", "payload", "once", "run_at", "created_at")
_insert = sa_insert(jobs).values({jobs.c[name]: bindparam(name) for name in _VALUES})
_put = Statement(_insert, nothing)
# A key that waits already keeps its earliest time and takes the newest payload. A key that runs right now gets its
# lease token negated: the worker then finds that it must run once more (``again``) instead of deleting the row.
_put_once = Statement(
    _insert,
    nothing,
    " ON CONFLICT (once) DO UPDATE SET payload = excluded.payload,"
    " run_at = CASE WHEN jobs.dead = 0 AND jobs.run_at < excluded.run_at THEN jobs.run_at ELSE excluded.run_at END,"
    " attempts = CASE WHEN jobs.dead = 1 THEN 0 ELSE jobs.attempts END,"
    " lease_token = CASE WHEN jobs.lease_token > 0 THEN -jobs.lease_token ELSE jobs.lease_token END,"
    " dead = 0",
)
_put_new = Statement(_insert, nothing, " ON CONFLICT (once) DO NOTHING")


def put(values: Mapping[str, Any]) -> Query[None]:
    """Insert a job row; one with a ``once`` key merges into the row of that key."""
    return (_put if values["once"] is None else _put_once)(**values)


def put_new(values: Mapping[str, Any]) -> Query[None]:
    """Insert a job row unless its ``once`` key has one, whatever state that is in."""
    return _put_new(**values)


_due = (
    select(jobs.c.id)
    .where(
        jobs.c.dead == 0,
        jobs.c.run_at <= bindparam("now"),
        jobs.c.lease_until <= bindparam("now"),
        not_(one_of(jobs.c.id, "held")),
    )
    .order_by(jobs.c.run_at, jobs.c.id)
    .limit(bindparam("n", type_=Key))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_claim = Statement(
    update(jobs)
    .where(jobs.c.id.in_(select(_due.c.id)))
    .values(lease_token=bindparam("token"), lease_until=bindparam("until"), attempts=jobs.c.attempts + 1)
    .returning(*columns(jobs, Job)),
    Job._make,
)


def claim(n: int, token: int, now: int, until: int, held: Sequence[int] = ()) -> Query[Job]:
    """Lease at most ``n`` due jobs under ``token`` until ``until`` (ms); a job in someone's valid lease is passed, and
    so are the jobs ``held``, which the caller runs, however late their leases are."""
    return _claim(n=n, token=token, now=now, until=until, held=list(held))


_done = Statement(
    delete(jobs).where(one_of(jobs.c.id, "ids"), jobs.c.lease_token == bindparam("token")).returning(jobs.c.id), number
)
_mine = jobs.c.id == bindparam("job_id")
_leased = func.abs(jobs.c.lease_token) == bindparam("token")
_release = Statement(
    update(jobs)
    .where(_mine, _leased)
    .values(
        # asked for again while it ran: now, with a clean record
        run_at=case((jobs.c.lease_token < 0, bindparam("now")), else_=bindparam("next_at")),
        attempts=case((jobs.c.lease_token < 0, 0), else_=bindparam("tries")),
        last_error=bindparam("error"),
        dead=case((jobs.c.lease_token < 0, 0), else_=bindparam("is_dead")),
        lease_token=None,
        lease_until=0,
    ),
    nothing,
)
_extend = Statement(
    update(jobs)
    .where(one_of(jobs.c.id, "ids"), func.abs(jobs.c.lease_token) == bindparam("token"))
    .values(lease_until=bindparam("until")),
    nothing,
)


def done(ids: Sequence[int], token: int) -> Query[int]:
    """Delete finished jobs of a lease; gives the ids that were deleted. Others belong to someone else by now."""
    return _done(ids=list(ids), token=token)


def release(
    job_id: int, token: int, *, now: int, next_at: int, attempts: int = 0, error: str | None = None, dead: bool = False
) -> Query[None]:
    """Give a job back: to run at ``next_at`` (ms), or buried. Asked for again meanwhile, it runs at ``now``."""
    return _release(
        job_id=job_id, token=token, now=now, next_at=next_at, tries=attempts, error=error, is_dead=int(dead)
    )


def extend(ids: Sequence[int], token: int, until: int) -> Query[None]:
    """Keep a lease until ``until`` (ms)."""
    return _extend(ids=list(ids), token=token, until=until)


_pull_in = Statement(
    update(jobs)
    .where(jobs.c.once == bindparam("key"), jobs.c.run_at > bindparam("latest"))
    .values(run_at=bindparam("latest")),
    nothing,
)
_mend_young = Statement(
    update(jobs)
    .where(jobs.c.created_at > bindparam("latest"), jobs.c.dead == 0)
    .values(run_at=bindparam("now") + (jobs.c.run_at - jobs.c.created_at), created_at=bindparam("now")),
    nothing,
)
_mend_leases = Statement(
    update(jobs).where(jobs.c.lease_until > bindparam("latest")).values(lease_until=0, lease_token=None), nothing
)


def pull_in(key: str, latest: int) -> Query[None]:
    """Let the job of a key be due at ``latest`` (ms) at the latest."""
    return _pull_in(key=key, latest=latest)


def mend_young(now: int, slack: int) -> Query[None]:
    """Move jobs that were made later than it is now, by more than ``slack`` (ms), to where they would stand had they
    been made now."""
    return _mend_young(now=now, latest=now + slack)


def mend_leases(latest: int) -> Query[None]:
    """End the leases that reach beyond ``latest`` (ms): a clock that was ahead made them."""
    return _mend_leases(latest=latest)


_next_at = Statement(
    select(func.min(case((jobs.c.lease_until > jobs.c.run_at, jobs.c.lease_until), else_=jobs.c.run_at))).where(
        jobs.c.dead == 0
    ),
    lambda row: None if row[0] is None else int(row[0]),
)
_dead = Statement(
    select(*columns(jobs, DeadJob))
    .where(jobs.c.dead == 1, jobs.c.id < bindparam("below"))
    .order_by(jobs.c.id.desc())
    .limit(bindparam("n", type_=Key)),
    DeadJob._make,
)
_waiting = Statement(
    select(jobs.c.name, func.count(), func.min(jobs.c.run_at))
    .where(jobs.c.dead == 0)
    .group_by(jobs.c.name)
    .order_by(jobs.c.name),
    Waiting._make,
)
_revive = Statement(
    update(jobs)
    .where(jobs.c.id == bindparam("id__"), jobs.c.dead == 1)
    .values(dead=0, attempts=0, run_at=bindparam("now__"), lease_token=None, lease_until=0),
    nothing,
)
_forget = Statement(delete(jobs).where(jobs.c.id == bindparam("job_id"), jobs.c.dead == 1), nothing)
_forget_keys = Statement(delete(jobs).where(one_of(jobs.c.once, "keys")), nothing)
_keys = Statement(
    select(jobs.c.once).where(jobs.c.once >= bindparam("low"), jobs.c.once < bindparam("high")),
    lambda row: str(row[0]),
)


def next_at() -> Query[int | None]:
    """When the next job is due (ms), None without jobs."""
    return _next_at()


def dead(below: int, n: int) -> Query[DeadJob]:
    """Buried jobs, newest first, with ids below ``below``."""
    return _dead(below=below, n=n)


def waiting() -> Query[Waiting]:
    """Jobs that wait or run, by name."""
    return _waiting()


def revive(job_id: int, now: int) -> Query[None]:
    """Let a buried job run again, now."""
    return _revive(id__=job_id, now__=now)


def forget(job_id: int) -> Query[None]:
    """Delete a buried job."""
    return _forget(job_id=job_id)


def keys_between(low: str, high: str) -> Query[str]:
    """The ``once`` keys from ``low`` up to, not including, ``high``."""
    return _keys(low=low, high=high)


def forget_keys(keys: Sequence[str]) -> Query[None]:
    """Delete the jobs of these ``once`` keys."""
    return _forget_keys(keys=list(keys))
