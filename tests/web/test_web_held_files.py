"""Posts that are held: their files, and what their authors see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import node_support
import pytest
from access_support import Browser
from node_support import RunningNode
from test_web_known_bad import data_of, painting, upload

from fedserver.services import ledger
from fedserver.services.ledger import Act


async def fetched(node: RunningNode, address: str, **headers: str) -> tuple[int, str]:
    """(status, Cache-Control)"""
    path = "/" + address.split("/", 3)[3]
    given = {"Host": node.config.server.domain, **headers}
    async with node.http.get(node.url + path, headers=given) as answer:
        return answer.status, answer.headers.get("Cache-Control", "")


@pytest.mark.parametrize("verb", ["hold", "remove"])
async def test_files_of_a_held_post_are_served_to_its_author_alone(tmp_path: Path, verb: str) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann", "ben")) as (alpha,):
        _, medium = await upload(alpha.ann, data_of(painting(3)))
        said = await alpha.ann.post("/api/v1/statuses", json={"status": "look", "media_ids": [medium["id"]]})
        addresses = [medium["url"], medium["preview_url"]]
        for address in addresses:
            assert (await fetched(alpha, address)) == (200, "public, max-age=31536000, immutable")
        act = Act(verb, "status", int(said["id"]), said["uri"], int(said["account"]["id"]))
        made = await alpha.node.db.run(lambda unit: ledger.decide(unit, act, None))
        browsers = {name: await Browser(alpha).signed_in(name) for name in ("ann", "ben")}
        cookies = {name: "; ".join(f"{k}={v}" for k, v in each.jar.items()) for name, each in browsers.items()}
        for address in addresses:
            assert (await fetched(alpha, address))[0] == 404
            assert (await fetched(alpha, address, Cookie=cookies["ben"]))[0] == 404
            assert (await fetched(alpha, address, Authorization=f"Bearer {alpha.ben.token}"))[0] == 404
            assert (await fetched(alpha, address, Authorization="Bearer wrong"))[0] == 404
            for own in ({"Cookie": cookies["ann"]}, {"Authorization": f"Bearer {alpha.ann.token}"}):
                assert (await fetched(alpha, address, **own)) == (200, "private, no-store")
        await alpha.node.db.run(lambda unit: ledger.undo(unit, made.id, None))
        for address in addresses:
            assert (await fetched(alpha, address)) == (200, "public, max-age=31536000, immutable")


async def test_copies_of_files_of_a_held_post_from_elsewhere_are_served_to_nobody(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",), beta=("bob",)) as (alpha, beta):
        await beta.bob.follow(alpha.ann)
        _, medium = await upload(alpha.ann, data_of(painting(3)))
        await alpha.ann.post("/api/v1/statuses", json={"status": "look", "media_ids": [medium["id"]]})
        home = await beta.bob.until("/api/v1/timelines/home", lambda found: found)
        copy: dict[str, Any] = home[0]
        addresses = [copy["media_attachments"][0][name] for name in ("url", "preview_url")]
        assert (await fetched(beta, addresses[0]))[0] == 200
        act = Act("hold", "status", int(copy["id"]), copy["uri"], int(copy["account"]["id"]))
        made = await beta.node.db.run(lambda unit: ledger.decide(unit, act, None))
        for address in addresses:
            assert (await fetched(beta, address))[0] == 404
            assert (await fetched(beta, address, Authorization=f"Bearer {beta.bob.token}"))[0] == 404
        await beta.node.db.run(lambda unit: ledger.undo(unit, made.id, None))
        for address in addresses:
            assert (await fetched(beta, address))[0] == 200


async def test_the_author_sees_that_a_post_is_held_and_nobody_else_does(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann", "ben")) as (alpha,):
        said = await alpha.ann.post("/api/v1/statuses", json={"status": "look"})
        other = await alpha.ann.post("/api/v1/statuses", json={"status": "and here"})
        where, page = f"/api/v1/statuses/{said['id']}", "/" + said["url"].split("/", 3)[3]
        # what is kept of it from before says nothing of it later
        for person in (alpha.ann, alpha.ben):
            assert not {"held", "held_by"} & set(await person.get(where))
        ann = await Browser(alpha).signed_in("ann")
        assert "Held by moderators" not in (await ann.go(page)).text
        act = Act("hold", "status", int(said["id"]), said["uri"], int(said["account"]["id"]))
        made = await alpha.node.db.run(lambda unit: ledger.decide(unit, act, None))
        mine = await alpha.ann.get(where)
        assert (mine["held"], mine["held_by"], mine["visibility"]) == (True, str(made.id), "direct")
        listed = await alpha.ann.get(f"/api/v1/accounts/{said['account']['id']}/statuses")
        assert {each["id"]: each.get("held_by") for each in listed} == {said["id"]: str(made.id), other["id"]: None}
        status, _, _ = await alpha.ben.raw("GET", where)
        assert status == 404
        shown = await ann.go(page)
        assert "Held by moderators" in shown.text and f'href="/settings/decisions/{made.id}"' in shown.text
        assert (await ann.go(f"/settings/decisions/{made.id}")).status == 200
        assert (await Browser(alpha).go(page)).status == 404
        await alpha.node.db.run(lambda unit: ledger.undo(unit, made.id, None))
        for person in (alpha.ann, alpha.ben):
            assert not {"held", "held_by"} & set(await person.get(where))
        assert "Held by moderators" not in (await ann.go(page)).text
