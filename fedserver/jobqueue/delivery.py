"""The delivery worker: takes lanes, signs, posts, reports. One a process, many lanes at once.

Bounds: ``lanes`` posts at a time in all, ``per_host`` to one host, one to a host that is failing. Within a lane one
letter after the other. Reports of many lanes are written in one unit, and a lane is only looked at again once its
report is durable. What is in hand when the process dies is posted again by whoever claims the lane next.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Protocol

from fedserver.db.database import Database
from fedserver.db.queries import deliveries
from fedserver.db.queries.federation import Host
from fedserver.jobqueue import lanes, retry
from fedserver.jobqueue.lanes import Letter, Report, Result, Trouble, Work
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.net.errors import FetchError, FetchRefused
from protocol.http.claim import Scheme
from protocol.http.doubleknock import Attempt, Memory, after, first

LANES = 48
PER_HOST = 2
# a worker that nobody wakes looks for due lanes this often
POLL_S = 5.0
MEND_EVERY = 12
# no letter is begun when its lane's lease ends this soon: the post may take as long
SAFETY_MS = 45 * retry.SECOND

# hosts.scheme
SCHEMES: Mapping[int, Scheme] = {1: Scheme.CAVAGE, 2: Scheme.RFC9421}
_NUMBERS = {scheme: number for number, scheme in SCHEMES.items()}

log = logging.getLogger(__name__)


class Answer(Protocol):
    """What a peer said. ``retry_after`` in milliseconds."""

    @property
    def status(self) -> int: ...
    @property
    def retry_after(self) -> int | None: ...
    @property
    def accept_signature(self) -> str | None: ...


Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[Answer]]
"""(url, body, headers) -> answer, whatever the status. Raises ``FetchRefused`` or ``FetchFailed``."""

Sign = Callable[[int, str, bytes, Attempt], Awaitable[Mapping[str, str]]]
"""(sender's account id, url, body, attempt) -> all headers of the POST. Raises ``NoKey`` when the sender has none."""


class NoKey(Exception):
    """The sender cannot sign any more: what it has left is given up."""


class DeliveryWorker:
    """``await worker.run()`` in a task; ``worker.wake()`` when deliveries were committed; ``await worker.stop()``."""

    def __init__(
        self,
        database: Database,
        *,
        sign: Sign,
        post: Post,
        clock: Clock = SYSTEM,
        lanes: int = LANES,
        per_host: int = PER_HOST,
        poll_s: float = POLL_S,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._database = database
        self._sign = sign
        self._post = post
        self._clock = clock
        self._most = lanes
        self._per_host = per_host
        self._poll_s = poll_s
        self._jitter = jitter
        self._awake = asyncio.Event()
        self._stopping = False
        self._busy: Counter[int] = Counter()
        self._running: set[asyncio.Task[None]] = set()
        self._reports: list[Report] = []
        # per host: trouble that is not written down yet, so that its other lanes do not run into it
        self._trouble: dict[int, Trouble] = {}
        self.posted = 0

    def wake(self) -> None:
        """Look for due lanes now."""
        self._awake.set()

    async def run(self) -> None:
        """Deliver until ``stop``. Trouble with the database is logged and waited out."""
        rounds = 0
        while not self._stopping:
            self._awake.clear()
            try:
                await self._write_reports()
                if rounds % MEND_EVERY == 0:
                    await self._database.run(lanes.mend, relaxed=True)
                rounds += 1
                took = await self._take()
                pause = 0.0 if took else await self._until_due()
            except Exception:
                log.exception("deliveries pause: the database is in trouble")
                pause = self._poll_s
            if pause:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), pause)

    async def stop(self, grace_s: float = 10.0) -> None:
        """Begin nothing new, let what is being posted end within ``grace_s`` seconds, write the reports."""
        self._stopping = True
        self.wake()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._write_reports()
        except Exception:
            log.exception("what was posted last could not be written down: it will be posted again")

    @property
    def busy(self) -> int:
        """Lanes in hand."""
        return len(self._running)

    async def drain(self) -> None:
        """Run until no lane is due and none is in hand (for tests and for commands)."""
        while True:
            await self._write_reports()
            if not await self._take() and not self._running and not self._reports:
                return
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _take(self) -> int:
        room = self._most - len(self._running)
        if room <= 0:
            return 0
        busy = dict(self._busy)
        works = await self._database.run(
            lambda unit: lanes.claim(unit, room, per_host=self._per_host, busy=busy), relaxed=True
        )
        for work in works:
            self._busy[work.host.id] += 1
            task = asyncio.create_task(self._lane(work))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(works)

    async def _until_due(self) -> float:
        """Seconds until the next lane is due, at most ``poll_s``: a clock that jumps is noticed by then."""
        next_at = await self._database.one(deliveries.next_lane_at())
        if next_at is None:
            return self._poll_s
        due = (next_at - self._clock.now_ms()) / 1000
        # due already, but its host is busy: a report will wake us
        return min(due, self._poll_s) if due > 0 else min(1.0, self._poll_s)

    async def _write_reports(self) -> None:
        if not self._reports:
            return
        reports, self._reports = self._reports, []
        try:
            await self._database.run(lambda unit: lanes.report(unit, reports), relaxed=True)
        except BaseException:
            # what was posted is known: keep it for the next round, while the leases last
            self._reports = reports + self._reports
            raise
        for report in reports:
            self._done_with(report.work.host.id)

    def _done_with(self, host_id: int) -> None:
        self._busy[host_id] -= 1
        if self._busy[host_id] <= 0:
            del self._busy[host_id]
            self._trouble.pop(host_id, None)

    async def _lane(self, work: Work) -> None:
        """Work off a lane and leave a report, whatever happens."""
        run = _Run(self, work)
        try:
            await run.letters()
        finally:
            if run.trouble is not None:
                self._trouble[work.host.id] = run.trouble
            self._reports.append(run.report(self._jitter()))
            self.wake()

    def may_go_on(self, work: Work) -> bool:
        """Whether another letter of this lane may be begun."""
        late = self._clock.now_ms() > work.until - SAFETY_MS
        return not (self._stopping or late or work.host.id in self._trouble)

    async def knock(self, work: Work, letter: Letter, attempt: Attempt) -> Answer:
        """One signed POST."""
        headers = await self._sign(work.sender_id, letter.inbox_url, letter.body, attempt)
        self.posted += 1
        return await self._post(letter.inbox_url, letter.body, headers)

    def now_ms(self) -> int:
        """The worker's clock."""
        return self._clock.now_ms()


