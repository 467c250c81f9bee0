"""Filters, lists, conversations, mutes and blocked servers have the documented keys and types, on every GET."""

from __future__ import annotations

from pathlib import Path

import clients_shapes as s
from clients_city import city
from clients_shapes import faults


async def test_what_somebody_sets_up_for_their_own_reading_has_its_shape(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        account = await alice.follow(ben)
        note = await ben.post("/api/v1/statuses", json={"status": "a spoon"})
        direct = await ben.post("/api/v1/statuses", json={"status": "@alice@alpha.test spoon", "visibility": "direct"})
        words = {"title": "x", "context": ["home"], "expires_in": 3600, "keywords_attributes": [{"keyword": "spoon"}]}
        made = await alice.post("/api/v2/filters", json=words)
        talk = (
            await alice.until("/api/v1/conversations", lambda rows: rows if rows and rows[0]["last_status"] else None)
        )[0]
        assert talk["last_status"]["uri"] == direct["uri"]
        number = made["id"]
        named = await alice.post(f"/api/v2/filters/{number}/statuses", json={"status_id": talk["last_status"]["id"]})
        chosen = (await alice.post("/api/v1/lists", json={"title": "x"}))["id"]
        await alice.post(f"/api/v1/lists/{chosen}/accounts", json={"account_ids": [account["id"]]})
        await alice.until("/api/v1/timelines/home", lambda rows: any(row["uri"] == note["uri"] for row in rows))
        paths = {
            "/api/v2/filters": [s.FILTER],
            f"/api/v2/filters/{number}": s.FILTER,
            f"/api/v2/filters/{number}/keywords": [s.FILTER_KEYWORD],
            f"/api/v2/filters/keywords/{made['keywords'][0]['id']}": s.FILTER_KEYWORD,
            f"/api/v2/filters/{number}/statuses": [s.FILTER_STATUS],
            f"/api/v2/filters/statuses/{named['id']}": s.FILTER_STATUS,
            "/api/v1/filters": [s.FILTER_V1],
            f"/api/v1/filters/{made['keywords'][0]['id']}": s.FILTER_V1,
            "/api/v1/lists": [s.LIST],
            f"/api/v1/lists/{chosen}": s.LIST,
            f"/api/v1/lists/{chosen}/accounts": [s.ACCOUNT],
            f"/api/v1/accounts/{account['id']}/lists": [s.LIST],
            f"/api/v1/timelines/list/{chosen}": [s.MY_STATUS],
            "/api/v1/conversations": [s.CONVERSATION],
            "/api/v1/timelines/direct": [s.MY_STATUS],
            "/api/v1/domain_blocks/preview?domain=beta.test": {"following_count": int, "followers_count": int},
            "/api/v1/domain_blocks": [str],
            "/api/v1/mutes": [s.MUTED_ACCOUNT],
        }
        filtered = (await alice.get(f"/api/v1/timelines/list/{chosen}"))[0]["filtered"]
        assert not faults(filtered, [s.FILTER_RESULT]) and filtered
        await alice.post("/api/v1/domain_blocks", json={"domain": "gamma.test"})
        wrong: list[str] = []
        for path, shape in paths.items():
            if path == "/api/v1/mutes":
                await alice.post(f"/api/v1/accounts/{account['id']}/mute", json={"duration": 60})
            status, found, _ = await alice.raw("GET", path)
            assert status == 200 and found, (path, status, found)
            wrong += [f"{path} {fault}" for fault in faults(found, shape)]
        assert not wrong, "\n".join(wrong)
