"""Promises P1 to P5 under kill -9: what was acknowledged is there, once, and reaches everybody, in order.

Faults F01 to F03: the process is killed at random moments while four clients post, edit and delete, deliveries run to
three servers, and a stranger's posts come in. Clients and the stranger repeat what was not answered, as real ones do.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from durability_world import Sinkhole, Stranger, Victim

pytestmark = pytest.mark.slow

ROUNDS = 20
CLIENTS = 4
SINKS = 3
UNDER_WAY = 4
BUSY = 10
DRAIN_S = 60.0
MOST_START_S = 5.0


class Client:
    """Posts, and now and then edits and deletes; what got a 2xx is kept. An unanswered request is sent again."""

    def __init__(self, victim: Victim, number: int, seed: int) -> None:
        self.victim, self.number = victim, number
        self.rng = random.Random(seed)
        people = list(victim.made.people.values())
        self.token = people[number % len(people)].token
        self.posted: dict[str, str] = {}
        self.edited: dict[str, str] = {}
        self.deleted: set[str] = set()
        self.unanswered = 0

    async def run(self, session: aiohttp.ClientSession, over: asyncio.Event) -> None:
        count = 0
        while not over.is_set():
            text = f"post {self.number}-{count}"
            key = str(uuid.UUID(int=self.rng.getrandbits(128)))
            found = await self._send(session, "POST", "/api/v1/statuses", {"status": text}, key)
            self.posted[text] = found["id"]
            count += 1
            chance = self.rng.random()
            if chance < 0.3:
                await self._send(session, "PUT", f"/api/v1/statuses/{found['id']}", {"status": f"{text} edited"})
                self.edited[found["id"]] = f"{text} edited"
            if chance < 0.1:
                await self._send(session, "DELETE", f"/api/v1/statuses/{found['id']}", None)
                self.deleted.add(found["id"])
            await asyncio.sleep(self.rng.uniform(0, 0.15))

    async def _send(
        self,
        session: aiohttp.ClientSession,
        method: str,
        path: str,
        body: dict[str, str] | None,
        key: str | None = None,
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **({"Idempotency-Key": key} if key else {})}
        tries = 0
        while True:
            await self.victim.up.wait()
            tries += 1
            try:
                async with session.request(method, self.victim.url + path, json=body, headers=headers) as response:
                    if response.status == 404 and method == "DELETE" and tries > 1:
                        return None  # an earlier try had its effect, and its answer was lost
                    assert response.status in (200, 503), (method, path, response.status, await response.text())
                    if response.status == 200:
                        return await response.json()
            except (aiohttp.ClientError, ConnectionError):
                self.unanswered += 1
            await asyncio.sleep(0.01)


async def deliver(
    victim: Victim,
    stranger: Stranger,
    session: aiohttp.ClientSession,
    over: asyncio.Event,
    seed: int,
    taken: list[int],
) -> None:
    """Deliver Creates, each twice at times, until a 202; their numbers go into ``taken``."""
    rng, number = random.Random(seed), 0
    while not over.is_set():
        activity = stranger.create(number)
        for _ in range(2 if rng.random() < 0.2 else 1):
            while not await _delivered(victim, stranger, session, activity):
                await victim.up.wait()
                await asyncio.sleep(0.01)
        taken.append(number)
        number += 1
        await asyncio.sleep(rng.uniform(0, 0.15))


async def _delivered(
    victim: Victim, stranger: Stranger, session: aiohttp.ClientSession, activity: dict[str, Any]
) -> bool:
    body, headers = stranger.signed(activity)
    try:
        async with session.post(f"{victim.url}/inbox", data=body, headers=headers) as response:
            assert response.status in (202, 503), (response.status, await response.text())
            return response.status == 202
    except (aiohttp.ClientError, ConnectionError):
        return False


@pytest.mark.parametrize("seed", [20261122])
async def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    sinks = [Sinkhole(f"sink{number}.test", random.Random(seed + number)) for number in range(SINKS)]
    for sink in sinks:
        sink.person("reader")
    far = Sinkhole("far.test", random.Random(seed))
    stranger = Stranger(far)
    victim = Victim(tmp_path, [*sinks, far])
    victim.add_followers(sinks)
    clients = [Client(victim, number, seed + 100 + number) for number in range(CLIENTS)]
    async with AsyncExitStack() as stack:
        for sink in (*sinks, far):
            stack.push_async_callback((await sink.start()).cleanup)
        session = await stack.enter_async_context(aiohttp.ClientSession())
        over, taken = asyncio.Event(), list[int]()
        try:
            async with asyncio.TaskGroup() as group:
                for client in clients:
                    group.create_task(client.run(session, over))
                group.create_task(deliver(victim, stranger, session, over, seed + 50, taken))
                group.create_task(_rounds(victim, rng, over, clients, taken))
            await _drained(victim, clients, sinks)
            assert await victim.stop() == 0
        finally:
            if victim.process is not None and victim.process.poll() is None:
                victim.kill()
    _judge(victim, clients, sinks, taken, stranger)


async def _rounds(
    victim: Victim, rng: random.Random, over: asyncio.Event, clients: list[Client], taken: list[int]
) -> None:
    """Kills at any moment; at every other one something has been done before, however slow the machine is."""

    def done() -> tuple[int, int]:
        return sum(len(client.posted) for client in clients), len(taken)

    for number in range(ROUNDS):
        posts, incoming = done()
        await victim.start()
        async with asyncio.timeout(60):
            while number % 2 and (done()[0] < posts + BUSY or done()[1] < incoming + 3):
                await asyncio.sleep(0.01)
        await asyncio.sleep(rng.uniform(0.1, 0.9))
        victim.kill()
    await victim.start()
    over.set()


def _wanted(clients: list[Client]) -> set[tuple[str, str]]:
    """(type, status id) of all that every sinkhole must have heard."""
    wanted = {("Create", number) for client in clients for number in client.posted.values()}
    wanted |= {("Update", number) for client in clients for number in client.edited}
    return wanted | {("Delete", number) for client in clients for number in client.deleted}


def _heard(sink: Sinkhole) -> set[tuple[str, str]]:
    return {(kind, about.rpartition("/")[2]) for _, kind, about in sink.arrived}


async def _drained(victim: Victim, clients: list[Client], sinks: list[Sinkhole]) -> None:
    end = time.monotonic() + DRAIN_S
    wanted = _wanted(clients)
    queued = "SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM inbound)"
    while any(wanted - _heard(sink) for sink in sinks) or victim.rows(queued)[0][0]:
        missing = {sink.name: len(wanted - _heard(sink)) for sink in sinks}
        assert time.monotonic() < end, (missing, victim.rows(queued), victim.rows("SELECT * FROM lanes"))
        await asyncio.sleep(0.2)


def _judge(
    victim: Victim, clients: list[Client], sinks: list[Sinkhole], incoming: list[int], stranger: Stranger
) -> None:
    assert victim.rows("PRAGMA integrity_check") == [("ok",)]
    assert victim.rows("PRAGMA foreign_key_check") == []
    # the middle one, because other tests may have the machine at any single moment
    assert sorted(victim.starts)[ROUNDS // 2] <= MOST_START_S, victim.starts
    _judge_posts(victim, clients)
    _judge_incoming(victim, incoming, stranger)
    for sink in sinks:
        _judge_order(sink)
    posts = sum(len(client.posted) for client in clients)
    lost = sum(client.unanswered for client in clients)
    repeats = sum(len(sink.arrived) - len({row[0] for row in sink.arrived}) for sink in sinks)
    print(
        f"{ROUNDS} kills, {posts} posts, {lost} requests unanswered, {len(incoming)} incoming, "
        f"{sum(len(sink.arrived) for sink in sinks)} deliveries, {repeats} of them repeated, "
        f"starts {min(victim.starts):.1f} to {max(victim.starts):.1f} s"
    )
    # only what was under way at a kill goes out again: of each lane, a lane being (sender, host), the letter in hand
    # and those that arrived since the last turn
    assert repeats <= ROUNDS * UNDER_WAY * SINKS * len(victim.made.people)
    # a run in which nothing was ever hit proves nothing
    assert posts >= ROUNDS // 2 * BUSY and len(incoming) >= ROUNDS // 2 * 3 and lost >= 3 and repeats >= 3


def _judge_posts(victim: Victim, clients: list[Client]) -> None:
    stored = {str(number): source for number, source in victim.rows("SELECT id, source FROM statuses WHERE local = 1")}
    deleted = set().union(*(client.deleted for client in clients))
    acknowledged = {number: text for client in clients for text, number in client.posted.items()}
    for number, text in acknowledged.items():
        if number in deleted:
            assert number not in stored, (number, text)
        else:
            edited = next((client.edited[number] for client in clients if number in client.edited), text)
            assert stored.get(number) == edited, (number, text)
    # each text once, whether its first answer arrived or not
    times = Counter(source.removesuffix(" edited") for source in stored.values())
    assert not {text: count for text, count in times.items() if count != 1}
    assert set(stored) == set(acknowledged) - deleted
    for person in victim.made.people.values():
        counted = victim.rows("SELECT statuses_count FROM accounts WHERE id = ?", person.account_id)[0][0]
        assert counted == victim.rows("SELECT count(*) FROM statuses WHERE account_id = ?", person.account_id)[0][0]


def _judge_incoming(victim: Victim, incoming: list[int], stranger: Stranger) -> None:
    found = [row[0] for row in victim.rows("SELECT uri FROM statuses WHERE local = 0")]
    assert sorted(found) == sorted(f"{stranger.id}/notes/{number}" for number in incoming)
    notified = victim.rows(
        "SELECT s.uri, count(*) FROM notifications n JOIN statuses s ON s.id = n.status_id"
        " WHERE n.type = 'mention' GROUP BY s.uri"
    )
    assert dict(notified) == dict.fromkeys(found, 1)


def _judge_order(sink: Sinkhole) -> None:
    """Of each post: what was heard first of each kind came in the order Create, Update, Delete."""
    order = ["Create", "Update", "Delete"]
    first: defaultdict[str, list[str]] = defaultdict(list)
    for _, kind, about in sink.arrived:
        number = about.rpartition("/")[2]
        if kind in order and kind not in first[number]:
            first[number].append(kind)
    assert not {number: kinds for number, kinds in first.items() if kinds != [k for k in order if k in kinds]}
