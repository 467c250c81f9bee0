"""Unmodified clients of people who are moderated: they see labels, what is held of theirs, and why."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import mastodon
import npm_packages
import pytest
from clients_city import city
from node_support import RunningNode

from fedserver.db.queries import statuses
from fedserver.db.unit import Unit
from fedserver.services import ledger
from fedserver.services.ledger import Act

pytestmark = pytest.mark.clients
JS = Path(__file__).resolve().parent / "js"
CACHE = "clients"
REASON = "Rule 1: say which model made it"


async def furnish(node: RunningNode) -> dict[str, str]:
    """A post of zoe's with a label, a held one of hers and one of amy's; amy reads zoe."""
    await node.amy.follow(node.zoe)
    named = {
        "labelled": await node.zoe.post("/api/v1/statuses", json={"status": "made somehow"}),
        "strangersHeld": await node.zoe.post("/api/v1/statuses", json={"status": "held of zoe"}),
        "held": await node.amy.post("/api/v1/statuses", json={"status": "held of amy"}),
    }

    def work(unit: Unit) -> None:
        for name, post in named.items():
            row = unit.get(statuses.by_id(int(post["id"])))
            verb, label = ("label", "No AI disclosure") if name == "labelled" else ("hold", "")
            act = Act(verb, "status", row.id, row.uri, row.account_id, reason=REASON, label=label)
            ledger.decide(unit, act, None)

    await node.node.db.run(work)
    return {name: post["id"] for name, post in named.items()}


async def test_mastodonpy_sees_labels_holds_and_reasons(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "zoe", "amy")) as (alpha,):
        ids = await furnish(alpha)
        api = mastodon.Mastodon(access_token=alpha.amy.token, api_base_url=alpha.url, version_check_mode="none")

        def work() -> None:
            (result,) = api.status(ids["labelled"]).filtered
            assert result.filter.title == "Community: No AI disclosure" and result.filter.filter_action == "warn"
            assert ids["strangersHeld"] not in [str(post.id) for post in api.timeline_home()]
            with pytest.raises(mastodon.MastodonNotFoundError):
                api.status(ids["strangersHeld"])
            assert str(api.status(ids["held"]).id) == ids["held"]
            told = api.notifications(types=["moderation_warning"])[0]
            assert REASON in told.moderation_warning.text
            assert ids["held"] in [str(each) for each in told.moderation_warning.status_ids]

        await asyncio.to_thread(work)


async def test_mastojs_sees_labels_holds_and_reasons(tmp_path: Path) -> None:
    reason = npm_packages.unavailable_reason(JS, CACHE)
    if reason is not None:
        pytest.skip(f"no JavaScript clients: {reason}")
    async with city(tmp_path, alpha=("alice", "zoe", "amy")) as (alpha,):
        given = {"url": alpha.url, "token": alpha.amy.token, **await furnish(alpha)}
        node, source = await asyncio.to_thread(npm_packages.installed, JS, CACHE)
        process = await asyncio.create_subprocess_exec(
            node,
            source / "masto_reader.mjs",
            json.dumps(given),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "NO_COLOR": "1"},
        )
        out, problems = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode == 0 and b"seen" in out, problems.decode()
