"""Deliveries, from the outbox to a peer's answer. On both databases; the peer is a small world with behaviour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import pytest
from db_fixtures import Place, add_account, add_follower
from sqlalchemy import text

from fedserver.db.database import Database
from fedserver.db.queries import deliveries, federation
from fedserver.db.statement import Statement, insert, update
from fedserver.db.tables import accounts, communities, domain_policies
from fedserver.db.unit import Unit
from fedserver.jobqueue import lanes, reports, retry
from fedserver.jobqueue.delivery import DeliveryWorker, NoKey
from fedserver.jobqueue.outbox import apply_suspensions, covered, host_of, inbox_id, send
from fedserver.jobqueue.retry import DAY, HOUR, MINUTE, SECOND
from fedserver.jobqueue.wake import DELIVERIES
from fedserver.kit.clock import ManualClock
from fedserver.net.errors import FetchFailed, FetchRefused
from protocol.http.claim import Scheme
from protocol.http.doubleknock import Attempt


class Said(NamedTuple):
    status: int = 202
    retry_after: int | None = None
    accept_signature: str | None = None


class Peers:
    """Every other server. ``posts`` is what arrived, in order; ``answer`` decides what is said to a post."""

    def __init__(self) -> None:
        self.posts: list[tuple[str, bytes]] = []
        self.schemes: list[Scheme] = []
        self.answer: Callable[[str, bytes], Said | Exception] = lambda url, body: Said()
        self.keyless: set[int] = set()
        self.delay_s = 0.0
        self.now = 0
        self.most = 0

    async def sign(self, sender_id: int, url: str, body: bytes, attempt: Attempt) -> Mapping[str, str]:
        if sender_id in self.keyless:
            raise NoKey
        return {"scheme": attempt.scheme.value}

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Said:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self.delay_s)
            self.posts.append((url, body))
            self.schemes.append(Scheme(headers["scheme"]))
            answer = self.answer(url, body)
            if isinstance(answer, Exception):
                raise answer
            return answer
        finally:
            self.now -= 1

    @property
    def bodies(self) -> list[bytes]:
        return [body for _, body in self.posts]


class World(NamedTuple):
    database: Database
    peers: Peers
    clock: ManualClock
    place: Place

    def worker(self, **more: Any) -> DeliveryWorker:
        peers = self.peers
        return DeliveryWorker(
            self.database, sign=peers.sign, post=peers.post, clock=self.clock, jitter=lambda: 0.0, **more
        )

    async def drain(self, **more: Any) -> None:
        await self.worker(**more).drain()

    async def send(self, body: bytes, *, sender: int = 1, key: int = 0, to: str = "https://a.example/inbox") -> int:
        def unit(unit: Unit) -> int:
            target = inbox_id(unit, to)
            key_ = key or unit.new_id()
            return send(unit, sender_id=sender, uri=f"u:{body!r}", object_key=key_, body=body, inbox_ids=[target])

        return await self.database.run(unit)

    async def queued(self) -> dict[str, int]:
        return {row.host: row.deliveries for row in await self.database.all(federation.queues(100))}

    async def host(self, name: str = "a.example") -> federation.Host:
        found = await self.database.one(federation.host(name))
        assert found is not None
        return found

    async def dead(self) -> list[tuple[str, str]]:
        return [(d.activity_uri, d.reason) for d in await self.database.all(federation.dead(1 << 62, 100))]


@asynccontextmanager
async def world(place: Place, senders: int = 1) -> Any:
    clock = ManualClock()
    async with place.opened(clock=clock) as database:
        for id_ in range(1, senders + 1):
            await database.run(lambda unit, id_=id_: add_account(unit, id_))
        yield World(database, Peers(), clock, place)


# --- the outbox


async def test_every_inbox_once_and_shared_inboxes_shared(place: Place) -> None:
    async with world(place) as w:

        def seed(unit: Unit) -> int:
            for n in range(20):
                remote = add_account(unit, 100 + n, domain="a.example", inbox=f"https://a.example/{n % 2}")
                add_follower(unit, 1, remote)
            add_follower(unit, 1, add_account(unit, 200))
            add_follower(unit, 1, add_account(unit, 201, domain="b.example", inbox="https://b.example/i"), "requested")
            add_follower(unit, 1, add_account(unit, 202, domain="c.example", inbox="https://c.example/i"))
            add_follower(unit, 1, add_account(unit, 203, domain="d.example", inbox="https://d.example/i"))
            unit.run(update(accounts, "id", 203, {"suspended_at": 5}))
            named = [inbox_id(unit, "https://c.example/i"), inbox_id(unit, "https://e.example/i")]
            return send(unit, sender_id=1, uri="u", object_key=1, body=b"x", followers_of=1, inbox_ids=[*named, *named])

        assert await w.database.run(seed) == 4
        assert DELIVERIES in place.notes
        await w.drain()
        assert sorted(url for url, _ in w.peers.posts) == [
            "https://a.example/0",
            "https://a.example/1",
            "https://c.example/i",
            "https://e.example/i",
        ]
        assert await w.queued() == {}
        assert await w.database.one(deliveries.next_lane_at()) is None


async def test_without_targets_nothing_is_written(place: Place) -> None:
    async with world(place) as w:

        def unit(unit: Unit) -> list[int]:
            add_follower(unit, 1, add_account(unit, 2))
            common = {"sender_id": 1, "uri": "u", "object_key": 1, "body": b"x"}
            return [send(unit, **common, followers_of=1), send(unit, **common), send(unit, **common, inbox_ids=[77])]

        assert await w.database.run(unit) == [0, 0, 0]
        assert DELIVERIES not in place.notes
        count = await w.database.run(lambda u: u._connection.execute("SELECT count(*) FROM activities").fetchone()[0])
        assert count == 0


async def test_a_failed_unit_sends_nothing(place: Place) -> None:
    async with world(place) as w:

        def unit(unit: Unit) -> None:
            send(unit, sender_id=1, uri="u", object_key=1, body=b"x", inbox_ids=[inbox_id(unit, "https://a.example/i")])
            raise ValueError

        with pytest.raises(ValueError):
            await w.database.run(unit)
        await w.drain()
        assert w.peers.posts == []


def test_host_names() -> None:
    assert host_of("https://A.example/inbox") == "a.example"
    assert host_of("https://a.example:443/inbox") == "a.example"
    assert host_of("http://a.example:8080/i") == "a.example:8080"
    assert host_of("https://[::1]:8443/i") == "[::1]:8443"
    for bad in ("ftp://a.example/", "https:///x", "inbox", "https://a.example:99999/"):
        with pytest.raises(ValueError):
            host_of(bad)


def test_subdomains_are_covered() -> None:
    domains = frozenset({"bad.example", "worse.example:8443"})
    assert covered("bad.example", domains)
    assert covered("a.b.bad.example", domains)
    assert covered("bad.example:444", domains)
    assert covered("worse.example:8443", domains)
    assert not covered("notbad.example", domains)
    assert not covered("example", domains)
    assert not covered("worse.example", domains)
    assert not covered("bad.example", frozenset())


async def test_suspended_domains_lose_their_queue_and_get_nothing_more(place: Place) -> None:
    async with world(place) as w:
        for host in ("bad.example", "sub.bad.example", "good.example"):
            await w.send(b"1", to=f"https://{host}/i")

        def suspend(unit: Unit) -> int:
            unit.run(insert(communities, {"id": 1, "slug": "c", "title": "", "created_at": 0, "updated_at": 0}))
            policy = {"id": 1, "community_id": 1, "domain": "bad.example", "severity": "suspend", "created_at": 0}
            unit.run(insert(domain_policies, policy))
            return apply_suspensions(unit)

        assert await w.database.run(suspend) == 2
        assert await w.queued() == {"good.example": 1}
        assert await w.send(b"2", to="https://sub.bad.example/i") == 0
        # a host that was not known then
        assert await w.send(b"3", to="https://new.bad.example/i") == 0
        await w.drain()
        assert [url for url, _ in w.peers.posts] == ["https://good.example/i"]

        def lift(unit: Unit) -> int:
            unit.run(update(domain_policies, "id", 1, {"severity": "limit"}))
            return apply_suspensions(unit)

        assert await w.database.run(lift) == 3
        assert await w.send(b"4", to="https://sub.bad.example/i") == 1


# --- order, parking, leases


async def test_order_within_a_lane(place: Place) -> None:
    async with world(place, senders=3) as w:
        for n in range(45):
            for sender in (1, 2, 3):
                await w.send(f"{sender}:{n}".encode(), sender=sender)
        w.peers.delay_s = 0.001
        await w.drain(per_host=2)
        assert len(w.peers.posts) == 135
        for sender in (1, 2, 3):
            mine = [body for body in w.peers.bodies if body.startswith(f"{sender}:".encode())]
            assert mine == [f"{sender}:{n}".encode() for n in range(45)]
        assert w.peers.most <= 2


async def test_a_failed_activity_holds_up_its_lane_at_first(place: Place) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(500) if body == b"poison" and len(w.peers.posts) < 2 else Said()
        for body in (b"poison", b"after"):
            await w.send(body)
        await w.drain()
        assert w.peers.bodies == [b"poison"]
        w.clock.advance(14)
        await w.drain()
        assert w.peers.bodies == [b"poison"]
        w.clock.advance(1)
        await w.drain()
        assert w.peers.bodies == [b"poison", b"poison", b"after"]


async def test_a_poison_activity_is_parked_while_the_host_answers_others(place: Place) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(500) if body == b"poison" else Said()
        await w.send(b"poison", key=7)
        await w.send(b"about the same", key=7)
        await w.send(b"other", key=8)
        for _ in range(retry.PARK_AFTER):
            await w.drain()
            w.clock.advance(5 * 60)
        assert w.peers.bodies == [b"poison"] * 3 + [b"other"]
        # it is tried again alone, what follows it waits, and both go in order when it is healed
        w.peers.answer = lambda url, body: Said()
        w.clock.advance(3600)
        await w.drain()
        assert w.peers.bodies[4:] == [b"poison", b"about the same"]
        assert (await w.host()).state == "ok"


async def test_a_parked_activity_is_given_up_after_seven_days(place: Place) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(500) if body == b"poison" else Said()
        await w.send(b"poison", key=7)
        for day in range(15):
            await w.send(f"{day}".encode())
            for _ in range(4):
                await w.drain()
                w.clock.advance(3 * 3600)
        assert await w.dead() == [("u:b'poison'", "expired")]
        assert await w.queued() == {}
        assert len([b for b in w.peers.bodies if b != b"poison"]) == 15


async def test_many_failures_in_a_row_are_trouble_of_the_host(place: Place) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(500)
        for n in range(10):
            await w.send(f"{n}".encode())
        for _ in range(6):
            await w.drain()
            w.clock.advance(300)
        host = await w.host()
        assert host.state == "failing"
        assert "failed in a row" in (host.last_error or "")
        assert len(set(w.peers.bodies)) <= 4


async def test_a_lost_lease_acknowledges_nothing(place: Place) -> None:
    """A worker that was paused past its lease: its report is dropped, the other one's counts."""
    async with world(place) as w:
        await w.send(b"1")
        claim = lambda unit: lanes.claim(unit, 5, per_host=2)  # noqa: E731
        (old,) = await w.database.run(claim)
        assert await w.database.run(claim) == []
        w.clock.advance(lanes.LEASE_MS / 1000)
        (new,) = await w.database.run(claim)
        assert new.letters == old.letters
        done = [reports.Result(letter, retry.Verdict.DELIVERED) for letter in old.letters]
        late = reports.Report(old, tuple(done), None, 0.0)
        assert await w.database.run(lambda unit: reports.report(unit, [late])) == 0
        assert await w.queued() == {"a.example": 1}
        assert await w.database.run(lambda unit: reports.report(unit, [late._replace(work=new)])) == 1
        assert await w.queued() == {}


