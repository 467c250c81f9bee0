"""F03 and F04: an activity has all of its effects once, or none, whatever fails and whenever the process dies."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import orjson
import pytest
from aiohttp import web
from durability_world import Sinkhole, Stranger
from faults_world import Box, Boxes, peers, sinkhole, until

from fedserver.db.database import open_database
from fedserver.db.queries import accounts, meta
from fedserver.db.queries import statuses as rows
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.domain.settings import site_of
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.federation.inbox import receive
from fedserver.federation.inbox.inbound import Inbound
from fedserver.services import boosts, favourites, follows, statuses
from fedserver.services.keyring import KeyRing, open_master_key
from fedserver.services.statuses import Draft, Revision
from protocol.activitystreams.read import read_activity
from protocol.http.claim import Verified


class Slow(Sinkhole):
    """Answers who somebody is once, and then only when the gate is open."""

    def __post_init__(self) -> None:
        self.gate, self.asked = asyncio.Event(), 0

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "GET" and request.path in self.actors:
            self.asked += 1
            if self.asked > 1:
                await self.gate.wait()
        return await super().answer(request)


async def test_F03_killed_after_inbox_202(boxes: Boxes) -> None:
    far = Slow("far.test", sinkhole().rng)
    far.__post_init__()
    stranger = Stranger(far)
    box = boxes([far])
    await _serve_slowly(box, far, stranger)


async def _serve_slowly(box: Box, far: Slow, stranger: Stranger) -> None:
    async with peers(far):
        await box.start()
        for number in range(3):
            assert (await box.deliver(stranger, number)).status == 202
        box.kill()
        stored = len(box.rows("SELECT 1 FROM inbound")) + len(box.rows("SELECT 1 FROM statuses WHERE local = 0"))
        assert stored == 3, "an acknowledged activity is neither kept nor in effect"
        far.gate.set()
        await box.start()
        await until(lambda: not box.rows("SELECT 1 FROM inbound"))
        # the sender was not sure that we had it
        for number in range(3):
            assert (await box.deliver(stranger, number)).status == 202
        found = [row[0] for row in box.rows("SELECT uri FROM statuses WHERE local = 0 ORDER BY uri")]
        assert found == [f"{stranger.id}/notes/{number}" for number in range(3)]
        assert box.rows("SELECT count(*) FROM notifications WHERE type = 'mention'") == [(3,)]
        assert await box.stop() == 0


class Broken(RuntimeError):
    """A statement that fails."""


class Breaker:
    """Lets the n-th statement of a unit fail."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.at, self.error = 0, 0, Exception()
        self.armed: Unit | None = None
        execute = Unit._execute

        def counted(unit: Unit, query: Query[Any]) -> Any:
            if unit is self.armed:
                self.count += 1
                if self.count == self.at:
                    raise self.error
            return execute(unit, query)

        monkeypatch.setattr(Unit, "_execute", counted)

    def around(self, work: Callable[[Unit], Any], at: int, error: Exception) -> Callable[[Unit], Any]:
        """The unit with a fault at statement ``at``; its effects count as well."""
        self.count, self.at, self.error = 0, at, error

        def armed(unit: Unit) -> Any:
            self.armed = unit
            return work(unit)

        return armed


def _dump(box: Box, without: tuple[str, ...] = ("meta",)) -> dict[str, list[Any]]:
    """Every row of every table."""
    with closing(sqlite3.connect(box.database)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for name in names
            if name not in without
        }


def _verbs(alice: int, bob: int) -> list[tuple[str, Callable[[Unit], Any]]]:
    """What people do, in an order in which each works."""

    def newest(unit: Unit) -> Any:
        found = unit._execute(meta.get("test_status")).fetchone()
        return unit.get(rows.by_id(int(found[0])))

    def publish(unit: Unit) -> None:
        made = statuses.publish(
            unit, alice, Draft("hello @bob #tag https://example.org/"), idempotency=("key", b"hash")
        )
        unit.run(meta.put("test_status", str(made)))

    return [
        ("follow", lambda u: follows.follow(u, u.get(accounts.by_id(bob)), u.get(accounts.by_id(alice)))),
        ("publish", publish),
        ("favourite", lambda u: favourites.favourite(u, u.get(accounts.by_id(bob)), newest(u))),
        ("boost", lambda u: boosts.boost(u, bob, newest(u).id)),
        ("edit", lambda u: statuses.edit(u, alice, newest(u).id, Revision("other words #new"))),
        ("unfavourite", lambda u: favourites.unfavourite(u, u.get(accounts.by_id(bob)), newest(u))),
        ("unboost", lambda u: boosts.unboost(u, bob, newest(u).id)),
        ("delete", lambda u: statuses.delete(u, alice, newest(u).id)),
        ("unfollow", lambda u: follows.unfollow(u, u.get(accounts.by_id(bob)), u.get(accounts.by_id(alice)))),
    ]


