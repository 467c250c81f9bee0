"""admin/domain_blocks and admin/domain_allows as Mastodon 4.5 documents them; instance/domain_blocks beside them."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from client_support import client_node

BLOCKS, ALLOWS = "/api/v1/admin/domain_blocks", "/api/v1/admin/domain_allows"
SCOPES = "read admin:read:domain_blocks admin:write:domain_blocks admin:read:domain_allows admin:write:domain_allows"


async def _judge(api: Any, scopes: str = SCOPES, role: str = "admin") -> Any:
    person = await api.person(f"judge{role}", role=role)
    person.token = await api.node.token(person.user_id, scopes)
    return person


async def test_a_block_from_the_first_to_the_last_call(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await _judge(api)
        made = await judge.post(BLOCKS, json={"domain": "BAD.example."})
        assert made.status == 200, made.text
        assert made.json == {
            "id": made.json["id"],
            "domain": "bad.example",
            "digest": hashlib.sha256(b"bad.example").hexdigest(),
            "created_at": made.json["created_at"],
            "severity": "silence",
            "reject_media": False,
            "reject_reports": False,
            "private_comment": None,
            "public_comment": None,
            "obfuscate": False,
        }
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{12}Z", made.json["created_at"])
        one = f"{BLOCKS}/{made.json['id']}"
        values = {"severity": "suspend", "public_comment": "spam", "private_comment": "seen", "obfuscate": "true"}
        changed = await judge.send("PUT", one, data=values)
        assert changed.status == 200, changed.text
        assert changed.json == {**made.json, **values, "obfuscate": True}
        # what is not named stays
        again = (await judge.send("PUT", one, data={"reject_media": "1"})).json
        assert again == {**changed.json, "reject_media": True}
        assert (await judge.get(one)).json == again
        assert (await judge.get(BLOCKS)).json == [again]
        public = (await judge.get("/api/v1/instance/domain_blocks")).json
        assert [(row["domain"], row["digest"]) for row in public] == [("bad.*****le", made.json["digest"])]
        gone = await judge.send("DELETE", one)
        assert (gone.status, gone.json) == (200, {})
        for method in ("GET", "PUT", "DELETE"):
            answer = await judge.send(method, one)
            assert (answer.status, answer.json) == (404, {"error": "Record not found"}), method
        assert (await judge.get("/api/v1/instance/domain_blocks")).json == []


async def test_a_second_block_and_one_that_is_milder_than_its_parents(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await _judge(api)
        first = (await judge.post(BLOCKS, json={"domain": "bad.example", "severity": "silence"})).json
        for body in (
            {"domain": "bad.example", "severity": "suspend"},
            {"domain": "a.bad.example", "severity": "noop"},
        ):
            answer = await judge.post(BLOCKS, json=body)
            assert answer.status == 422
            assert answer.json["existing_domain_block"] == first
            assert answer.json["error"] == "You have already imposed stricter limits on bad.example."
        below = await judge.post(BLOCKS, json={"domain": "a.bad.example", "severity": "suspend"})
        assert below.status == 200
        noop = await judge.post(BLOCKS, json={"domain": "x.example", "severity": "noop", "reject_reports": True})
        assert (noop.json["severity"], noop.json["reject_reports"]) == ("noop", True)
        # limits alone are shown to visitors, the hardest first
        public = (await judge.get("/api/v1/instance/domain_blocks")).json
        assert [(row["domain"], row["severity"]) for row in public] == [
            ("a.bad.example", "suspend"),
            ("bad.example", "silence"),
        ]


async def test_an_allow(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await _judge(api)
        made = await judge.post(ALLOWS, data={"domain": "good.example"})
        assert made.status == 200 and set(made.json) == {"id", "domain", "created_at"}
        assert (await judge.post(ALLOWS, data={"domain": "good.example"})).json == made.json
        assert (await judge.get(f"{ALLOWS}/{made.json['id']}")).json == made.json
        assert (await judge.get(ALLOWS)).json == [made.json]
        # neither is the other
        assert (await judge.get(f"{BLOCKS}/{made.json['id']}")).status == 404
        assert (await judge.get(BLOCKS)).json == []
        assert (await judge.get("/api/v1/instance/domain_blocks")).json == []
        gone = await judge.send("DELETE", f"{ALLOWS}/{made.json['id']}")
        assert (gone.status, gone.json) == (200, made.json)
        assert (await judge.get(f"{ALLOWS}/{made.json['id']}")).status == 404


async def test_paging_by_the_links(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await _judge(api)
        for path in (BLOCKS, ALLOWS):
            for number in range(5):
                assert (await judge.post(path, json={"domain": f"n{number}.{path[-6:]}.example"})).status == 200
            seen: list[str] = []
            where = f"{path}?limit=2"
            while where:
                answer = await judge.get(where)
                seen += [row["domain"].partition(".")[0] for row in answer.json]
                found = re.search(r'<[^>]*(/api[^>]*)>; rel="next"', answer.headers.get("Link", ""))
                where = found[1] if found else ""
            assert seen == ["n4", "n3", "n2", "n1", "n0"], path


async def test_who_is_refused_and_what(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        judge = await _judge(api)
        made = (await judge.post(BLOCKS, json={"domain": "bad.example"})).json
        plain = await _judge(api, role="user")
        for method, path in (("GET", BLOCKS), ("POST", BLOCKS), ("GET", f"{BLOCKS}/{made['id']}"), ("POST", ALLOWS)):
            answer = await plain.send(method, path, json={"domain": "x.example"} if method == "POST" else None)
            assert (answer.status, answer.json["error"]) == (403, "This action is not allowed"), (method, path)
        judge.token = await api.node.token(judge.user_id, "read write admin:read")
        for method, path in (("POST", BLOCKS), ("PUT", f"{BLOCKS}/{made['id']}"), ("DELETE", f"{BLOCKS}/{made['id']}")):
            answer = await judge.send(method, path, json={"domain": "x.example"})
            assert (answer.status, answer.json["error"]) == (403, "This action is outside the authorized scopes")
        assert (await judge.get(BLOCKS)).status == 200
        judge.token = await api.node.token(judge.user_id, "admin:write")
        blank = await judge.post(BLOCKS, json={})
        assert (blank.status, blank.json["error"]) == (422, "Validation failed: Domain can't be blank")
        for body in (
            {"domain": "no domain"},
            {"domain": api.node.parts.site.domain},
            {"domain": "x.example", "severity": "burn"},
            {"domain": ["x"]},
            {"domain": "x" * 5000},
        ):
            assert (await judge.post(BLOCKS, json=body)).status == 422, body
        assert (await judge.post(ALLOWS, json={"domain": "no domain"})).status == 422
        assert (await judge.send("PUT", f"{BLOCKS}/{made['id']}", json={"severity": "burn"})).status == 422
        assert (await judge.send("DELETE", f"{BLOCKS}/x")).status == 404