async def test_a_killed_worker_costs_a_second_post_at_most(place: Place) -> None:
    async with world(place) as w:
        for n in range(3):
            await w.send(f"{n}".encode())
        # killed with a lane in hand, after it posted the first letter
        (work,) = await w.database.run(lambda unit: lanes.claim(unit, 5, per_host=2))
        await w.peers.post(work.letters[0].inbox_url, work.letters[0].body, {"scheme": "cavage"})
        await w.drain()
        assert w.peers.bodies == [b"0"]
        w.clock.advance(lanes.LEASE_MS / 1000)
        await w.drain()
        assert w.peers.bodies == [b"0", b"0", b"1", b"2"]


async def test_a_clock_that_jumps_posts_nothing_twice(place: Place) -> None:
    """The lease of a lane is over by the clock while a letter of it is under way: nobody else has it all the same."""
    async with world(place) as w:
        await w.send(b"1")
        w.peers.delay_s = 0.5
        worker = w.worker(poll_s=0.05)
        running = asyncio.create_task(worker.run())
        async with asyncio.timeout(10):
            while not w.peers.now:
                await asyncio.sleep(0.01)
            w.clock.advance(HOUR / 1000)
            await w.send(b"2")
            while w.peers.bodies != [b"1", b"2"] or await w.queued():
                assert w.peers.now <= 1
                worker.wake()
                await asyncio.sleep(0.01)
        await worker.stop()
        await running
        assert w.peers.bodies == [b"1", b"2"]


