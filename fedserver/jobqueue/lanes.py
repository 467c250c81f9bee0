"""Lanes of deliveries: what a worker may take, in which order, and what its report changes.

Theory. A lane is (sender, host). What one sender says to one host goes out oldest first, one at a time, by whoever
holds the lane's lease. Three things may keep a delivery back:

* its *host* is paused: then every lane of the host is due at the end of the pause (``hosts.closed_until``);
* it *failed* and waits (``not_before``): the lane waits with it, since what follows may depend on it;
* it failed ``PARK_AFTER`` times while the host answered: it is *parked*, and only deliveries about the same object to
  the same inbox wait for it.

A report carries the lease token. It counts only if the lane still has that token, and then all of it counts at once:
rows, lane and host change in one unit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from fedserver.db.queries import accounts, deliveries, federation
from fedserver.db.queries.deliveries import Delivery, Lane
from fedserver.db.queries.federation import Host
from fedserver.db.unit import Unit
from fedserver.jobqueue import retry
from fedserver.jobqueue.enqueue import enqueue
from fedserver.jobqueue.wake import DELIVERIES

LEASE_MS = 3 * retry.MINUTE
# how far the clocks of two machines may lie apart before a lease of the other looks wrong
CLOCK_SLACK = 10 * retry.MINUTE
# deliveries of a lane that are looked at, and those that are taken at once
LOOK = 200
TAKE = 20
# owners of a missing inbox who are looked up again: a shared one has many, and each post asks for the next
OWNERS = 10
# how often "all is well" is written down
NOTE_EVERY = retry.HOUR


class Letter(NamedTuple):
    """A delivery in a worker's hand. ``attempts``: failures so far."""

    inbox_id: int
    inbox_url: str
    activity_id: int
    uri: str
    object_key: int
    body: bytes
    attempts: int


class Work(NamedTuple):
    """A lane in a worker's hand until ``until`` (ms)."""

    sender_id: int
    host: Host
    token: int
    until: int
    letters: tuple[Letter, ...]


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
    """What a worker has to say about a lane. ``jitter``: 0 to 1. ``scheme``: what is known now (0 unknown, 1, 2)."""

    work: Work
    results: tuple[Result, ...]
    trouble: Trouble | None
    jitter: float
    scheme: int = 0
    scheme_at: int | None = None


def claim(unit: Unit, n: int, *, per_host: int, busy: Mapping[int, int] | None = None) -> list[Work]:
    """Lease at most ``n`` due lanes and read what may go out. ``busy``: lanes in hand by host id.

    At most ``per_host`` lanes of a host, those in hand included; one while the host is failing. Runs relaxed.
    """
    busy = busy or {}
    token, until = unit.new_id(), unit.now + LEASE_MS
    full = [host_id for host_id, count in busy.items() if count >= per_host]
    held = Counter(busy)
    found: list[Work] = []
    for lane in unit.all(deliveries.claim_lanes(n, token, unit.now, until, full)):
        host = unit.get(federation.host_by_id(lane.host_id))
        if held[host.id] >= (per_host if host.state == "ok" else 1):
            unit.run(deliveries.free_lane(lane.sender_id, host.id, unit.now, lane.failures))
            continue
        work = _open(unit, lane, host, token, until)
        if work is not None:
            held[host.id] += 1
            found.append(work)
    return found


def _open(unit: Unit, lane: Lane, host: Host, token: int, until: int) -> Work | None:
    """Drop what is too old, take what may go out; None (and the lane given back) if nothing may."""
    waiting = unit.all(deliveries.in_lane(lane.sender_id, host.id, LOOK))
    old = [d for d in waiting if retry.expired(d.created_at, unit.now, tried=bool(d.attempts or host.failures))]
    if old:
        bury(unit, lane.sender_id, ((d.inbox_id, d.activity_id) for d in old), "expired")
        waiting = unit.all(deliveries.in_lane(lane.sender_id, host.id, LOOK))
    taken = ready(waiting, unit.now)[:TAKE]
    if not taken or host.closed_until > unit.now:
        give_back(unit, lane.sender_id, host.id, waiting, lane.failures, host.closed_until)
        return None
    bodies = {row[0]: row for row in unit.all(deliveries.letters([d.activity_id for d in taken]))}
    urls = dict(unit.all(deliveries.inbox_urls([d.inbox_id for d in taken])))
    letters = tuple(
        Letter(
            d.inbox_id, urls[d.inbox_id], d.activity_id, bodies[d.activity_id][1], d.object_key,
            bodies[d.activity_id][2], d.attempts,
        )
        for d in taken
    )  # fmt: skip
    return Work(lane.sender_id, host, token, until, letters)