async def test_F04_every_statement_of_every_verb_fails_in_turn(boxes: Boxes, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = sinkhole("sink.test", readers=2)
    box = boxes([sink])
    box.add_followers([sink])
    breaker = Breaker(monkeypatch)
    alice, bob = (box.made.people[name].account_id for name in ("alice", "bob"))
    dispatch = dispatcher(Tools(KeyRing(open_master_key(box.config))))
    database = open_database(box.config.database.url, site_of(box.config), dispatch=dispatch)
    await database.open()
    tried = 0
    try:
        for name, work in _verbs(alice, bob):
            at = 0
            while True:
                at += 1
                before = _dump(box)
                # a witness in the same group: it must not suffer
                results = await asyncio.gather(
                    database.run(breaker.around(work, at, Broken(f"{name} {at}"))),
                    database.run(lambda unit, mark=f"{name} {at}": unit.run(meta.put("witness", mark))),
                    return_exceptions=True,
                )
                assert not isinstance(results[1], BaseException), results
                assert await database.one(meta.get("witness")) == f"{name} {at}"
                if not isinstance(results[0], BaseException):
                    break
                assert isinstance(results[0], Broken), results
                assert _dump(box) == before, (name, at)
            assert at > 3, f"{name} runs too few statements to prove anything"
            tried += at
    finally:
        await database.close()
    assert tried > 60
    assert box.rows("SELECT count(*) FROM deliveries")[0][0] > 0
    box.whole()


@pytest.mark.parametrize("trouble", [False, True], ids=["the handler fails", "the database fails"])
async def test_F04_every_statement_of_an_incoming_post_fails_in_turn(
    boxes: Boxes, monkeypatch: pytest.MonkeyPatch, trouble: bool
) -> None:
    far = sinkhole(readers=1)
    stranger = Stranger(far)
    box = boxes([far])
    box.add_followers([far])
    breaker = Breaker(monkeypatch)
    dispatch = dispatcher(Tools(KeyRing(open_master_key(box.config))))
    database = open_database(box.config.database.url, site_of(box.config), dispatch=dispatch)
    await database.open()
    body, _ = stranger.signed(stranger.create(1))
    record = {"version": 1, "key_id": f"{stranger.id}#main-key", "scheme": "cavage", "created": int(time.time() * 1000)}
    import hashlib

    verified = Verified.from_record({**record, "body_sha256": hashlib.sha256(body).hexdigest()})
    inbound = Inbound(verified, read_activity(orjson.loads(body)))
    broken = sqlite3.OperationalError("disk I/O error") if trouble else Broken("a defect")
    try:
        at = 0
        while True:
            at += 1
            before = _dump(box)
            try:
                kept = await database.run(breaker.around(lambda unit: receive._unit(unit, inbound, body), at, broken))
            except Exception:
                assert _dump(box) == before, at
                continue
            if breaker.count < at:
                break
            # 202: the activity is kept for a job, and nothing of its effect is there
            assert kept == receive.LATER and not trouble, (kept, at)
            after = _dump(box)
            changed = {name for name in after if after[name] != before[name]}
            assert "inbound" in changed and "jobs" in changed and len(changed) == 3, changed
            for name in changed:
                with closing(sqlite3.connect(box.database)) as connection, connection:
                    connection.execute(f'DELETE FROM "{name}"')
                    marks = ",".join("?" * len(before[name][0])) if before[name] else ""
                    if marks:
                        connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', before[name])
        assert at > 8
    finally:
        await database.close()
    assert box.rows("SELECT count(*) FROM statuses WHERE local = 0") == [(1,)]
    assert box.rows("SELECT count(*) FROM notifications WHERE type = 'mention'") == [(1,)]
