"""Decisions in the client API: one's own, appealing, and the ledger for moderators' apps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from node_support import Person, RunningNode, cluster

from fedserver.db.queries import accounts, users
from fedserver.edge import scopes
from fedserver.services import ledger, moderation, oauth
from fedserver.services.ledger import Act


async def _decide(node: RunningNode, person: Person, verb: str, by: Person | None = None, **more: Any) -> str:
    post = await person.post("/api/v1/statuses", json={"status": "A picture"})

    def work(unit: Any) -> str:
        actor = unit.get(accounts.by_id(by.account_id)) if by is not None else None
        given = {"reason": "Rule 1", **more}
        act = Act(verb, "status", int(post["id"]), post["uri"], person.account_id, **given)
        return str(ledger.decide(unit, act, actor).id)

    return await node.node.parts.db.run(work)  # type: ignore[no-any-return]


async def _staff(node: RunningNode, person: Person, role: str = "moderator") -> None:
    """A role, and a token with the scopes of moderation apps."""

    def work(unit: Any) -> str:
        unit.run(users.change(person.user_id, {"role": role}))
        wanted = scopes.parse("read write admin:read admin:write")
        assert wanted is not None
        return oauth.grant_personal(unit, person.user_id, name="app", scopes=wanted).token

    person.token = await node.node.parts.db.run(work)


async def test_ones_own_decisions_and_an_appeal(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "mora", "ann")) as (alpha,):
        mora, ann = alpha.mora, alpha.ann
        await _staff(alpha, mora)
        ids = [await _decide(alpha, ann, "hold", mora, note="for us") for _ in range(3)]
        _, found, headers = await ann.raw("GET", "/api/v1/decisions?limit=2")
        assert [row["id"] for row in found] == ids[:0:-1]
        assert f"max_id={ids[1]}" in headers["Link"] and 'rel="next"' in headers["Link"]
        assert [row["id"] for row in await ann.get(f"/api/v1/decisions?max_id={ids[1]}")] == ids[:1]
        assert [row["id"] for row in await ann.get(f"/api/v1/decisions?min_id={ids[0]}&limit=1")] == ids[1:2]
        assert [row["id"] for row in await ann.get(f"/api/v1/decisions?since_id={ids[0]}&limit=1")] == ids[2:]
        one = await ann.get(f"/api/v1/decisions/{ids[0]}")
        told = {name: one[name] for name in ("action", "verb", "source", "reason", "standing", "can_appeal", "appeal")}
        assert told == {
            "action": "delete_statuses",
            "verb": "status.hold",
            "source": "moderator",
            "reason": "Rule 1",
            "standing": True,
            "can_appeal": True,
            "appeal": None,
        }
        assert one["target"]["type"] == "status" and one["target"]["uri"].startswith("http://alpha.test/users/ann/")
        assert not {"note", "actor_id", "inputs", "before", "account_id"} & one.keys()
        for text in ({}, {"text": ""}, {"text": "x" * 2001}):
            code, body, _ = await ann.raw("POST", f"/api/v1/decisions/{ids[0]}/appeal", json=text)
            assert code == 422 and "characters" in body["error"]
        one = await ann.post(f"/api/v1/decisions/{ids[0]}/appeal", json={"text": "It is a photo"})
        assert one["can_appeal"] is False and one["appeal"]["state"] == "pending"
        code, _, _ = await ann.raw("POST", f"/api/v1/decisions/{ids[0]}/appeal", json={"text": "again"})
        assert code == 409
        for path in (f"/api/v1/decisions/{ids[0]}", "/api/v1/decisions/77", "/api/v1/decisions/x"):
            assert (await mora.raw("GET", path))[0] == 404
        # groups of notifications show it, too
        groups = (await ann.get("/api/v2/notifications"))["notification_groups"]
        warnings = [row["moderation_warning"] for row in groups if row["type"] == "moderation_warning"]
        assert {row["id"] for row in warnings} == set(ids)
        by_id = {row["id"]: row for row in warnings}
        assert by_id[ids[0]]["appeal"] == {"text": "It is a photo", "state": "pending"}


async def test_the_ledger_for_apps(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "mora", "ann")) as (alpha,):
        alice, mora, ann = alpha.alice, alpha.mora, alpha.ann
        await _staff(alpha, mora)
        await _staff(alpha, alice, "owner")
        first = await _decide(alpha, ann, "hold", mora, note="for us")
        rule = {"source": "rule", "rule_id": "r", "policy_version": 4, "inputs": {"n": 1}}
        second = await _decide(alpha, ann, "label", label="AI", **rule)
        ledger_path = "/api/v1/admin/decisions"
        for query, wanted in (
            ("", [second, first]),
            ("?rule=r", [second]),
            ("?version=4", [second]),
            ("?source=moderator", [first]),
            (f"?account_id={ann.account_id}&limit=1", [second]),
            (f"?account_id={mora.account_id}", []),
            ("?state=undone", []),
        ):
            assert [row["id"] for row in await mora.get(ledger_path + query)] == wanted, query
        one = await mora.get(f"{ledger_path}/{first}")
        assert (one["note"], one["actor_id"], one["public"]) == ("for us", str(mora.account_id), True)
        assert (await mora.get(f"{ledger_path}/{second}"))["inputs"] == {"n": 1}
        undone = await mora.post(f"{ledger_path}/{first}/undo", json={"because": "A mistake"})
        assert (undone["standing"], undone["undone_because"]) == (False, "A mistake")
        assert undone["undone_by_id"] == str(mora.account_id)
        assert (await mora.raw("POST", f"{ledger_path}/{first}/undo"))[0] == 409
        assert (await mora.raw("POST", f"{ledger_path}/77/undo"))[0] == 404
        assert (await ann.raw("GET", ledger_path))[0] == 403
        # somebody who was suspended is told by whom it is undone, and may act again
        await alpha.node.parts.db.run(lambda unit: moderation.suspend(unit, ann.account_id, None, reason="x"))
        (suspended,) = [row for row in await mora.get(ledger_path) if row["verb"] == "account.suspend"]
        assert suspended["action"] == "suspend"
        await alice.post(f"{ledger_path}/{suspended['id']}/undo")
        assert (await alice.get(f"/api/v1/accounts/{ann.account_id}")).get("suspended") is None