class _Run:
    """One lane being worked off: what is known so far."""

    def __init__(self, worker: DeliveryWorker, work: Work) -> None:
        self._worker = worker
        self._work = work
        self._memory = memory_of(work.host)
        self._results: list[Result] = []
        self.trouble: Trouble | None = None

    async def letters(self) -> None:
        behind: set[tuple[int, int]] = set()
        for letter in self._work.letters:
            place = (letter.inbox_id, letter.object_key)
            if place in behind:
                continue
            if not self._worker.may_go_on(self._work):
                return
            result = await self._deliver(letter)
            if result is None:
                return
            self._results.append(result)
            if result.verdict is retry.Verdict.RETRY:
                if letter.attempts + 1 < retry.PARK_AFTER:
                    return
                behind.add(place)

    async def _deliver(self, letter: Letter) -> Result | None:
        """Post a letter, knocking twice where that may help. None: the host is in trouble, nothing became of it."""
        attempt: Attempt | None = first(self._memory, self._worker.now_ms())
        answer: Answer | None = None
        try:
            while attempt is not None:
                answer = await self._worker.knock(self._work, letter, attempt)
                outcome = after(
                    attempt,
                    answer.status,
                    self._memory,
                    self._worker.now_ms(),
                    accept_signature=answer.accept_signature,
                )
                attempt, self._memory = outcome.attempt, outcome.memory
        except NoKey:
            return Result(letter, retry.Verdict.REFUSED, "the sender has no key")
        except FetchRefused as error:
            if error.reason != "address":
                return Result(letter, retry.Verdict.REFUSED, error.reason)
            # the name leads to an address that is not public, perhaps for an hour only
            self.trouble = Trouble(error.reason)
            return None
        except FetchError as error:
            self.trouble = Trouble(error.reason)
            return None
        except Exception as error:
            # ours, and perhaps only with this activity: held against it alone, so that it cannot stop the others
            log.exception("a letter could not be posted")
            return Result(letter, retry.Verdict.RETRY, f"internal: {type(error).__name__}")
        assert answer is not None
        return self._judge(letter, answer)

    def _judge(self, letter: Letter, answer: Answer) -> Result | None:
        reason = f"status {answer.status}"
        verdict = retry.judge(answer.status, answer.retry_after)
        if verdict in (retry.Verdict.HOST, retry.Verdict.WAIT):
            self.trouble = Trouble(reason, verdict is retry.Verdict.WAIT, answer.retry_after)
            return None
        return Result(letter, verdict, reason, gone=answer.status in (404, 410))

    def report(self, jitter: float) -> Report:
        memory = self._memory
        scheme = _NUMBERS[memory.scheme] if memory is not None else 0
        return Report(
            self._work,
            tuple(self._results),
            self.trouble,
            jitter,
            scheme,
            memory.learned if memory is not None else None,
        )


def memory_of(host: Host) -> Memory | None:
    """What is known of the scheme that a host takes."""
    scheme = SCHEMES.get(host.scheme)
    return None if scheme is None or host.scheme_at is None else Memory(scheme, host.scheme_at)
