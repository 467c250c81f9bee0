"""A damaged row is left out; what stands around it is shown."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from client_support import client_node

from fedserver.db.queries import accounts, statuses
from fedserver.db.unit import Unit


@pytest.mark.parametrize("values", [{"emojis": "no json"}, {"visibility": -7}, {"created_at": "then"}])
async def test_a_damaged_post_is_left_out(tmp_path: Path, values: dict[str, object]) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        made = [await alice.publish(f"post {number}") for number in range(3)]

        def damage(unit: Unit) -> None:
            unit.run(statuses.change(int(made[1]["id"]), values))
            unit.run(statuses.changed(int(made[1]["id"])))

        await api.node.parts.db.run(damage)
        for path in ("/api/v1/timelines/home", "/api/v1/timelines/public"):
            answer = await alice.get(path)
            assert answer.status == 200
            assert {made[0]["id"], made[2]["id"]} <= {row["id"] for row in answer.json}
        assert (await alice.get(f"/api/v1/statuses/{made[1]['id']}")).status in (200, 404)


async def test_a_damaged_account_is_left_out(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        kept, lost = await alice.publish("mine"), await bob.publish("his")
        row = await api.node.parts.db.one(accounts.by_handle("bob"))
        assert row is not None

        def damage(unit: Unit, account_id: int) -> None:
            unit.run(accounts.change(account_id, {"fields": "no json"}))
            unit.run(accounts.changed(account_id))

        await api.node.parts.db.run(partial(damage, account_id=row.id))
        answer = await alice.get("/api/v1/timelines/public")
        assert answer.status == 200
        assert [one["id"] for one in answer.json] == [kept["id"]]
        assert (await alice.get(f"/api/v1/statuses/{lost['id']}")).status == 404
