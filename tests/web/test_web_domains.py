"""Pages about other servers: what a policy would meet, what is taken back; lists brought, fetched, confirmed."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import node_support
from access_support import Browser
from aiohttp import web
from node_support import RunningNode
from sqlalchemy import text

from fedserver.db.statement import Statement

HERE, LISTS = "/admin/domains", "/admin/domains/lists"
CSV = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"


class Listed:
    """A server that keeps a list, and counts what it is asked."""

    def __init__(self) -> None:
        self.body, self.status, self.url = CSV + "bad.example,suspend,False,False,spam,False\n", 200, ""
        self.seen: list[tuple[str, int]] = []

    async def answer(self, request: web.Request) -> web.Response:
        etag = f'"{len(self.body)}"'
        asked = request.headers.get("If-None-Match", "")
        status = 304 if asked == etag and self.status == 200 else self.status
        self.seen.append((asked, status))
        if status == 302:
            return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest"})
        return web.Response(status=status, text=self.body if status == 200 else "", headers={"ETag": etag})


@asynccontextmanager
async def keeper(port: int) -> AsyncIterator[Listed]:
    """``http://lists.test/list.csv``"""
    listed = Listed()
    app = web.Application()
    app.router.add_get("/{name}", listed.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    listed.url = "http://lists.test/list.csv"
    try:
        yield listed
    finally:
        await runner.cleanup()


async def rows(node: RunningNode, sql: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = await node.node.db.all(Statement(text(sql), tuple)())
    return found


async def until(node: RunningNode, sql: str, wanted: Any) -> None:
    for _ in range(600):
        found = await rows(node, sql)
        if found == wanted:
            return
        await asyncio.sleep(0.02)
    raise AssertionError((sql, found, wanted))


async def ask(browser: Browser, path: str, action: str = "fetch") -> None:
    await browser.go(path)
    assert (await browser.submit(path, {"action": action})).status == 303


async def post(browser: Browser, path: str, file: bytes | None = None, **fields: str) -> int:
    form = aiohttp.FormData()
    for name, value in ({"csrf": browser.page.csrf} | fields).items():
        form.add_field(name, value)
    if file is not None:
        form.add_field("file", io.BytesIO(file), filename="brought.csv", content_type="text/csv")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.jar.items())
    headers = {"Cookie": cookie, "Accept": "text/html", "Host": browser.node.config.server.domain}
    url = browser.node.url + path
    async with browser.node.http.post(url, data=form, headers=headers, allow_redirects=False) as answer:
        await answer.read()
        return int(answer.status)


async def test_a_policy_is_looked_at_decided_and_taken_back_between_nodes(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann"), beta=("ben",)) as (alpha, beta):
        there = beta.config.server.domain
        await alpha.ann.follow(beta.ben)
        await beta.ben.follow(alpha.ann)
        ann = await beta.ben.find(f"ann@{alpha.config.server.domain}")
        await beta.ben.until(f"/api/v1/accounts/{ann['id']}", lambda each: each["followers_count"] == 1)
        olga = await Browser(alpha).signed_in("olga")
        page = await olga.go(HERE)
        asked = {"domain": there, "severity": "suspend", "action": "look", "public_comment": "spam"}
        shown = (await olga.submit(HERE, asked)).text
        assert "would end" in shown and shown.count("<dd>1") >= 3
        assert await rows(alpha, "SELECT COUNT(*) FROM decisions") == [(0,)]
        assert (await olga.submit(HERE, {**asked, "action": "add"})).status == 303
        await until(alpha, "SELECT COUNT(*) FROM follows", [(0,)])
        detail = await olga.go(f"{HERE}/{there}")
        assert "stands" in detail.text and "ended" in detail.text and page.status == 200
        decision = str((await rows(alpha, "SELECT id FROM decisions"))[0][0])
        assert (await olga.submit(f"{HERE}/{there}/undo", {"decision": "7"})).status == 404
        await olga.go(f"{HERE}/{there}")
        assert (await olga.submit(f"{HERE}/{there}/undo", {"decision": decision})).status == 303
        # ben still holds his follow, ann asks again and is let in
        await until(alpha, "SELECT COUNT(*) FROM follows WHERE state = 'accepted'", [(2,)])
        assert "were restored" in (await olga.go(f"{HERE}/{there}")).text
        posted = await alpha.ann.post("/api/v1/statuses", json={"status": "we are back"})
        await beta.ben.until("/api/v1/timelines/home", lambda home: any(posted["uri"] == each["uri"] for each in home))
        posted = await beta.ben.post("/api/v1/statuses", json={"status": "good"})
        await alpha.ann.until("/api/v1/timelines/home", lambda home: any(posted["uri"] == each["uri"] for each in home))


async def test_a_list_is_fetched_confirmed_and_asked_for_again(tmp_path: Path) -> None:
    port = node_support.free_port()
    whole = node_support.cluster(tmp_path, extra_hosts={"lists": port}, alpha=("olga",))
    async with whole as (alpha,), keeper(port) as listed:
        olga = await Browser(alpha).signed_in("olga")
        await olga.go(LISTS)
        fields: dict[str, Any] = {"uri": listed.url, "mode": "enforce", "drafts": "1", "excludes": "spared.example"}
        assert await post(olga, LISTS, **fields) == 303
        await until(alpha, "SELECT state, problem FROM domain_lists", [("fetched", "")])
        (list_id, entry) = (await rows(alpha, "SELECT list_id, id FROM domain_list_entries"))[0]
        here = f"{LISTS}/{list_id}"
        page = await olga.go(here)
        assert "bad.example" in page.text and "1 wait to be confirmed" in page.text
        assert await rows(alpha, "SELECT COUNT(*) FROM domain_policies") == [(0,)]
        assert (await olga.submit(here, {"action": "confirm", "entry": str(entry)})).status == 303
        await until(alpha, "SELECT domain, severity FROM domain_policies", [("bad.example", "suspend")])
        assert "by a list" in (await olga.go(HERE)).text
        # the same again: nothing is read twice
        await ask(olga, here)
        while len(listed.seen) < 2:
            await asyncio.sleep(0.02)
        assert listed.seen[1][1] == 304
        # what goes there goes here
        listed.body = CSV + "spared.example,suspend,False,False,,False\n"
        await ask(olga, here)
        await until(alpha, "SELECT COUNT(*) FROM domain_policies", [(0,)])
        await until(alpha, "SELECT domain FROM domain_list_entries", [("spared.example",)])
        await ask(olga, here, "confirm-all")
        # a page in place of the list leaves everything as it is
        listed.body = "<!doctype html>gone"
        await ask(olga, here)
        await until(alpha, "SELECT state, problem FROM domain_lists", [("failed", "This is a web page, not a list")])
        assert "not a list" in (await olga.go(here)).text
        assert await rows(alpha, "SELECT COUNT(*) FROM domain_policies") == [(0,)]
        assert (await olga.submit(here, {"action": "burn"})).status == 422
        await olga.go(here)
        assert (await olga.submit(here, {"action": "drop"})).status == 303
        await until(alpha, "SELECT COUNT(*) FROM domain_lists", [(0,)])


async def test_a_file_is_a_list_too_and_what_is_none_is_refused(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        olga, ann = await Browser(alpha).signed_in("olga"), await Browser(alpha).signed_in("ann")
        await olga.go(LISTS)
        data = (CSV + "a.example,suspend,False,False,,True\nb.example,noop,True,False,,False\n").encode()
        assert await post(olga, LISTS, data, uri="", mode="enforce", drafts="0") == 303
        await until(alpha, "SELECT uri FROM domain_lists", [("brought.csv",)])
        await until(alpha, "SELECT COUNT(*) FROM domain_policies", [(2,)])
        exported = await olga.go(f"{HERE}/export?format=csv")
        assert exported.text.splitlines()[1:] == [
            "a.example,suspend,false,false,,true",
            "b.example,noop,true,false,,false",
        ]
        assert "attachment" in exported.headers["Content-Disposition"]
        assert (await olga.go(f"{HERE}/export?format=exe")).status == 404
        await olga.go(LISTS)
        for file, fields in (
            (b"<html>", {"uri": ""}),
            (b"\xff\xfe", {"uri": ""}),
            (data, {"uri": "https://x.example/l"}),
            (data, {"uri": "", "mode": "burn"}),
            (None, {"uri": "file:///etc/passwd"}),
            (None, {"uri": "list"}),
            (None, {"uri": "https://x.example/l", "excludes": "no!domain"}),
        ):
            assert await post(olga, LISTS, file, **({"mode": "advise"} | fields)) == 422, fields
        assert await post(olga, LISTS, data, uri="", mode="advise", csrf="x") == 403
        for path in (HERE, LISTS, f"{HERE}/export", f"{HERE}/a.example"):
            assert (await ann.go(path)).status == 403, path
        assert (await olga.go(f"{HERE}/no%20domain")).status == 404
