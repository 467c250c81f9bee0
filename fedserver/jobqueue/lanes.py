"""Lanes of deliveries: what a worker may take, and in which order. What its report changes: ``reports``.

Theory. A lane is (sender, host). What one sender says to one host goes out oldest first, one at a time, by whoever
holds the lane's lease. Three things may keep a delivery back:

* its *host* is paused: then every lane of the host is due at the end of the pause (``hosts.closed_until``);
* it *failed* and waits (``not_before``): the lane waits with it, since what follows may depend on it;
* it failed ``PARK_AFTER`` times while the host answered: it is *parked*, and only deliveries about the same object to
  the same inbox wait for it.

All that is due is claimed by few statements, whatever the number of lanes: one post to two hundred hosts is two hundred
lanes with one and the same body.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fedserver.db.queries import deliveries, federation
from fedserver.db.queries.deliveries import Delivery, Lane
from fedserver.db.queries.federation import Host
from fedserver.db.unit import Unit
from fedserver.jobqueue import retry
from fedserver.jobqueue.wake import DELIVERIES

LEASE_MS = 3 * retry.MINUTE
# how far the clocks of two machines may lie apart before a lease of the other looks wrong
CLOCK_SLACK = 10 * retry.MINUTE
# deliveries of a lane that are looked at, and those that are taken at once
LOOK = 200
TAKE = 20
# deliveries that are read at once, for each lane of a claim
TOGETHER = 8
# how often "all is well" is written down
NOTE_EVERY = retry.HOUR


# the host's record when all is well
WELL: dict[str, int | str | None] = {
    "failures": 0,
    "failing_since": None,
    "closed_until": 0,
    "state": "ok",
    "last_error": None,
}


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


def claim(
    unit: Unit, n: int, *, per_host: int, busy: Mapping[int, int] | None = None, held: Sequence[int] = ()
) -> list[Work]:
    """Lease at most ``n`` due lanes and read what may go out. ``busy``: lanes in hand by host id; ``held``: the tokens
    they are under. A clock that jumps, or a process that stood still, must not put a lane in the same hand twice.

    At most ``per_host`` lanes of a host, those in hand included; one while the host is failing. Runs relaxed.
    """
    busy = busy or {}
    token, until = unit.new_id(), unit.now + LEASE_MS
    full = [host_id for host_id, count in busy.items() if count >= per_host]
    unit.run(deliveries.claim_lanes(n, token, unit.now, until, full, held))
    claimed = unit.get(deliveries.claimed(token))
    if not claimed:
        return []
    hosts = {host.id: host for host in unit.get(federation.hosts_by_id([lane.host_id for lane in claimed]))}
    waiting = _waiting(unit, token, claimed)
    counts = Counter(busy)
    found: list[tuple[Lane, list[Delivery]]] = []
    for lane in claimed:
        host = hosts[lane.host_id]
        if counts[host.id] >= (per_host if host.state == "ok" else 1):
            unit.run(deliveries.free_lane(lane.sender_id, host.id, unit.now, lane.failures, lane.oldest))
        elif taken := _open(unit, lane, host, waiting[lane.sender_id, lane.host_id]):
            counts[host.id] += 1
            found.append((lane, taken))
    bodies = dict(unit.all(deliveries.bodies(sorted({d.activity_id for _, taken in found for d in taken}))))
    return [
        Work(lane.sender_id, hosts[lane.host_id], token, until, tuple(_letter(d, bodies) for d in taken))
        for lane, taken in found
    ]


def _waiting(unit: Unit, token: int, claimed: Sequence[Lane]) -> dict[tuple[int, int], list[Delivery]]:
    """What waits in the lanes under a token, by (sender, host): oldest first, at most ``LOOK`` each."""
    places = [(lane.sender_id, lane.host_id) for lane in claimed]
    most = TOGETHER * len(claimed)
    found = unit.get(deliveries.under(token, most))
    if len(found) == most:
        # somewhere much is waiting: each lane by itself
        return {(sender, host): unit.all(deliveries.in_lane(sender, host, LOOK)) for sender, host in places}
    waiting: dict[tuple[int, int], list[Delivery]] = {place: [] for place in places}
    for place, delivery in sorted(found, key=lambda one: (one[1].activity_id, one[1].inbox_id)):
        waiting[place].append(delivery)
    return waiting


def _letter(one: Delivery, bodies: Mapping[int, bytes]) -> Letter:
    body = bodies[one.activity_id]
    return Letter(one.inbox_id, one.inbox_url, one.activity_id, one.uri, one.object_key, body, one.attempts)


def _open(unit: Unit, lane: Lane, host: Host, waiting: list[Delivery]) -> list[Delivery]:
    """Drop what is too old, take what may go out; nothing (and the lane given back) if nothing may."""
    old = [d for d in waiting if retry.expired(d.created_at, unit.now, tried=bool(d.attempts or host.failures))]
    if old:
        bury(unit, lane.sender_id, old, "expired")
        waiting = unit.all(deliveries.in_lane(lane.sender_id, host.id, LOOK))
    taken = ready(waiting, unit.now)[:TAKE]
    if not taken or host.closed_until > unit.now:
        give_back(unit, lane.sender_id, host.id, waiting, lane.failures, host.closed_until)
        return []
    return taken


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
    """Free a lane until it has something to do, or close it when nothing waits. ``waiting``: from its oldest on."""
    if not waiting:
        unit.run(deliveries.close_lane(sender_id, host_id))
        return
    next_at = unit.now if ready(waiting, unit.now) else min(d.not_before for d in waiting if d.not_before > unit.now)
    at = max(next_at, not_before)
    unit.run(deliveries.free_lane(sender_id, host_id, at, failures, waiting[0].activity_id))


def bury(unit: Unit, sender_id: int, given_up: Sequence[Delivery | Letter], reason: str) -> None:
    """Give up deliveries and note them."""
    for one in given_up:
        unit.run(federation.bury(unit.new_id(), sender_id, one.inbox_url, one.uri, reason, unit.now, one.activity_id))
    finish(unit, [(one.inbox_id, one.activity_id) for one in given_up])


def finish(unit: Unit, pairs: Sequence[tuple[int, int]]) -> None:
    """Delete deliveries ``(inbox_id, activity_id)``, and the activities that nobody else waits for."""
    inboxes: dict[int, list[int]] = {}
    activities: dict[int, list[int]] = {}
    for inbox_id, activity_id in pairs:
        inboxes.setdefault(inbox_id, []).append(activity_id)
        activities.setdefault(activity_id, []).append(inbox_id)
    # one post to many hosts, or many posts to one: whichever takes fewer statements
    if len(activities) <= len(inboxes):
        for activity_id, inbox_ids in activities.items():
            unit.run(deliveries.finish_activity(activity_id, inbox_ids))
    else:
        for inbox_id, activity_ids in inboxes.items():
            unit.run(deliveries.finish_inbox(inbox_id, activity_ids))
    if activities:
        unit.run(deliveries.drop_sent(sorted(activities)))


def contact(unit: Unit, host: str) -> bool:
    """A verified activity arrived from ``host`` (as ``outbox.host_of`` names it): whatever was wrong there is over.

    Closes the breaker and makes all lanes of the host due. Cheap where nothing is wrong: one read. A pause that the
    host itself asked for goes on. Whether anything was resumed.
    """
    found = unit.one(federation.host(host))
    if found is None:
        return False
    if found.state != "ok":
        unit.run(federation.set_host(found.id, last_contact_at=unit.now, **WELL))
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
