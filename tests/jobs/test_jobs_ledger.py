"""The jobs of the ledger on a whole node: ends, oblivion, deletion for good, a version undone, telling later."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node_support import Person, RunningNode, cluster

from fedserver.db.queries import decisions as read
from fedserver.db.queries import ledger as rows
from fedserver.db.queries import statuses
from fedserver.jobs import ledger as jobs
from fedserver.jobs.table import HANDLERS, PERIODIC
from fedserver.services import ledger
from fedserver.services.ledger import Act


async def _decide(node: RunningNode, person: Person, verb: str, **more: Any) -> Any:
    post = await person.post("/api/v1/statuses", json={"status": "A picture"})
    given = {"source": "rule", "rule_id": "r", "reason": "because", **more}
    act = Act(verb, "status", int(post["id"]), post["uri"], person.account_id, **given)
    return await node.node.parts.db.run(lambda unit: ledger.decide(unit, act, None))


async def _now(node: RunningNode, decision: Any) -> Any:
    return await node.node.parts.db.one(rows.by_id(decision.id))


async def test_what_comes_back_by_itself(tmp_path: Path) -> None:
    assert {PERIODIC[name].job for name in ("ledger.expire", "ledger.forget")} <= HANDLERS.keys()
    async with cluster(tmp_path, alpha=("ann",)) as (alpha,):
        ann, parts = alpha.ann, alpha.node.parts
        ended = await _decide(alpha, ann, "hold", lasts_ms=0)
        lasting = await _decide(alpha, ann, "hold", lasts_ms=10**9, inputs={"n": 1})
        await jobs.expire(parts, {})
        assert not (await _now(alpha, ended)).standing and (await _now(alpha, lasting)).standing
        removed = await _decide(alpha, ann, "remove", appeal_ms=0, inputs={"n": 2})
        waiting = await _decide(alpha, ann, "remove", inputs={"n": 3})
        await jobs.forget(parts, {})
        await jobs.forget(parts, {})
        left = [await parts.db.one(statuses.by_id(each.target_id)) is not None for each in (removed, waiting)]
        assert left == [False, True]
        inputs = [(await _now(alpha, each)).inputs for each in (lasting, removed, waiting)]
        assert inputs == ['{"n":1}', None, '{"n":3}']
        code, _, _ = await ann.raw("GET", f"/api/v1/statuses/{removed.target_id}")
        assert code == 404


async def test_a_version_is_undone_in_chunks_and_told_once(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("ann",)) as (alpha,):
        ann, parts = alpha.ann, alpha.node.parts
        made = [await _decide(alpha, ann, "unlist", policy_version=2) for _ in range(5)]
        other = await _decide(alpha, ann, "unlist", policy_version=1)
        before = jobs.CHUNK
        jobs.CHUNK = 2
        try:
            # as a vote asks for it, without anybody's name
            await jobs.undo_version(parts, {"version": 2, "because": "rolled back"})
        finally:
            jobs.CHUNK = before
        assert [(await _now(alpha, each)).undone_because for each in made] == ["rolled back"] * 5
        assert (await _now(alpha, other)).standing
        assert await parts.db.one(read.counted(2)) == (5, 0)
        await jobs.undo_version(parts, {"version": 2, "because": "again"})
        await jobs.retell_local(parts, {"decision_id": made[0].id})
        await jobs.retell_local(parts, {"decision_id": 77})
        told = [row for row in await ann.get("/api/v1/notifications") if row["type"] == "moderation_warning"]
        (warning,) = [row["moderation_warning"] for row in told]
        assert warning["id"] == str(made[0].id)
        assert "Of these, 5 were taken back" in warning["text"], warning["text"]