def ready(waiting: Sequence[Delivery], now: int) -> list[Delivery]:
    """Those of a lane's deliveries, oldest first, that may go out now and in this order."""
    taken: list[Delivery] = []
    behind: set[tuple[int, int]] = set()
    for delivery in waiting:
        place = (delivery.inbox_id, delivery.object_key)
        if place in behind:
            continue
        if delivery.not_before <= now:
            taken.append(delivery)
        elif delivery.attempts >= retry.PARK_AFTER:
            behind.add(place)
        else:
            break
    return taken


def give_back(
    unit: Unit, sender_id: int, host_id: int, waiting: Sequence[Delivery], failures: int, not_before: int
) -> None:
    """Free a lane until it has something to do, or close it when nothing waits."""
    if not waiting:
        unit.run(deliveries.close_lane(sender_id, host_id))
        return
    next_at = unit.now if ready(waiting, unit.now) else min(d.not_before for d in waiting if d.not_before > unit.now)
    unit.run(deliveries.free_lane(sender_id, host_id, max(next_at, not_before), failures))


def bury(unit: Unit, sender_id: int, given_up: Iterable[tuple[int, int]], reason: str) -> None:
    """Give up deliveries ``(inbox_id, activity_id)`` and note them."""
    pairs = list(given_up)
    uris = {row[0]: row[1] for row in unit.all(deliveries.letters(sorted({a for _, a in pairs})))}
    urls = dict(unit.all(deliveries.inbox_urls(sorted({i for i, _ in pairs}))))
    for inbox_id, activity_id in pairs:
        url, uri = urls.get(inbox_id, ""), uris.get(activity_id, "")
        unit.run(federation.bury(unit.new_id(), sender_id, url, uri, reason, unit.now))
        unit.run(deliveries.finish(inbox_id, activity_id))
    unit.run(deliveries.drop_sent(sorted({a for _, a in pairs})))


def report(unit: Unit, reports: Sequence[Report]) -> int:
    """Write down what workers did. Reports whose lease is gone are dropped; how many counted. Runs relaxed."""
    counted = 0
    # one order for all workers: no two of them wait for each other's rows
    for one in sorted(reports, key=lambda r: (r.work.host.id, r.work.sender_id)):
        failures = unit.one(deliveries.lane_is_mine(one.work.sender_id, one.work.host.id, one.work.token))
        if failures is not None:
            _report_lane(unit, one, failures)
            counted += 1
    return counted


def _report_lane(unit: Unit, one: Report, failures: int) -> None:
    sender_id = one.work.sender_id
    refused: list[Result] = []
    trouble = one.trouble
    for result in one.results:
        letter = result.letter
        if result.verdict is retry.Verdict.RETRY:
            failures += 1
            attempts = letter.attempts + 1
            at = unit.now + retry.delay(attempts, one.jitter)
            unit.run(deliveries.try_again(letter.inbox_id, letter.activity_id, attempts, at))
        elif result.verdict is retry.Verdict.REFUSED:
            refused.append(result)
        else:
            failures = 0
            unit.run(deliveries.finish(letter.inbox_id, letter.activity_id))
    for result in refused:
        bury(unit, sender_id, [(result.letter.inbox_id, result.letter.activity_id)], result.reason)
    for inbox_id in dict.fromkeys(result.letter.inbox_id for result in refused if result.gone):
        _look_again(unit, inbox_id)
    unit.run(deliveries.drop_sent(sorted({r.letter.activity_id for r in one.results})))
    if trouble is None and failures >= retry.LANE_FAILURES:
        trouble, failures = Trouble(f"{failures} activities failed in a row: {one.results[-1].reason}"), 0
    paused = _note_host(unit, one, trouble)
    waiting = unit.all(deliveries.in_lane(sender_id, one.work.host.id, LOOK))
    give_back(unit, sender_id, one.work.host.id, waiting, failures, paused)