async def test_what_is_sent_while_the_lane_is_in_hand_is_not_forgotten(place: Place) -> None:
    async with world(place) as w:
        await w.send(b"1")
        (work,) = await w.database.run(lambda unit: lanes.claim(unit, 5, per_host=2))
        await w.send(b"2")
        done = tuple(reports.Result(letter, retry.Verdict.DELIVERED) for letter in work.letters)
        await w.database.run(lambda unit: reports.report(unit, [reports.Report(work, done, None, 0.0)]))
        await w.drain()
        assert w.peers.bodies == [b"2"]


# --- hosts


async def test_a_dead_host_is_left_alone_and_contact_resumes_it(place: Place) -> None:
    async with world(place, senders=4) as w:
        w.peers.answer = lambda url, body: FetchFailed("connection") if "a.example" in url else Said()
        for sender in (1, 2, 3, 4):
            await w.send(f"{sender}".encode(), sender=sender)
            await w.send(b"b", sender=sender, to="https://b.example/i")
        await w.drain(per_host=1)
        assert len([url for url, _ in w.peers.posts if "a.example" in url]) == 1
        assert w.peers.bodies.count(b"b") == 4
        host = await w.host()
        assert (host.state, host.failures, host.last_error) == ("failing", 1, "connection")
        assert host.closed_until == w.clock.now_ms() + 15 * SECOND
        assert await w.database.one(deliveries.next_lane_at()) == host.closed_until
        # new posts do not wake it
        await w.send(b"new")
        await w.drain()
        assert len([url for url, _ in w.peers.posts if "a.example" in url]) == 1
        w.clock.advance(15)
        await w.drain()
        assert (await w.host()).closed_until == w.clock.now_ms() + MINUTE
        w.peers.answer = lambda url, body: Said()
        assert await w.database.run(lambda unit: lanes.contact(unit, "a.example"))
        assert not await w.database.run(lambda unit: lanes.contact(unit, "a.example"))
        assert not await w.database.run(lambda unit: lanes.contact(unit, "unknown.example"))
        await w.drain()
        assert await w.queued() == {}
        assert (await w.host()).failing_since is None


