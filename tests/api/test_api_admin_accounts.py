"""Accounts for moderation apps: who is found by what, what is done to them and taken back, who may do it to whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import ALL_SCOPES, Api, Person, client_node, png

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import users
from fedserver.kit.paging import Page
from fedserver.services import notes, roles, sessions

ADMIN = f"{ALL_SCOPES} admin:read admin:write"
ACCOUNTS = "/api/v1/admin/accounts"
KEYS = {
    "id",
    "username",
    "domain",
    "created_at",
    "email",
    "ip",
    "ips",
    "locale",
    "invite_request",
    "role",
    "confirmed",
    "approved",
    "disabled",
    "sensitized",
    "silenced",
    "suspended",
    "trust",
    "account",
}


async def _names(asker: Person, query: str = "", path: str = ACCOUNTS) -> list[str]:
    answer = await asker.get(f"{path}?{query}")
    assert answer.status == 200, answer.text
    return [row["username"] for row in answer.json]


async def _set(api: Api, person: Person, **values: Any) -> None:
    await api.run(lambda unit: unit.run(users.change(person.user_id, values)))


async def test_every_filter_finds_its_own(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="admin", scopes=ADMIN)
        ann, ben, cat = [await api.person(name) for name in ("ann", "ben", "cat")]
        await api.remote("far", "there.test")
        fay = await api.remote("fay", "other.test")
        await api.run(lambda unit: unit.run(account_rows.change(fay.id, {"display_name": "Fay % there"})))
        await _set(api, ann, state="pending", unapproved=1, reason="I paint")
        await _set(api, ben, state="disabled")
        await api.run(lambda unit: sessions.start(unit, cat.user_id, ip="203.0.113.5", user_agent="x"))
        assert (await judge.post(f"{ACCOUNTS}/{cat.account_id}/action", json={"type": "silence"})).status == 200
        v2 = "/api/v2/admin/accounts"
        assert await _names(judge) == ["fay", "far", "cat", "ben", "ann", "judge"]
        for first, second, found in (
            ("local=true", "origin=local", ["cat", "ben", "ann", "judge"]),
            ("remote=true", "origin=remote", ["fay", "far"]),
            ("pending=true", "status=pending", ["ann"]),
            ("disabled=true", "status=disabled", ["ben"]),
            ("silenced=true", "status=silenced", ["cat"]),
            ("suspended=true", "status=suspended", []),
            ("active=true&local=true", "status=active&origin=local", ["cat", "judge"]),
            ("staff=true", "permissions=staff", ["judge"]),
            ("username=CA", "username=CA", ["cat"]),
            ("display_name=%25", "display_name=%25", ["fay"]),
            ("by_domain=there.test", "by_domain=there.test", ["far"]),
            ("email=BEN@mail.example", "email=BEN@mail.example", ["ben"]),
            ("ip=203.0.113.5", "ip=203.0.113.5", ["cat"]),
            ("username=_", "username=%25", []),
        ):
            assert await _names(judge, first) == found, first
            assert await _names(judge, second, v2) == found, second
        assert await _names(judge, "role_ids[]=3", v2) == ["judge"]
        assert await _names(judge, "role_ids[]=-99&origin=local", v2) == ["cat", "ben", "ann"]
        # what is no word of the list filters nothing
        assert len(await _names(judge, "origin=nowhere&status=x", v2)) == 6
        page = await judge.get(f"{ACCOUNTS}?local=true&limit=2")
        assert [row["username"] for row in page.json] == ["cat", "ben"] and 'rel="next"' in page.headers["Link"]
        assert await _names(judge, f"local=true&max_id={page.json[-1]['id']}") == ["ann", "judge"]
        assert await _names(judge, f"local=true&limit=1&min_id={page.json[-1]['id']}") == ["cat"]


async def test_what_staff_see_of_an_account(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge, ann = await api.person("judge", role="moderator", scopes=ADMIN), await api.person("ann")
        await _set(api, ann, reason="I paint", sign_up_ip="198.51.100.9", unconfirmed_email=None)
        await api.run(lambda unit: sessions.start(unit, ann.user_id, ip="203.0.113.5", user_agent="x"))
        found = (await judge.get(f"{ACCOUNTS}/{ann.account_id}")).json
        assert set(found) == KEYS
        assert (found["email"], found["ip"], found["invite_request"]) == ("ann@mail.example", "203.0.113.5", "I paint")
        assert [each["ip"] for each in found["ips"]] == ["203.0.113.5", "198.51.100.9"]
        assert found["role"] == {"id": "-99", "name": "", "permissions": "0", "color": "", "highlighted": False}
        assert (found["confirmed"], found["approved"], found["domain"]) == (True, True, None)
        far = await api.remote("far")
        seen = (await judge.get(f"{ACCOUNTS}/{far.id}")).json
        assert (seen["domain"], seen["email"], seen["role"], seen["ips"]) == ("there.test", None, None, [])
        assert seen["account"]["acct"] == "far@there.test"
        for wrong in ("1", "99999999999999", "x"):
            assert (await judge.get(f"{ACCOUNTS}/{wrong}")).status == 404


async def test_actions_and_their_undoing(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge, ann = await api.person("judge", role="moderator", scopes=ADMIN), await api.person("ann")
        path = f"{ACCOUNTS}/{ann.account_id}"

        async def state() -> dict[str, Any]:
            found: dict[str, Any] = (await judge.get(path)).json
            return found

        preset = await api.run(lambda unit: notes.save_preset(unit, None, title="T", text="Be kind.", moderator=None))
        for kind, key, back in (
            ("sensitive", "sensitized", "unsensitive"),
            ("silence", "silenced", "unsilence"),
            ("disable", "disabled", "enable"),
            ("suspend", "suspended", "unsuspend"),
        ):
            given = {"type": kind, "text": "Rule 1", "warning_preset_id": str(preset)}
            answer = await judge.post(f"{path}/action", json=given)
            assert (answer.status, answer.json) == (200, {})
            assert (await state())[key] is True
            undone = await judge.post(f"{path}/{back}")
            assert undone.status == 200 and undone.json[key] is False, undone.text
        assert (await judge.post(f"{path}/unsuspend")).status == 403
        assert (await judge.post(f"{path}/unsilence")).status == 200
        assert (await judge.post(f"{path}/action", json={"type": "none", "text": "Please"})).status == 200
        rows = await api.run(lambda unit: unit.all(ledger_rows.of_account(ann.account_id, Page(limit=100))))
        assert [(row.verb, row.reason) for row in rows] == [
            ("warn", "Please"),
            *[(verb, "Be kind.\n\nRule 1") for verb in ("suspend", "disable", "limit", "force-sensitive")],
        ]
        assert {row.actor_id for row in rows} == {judge.account_id}
        for given in ({}, {"type": "explode"}):
            answer = await judge.post(f"{path}/action", json=given)
            assert (answer.status, answer.json["error"]) == (422, "Record invalid")
        assert (await judge.post(f"{path}/action", json={"type": "none", "report_id": "77"})).status == 404
        assert (await judge.post(f"{path}/action", json={"type": "none", "warning_preset_id": "7"})).status == 404
        far = await api.remote("far")
        assert (await judge.post(f"{ACCOUNTS}/{far.id}/action", json={"type": "disable"})).status in (409, 422)
        assert (await judge.post(f"{ACCOUNTS}/{far.id}/enable")).status == 403


async def test_nobody_acts_on_who_stands_as_high(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        people = {
            rank: await api.person(f"one_{rank}", role=rank, scopes=ADMIN) for rank in ("moderator", "admin", "owner")
        }
        peer, boss = await api.person("peer", role="moderator"), await api.person("boss", role="owner")
        for asker, target, status in (
            ("moderator", peer, 403),
            ("moderator", boss, 403),
            ("admin", peer, 200),
            ("admin", boss, 403),
            ("owner", boss, 200),
        ):
            answer = await people[asker].post(f"{ACCOUNTS}/{target.account_id}/action", json={"type": "silence"})
            assert answer.status == status, (asker, answer.text)
            back = await people[asker].post(f"{ACCOUNTS}/{target.account_id}/unsilence")
            assert back.status == status
        own = await people["moderator"].post(
            f"{ACCOUNTS}/{people['moderator'].account_id}/action", json={"type": "suspend"}
        )
        assert own.status in (403, 422)


async def test_a_composed_role_may_what_it_names(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        helper, ann = await api.person("helper", scopes=ADMIN), await api.person("ann")

        def compose(unit: Any) -> int:
            made = roles.save(unit, None, name="Greeter", permissions=0x10, position=5, color="#ff8800", actor=None)
            roles.give(unit, helper.user_id, str(made), None)
            return made

        made = await api.run(compose)
        own = (await helper.get("/api/v1/accounts/verify_credentials")).json["role"]
        assert own == {
            "id": str(made),
            "name": "Greeter",
            "permissions": "16",
            "color": "#ff8800",
            "highlighted": False,
        }
        assert (await helper.get("/api/v1/admin/reports")).status == 200
        assert (await helper.get(ACCOUNTS)).json["error"] == "This action is not allowed"
        answer = await helper.post(f"{ACCOUNTS}/{ann.account_id}/action", json={"type": "silence"})
        assert answer.status == 403
        await api.run(lambda unit: roles.save(unit, made, name="Greeter", permissions=0x400, position=5, actor=None))
        assert (await helper.get(ACCOUNTS)).status == 200 and (await helper.get("/api/v1/admin/reports")).status == 403
        await api.run(lambda unit: roles.remove(unit, made, None))
        assert (await helper.get(ACCOUNTS)).status == 403


async def test_letting_in_and_turning_down(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        ann, ben, cat = [await api.person(name) for name in ("ann", "ben", "cat")]
        for each in (ann, ben):
            await _set(api, each, state="pending", unapproved=1)
        answer = await judge.post(f"{ACCOUNTS}/{ann.account_id}/approve")
        assert answer.status == 200 and answer.json["approved"] is True
        answer = await judge.post(f"{ACCOUNTS}/{ben.account_id}/reject")
        assert answer.status == 200 and answer.json["username"] == "ben" and answer.json["approved"] is False
        assert (await judge.get(f"{ACCOUNTS}?username=ben")).json == []
        for other in (ann, cat):
            for verb in ("approve", "reject"):
                refused = await judge.post(f"{ACCOUNTS}/{other.account_id}/{verb}")
                assert (refused.status, refused.json["error"]) == (403, "This action is not allowed")


async def test_deleting_takes_a_suspension_and_a_permission(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        boss, judge = (
            await api.person("boss", role="owner", scopes=ADMIN),
            await api.person("judge", role="moderator", scopes=ADMIN),
        )
        ann, far = await api.person("ann"), await api.remote("far")
        for account_id in (ann.account_id, far.id):
            path = f"{ACCOUNTS}/{account_id}"
            assert (await boss.send("DELETE", path)).status == 403
            assert (await boss.post(f"{path}/action", json={"type": "suspend"})).status == 200
            assert (await judge.send("DELETE", path)).status == 403
            answer = await boss.send("DELETE", path)
            assert answer.status == 200 and answer.json["suspended"] is True
            assert (await boss.send("DELETE", path)).status == 403
            assert (await boss.post(f"{path}/unsuspend")).status == 403
        assert (await ann.get("/api/v1/accounts/verify_credentials")).status == 401


async def test_notes_and_trust(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge, other = [await api.person(name, role="moderator", scopes=ADMIN) for name in ("judge", "other")]
        ann = await api.person("ann")
        path = f"{ACCOUNTS}/{ann.account_id}"
        made = await judge.post(f"{path}/notes", json={"text": "Wrote to us"})
        assert made.status == 200 and made.json["author"] == "judge"
        assert [row["text"] for row in (await other.get(f"{path}/notes")).json] == ["Wrote to us"]
        assert (await judge.post(f"{path}/notes", json={"text": " "})).status == 422
        assert (await other.send("DELETE", f"/api/v1/admin/notes/{made.json['id']}")).status == 403
        assert (await judge.send("DELETE", f"/api/v1/admin/notes/{made.json['id']}")).status == 200
        assert (await judge.get(f"{path}/notes")).json == []
        assert (await judge.post(f"{path}/trust", json={"tier": 2})).json["trust"] == 2
        assert (await judge.post(f"{path}/trust", json={})).json["trust"] is None
        assert (await ann.get(f"{path}/notes")).status == 403


async def test_a_forced_account_has_sensitive_media_everywhere(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge, ann = await api.person("judge", role="moderator", scopes=ADMIN), await api.person("ann")
        medium = (await ann.upload(png())).json["id"]
        post = await ann.publish("a picture", media_ids=[medium])
        plain = await ann.publish("words")
        assert post["sensitive"] is False
        await judge.post(f"{ACCOUNTS}/{ann.account_id}/action", json={"type": "sensitive"})
        for asker in (judge, ann):
            assert (await asker.get(f"/api/v1/statuses/{post['id']}")).json["sensitive"] is True
            assert (await asker.get(f"/api/v1/statuses/{plain['id']}")).json["sensitive"] is False
        await judge.post(f"{ACCOUNTS}/{ann.account_id}/unsensitive")
        assert (await judge.get(f"/api/v1/statuses/{post['id']}")).json["sensitive"] is False
