"""Figures for dashboards, and the blocks that newcomers and whole networks meet, as moderation apps ask for them."""

from __future__ import annotations

from pathlib import Path

from client_support import ALL_SCOPES, client_node

from fedserver.db.queries import signup as signup_rows
from fedserver.kit.clock import to_iso

ADMIN = f"{ALL_SCOPES} admin:read admin:write"


async def test_figures(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge, ann = await api.person("judge", role="moderator", scopes=ADMIN), await api.person("ann")
        far = await api.remote("far")
        number = await api.receive(far, 1, "<p>#tea</p>")
        assert number
        post = await ann.publish("#tea time")
        assert (await judge.post(f"/api/v1/statuses/{post['id']}/favourite")).status == 200
        tag = (await ann.get("/api/v1/tags/tea")).json["id"]
        today = api.node.parts.clock.now_ms() // 86_400_000 * 86_400_000
        period = {"start_at": to_iso(today - 2 * 86_400_000), "end_at": to_iso(today)}
        keys = ["active_users", "new_users", "interactions", "opened_reports", "resolved_reports", "tag_accounts"]
        keys += ["tag_uses", "tag_servers", "instance_accounts", "instance_media_attachments", "instance_reports"]
        keys += ["instance_statuses", "instance_follows", "instance_followers", "unheard_of"]
        about = {key: {"id": tag} if key.startswith("tag") else {"domain": "there.test"} for key in keys[5:14]}
        answer = await judge.post("/api/v1/admin/measures", json={"keys": keys, **period, **about})
        found = {row["key"]: row for row in answer.json}
        assert list(found) == keys[:-1]
        assert (found["new_users"]["total"], found["new_users"]["previous_total"]) == ("2", "0")
        assert [each["value"] for each in found["new_users"]["data"]] == ["0", "0", "2"]
        assert found["interactions"]["total"] == "1" and found["tag_uses"]["total"] == "1"
        assert found["instance_statuses"]["total"] == "1" and found["instance_accounts"]["total"] == "1"
        assert found["instance_media_attachments"]["unit"] == "bytes"
        assert "human_value" in found["instance_media_attachments"]
        assert (await judge.post("/api/v1/admin/measures", json={"keys": keys})).status == 422
        wide = {"start_at": "1990-01-01", "end_at": "2026-01-01", "keys": keys}
        assert (await judge.post("/api/v1/admin/measures", json=wide)).status == 422
        dims = ["languages", "sources", "servers", "space_usage", "software_versions", "tag_servers", "tag_languages"]
        dims += ["instance_accounts", "instance_languages"]
        given = {
            "tag_servers": {"id": tag},
            "tag_languages": {"id": tag},
            "instance_accounts": {"domain": "there.test"},
        }
        answer = await judge.post("/api/v1/admin/dimensions", json={"keys": dims, **period, **given})
        told = {row["key"]: row["data"] for row in answer.json}
        assert list(told) == dims
        assert told["servers"] == [{"key": "there.test", "human_key": "there.test", "value": "1"}]
        assert {each["key"] for each in told["software_versions"]} == {"fedserver", "python", "sqlite"}
        answer = await judge.post("/api/v1/admin/retention", json={**period, "frequency": "day"})
        assert [len(each["data"]) for each in answer.json] == [3, 2, 1]
        assert answer.json[-1]["data"][0] == {"date": to_iso(today), "rate": 1.0, "value": "2"}
        assert (await judge.post("/api/v1/admin/retention", json={"frequency": "day"})).json == []
        months = (await judge.post("/api/v1/admin/retention", json={**period, "frequency": "month"})).json
        assert months[-1]["data"][-1]["value"] == "2"
        for noun in ("links", "statuses", "tags"):
            assert (await judge.get(f"/api/v1/admin/trends/{noun}")).json == []


async def test_blocks_of_sign_ups(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        base = "/api/v1/admin"
        made = await judge.post(
            f"{base}/ip_blocks", json={"ip": "8.8.8.8", "severity": "sign_up_block", "comment": "x"}
        )
        assert set(made.json) == {"id", "ip", "severity", "comment", "created_at", "expires_at"}
        assert made.json["ip"] == "8.8.8.8/32" and made.json["expires_at"] is None
        path = f"{base}/ip_blocks/{made.json['id']}"
        put = await judge.send("PUT", path, json={"severity": "no_access", "expires_in": 3600})
        assert put.json["severity"] == "no_access" and put.json["expires_at"] is not None
        assert (await judge.get(path)).json == put.json
        again = await judge.post(f"{base}/ip_blocks", json={"ip": "8.8.8.8/32", "severity": "no_access"})
        assert (again.status, again.json["error"]) == (422, "Validation failed: Ip has already been taken")
        own = await judge.post(f"{base}/ip_blocks", json={"ip": "127.0.0.0/8", "severity": "no_access"})
        assert own.status == 422
        assert (await judge.post(f"{base}/ip_blocks", json={"ip": "1.1.1.1"})).status == 422
        domain = await judge.post(f"{base}/email_domain_blocks", json={"domain": "trash.test"})
        assert domain.json["domain"] == "trash.test" and len(domain.json["history"]) == 7
        await api.run(
            lambda unit: unit.run(
                signup_rows.hit(
                    unit.new_id(), "email_domain", int(domain.json["id"]), unit.now // 86_400_000 * 86_400_000
                )
            )
        )
        shown = (await judge.get(f"{base}/email_domain_blocks/{domain.json['id']}")).json
        assert shown["history"][0]["uses"] == "1"
        assert (await judge.post(f"{base}/email_domain_blocks", json={})).json["error"] == (
            "Validation failed: Domain can't be blank"
        )
        box = await judge.post(f"{base}/canonical_email_blocks", json={"email": "Bad.One+x@mail.test"})
        assert len(box.json["canonical_email_hash"]) == 64
        tested = await judge.post(f"{base}/canonical_email_blocks/test", json={"email": "badone@mail.test"})
        assert tested.json == [box.json]
        assert (await judge.post(f"{base}/canonical_email_blocks/test", json={"email": "x@y.test"})).json == []
        name = await judge.post(f"{base}/username_blocks", json={"username": "boss"})
        assert name.json["exact"] is False
        for noun, block in (
            ("ip_blocks", put),
            ("email_domain_blocks", domain),
            ("canonical_email_blocks", box),
            ("username_blocks", name),
        ):
            assert len((await judge.get(f"{base}/{noun}")).json) == 1
            gone = await judge.send("DELETE", f"{base}/{noun}/{block.json['id']}")
            assert (gone.status, gone.json) == (200, {})
            assert (await judge.send("DELETE", f"{base}/{noun}/{block.json['id']}")).status == 404
            assert (await judge.get(f"{base}/{noun}")).json == []


async def test_a_network_that_is_shut_out_reaches_nothing(tmp_path: Path) -> None:
    async with client_node(tmp_path, config={"server": {"trusted_proxies": ["127.0.0.0/8"]}}) as api:
        judge = await api.person("judge", role="moderator", scopes=ADMIN)
        block = {"ip": "203.0.113.0/24", "severity": "no_access"}
        elsewhere = {"X-Forwarded-For": "203.0.113.9"}
        assert (await judge.get("/api/v1/instance", headers=elsewhere)).status == 200
        made = await judge.post("/api/v1/admin/ip_blocks", json=block, headers={"X-Forwarded-For": "192.0.2.1"})
        for path in ("/api/v1/instance", "/api/v1/accounts/verify_credentials", "/oauth/token"):
            method = "POST" if path == "/oauth/token" else "GET"
            assert (await judge.send(method, path, headers=elsewhere)).status == 403, path
            assert (await judge.send(method, path, headers={"X-Forwarded-For": "203.0.114.9"})).status != 403, path
        await judge.send("DELETE", f"/api/v1/admin/ip_blocks/{made.json['id']}")
        assert (await judge.get("/api/v1/instance", headers=elsewhere)).status == 200
