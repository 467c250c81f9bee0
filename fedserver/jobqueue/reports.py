"""What a worker's reports change: deliveries, lanes, and what is remembered of hosts.

A report carries the lease token of its lane. It counts only if the lane still has that token, and then all of it counts
at once: rows, lane and host change in one unit. Reports of many lanes are written together, by few statements.

A lane that is still in hand may report what has arrived so far (``over=False``): whoever takes the lane over after a
kill then posts again what was under way, and no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fedserver.db.queries import accounts, deliveries, federation
from fedserver.db.queries.federation import Host
from fedserver.db.unit import Unit
from fedserver.jobqueue import retry
from fedserver.jobqueue.enqueue import enqueue
from fedserver.jobqueue.lanes import LOOK, NOTE_EVERY, WELL, Letter, Work, bury, finish, give_back
from fedserver.jobqueue.wake import DELIVERIES

# owners of a missing inbox who are looked up again: a shared one has many, and each post asks for the next
OWNERS = 10


class Result(NamedTuple):
    """What became of a letter. RETRY only, DELIVERED or REFUSED; ``reason`` for people who look.

    ``gone``: the inbox is not there (404, 410), so whoever had it is looked up again.
    """

    letter: Letter
    verdict: retry.Verdict
    reason: str = ""
    gone: bool = False


class Trouble(NamedTuple):
    """The host is to be left alone: ``waits`` if it asked for that, else because it is in trouble."""

    reason: str
    waits: bool = False
    retry_after: int | None = None


class Report(NamedTuple):
    """What a worker has to say about a lane. ``jitter``: 0 to 1. ``scheme``: what is known now (0 unknown, 1, 2).

    ``over``: the lane is given back. While it is not, only what was delivered counts, and may be reported again.
    """

    work: Work
    results: tuple[Result, ...]
    trouble: Trouble | None = None
    jitter: float = 0.0
    scheme: int = 0
    scheme_at: int | None = None
    over: bool = True

    @property
    def lane(self) -> tuple[int, int, int]:
        """(sender, host, token)."""
        return self.work.sender_id, self.work.host.id, self.work.token


def report(unit: Unit, reports: Sequence[Report]) -> int:
    """Write down what workers did. Reports whose lease is gone are dropped; how many counted. Runs relaxed."""
    if not reports:
        return 0
    held = {(h.sender_id, h.host_id, h.token): h.failures for h in unit.get(deliveries.held([r.lane for r in reports]))}
    counted = [one for one in reports if one.lane in held]
    finish(unit, [pair for one in counted for pair in _delivered(one)])
    # one order for all workers, as in ``held``
    over = sorted((one for one in counted if one.over), key=lambda one: (one.work.host.id, one.work.sender_id))
    if over:
        _give_back_all(unit, over, held)
    return len(counted)


def _delivered(one: Report) -> Iterable[tuple[int, int]]:
    for result in one.results:
        if result.verdict is retry.Verdict.DELIVERED:
            yield result.letter.inbox_id, result.letter.activity_id


def _give_back_all(unit: Unit, over: Sequence[Report], held: dict[tuple[int, int, int], int]) -> None:
    hosts = _Hosts(unit, over)
    pauses: dict[tuple[int, int, int], tuple[int, int]] = {}
    for one in over:
        failures, trouble = _failed(unit, one, held[one.lane])
        pauses[one.lane] = failures, hosts.note(one, trouble)
    groups: dict[tuple[int, int], list[int]] = {}
    for sender_id, host_id, token in pauses:
        groups.setdefault((sender_id, token), []).append(host_id)
    closed = sum(
        unit.run(deliveries.close_empty(sender_id, token, host_ids)) for (sender_id, token), host_ids in groups.items()
    )
    if closed == len(pauses):
        return
    for lane in unit.get(deliveries.held(list(pauses))):
        place = lane.sender_id, lane.host_id, lane.token
        if place in pauses:
            waiting = unit.all(deliveries.in_lane(lane.sender_id, lane.host_id, LOOK))
            give_back(unit, lane.sender_id, lane.host_id, waiting, *pauses[place])


def _failed(unit: Unit, one: Report, failures: int) -> tuple[int, Trouble | None]:
    """Write down what did not arrive: (failures in a row of the lane, trouble of the host)."""
    for result in one.results:
        letter = result.letter
        if result.verdict is retry.Verdict.RETRY:
            failures += 1
            attempts = letter.attempts + 1
            at = unit.now + retry.delay(attempts, one.jitter)
            unit.run(deliveries.try_again(letter.inbox_id, letter.activity_id, attempts, at))
        elif result.verdict is retry.Verdict.REFUSED:
            bury(unit, one.work.sender_id, [letter], result.reason)
        else:
            failures = 0
    for inbox_id in dict.fromkeys(result.letter.inbox_id for result in one.results if result.gone):
        _look_again(unit, inbox_id)
    if one.trouble is None and failures >= retry.LANE_FAILURES:
        return 0, Trouble(f"{failures} activities failed in a row: {one.results[-1].reason}")
    return failures, one.trouble


def _look_again(unit: Unit, inbox_id: int) -> None:
    """An inbox is not there any more: its owners may be gone (then they follow nobody), or have another one."""
    for account_id in unit.all(accounts.of_inbox(inbox_id, OWNERS)):
        enqueue(unit, "remote.refresh_actor", {"account_id": account_id}, once=f"remote.refresh_actor:{account_id}")


class _Hosts:
    """The records of the hosts of some reports, read at once and kept up to date."""

    def __init__(self, unit: Unit, over: Sequence[Report]) -> None:
        self._unit = unit
        ids = sorted({one.work.host.id for one in over})
        self._hosts = {host.id: host for host in unit.get(federation.hosts_by_id(ids))}

    def note(self, one: Report, trouble: Trouble | None) -> int:
        """Keep the host's record; until when it is paused (ms, 0 if it is not)."""
        unit, host = self._unit, self._hosts[one.work.host.id]
        answered = any(result.verdict is retry.Verdict.DELIVERED for result in one.results)
        if trouble is not None:
            if answered:
                host = host._replace(failures=0, failing_since=None)
            # else: another lane of the host found out first
            return host.closed_until if host.closed_until > unit.now else self._pause(host, trouble, one.jitter)
        if not answered:
            return host.closed_until
        values: dict[str, int | str | None] = {}
        if (one.scheme, one.scheme_at) != (host.scheme, host.scheme_at) and (
            one.scheme != host.scheme or (one.scheme_at or 0) - (host.scheme_at or 0) > NOTE_EVERY
        ):
            values |= {"scheme": one.scheme, "scheme_at": one.scheme_at}
        if unit.now - (host.last_success_at or 0) > NOTE_EVERY:
            values["last_success_at"] = unit.now
        if host.failures or host.state != "ok":
            values |= {"last_success_at": unit.now, **WELL}
            unit.run(deliveries.resume_lanes(host.id, unit.now))
            unit.after(DELIVERIES)
        self._set(host, values)
        return 0 if host.failures else host.closed_until

    def _pause(self, host: Host, trouble: Trouble, jitter: float) -> int:
        now, failures = self._unit.now, host.failures + 1
        until = now + retry.delay(failures, jitter, trouble.retry_after)
        values: dict[str, int | str | None] = {
            "failures": failures,
            "closed_until": until,
            "last_error": trouble.reason[:500],
        }
        if not trouble.waits:
            since = now if host.failing_since is None else host.failing_since
            values["failing_since"] = since
            values["state"] = "unavailable" if now - since >= retry.EXPIRY else "failing"
        self._set(host, values)
        self._unit.run(deliveries.pause_host(host.id, until))
        return until

    def _set(self, host: Host, values: dict[str, int | str | None]) -> None:
        if values:
            self._unit.run(federation.set_host(host.id, **values))
            self._hosts[host.id] = Host._make({**host._asdict(), **values}.values())
