"""The delivery worker: takes lanes, signs, posts, reports. One a process, many lanes at once.

Bounds: ``lanes`` posts at a time in all, ``per_host`` to one host, one to a host that is failing. Within a lane one
letter after the other. A post that takes longer than ``SLOW_S`` gives its place to another lane (at most ``SLOW`` do),
and its host gets no second one: slow hosts cost the others nothing.

The worker works in *turns*. A turn is one unit: what ended since the last one is written down, what is due is claimed,
``AHEAD`` times as many lanes as there are places among them. What arrived of a lane that is still in hand is written
down as well, so when the process dies only what was under way is posted again by whoever claims the lane next. A turn
costs as much as a few posts, whatever it writes down: so it comes ``LINGER_S`` after the first thing to say, or when as
many lanes have ended as are posted at once, or all of them. A lane is only looked at again once its report is durable.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Protocol

from fedserver.db.database import Database
from fedserver.db.queries import deliveries
from fedserver.db.queries.federation import Host
from fedserver.db.unit import Unit
from fedserver.jobqueue import lanes, reports, retry
from fedserver.jobqueue.lanes import Letter, Work
from fedserver.jobqueue.reports import Report, Result, Trouble
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.net.errors import FetchError, FetchRefused
from protocol.http.claim import Scheme
from protocol.http.doubleknock import Attempt, Memory, after, first

LANES = 64
PER_HOST = 2
# lanes that are claimed before there is a place for them, as a multiple of the places: few turns for many hosts
AHEAD = 3
# a post that takes longer than this no longer counts among the lanes; so many may do that
SLOW_S = 2.0
SLOW = 256
LINGER_S = 0.04
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
        self._running: dict[asyncio.Task[None], _Run] = {}
        self._waiting: deque[Work] = deque()
        # how many posts were found slow at the last turn: they do not count among the lanes
        self._slow = 0
        self._reports: list[Report] = []
        self._later: asyncio.TimerHandle | None = None
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
                if rounds % MEND_EVERY == 0:
                    await self._database.run(lanes.mend, relaxed=True)
                rounds += 1
                await self._turn()
                pause = await self._until_due()
            except Exception:
                log.exception("deliveries pause: the database is in trouble")
                pause = self._poll_s
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), pause)

    async def stop(self, grace_s: float = 10.0) -> None:
        """Begin nothing new, let what is being posted end within ``grace_s`` seconds, write the reports."""
        self._stopping = True
        self.wake()
        self._fill()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._turn()
            # what a turn that was under way has claimed meanwhile
            while self._reports:
                await self._turn()
        except Exception:
            log.exception("what was posted last could not be written down: it will be posted again")

    @property
    def busy(self) -> int:
        """Lanes in hand."""
        return len(self._running) + len(self._waiting)

    async def drain(self) -> None:
        """Run until no lane is due and none is in hand (for tests and for commands)."""
        while True:
            if not await self._turn() and not self._running and not self._reports:
                return
            if self._running:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)

    async def _turn(self) -> int:
        """Write down what ended or arrived, claim what is due: how many lanes that were."""
        over, self._reports = self._reports, []
        news = [(run, report) for run in self._running.values() if (report := run.news()) is not None]
        busy = self._busy - Counter(report.work.host.id for report in over)
        slow = [run.work.host.id for run in self._running.values() if run.is_slow]
        self._slow = min(len(slow), SLOW)
        room = 0 if self._stopping else self._most * (1 + AHEAD) + self._slow - self.busy
        busy |= Counter(dict.fromkeys(slow, self._per_host))
        held = list({work.token for work in (*(run.work for run in self._running.values()), *self._waiting)})

        def turn(unit: Unit) -> list[Work]:
            reports.report(unit, [*over, *(report for _, report in news)])
            return lanes.claim(unit, room, per_host=self._per_host, busy=busy, held=held) if room > 0 else []

        if not over and not news and room <= 0:
            return 0
        try:
            works = await self._database.run(turn, relaxed=True)
        except BaseException:
            # what was posted is known: keep it for the next turn, while the leases last
            self._reports = over + self._reports
            raise
        for run, report in news:
            run.noted = max(run.noted, len(report.results))
        for report in over:
            self._done_with(report.work.host.id)
        for work in works:
            self._busy[work.host.id] += 1
        self._waiting.extend(works)
        self._fill()
        return len(works)

    def _fill(self) -> None:
        """Begin what waits, as far as there are places; at a stop, give it back."""
        if self._stopping:
            self._reports += [Report(work, ()) for work in self._waiting]
            self._waiting.clear()
        while self._waiting and len(self._running) - self._slow < self._most:
            run = _Run(self, self._waiting.popleft())
            task = asyncio.create_task(self._lane(run))
            self._running[task] = run
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._fill()
        if not self._running:
            self._take_turn()

    async def _until_due(self) -> float:
        """Seconds until the next lane is due, at most ``poll_s``: a clock that jumps is noticed by then."""
        if self._running:
            # what ends will wake us; what becomes slow does not
            return min(1.0, self._poll_s)
        next_at = await self._database.one(deliveries.next_lane_at())
        if next_at is None:
            return self._poll_s
        due = (next_at - self._clock.now_ms()) / 1000
        # due already, but its host is busy: a report will wake us
        return min(due, self._poll_s) if due > 0 else min(1.0, self._poll_s)

    def _done_with(self, host_id: int) -> None:
        self._busy[host_id] -= 1
        if self._busy[host_id] <= 0:
            del self._busy[host_id]
            self._trouble.pop(host_id, None)

    async def _lane(self, run: _Run) -> None:
        """Work off a lane and leave a report, whatever happens."""
        try:
            await run.letters()
        finally:
            if run.trouble is not None:
                self._trouble[run.work.host.id] = run.trouble
            self._reports.append(run.report(self._jitter()))
            self.soon()

    def soon(self) -> None:
        """Something is to be written down: now if enough has come together, else in a moment."""
        if len(self._reports) >= self._most:
            self._take_turn()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(LINGER_S, self._take_turn)

    def _take_turn(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
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
    """One lane being worked off: what is known so far. ``noted``: how many results are written down already."""

    def __init__(self, worker: DeliveryWorker, work: Work) -> None:
        self.work = work
        self.noted = 0
        self.trouble: Trouble | None = None
        self._worker = worker
        self._memory = memory_of(work.host)
        self._results: list[Result] = []
        self._since = time.monotonic()

    @property
    def is_slow(self) -> bool:
        """Whether the letter in hand takes long."""
        return time.monotonic() - self._since > SLOW_S

    def news(self) -> Report | None:
        """What arrived since the last turn, in a lane that goes on."""
        if len(self._results) == self.noted:
            return None
        return Report(self.work, tuple(self._results), over=False)

    async def letters(self) -> None:
        behind: set[tuple[int, int]] = set()
        for letter in self.work.letters:
            place = (letter.inbox_id, letter.object_key)
            if place in behind:
                continue
            if not self._worker.may_go_on(self.work):
                return
            self._since = time.monotonic()
            result = await self._deliver(letter)
            if result is None:
                return
            self._results.append(result)
            if result.verdict is retry.Verdict.DELIVERED and letter is not self.work.letters[-1]:
                self._worker.soon()
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
                answer = await self._worker.knock(self.work, letter, attempt)
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
            self.work,
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