async def test_a_host_that_is_dead_for_seven_days(place: Place) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: FetchFailed("timeout")
        await w.database.run(
            lambda unit: add_follower(
                unit, 1, add_account(unit, 9, domain="a.example", inbox="https://a.example/inbox")
            )
        )
        await w.send(b"early")
        while w.clock.now_ms() < 1_750_000_000_000 + 8 * DAY:
            await w.drain()
            w.clock.advance(3 * 3600)
        assert await w.dead() == [("u:b'early'", "expired")]
        assert len(w.peers.posts) < 40
        host = await w.host()
        assert host.state == "failing"  # nobody knocked since the queue became empty
        # knocking once more shows that it has failed for a week
        await w.send(b"late")
        w.clock.advance(6 * 3600)
        await w.drain()
        assert (await w.host()).state == "unavailable"
        follow = {"sender_id": 1, "uri": "u", "object_key": 1, "body": b"x", "followers_of": 1}
        assert await w.database.run(lambda unit: send(unit, **follow)) == 0
        assert await w.database.run(lambda unit: lanes.contact(unit, "a.example"))
        w.peers.answer = lambda url, body: Said()
        assert await w.database.run(lambda unit: send(unit, **follow)) == 1
        await w.drain()
        assert w.peers.bodies[-2:] == [b"late", b"x"]


