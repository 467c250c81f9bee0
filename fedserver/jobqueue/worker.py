"""The job worker: takes due jobs, runs their handlers, deletes them, or tries again, or buries them.

A job is claimed under a lease that is kept alive while it runs. The claim itself counts the attempt: a job that kills
the process every time is buried after ``TRIES`` claims, not run for ever. A handler runs at least once per job, so it
has to be safe to run twice: it does its work in units of its own and checks what is there already.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Generic, TypeVar

import orjson

from fedserver.db.database import Database
from fedserver.db.queries import jobs as queries
from fedserver.db.queries.jobs import Job
from fedserver.db.unit import Unit
from fedserver.jobqueue import schedule
from fedserver.jobqueue.schedule import Periodic
from fedserver.kit.clock import SYSTEM, Clock

C = TypeVar("C")
Handler = Callable[[C, dict[str, Any]], Awaitable[None]]
"""``async def handler(context, payload)``. An exception is a failed attempt; ``GiveUp`` buries the job at once."""

PARALLEL = 8
LEASE_MS = 60_000
# how far the clocks of two machines may lie apart before a lease of the other looks wrong
CLOCK_SLACK_MS = 600_000
KEEP_ALIVE_S = 20.0
LIMIT_S = 15 * 60.0
TRIES = 10
POLL_S = 5.0
WRITE_AGAIN_MS = 1_000
MEND_EVERY = 12
FIRST_DELAY_MS = 5_000
LONGEST_DELAY_MS = 3_600_000

log = logging.getLogger(__name__)


class GiveUp(Exception):
    """Trying again cannot help. ``args[0]`` says why."""


def delay(attempts: int, jitter: float) -> int:
    """Milliseconds until the next try: 5 s, 15 s, 45 s ... 1 h, and up to a quarter more by ``jitter`` (0 to 1)."""
    own = min(FIRST_DELAY_MS * int(3 ** min(max(attempts, 1) - 1, 10)), LONGEST_DELAY_MS)
    return own + int(own * jitter / 4)


class Worker(Generic[C]):
    """``await worker.run()`` in a task; ``worker.wake()`` when jobs were committed; ``await worker.stop()``.

    ``handlers``: job name -> handler, the composition root's one table. ``context`` is handed to each of them.
    """

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler[C]],
        context: C,
        *,
        periodic: Mapping[str, Periodic] | None = None,
        clock: Clock = SYSTEM,
        parallel: int = PARALLEL,
        tries: int = TRIES,
        limit_s: float = LIMIT_S,
        poll_s: float = POLL_S,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._context = context
        self._periodic = dict(periodic or {})
        self._clock = clock
        self._parallel = parallel
        self._tries = tries
        self._limit_s = limit_s
        self._poll_s = poll_s
        self._jitter = jitter
        self._awake = asyncio.Event()
        self._stopping = False
        # (job id, lease token) -> the task that runs it
        self._running: dict[tuple[int, int], asyncio.Task[None]] = {}

    def wake(self) -> None:
        """Look for due jobs now."""
        self._awake.set()

    @property
    def busy(self) -> int:
        """Jobs in hand."""
        return len(self._running)

    async def run(self) -> None:
        """Run jobs until ``stop``. Trouble with the database is logged and waited out."""
        rounds = 0
        keeper = asyncio.create_task(self._keep_leases())
        try:
            while not self._stopping:
                self._awake.clear()
                try:
                    if rounds == 0:
                        await self._database.run(lambda unit: schedule.ensure(unit, self._periodic))
                    elif rounds % MEND_EVERY == 0:
                        await self._database.run(self._mend)
                    rounds += 1
                    took = await self._take()
                    pause = await self._until_due() if took else max(await self._until_due(), 0.02)
                except Exception:
                    log.exception("jobs pause: the database is in trouble")
                    pause = self._poll_s
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), pause)
        finally:
            keeper.cancel()

    async def stop(self, grace_s: float = 10.0) -> None:
        """Begin nothing new; jobs that do not end within ``grace_s`` seconds are broken off and run again later."""
        self._stopping = True
        self.wake()
        tasks = list(self._running.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def drain(self) -> None:
        """Run until no job is due and none is in hand (for tests and for commands)."""
        while True:
            took = await self._take()
            if not took and not self._running:
                return
            if self._running:
                await asyncio.wait(self._running.values(), return_when=asyncio.FIRST_COMPLETED)

    async def _take(self) -> int:
        room = self._parallel - len(self._running)
        if room <= 0:
            return 0
        # a clock that jumps, or a process that stood still, must not begin what it runs already
        held = [job_id for job_id, _ in self._running]

        def claim(unit: Unit) -> tuple[int, list[Job]]:
            token = unit.new_id()
            jobs = unit.all(queries.claim(room, token, unit.now, unit.now + LEASE_MS, held))
            return token, sorted(jobs, key=lambda job: (job.run_at, job.id))

        token, jobs = await self._database.run(claim, relaxed=True)
        for job in jobs:
            key = (job.id, token)
            task = asyncio.create_task(self._run_job(job, token), name=f"job {job.name}")
            self._running[key] = task
            task.add_done_callback(lambda _, key=key: self._over(key))  # type: ignore[misc]
        return len(jobs)

    def _over(self, key: tuple[int, int]) -> None:
        self._running.pop(key, None)
        self.wake()

    async def _until_due(self) -> float:
        """Seconds until the next job is due, at most ``poll_s``: a clock that jumps is noticed by then."""
        next_at = await self._database.one(queries.next_at())
        if next_at is None or len(self._running) >= self._parallel:
            return self._poll_s
        return min(max((next_at - self._clock.now_ms()) / 1000, 0.0), self._poll_s)

    async def _run_job(self, job: Job, token: int) -> None:
        error: str | None = None
        dead = job.attempts > self._tries
        try:
            if dead:
                error = "the process ended every time while this job ran"
            else:
                handler = self._handlers.get(job.name)
                if handler is None:
                    raise GiveUp(f"no handler for {job.name}")
                async with asyncio.timeout(self._limit_s):
                    await handler(self._context, orjson.loads(job.payload))
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            # broken off by ``stop``: not the job's fault
            await self._shielded(lambda unit: self._release(unit, job, token, unit.now, None, False, job.attempts - 1))
            raise
        except GiveUp as failure:
            error, dead = f"GiveUp: {failure}", True
        except Exception as failure:
            log.warning("job %s (%s) failed, attempt %d", job.name, job.id, job.attempts, exc_info=True)
            error = f"{type(failure).__name__}: {failure}"
            dead = job.attempts >= self._tries
        await self._shielded(lambda unit: self._finish(unit, job, token, error, dead))

    async def _shielded(self, function: Callable[[Unit], None]) -> None:
        """Write a result down, even while being cancelled."""
        await asyncio.shield(self._write_down(function))

    async def _write_down(self, function: Callable[[Unit], None]) -> None:
        """Try for as long as a lease lasts: a disk that was full for a moment holds a job up for a second, not for the
        rest of its lease. After that the lease is over, and the job runs again.
        """
        for _ in range(LEASE_MS // WRITE_AGAIN_MS):
            try:
                await self._database.run(function, relaxed=True)
                return
            except Exception:
                log.warning("the result of a job could not be written down", exc_info=True)
            if self._stopping:
                break
            await asyncio.sleep(WRITE_AGAIN_MS / 1000)
        log.error("the result of a job could not be written down: it will run again")

    def _finish(self, unit: Unit, job: Job, token: int, error: str | None, dead: bool) -> None:
        line = self._line(job)
        if line is not None:
            # a periodic job is never buried: it is tried again with its next turn, or before
            at = schedule.next_run(job.run_at, line.every_s, unit.now)
            again = error is not None and not dead
            if again:
                at = min(at, unit.now + delay(job.attempts, self._jitter()))
            self._release(unit, job, token, at, error, False, job.attempts if again else 0)
        elif error is not None:
            at = unit.now + delay(job.attempts, self._jitter())
            self._release(unit, job, token, at, error, dead, job.attempts)
        elif not unit.all(queries.done([job.id], token)):
            # asked for again while it ran; or the lease is someone else's by now, and this does nothing
            self._release(unit, job, token, unit.now, None, False, 0)

    def _release(self, unit: Unit, job: Job, token: int, at: int, error: str | None, dead: bool, attempts: int) -> None:
        text = None if error is None else error[:2000].replace("\x00", "")
        unit.run(queries.release(job.id, token, now=unit.now, next_at=at, attempts=attempts, error=text, dead=dead))

    def _line(self, job: Job) -> Periodic | None:
        if job.once is None or not job.once.startswith(schedule.PREFIX):
            return None
        return self._periodic.get(job.once.removeprefix(schedule.PREFIX))

    def _mend(self, unit: Unit) -> None:
        schedule.mend(unit, self._periodic)
        unit.run(queries.mend_leases(unit.now + LEASE_MS + CLOCK_SLACK_MS))

    async def _keep_leases(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_S)
            if self._running:
                try:
                    await self._database.run(self._extend, relaxed=True)
                except Exception:
                    log.exception("leases could not be extended")

    def _extend(self, unit: Unit) -> None:
        tokens: dict[int, list[int]] = {}
        for job_id, token in list(self._running):
            tokens.setdefault(token, []).append(job_id)
        for token, ids in tokens.items():
            unit.run(queries.extend(ids, token, unit.now + LEASE_MS))
