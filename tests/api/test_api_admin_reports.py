"""Reports for moderation apps: filed with our categories, assigned, answered by what is done; minors stay here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from client_support import ALL_SCOPES, Api, Person, client_node

from fedserver.db.queries import accounts, communities
from fedserver.domain.moderation.categories import CATEGORIES
from fedserver.kit.errors import NotFound
from fedserver.services import actions, reports

ADMIN = f"{ALL_SCOPES} admin:read admin:write"
REPORTS = "/api/v1/admin/reports"
KEYS = {
    "id",
    "action_taken",
    "action_taken_at",
    "category",
    "category_detail",
    "comment",
    "forwarded",
    "created_at",
    "updated_at",
    "rules",
    "account",
    "target_account",
    "assigned_account",
    "action_taken_by_account",
    "statuses",
}


async def _rule(api: Api, text: str) -> int:
    def work(unit: Any) -> int:
        made: int = unit.new_id()
        row = {"id": made, "community_id": 1, "position": 0, "text": text, "created_at": unit.now}
        unit.run(communities.add_rule(row))
        return made

    return await api.run(work)


async def _file(reporter: Person, target_id: int, **more: Any) -> dict[str, Any]:
    answer = await reporter.post("/api/v1/reports", json={"account_id": str(target_id), **more})
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


async def _sent(api: Api, kind: str) -> list[dict[str, Any]]:
    def work(unit: Any) -> list[Any]:
        rows = unit._connection.execute("SELECT body FROM activities").fetchall()
        return [orjson.loads(row[0]) for row in rows]

    return [each for each in await api.run(work) if each["type"] == kind]


async def test_a_report_as_staff_see_it(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        ann, ben = await api.person("ann"), await api.person("ben")
        rule = await _rule(api, "Be kind")
        quiet = await ben.publish("for followers", visibility="private")
        loud = await ben.publish("for all")
        made = await _file(
            ann, ben.account_id, status_ids=[loud["id"]], comment="see", rule_ids=[str(rule)], category="violation"
        )
        found = (await judge.get(f"{REPORTS}/{made['id']}")).json
        assert set(found) == KEYS
        assert found["account"]["username"] == "ann" and found["target_account"]["email"] == "ben@mail.example"
        assert [each["text"] for each in found["rules"]] == ["Be kind"]
        assert [each["id"] for each in found["statuses"]] == [loud["id"]]
        assert (found["assigned_account"], found["action_taken"], found["category"]) == (None, False, "violation")
        # what the moderator could not read elsewhere is read here, and what is held as well
        await judge.api.run(lambda unit: unit.made(reports.moderation.attach_status(int(made["id"]), int(quiet["id"]))))
        assert (await judge.get(f"/api/v1/statuses/{quiet['id']}")).status == 404
        posts = (await judge.get(f"{REPORTS}/{made['id']}")).json["statuses"]
        assert {each["id"] for each in posts} == {loud["id"], quiet["id"]}
        for wrong in ("1", "x"):
            assert (await judge.get(f"{REPORTS}/{wrong}")).status == 404
        assert (await ann.get(f"{REPORTS}/{made['id']}")).status == 403


async def test_lists_assigning_closing_and_changing(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        ann, ben, cat = [await api.person(name) for name in ("ann", "ben", "cat")]
        first, second = await _file(ann, ben.account_id), await _file(ben, cat.account_id, category="spam")
        rule = await _rule(api, "Be kind")

        async def ids(query: str = "") -> list[str]:
            return [row["id"] for row in (await judge.get(f"{REPORTS}?{query}")).json]

        assert await ids() == [second["id"], first["id"]]
        assert await ids(f"account_id={ann.account_id}") == [first["id"]]
        assert await ids(f"target_account_id={cat.account_id}") == [second["id"]]
        path = f"{REPORTS}/{first['id']}"
        for _ in range(2):
            mine = (await judge.post(f"{path}/assign_to_self")).json
            assert mine["assigned_account"]["username"] == "judge"
        assert (await judge.post(f"{path}/unassign")).json["assigned_account"] is None
        closed = (await judge.post(f"{path}/resolve")).json
        assert closed["action_taken"] is True and closed["action_taken_by_account"]["username"] == "judge"
        assert await ids() == [second["id"]] and await ids("resolved=true") == [first["id"]]
        opened = (await judge.post(f"{path}/reopen")).json
        assert (opened["action_taken"], opened["action_taken_at"]) == (False, None)
        put = (await judge.send("PUT", path, json={"category": "violation", "rule_ids": [str(rule)]})).json
        assert put["category"] == "violation" and len(put["rules"]) == 1
        put = (await judge.send("PUT", path, json={"category": "undisclosed-ai"})).json
        assert (put["category"], put["category_detail"], put["rules"]) == ("violation", "undisclosed-ai", [])
        assert (await judge.send("PUT", path, json={"category": "rude"})).status == 422
        assert (await judge.send("PUT", path, json={"category": "violation", "rule_ids": ["5"]})).status == 422
        note = await judge.post(f"{path}/notes", json={"text": "asked them"})
        assert note.json["text"] == "asked them" and len((await judge.get(f"{path}/notes")).json) == 1


async def test_rules_that_nobody_wrote_and_categories(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        ann, ben = await api.person("ann"), await api.person("ben")
        answer = await ann.post("/api/v1/reports", json={"account_id": str(ben.account_id), "rule_ids": ["77"]})
        assert answer.status == 422 and "valid rules" in answer.json["error"]
        for category in CATEGORIES:
            assert (await _file(ann, ben.account_id, category=category))["category"] in (
                "spam",
                "legal",
                "violation",
                "other",
            )
        wrong = await ann.post("/api/v1/reports", json={"account_id": str(ben.account_id), "category": "rude"})
        assert wrong.status == 422


async def test_what_is_done_answers_the_reports(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        ann, ben, cat = [await api.person(name) for name in ("ann", "ben", "cat")]
        made = [await _file(each, ben.account_id) for each in (ann, cat)]
        action = f"/api/v1/admin/accounts/{ben.account_id}/action"

        async def waiting() -> int:
            return len((await judge.get(REPORTS)).json)

        # a warning answers its own, any other act answers all
        given = {"type": "none", "text": "please", "report_id": made[0]["id"]}
        assert (await judge.post(action, json=given)).status == 200
        assert await waiting() == 1
        other = await _file(ann, cat.account_id)
        wrong = await judge.post(action, json={"type": "silence", "report_id": other["id"]})
        assert wrong.status == 404
        assert (await judge.post(action, json={"type": "silence", "report_id": made[1]["id"]})).status == 200
        assert [row["id"] for row in (await judge.get(REPORTS)).json] == [other["id"]]
        rows = await api.run(
            lambda unit: unit._connection.execute(
                "SELECT verb, report_id, public FROM decisions ORDER BY id"
            ).fetchall()
        )
        assert [tuple(row) for row in rows] == [("warn", int(made[0]["id"]), 1), ("limit", int(made[1]["id"]), 1)]


@pytest.mark.parametrize("category", ["minors", "spam"])
async def test_minors_are_forwarded_by_nobody_and_stand_in_no_public_log(tmp_path: Path, category: str) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        ann, far = await api.person("ann"), await api.remote("far")
        kept = category == "minors"
        post = await api.receive(far, 1)
        made = await _file(ann, far.id, category=category, forward=True, status_ids=[str(post)])
        assert made["forwarded"] is not kept
        assert len(await _sent(api, "Flag")) == (0 if kept else 1)
        again = await judge.post(f"{REPORTS}/{made['id']}/forward")
        assert again.status == (403 if kept else 409)
        later = await _file(ann, far.id, category=category)
        assert (await judge.post(f"{REPORTS}/{later['id']}/forward")).status == (403 if kept else 200)
        assert len(await _sent(api, "Flag")) == (0 if kept else 2)
        assert all("ann" not in each["actor"] for each in await _sent(api, "Flag"))

        def act(unit: Any) -> None:
            moderator = unit.get(actions.accounts.by_id(judge.account_id))
            actions.take_posts(unit, int(made["id"]), "hold", "", moderator)

        await api.run(act)
        given = {"type": "suspend", "report_id": later["id"]}
        assert (await judge.post(f"/api/v1/admin/accounts/{far.id}/action", json=given)).status == 200
        rows = await api.run(lambda unit: unit._connection.execute("SELECT verb, public FROM decisions").fetchall())
        assert {tuple(row) for row in rows} == {("hold", 0 if kept else 1), ("suspend", 0 if kept else 1)}
        assert (await judge.get(REPORTS)).json == []


async def test_many_at_once(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        ann, ben, cat = [await api.person(name) for name in ("ann", "ben", "cat")]
        made = [int((await _file(ann, each.account_id))["id"]) for each in (ben, cat, ben)]

        def act(unit: Any) -> list[Any]:
            moderator = unit.get(actions.accounts.by_id(judge.account_id))
            return actions.take_all(unit, made, "limit", "Rule 1", moderator)

        decisions = await api.run(act)
        assert [each.account_id for each in decisions] == [ben.account_id, cat.account_id]
        assert [each.group_id for each in decisions] == [None, decisions[0].id]
        assert (await judge.get(REPORTS)).json == []


async def test_moderators_hear_of_it_in_both_ways_of_notifications(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        ann, ben = await api.person("ann"), await api.person("ben")
        made = await _file(ann, ben.account_id, comment="see")
        told = (await judge.get("/api/v1/notifications")).json
        assert [(row["type"], row["report"]["id"], row["account"]["username"]) for row in told] == [
            ("admin.report", made["id"], "ann")
        ]
        grouped = (await judge.get("/api/v2/notifications")).json
        assert [(row["type"], row["report"]["comment"]) for row in grouped["notification_groups"]] == [
            ("admin.report", "see")
        ]
        assert [row["type"] for row in (await ann.get("/api/v1/notifications")).json] == []


async def test_a_report_about_a_moderator_does_not_exist_for_them(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge, other = [await api.person(name, role="moderator", scopes=ADMIN) for name in ("judge", "other")]
        ann = await api.person("ann")
        about, fine = (
            await _file(ann, judge.account_id, comment="the judge is rude"),
            await _file(ann, other.account_id),
        )
        assert [row["id"] for row in (await judge.get(REPORTS)).json] == [fine["id"]]
        assert (await judge.get(f"{REPORTS}?target_account_id={judge.account_id}")).json == []
        path = f"{REPORTS}/{about['id']}"
        for where in (path, f"{path}/notes"):
            assert (await judge.get(where)).status == 404
        for act in ("resolve", "reopen", "assign_to_self", "unassign", "forward"):
            assert (await judge.post(f"{path}/{act}")).status == 404
        assert (await judge.post(f"{path}/notes", json={"text": "nonsense"})).status == 404
        assert (await judge.send("PUT", path, json={"category": "spam"})).status == 404

        def by_other_doors(unit: Any) -> None:
            me = unit.get(accounts.by_id(judge.account_id))
            for work in (
                lambda: actions.take_all(unit, [int(about["id"])], "", "", me),
                lambda: actions.take_posts(unit, int(about["id"]), "hold", "", me),
            ):
                with pytest.raises(NotFound):
                    work()

        await api.run(by_other_doors)
        found = (await other.get(path)).json
        assert (found["action_taken"], found["assigned_account"], found["category"]) == (False, None, "other")
        for person, theirs in ((judge, fine), (other, about)):
            told = (await person.get("/api/v1/notifications?types[]=admin.report")).json
            assert [each["report"]["id"] for each in told] == [theirs["id"]]