async def test_a_node_that_was_off_for_weeks_tries_everything_once(place: Place) -> None:
    async with world(place) as w:
        await w.send(b"old")
        w.clock.advance(30 * 86400)
        await w.drain()
        assert w.peers.bodies == [b"old"]
        assert await w.dead() == []


@pytest.mark.parametrize("status", [400, 403, 404, 410, 413, 451, 501])
async def test_refusals_are_noted_and_the_lane_goes_on(place: Place, status: int) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(status) if body == b"1" else Said()
        await w.send(b"1")
        await w.send(b"2")
        await w.drain()
        assert await w.dead() == [("u:b'1'", f"status {status}")]
        assert w.peers.bodies[-1] == b"2"
        assert await w.queued() == {}
        assert await w.database.run(lanes.forget_dead_letters) == 0
        w.clock.advance(31 * 86400)
        assert await w.database.run(lanes.forget_dead_letters) == 1


@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [(429, None, 15 * SECOND), (429, 0, 15 * SECOND), (429, HOUR, HOUR), (429, 9 * DAY, DAY), (503, HOUR, HOUR)],
)
async def test_retry_after_holds_even_when_the_host_makes_contact(
    place: Place, status: int, retry_after: int | None, expected: int
) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(status, retry_after)
        await w.send(b"1")
        await w.drain()
        host = await w.host()
        assert host.state == "ok"
        assert host.closed_until == w.clock.now_ms() + expected
        assert not await w.database.run(lambda unit: lanes.contact(unit, "a.example"))
        await w.send(b"2")
        w.clock.advance((expected - 1) / 1000)
        await w.drain()
        assert w.peers.bodies == [b"1"]
        w.peers.answer = lambda url, body: Said()
        w.clock.advance(0.001)
        await w.drain()
        assert w.peers.bodies == [b"1", b"1", b"2"]
        assert (await w.host()).failures == 0


async def test_a_clock_that_was_ahead_does_not_freeze_the_lanes(place: Place) -> None:
    async with world(place) as w:
        now = w.clock.now_ms()
        w.clock.set_wall(now + 400 * DAY)
        w.peers.answer = lambda url, body: FetchFailed("timeout")
        await w.send(b"1")
        await w.drain()
        w.peers.answer = lambda url, body: Said()
        w.clock.set_wall(now)
        assert await w.database.run(lanes.mend) == 1
        await w.drain()
        w.clock.advance(16)
        await w.drain()
        assert w.peers.bodies == [b"1", b"1"]


