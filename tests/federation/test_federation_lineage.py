"""What a post on one node is based on, as the node of the first author knows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import node_support


async def test_a_remix_reaches_the_first_author_on_another_server(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",), beta=("ben",)) as (alpha, beta):
        await beta.ben.follow(alpha.ann)
        first = await alpha.ann.post("/api/v1/statuses", json={"status": "first"})
        kept = await alpha.ann.post("/api/v1/statuses", json={"status": "mine", "provenance": {"no_remix": True}})

        def arrived(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
            by_uri = {row["uri"]: row for row in rows}
            return by_uri if {first["uri"], kept["uri"]} <= set(by_uri) else None

        there = await beta.ben.until("/api/v1/timelines/home", arrived)
        assert there[kept["uri"]]["provenance"]["no_remix"] is True
        body = {"status": "x", "provenance": {"based_on": [there[kept["uri"]]["id"]]}}
        assert (await beta.ben.raw("POST", "/api/v1/statuses", json=body))[0] == 422
        body = {"status": "second", "provenance": {"based_on": [there[first["uri"]]["id"]], "text": "assisted"}}
        remix = await beta.ben.post("/api/v1/statuses", json=body)
        # nobody on alpha follows ben, and the text names nobody: it comes because it says what it is based on
        told = await alpha.ann.until("/api/v1/notifications", lambda rows: [r for r in rows if r["type"] == "mention"])
        assert [each["status"]["uri"] for each in told] == [remix["uri"]]
        said = told[0]["status"]["provenance"]
        assert said["based_on"] == [{"uri": first["uri"], "id": first["id"]}] and said["text"] == "assisted"
        original = await alpha.ann.get(f"/api/v1/statuses/{first['id']}")
        assert original["provenance"]["remixes_count"] == 1
        listed = await alpha.ann.get(f"/api/v1/statuses/{first['id']}/remixes")
        assert [each["uri"] for each in listed] == [remix["uri"]]
        # somebody copies the address from a browser: that of the page
        body = {"status": "x", "provenance": {"based_on": [kept["url"]]}}
        assert (await beta.ben.raw("POST", "/api/v1/statuses", json=body))[0] == 422
        body = {"status": "third", "provenance": {"based_on": [first["url"]]}}
        await beta.ben.post("/api/v1/statuses", json=body)
        path = f"/api/v1/statuses/{first['id']}"
        await alpha.ann.until(path, lambda row: row["provenance"]["remixes_count"] == 2)
        # taken back on the way it came
        await beta.ben.call("DELETE", f"/api/v1/statuses/{remix['id']}")
        await alpha.ann.until(path, lambda row: row["provenance"]["remixes_count"] == 1)


async def test_another_server_knows_who_answers_for_a_robot(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",), beta=("ben", "bea")) as (alpha, beta):
        await beta.ben.call(
            "PATCH", "/api/v1/accounts/update_credentials", data={"bot": "true", "operator": beta.bea.handle}
        )
        seen = await alpha.ann.find(beta.ben.handle)
        assert seen["bot"] is True and seen["operator"] == "http://beta.test/users/bea"
        assert "operator" not in await alpha.ann.find(beta.bea.handle)
