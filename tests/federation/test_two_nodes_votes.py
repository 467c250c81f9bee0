"""A vote from outside: proposed and voted about through the API, by a poll in any app, and not from other servers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from node_support import RunningNode, cluster
from sqlalchemy import text

from fedserver.db.statement import Statement, nothing
from fedserver.domain.policy.document import DAY_MS, Document, Norm, Procedure, Vote
from fedserver.domain.policy.write import to_toml
from fedserver.services import policy, starters

VOTE = Procedure("vote", "vote", "vote", Vote(quorum=0.5, majority=0.5, period_ms=7 * DAY_MS, member_for_ms=DAY_MS))


async def start(node: RunningNode) -> Document:
    document = replace(starters.starter("open-gallery"), procedure=VOTE)
    keyring = node.node.parts.keyring
    await run(node, "UPDATE users SET created_at = 1")
    made = await node.node.db.run(partial(policy.publish, keyring=keyring, given=document, actor=None))
    return policy.document_of(made)


async def run(node: RunningNode, sql: str) -> None:
    await node.node.db.run(lambda unit: unit.run(Statement(text(sql), nothing)()))


async def test_members_vote_in_any_app_and_nobody_else(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "anna", "ada"), beta=("ben",)) as (alpha, beta):
        alice, anna, ada = alpha.alice, alpha.anna, alpha.ada
        document = await start(alpha)
        changed = replace(document, norms=(*document.norms, Norm("be-kind", {"en": "Be kind"}, {})))
        status, refused, _ = await alice.raw("POST", "/api/v1/proposals", json={"document": "nonsense = = 1"})
        assert status == 422 and "line 1" in refused["error"], refused
        made = await alice.post("/api/v1/proposals", json={"document": to_toml(changed), "note": "Kindness"})
        assert (made["state"], made["needs"], made["electors"]) == ("open", ["vote"], 3)
        # people are told by the node's own account, and see a poll
        told: Any = await anna.until(
            "/api/v1/notifications", lambda rows: next((row for row in rows if row["type"] == "status"), None)
        )
        question = told["status"]
        assert question["account"]["display_name"] == (await alice.get("/api/v2/instance"))["title"]
        assert question["id"] == made["poll_status_id"] and "Kindness" in question["content"]
        assert [option["title"] for option in question["poll"]["options"]] == ["Yes", "No", "Abstain"]
        voted = await anna.post(f"/api/v1/polls/{question['poll']['id']}/votes", json={"choices": [0]})
        assert voted["voted"] is True and voted["own_votes"] == []
        # nobody sees how it stands, the voter included
        assert [option["votes_count"] for option in voted["options"]] == [None, None, None]
        assert voted["votes_count"] == 0
        for again in ({"choices": [0]}, {"choices": [1]}):
            status, _, _ = await anna.raw("POST", f"/api/v1/polls/{question['poll']['id']}/votes", json=again)
            assert status in (409, 422)
        assert (await anna.raw("POST", f"/api/v1/proposals/{made['id']}/vote", json={"choice": "no"}))[0] == 409
        assert (await ada.raw("POST", f"/api/v1/proposals/{made['id']}/vote", json={"choice": "maybe"}))[0] == 422
        await ada.post(f"/api/v1/proposals/{made['id']}/vote", json={"choice": "yes"})

        # the question stays here: other servers cannot even read it (what they send anyhow is refused, see
        # tests/services/test_services_proposals.py)
        found = await beta.ben.get(
            "/api/v2/search", params={"q": question["uri"], "resolve": "true", "type": "statuses"}
        )
        assert found["statuses"] == []
        ended = await alice.post(f"/api/v1/proposals/{made['id']}/vote", json={"choice": "no"})
        # everybody voted, so the end comes at once
        ended = await alice.until(
            f"/api/v1/proposals/{made['id']}", lambda row: row if row["state"] != "open" else None
        )
        assert (ended["state"], ended["version"]) == ("enacted", 2)
        assert ended["result"] == {"yes": 2, "no": 1, "abstained": 0}
        assert any(norm["text"] == "Be kind" for norm in await alice.get("/api/v1/instance/rules"))


async def test_who_cannot(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "anna")) as (alpha,):
        document = await start(alpha)
        changed = to_toml(replace(document, norms=(*document.norms, Norm("be-kind", {"en": "Be kind"}, {}))))
        await run(alpha, "UPDATE accounts SET limited_at = 1 WHERE username = 'anna'")
        assert (await alpha.anna.raw("POST", "/api/v1/proposals", json={"document": changed}))[0] == 403
        made = await alpha.alice.post("/api/v1/proposals", json={"document": changed})
        assert made["electors"] == 1
        for path, body in (("vote", {"choice": "yes"}), ("approve", {})):
            status, _, _ = await alpha.anna.raw("POST", f"/api/v1/proposals/{made['id']}/{path}", json=body)
            assert status == 403, path
        assert (await alpha.anna.raw("GET", "/api/v1/proposals/1"))[0] == 404
        async with alpha.http.get(
            f"{alpha.url}/api/v1/proposals", headers={"Host": alpha.config.server.domain}
        ) as answer:
            (one,) = await answer.json()
            assert answer.status == 200 and one["elector"] is False