# --- signatures


async def test_double_knock_is_remembered(place: Place) -> None:
    async with world(place) as w:
        accepted = Scheme.RFC9421
        w.peers.answer = lambda url, body: Said() if w.peers.schemes[-1] is accepted else Said(401)
        await w.send(b"1")
        await w.send(b"2")
        await w.drain()
        assert w.peers.schemes == [Scheme.CAVAGE, Scheme.RFC9421, Scheme.RFC9421]
        assert (await w.host()).scheme == 2
        await w.send(b"3")
        await w.drain()
        assert w.peers.schemes[3:] == [Scheme.RFC9421]


async def test_a_401_to_both_schemes_is_tried_again_later(place: Place) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(401)
        await w.send(b"1")
        await w.drain()
        assert len(w.peers.posts) == 2
        assert await w.queued() == {"a.example": 1}
        assert await w.dead() == []


async def test_a_sender_without_key_and_a_forbidden_address(place: Place) -> None:
    async with world(place, senders=2) as w:
        w.peers.keyless = {2}
        w.peers.answer = lambda url, body: FetchRefused("url") if "b.example" in url else FetchRefused("address")
        await w.send(b"1", sender=2)
        await w.send(b"2", to="https://b.example/i")
        await w.send(b"3", to="https://c.example/i")
        await w.drain()
        assert sorted(await w.dead()) == [("u:b'1'", "the sender has no key"), ("u:b'2'", "url")]
        assert (await w.host("c.example")).state == "failing"


async def test_a_defect_of_ours_is_held_against_one_activity_only(place: Place) -> None:
    async with world(place) as w:
        w.peers.answer = lambda url, body: ZeroDivisionError() if body == b"1" else Said()
        await w.send(b"1")
        await w.send(b"2")
        for _ in range(3):
            await w.drain()
            w.clock.advance(300)
        assert w.peers.bodies[-1] == b"2"


# --- the worker as a task


async def test_a_slow_host_does_not_hold_up_others(place: Place) -> None:
    async with world(place, senders=12) as w:
        gate = asyncio.Event()

        async def post(url: str, body: bytes, headers: Mapping[str, str]) -> Said:
            if "slow" in url:
                await gate.wait()
            w.peers.posts.append((url, body))
            return Said()

        for sender in range(1, 13):
            await w.send(b"s", sender=sender, to="https://slow.example/i")
        for sender in range(1, 13):
            await w.send(b"q", sender=sender, to=f"https://q{sender}.example/i")
        one = DeliveryWorker(w.database, sign=w.peers.sign, post=post, clock=w.clock, lanes=4, per_host=2, poll_s=0.05)
        running = asyncio.create_task(one.run())
        async with asyncio.timeout(10):
            while len(w.peers.posts) < 12:
                await asyncio.sleep(0.01)
        assert set(w.peers.bodies) == {b"q"}
        assert one.busy == 2
        gate.set()
        async with asyncio.timeout(10):
            while len(w.peers.posts) < 24:
                await asyncio.sleep(0.01)
        await one.stop()
        await asyncio.wait_for(running, 5)
        assert await w.queued() == {}


async def test_stop_ends_the_post_in_hand_and_writes_it_down(place: Place) -> None:
    async with world(place) as w:
        for n in range(5):
            await w.send(f"{n}".encode())
        w.peers.delay_s = 0.2
        one = w.worker()
        running = asyncio.create_task(one.run())
        async with asyncio.timeout(5):
            while not w.peers.now:
                await asyncio.sleep(0.01)
        await one.stop()
        await asyncio.wait_for(running, 5)
        assert w.peers.bodies == [b"0"]
        assert await w.queued() == {"a.example": 4}
        w.peers.delay_s = 0.0
        await w.drain()
        assert w.peers.bodies == [b"0", b"1", b"2", b"3", b"4"]


