"""What moderation opens to strangers: lists that are fetched and files that are brought, and the take-down form."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest
from attack_people import Browser, newcomer, signed_in
from attack_world import BASE, World

from fedserver.domain.moderation.lists import MAX_BYTES, read
from fedserver.jobs import domains as jobs
from fedserver.services import domain_lists

LISTS, FORM = "/admin/domains/lists", "/takedown"
EVIL = '"><img src=x onerror=alert(1)><script>alert(1)</script>'
DEMAND = {"category": "copyright", "statement": EVIL, "name": EVIL, "standing": EVIL, "truth": "1"}


async def _fetched(world: World, address: str) -> str:
    """What became of a list at an address."""
    parts = world.node.parts
    list_id = await world.node.db.run(lambda unit: domain_lists.subscribe(unit, address, None))
    await jobs.fetch(parts, {"list_id": list_id})
    state, problem = world.query("SELECT state, problem FROM domain_lists WHERE id = ?", list_id)[0]
    assert world.count("domain_list_entries", "list_id = ?", list_id) == 0
    await world.node.db.run(lambda unit: domain_lists.unsubscribe(unit, list_id, None))
    return f"{state}: {problem}"


async def test_SSRF_05_07_08_18_19_21_28_the_address_of_a_list(world: World) -> None:
    port = world.canary.port
    world.good.pages["/away"] = ("302", f"http://127.0.0.1:{port}/list.csv")
    async with world.nothing_happens(outbound=6, tables=("follows", "statuses", "accounts"), settle=False):
        for address in (
            f"https://127.0.0.1:{port}/l.csv",
            f"https://0.0.0.0:{port}/l.csv",
            f"https://[::1]:{port}/l.csv",
            f"https://[::ffff:127.0.0.1]:{port}/l.csv",
            f"https://good.test@127.0.0.1:{port}/l.csv",
            f"https://127.0.0.1:{port}#@good.test/",
            "https://169.254.169.254/latest",
            f"{BASE}/l.csv",
            "https://good.test/%0d%0aX:1",
        ):
            assert (await _fetched(world, address)).startswith("failed: "), address
    browser = await signed_in(await newcomer(world, "admin"))
    await browser.go(LISTS)
    for address in ("file:///etc/passwd", "gopher://good.test/", "data:text/csv,a.example", "//good.test/l"):
        answer = await browser.submit(LISTS, {"uri": address, "mode": "enforce", "drafts": "0"})
        assert answer.status == 422, address
    assert world.count("domain_lists", "state <> 'dropped'") == 0


async def test_HTML_19_files_that_are_brought_and_files_that_are_taken_along(world: World) -> None:
    owner, other = await signed_in(await newcomer(world, "admin")), await signed_in(await newcomer(world))
    header = b"#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
    for data in (
        header + b"a.example,suspend\n" * 60_000,
        b"x" * (MAX_BYTES + 1),
        b"a.example\0\n",
        header + b'"' * 200_000,
        b"[" * 200_000,
    ):
        assert await _bring(owner, data) in (413, 422, 303), data[:40]
    assert world.count("domain_list_entries", "domain LIKE '%' || char(0) || '%'") == 0
    for evil in ("=HYPERLINK(1)", "+1", "-1", "@SUM(1)"):
        fields = {"domain": f"n{len(evil)}.example", "severity": "suspend", "public_comment": evil + EVIL}
        await owner.go("/admin/domains")
        assert (await owner.submit("/admin/domains", fields)).status == 303
    exported = (await owner.go("/admin/domains/export?format=csv")).text
    for entry in read(exported.encode()).entries:
        assert not entry.public_comment or entry.public_comment[0] in "=+-@"
    assert not any(
        cell[:1] in "=+-@" for line in exported.splitlines()[1:] for cell in line.replace('"', "").split(",")
    )
    assert "<img src=x" not in (await owner.go("/admin/domains")).text
    # lists are moderators' alone, whatever their id
    list_id = world.query("SELECT COALESCE(MAX(id), 1) FROM domain_lists")[0][0]
    for path in (f"{LISTS}/{list_id}", "/admin/domains/export", LISTS):
        assert (await other.go(path)).status == 403
    await other.go("/settings/profile")
    assert (await other.submit(f"{LISTS}/{list_id}", {"action": "confirm-all"})).status == 403
    await world.node.db.run(_forget)


async def test_HTML_08_what_a_stranger_writes_into_a_demand(world: World) -> None:
    author = await newcomer(world)
    said = await author.publish(EVIL)
    visitor, judge = Browser(world), await signed_in(await newcomer(world, "moderator"))
    await visitor.go(FORM)
    answer = await visitor.submit(FORM, {**DEMAND, "uris": said["url"], "email": "stranger@example.org"})
    assert answer.status == 303
    takedown = world.query("SELECT id FROM takedowns")[0][0]
    for browser, path in ((visitor, answer.headers["Location"]), (judge, f"/admin/takedowns/{takedown}")):
        page = await browser.go(path)
        assert page.status == 200 and "<img src=x" not in page.text and "<script" not in page.text.lower()
    assert "&lt;script&gt;" in (await judge.go(f"/admin/takedowns/{takedown}")).text
    # the report that tells moderators of it holds nothing of the stranger's words
    assert world.count("reports", "comment LIKE '%onerror%'") == 0


async def test_ENUM_07_pages_of_filers_are_secret_and_their_forms_tied(world: World) -> None:
    said = await (await newcomer(world)).publish("mine")
    visitor, stranger = Browser(world), Browser(world)
    await visitor.go(FORM)
    fields = {**DEMAND, "uris": said["url"], "email": "other@example.org"}
    path = (await visitor.submit(FORM, fields)).headers["Location"]
    assert len(path.rpartition("/")[2]) >= 43
    takedown = world.query("SELECT id FROM takedowns ORDER BY id DESC")[0][0]
    for wrong in (f"/takedown/{takedown}", path[:-1], path.upper(), f"{path}/x", "/takedown/%00"):
        assert (await stranger.go(wrong)).status == 404, wrong
    # neither another site nor a link does anything to it
    await visitor.go(path)
    before = world.query("SELECT state FROM takedowns WHERE id = ?", takedown)
    assert (await visitor.submit(path, {"action": "withdraw"}, csrf="x")).status == 403
    crossed = await visitor.submit(path, {"action": "withdraw"}, headers={"Origin": "https://evil.test"})
    assert crossed.status == 403
    assert (await visitor.go(f"{path}?action=withdraw")).status == 200
    assert world.query("SELECT state FROM takedowns WHERE id = ?", takedown) == before
    # what is kept of the filer's network is no address
    kept = world.query("SELECT email_hash, address_hash FROM takedowns WHERE id = ?", takedown)[0]
    assert all(len(each) == 64 and "127" not in each[:4] for each in kept) or all(len(each) == 64 for each in kept)


@pytest.mark.parametrize("name", ["../../../app/x.csv", "CON", "x" * 10_000])
async def test_MED_12_names_of_files_that_are_brought(world: World, name: str) -> None:
    browser = await signed_in(await newcomer(world, "admin"))
    status = await _bring(browser, b"a.example\n", name=name)
    assert status in (303, 400, 422)
    assert world.count("domain_lists", "uri LIKE '%/%' AND uri NOT LIKE 'http%' AND uri LIKE '%..%'") == 0
    await world.node.db.run(_forget)


async def _bring(browser: Browser, data: bytes, *, name: str = "list.csv") -> int:
    await browser.go(LISTS)
    form = aiohttp.FormData()
    for field, value in {"csrf": browser.hidden, "mode": "advise", "uri": ""}.items():
        form.add_field(field, value)
    form.add_field("file", io.BytesIO(data), filename=name, content_type="text/csv")
    return int((await browser._send("POST", LISTS, data=form)).status)


def _forget(unit: Any) -> None:
    from sqlalchemy import text

    from fedserver.db.statement import Statement, nothing

    for table in ("domain_lists", "domain_policies"):
        unit.run(Statement(text(f"DELETE FROM {table}"), nothing)())