def _look_again(unit: Unit, inbox_id: int) -> None:
    """An inbox is not there any more: its owners may be gone (then they follow nobody), or have another one."""
    for account_id in unit.all(accounts.of_inbox(inbox_id, OWNERS)):
        enqueue(unit, "remote.refresh_actor", {"account_id": account_id}, once=f"remote.refresh_actor:{account_id}")


def _note_host(unit: Unit, one: Report, trouble: Trouble | None) -> int:
    """Keep the host's record; until when it is paused (ms, 0 if it is not)."""
    host = unit.get(federation.host_by_id(one.work.host.id))
    answered = any(result.verdict is retry.Verdict.DELIVERED for result in one.results)
    if trouble is not None:
        if answered:
            host = host._replace(failures=0, failing_since=None)
        if host.closed_until > unit.now:
            # another lane of the host found out first
            return host.closed_until
        return _pause(unit, host, trouble, one.jitter)
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
        values |= {"last_success_at": unit.now, **_WELL}
        unit.run(deliveries.resume_lanes(host.id, unit.now))
        unit.after(DELIVERIES)
    if values:
        unit.run(federation.set_host(host.id, **values))
    return 0 if host.failures else host.closed_until


_WELL: dict[str, int | str | None] = {
    "failures": 0,
    "failing_since": None,
    "closed_until": 0,
    "state": "ok",
    "last_error": None,
}


def _pause(unit: Unit, host: Host, trouble: Trouble, jitter: float) -> int:
    failures = host.failures + 1
    until = unit.now + retry.delay(failures, jitter, trouble.retry_after)
    values: dict[str, int | str | None] = {
        "failures": failures,
        "closed_until": until,
        "last_error": trouble.reason[:500],
    }
    if not trouble.waits:
        since = unit.now if host.failing_since is None else host.failing_since
        values["failing_since"] = since
        values["state"] = "unavailable" if unit.now - since >= retry.EXPIRY else "failing"
    unit.run(federation.set_host(host.id, **values))
    unit.run(deliveries.pause_host(host.id, until))
    return until


def contact(unit: Unit, host: str) -> bool:
    """A verified activity arrived from ``host`` (as ``outbox.host_of`` names it): whatever was wrong there is over.

    Closes the breaker and makes all lanes of the host due. Cheap where nothing is wrong: one read. A pause that the
    host itself asked for goes on. Whether anything was resumed.
    """
    found = unit.one(federation.host(host))
    if found is None:
        return False
    if found.state != "ok":
        unit.run(federation.set_host(found.id, last_contact_at=unit.now, **_WELL))
        unit.run(deliveries.resume_deliveries(found.id, unit.now))
        unit.run(deliveries.resume_lanes(found.id, unit.now))
        unit.after(DELIVERIES)
        return True
    if unit.now - (found.last_contact_at or 0) > NOTE_EVERY:
        unit.run(federation.set_host(found.id, last_contact_at=unit.now))
    return False


def mend(unit: Unit) -> int:
    """Undo what a clock that was ahead has left behind: nothing may wait, or be leased, longer than the rules allow.

    How many lanes were mended. Lanes only wait beyond a day, and leases beyond their length, if the clock went back.
    """
    latest = unit.now + retry.RETRY_AFTER_CAP + retry.LONGEST_DELAY
    mended = unit.run(deliveries.mend_lanes(unit.now, latest, unit.now + LEASE_MS + CLOCK_SLACK))
    if mended:
        unit.run(deliveries.mend_hosts(unit.now, latest))
        unit.run(deliveries.mend_deliveries(unit.now, latest))
    return mended


def forget_dead_letters(unit: Unit, older_than_ms: int = 30 * retry.DAY) -> int:
    """Delete old notes about deliveries that were given up; how many."""
    return unit.run(federation.forget_dead(unit.now - older_than_ms))
