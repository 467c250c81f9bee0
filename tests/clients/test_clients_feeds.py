"""Unmodified programs page through a ranked feed of 300 posts while new ones arrive: exact order, nothing lost."""

from __future__ import annotations

import asyncio
import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import npm_packages
import pytest
from clients_city import city
from node_support import RunningNode
from test_clients_mastodonpy import Asked, sign_in
from test_clients_toot import Toot

from fedserver.db.queries import feeds as rows
from fedserver.db.queries import own_feeds as own_rows
from fedserver.domain.policy.canonical import plain
from fedserver.domain.policy.read import from_plain
from fedserver.edge import ordering
from fedserver.jobs import feeds as job
from fedserver.kit.paging import Page
from fedserver.services import policy, starters, statuses
from fedserver.services.statuses import Draft

pytestmark = pytest.mark.clients
POSTS = 300
JS = Path(__file__).resolve().parent / "js"
CACHE = "clients"


async def furnish(node: RunningNode) -> list[str]:
    """A feed whose order has nothing to do with time; the ids of its posts, the first place first."""
    values = plain(starters.starter("open-gallery"))
    values["feed"]["best"] = {"title": {"en": "Best"}, "score": "((posted_s % 1000) * 1000 * 7919) % 1009"}
    given = from_plain(values)
    await node.node.db.run(partial(policy.publish, keyring=node.node.parts.keyring, given=given, actor=None))
    for number in range(POSTS):
        await write(node, number)
    await job.compute(node.node.parts, {})
    row = await node.node.db.one(rows.by_name("best"))
    assert row is not None
    latest = await node.node.db.one(rows.latest_id(row.id))
    found = [str(one.status_id) for one in await node.node.db.all(rows.page(latest, Page(limit=1000)))]
    assert len(found) == POSTS and found != sorted(found, reverse=True)
    return found


async def write(node: RunningNode, number: int) -> None:
    def work(unit: Any) -> None:
        statuses.publish(unit, node.alice.account_id, Draft(f"post {number}"))

    await node.node.db.run(work)


async def arrive(node: RunningNode, number: int) -> None:
    """A new post, and a new order with it."""
    await write(node, number)
    await job.compute(node.node.parts, {})


async def test_mastodonpy_pages_through_a_ranked_feed(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        wanted, asked = await furnish(alpha), Asked()

        def work() -> list[str]:
            api = sign_in(alpha, asked, "alice", tmp_path)
            (feed,) = api.lists()
            assert feed.title == "Best" and api.list_accounts(feed) == []
            seen: list[str] = []
            page = api.timeline_list(feed, limit=40)
            while page:
                assert all(each.account.group and each.reblog for each in page)
                seen += [str(each.reblog.id) for each in page]
                asked(arrive(alpha, 1000 + len(seen)))
                page = api.fetch_next(page)
            newer = api.timeline_list(feed, limit=40)
            assert api.fetch_previous(newer) == []
            api.status_favourite(newer[0])
            assert api.status(newer[0]).favourited and str(api.status(newer[0]).id) == str(newer[0].reblog.id)
            api.list_delete(feed)
            assert api.lists() == []
            return seen

        assert await asyncio.to_thread(work) == wanted


async def test_mastodonpy_pages_through_a_feed_of_ones_own(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        asked = Asked()
        for number in range(POSTS):
            await write(alpha, number)
        own = {"title": "Mine", "from": ["home"], "score": "((posted_s % 1000) * 1000 * 7919) % 1009"}
        made = await alpha.alice.post("/api/v1/own_feeds", json=own)
        reader, list_id = int(alpha.alice.account_id), int(made["id"])
        await alpha.alice.get(f"/api/v1/timelines/list/{list_id}")

        async def latest() -> own_rows.Order:
            found = await alpha.node.db.one(own_rows.latest(reader, list_id))
            assert found is not None
            return found

        wanted = [str(one) for one in await alpha.node.db.all(own_rows.status_ids((await latest()).id))]
        assert len(wanted) == POSTS and wanted != sorted(wanted, reverse=True)

        async def open_elsewhere(number: int) -> None:
            """A new post, and the list is opened on another device when its order is old."""
            before = await latest()
            await write(alpha, number)
            await alpha.node.db.run(lambda unit: unit.run(own_rows.change_order(before.id, {"checked_at": 1})))
            ordering.changed(alpha.node.parts, reader, list_id)
            await alpha.alice.get(f"/api/v1/timelines/list/{list_id}?limit=1")
            assert (await latest()).id > before.id

        def work() -> list[str]:
            api = sign_in(alpha, asked, "alice", tmp_path)
            (feed,) = api.lists()
            assert feed.title == "Mine" and api.list_accounts(feed) == []
            seen: list[str] = []
            page = api.timeline_list(feed, limit=40)
            # the first two pages with new orders meanwhile: as many as are kept for who pages in an older one
            turns = 0
            while page:
                assert all(each.account.group and each.reblog for each in page)
                seen += [str(each.reblog.id) for each in page]
                if turns < 2:
                    asked(open_elsewhere(1000 + len(seen)))
                    turns += 1
                page = api.fetch_next(page)
            newer = api.timeline_list(feed, limit=40)
            assert api.fetch_previous(newer) == []
            assert str(api.status(newer[0]).id) == str(newer[0].reblog.id)
            api.list_delete(feed)
            assert api.lists() == []
            return seen

        assert await asyncio.to_thread(work) == wanted


async def test_toot_pages_through_a_ranked_feed(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        wanted = await furnish(alpha)
        toot = Toot(tmp_path / "toot", alpha)
        assert "Successfully logged in" in await toot.login("alice")
        (feed,) = await alpha.alice.get("/api/v1/lists")
        assert "Best" in await toot("lists", "list")
        seen: list[str] = []
        last: tuple[str, ...] = ()
        while True:
            words = ("timelines", "list", feed["id"], "--limit", "40", "--no-pager", "--json", *last)
            page = json.loads(await toot(*words))
            if not page:
                break
            seen += [each["reblog"]["id"] for each in page]
            last = ("--max-id", page[-1]["id"])
            await arrive(alpha, 1000 + len(seen))
        assert seen == wanted


async def test_masto_js_pages_through_a_ranked_feed(tmp_path: Path) -> None:
    reason = npm_packages.unavailable_reason(JS, CACHE)
    if reason is not None:
        pytest.skip(f"no JavaScript clients: {reason}")
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        wanted = await furnish(alpha)
        node, source = await asyncio.to_thread(npm_packages.installed, JS, CACHE)
        process = await asyncio.create_subprocess_exec(
            node,
            source / "masto_feed.mjs",
            json.dumps({"url": alpha.url, "token": alpha.alice.token}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "NO_COLOR": "1"},
        )
        assert process.stdin is not None and process.stdout is not None
        seen: list[str] = []
        try:
            async with asyncio.timeout(60):
                while line := await process.stdout.readline():
                    said = json.loads(line)
                    if said["ask"] == "arrive":
                        await arrive(alpha, 1000 + said["seen"])
                    else:
                        seen = said["ids"]
                    process.stdin.write(b"{}\n")
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()
        assert seen == wanted