async def test_stop_breaks_off_a_post_that_hangs(place: Place) -> None:
    async with world(place) as w:
        await w.send(b"1")
        w.peers.delay_s = 60
        one = w.worker()
        running = asyncio.create_task(one.run())
        async with asyncio.timeout(5):
            while not w.peers.now:
                await asyncio.sleep(0.01)
        await one.stop(grace_s=0.05)
        await asyncio.wait_for(running, 5)
        assert one.busy == 0
        # its lane was given back, without waiting for the lease to end
        w.peers.delay_s = 0
        await w.drain()
        assert w.peers.bodies == [b"1"]


async def test_lanes_claimed_ahead_wait_for_a_place_and_are_given_back_at_a_stop(place: Place) -> None:
    async with world(place) as w:
        for n in range(7):
            await w.send(b"1", to=f"https://h{n}.example/i")
        w.peers.delay_s = 60
        one = DeliveryWorker(
            w.database, sign=w.peers.sign, post=w.peers.post, clock=w.clock, lanes=2, per_host=2, poll_s=0.05
        )
        running = asyncio.create_task(one.run())
        async with asyncio.timeout(5):
            while w.peers.now < 2:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert one.busy == 7
        assert w.peers.now == w.peers.most == 2
        await one.stop(grace_s=0.05)
        await asyncio.wait_for(running, 5)
        assert one.busy == 0
        # another one takes them at once, without waiting for leases to end
        w.peers.delay_s = 0
        w.peers.posts.clear()
        await w.drain()
        assert len(w.peers.posts) == 7


async def test_two_workers_keep_the_order(place: Place) -> None:
    async with world(place, senders=4) as w:
        for n in range(30):
            for sender in range(1, 5):
                await w.send(f"{sender}:{n}".encode(), sender=sender)
        w.peers.delay_s = 0.001
        await asyncio.gather(w.drain(), w.drain())
        assert len(w.peers.posts) == 120
        for sender in range(1, 5):
            mine = [body for body in w.peers.bodies if body.startswith(f"{sender}:".encode())]
            assert mine == [f"{sender}:{n}".encode() for n in range(30)]


async def test_a_lane_remembers_from_where_on_it_is_to_be_read(place: Place) -> None:
    """Deliveries are looked up from the lane's oldest activity on: it moves up with what arrived, not beyond."""
    async with world(place) as w:
        w.peers.answer = lambda url, body: Said(500) if body == b"second" else Said()
        for body in (b"first", b"second", b"third"):
            await w.send(body)
        await w.drain()
        [(second, oldest)] = await w.database.all(_OLDEST())
        assert second == oldest
        w.peers.answer = lambda url, body: Said()
        w.clock.advance(60)
        await w.drain()
        assert w.peers.bodies == [b"first", b"second", b"second", b"third"]
        assert await w.database.all(_OLDEST()) == []


async def test_an_older_activity_that_is_committed_later_is_found(place: Place) -> None:
    """The ids of two processes may be in another order than their commits."""
    async with world(place) as w:
        older = await w.database.run(lambda unit: unit.new_id())
        w.peers.answer = lambda url, body: Said(500)
        await w.send(b"newer")
        await w.drain()

        def late(unit: Unit) -> None:
            target = inbox_id(unit, "https://a.example/inbox")
            unit.run(deliveries.new_activity(older, "u:older", 1, older, b"older", unit.now))
            unit.run(deliveries.deliver_to_inboxes(older, [target]))
            unit.run(deliveries.open_lanes(1, older, unit.now))

        await w.database.run(late)
        w.peers.answer = lambda url, body: Said()
        w.clock.advance(60)
        await w.drain()
        assert w.peers.bodies == [b"newer", b"older", b"newer"]
        assert await w.queued() == {}


# the first activity that waits, and what its lane says
_OLDEST = Statement(text("SELECT (SELECT min(activity_id) FROM deliveries), l.oldest FROM lanes l"), tuple)
