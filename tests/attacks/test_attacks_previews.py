"""Link previews: a page decides neither where this node connects to nor what its readers' browsers run."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web
from attack_world import World

from fedserver.domain.text.page_head import read_head

WORLD: dict[str, Any] = {}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def _page(*head: str, title: str = "A page") -> tuple[str, bytes]:
    return "text/html; charset=utf-8", f"<html><head><title>{title}</title>{''.join(head)}</head></html>".encode()


async def _card(world: World, path: str) -> Any:
    """The card of a post with a link to a page of the evil host; None when the page was asked and there is none."""
    url = f"https://evil.test{path}"
    made = await world.send("POST", "/api/v1/statuses", token=world.alice.token, json={"status": f"see {url}"})
    assert made.status == 200, made.text

    def state() -> Any:
        rows = world.query("SELECT state FROM cards WHERE url = ? AND fetched_at IS NOT NULL", url)
        return rows[0][0] if rows else None

    assert await world.until(state)
    return (await world.get(f"/api/v1/statuses/{made.json['id']}", token=world.alice.token)).json["card"]


async def test_SSRF_26_pictures_and_oembed_of_a_page(world: World) -> None:
    port = world.canary.port
    for number, address in enumerate(
        (
            f"https://127.0.0.1:{port}/x.png",
            f"http://localhost:{port}/x.png",
            f"https://[::1]:{port}/x.png",
            f"https://2130706433:{port}/x.png",
            "file:///etc/passwd",
            "//169.254.169.254/latest/meta-data",
            f"https://evil.test/to-canary?{port}",
        )
    ):
        page = f"/page{number}"
        world.evil.pages[f"https://evil.test{page}"] = _page(
            f'<meta property="og:title" content="T{number}"><meta property="og:image" content="{address}">',
            f'<link rel="alternate" type="application/json+oembed" href="{address}">',
        )

        async def away(_: web.BaseRequest) -> web.StreamResponse:
            return web.Response(status=302, headers={"Location": f"https://127.0.0.1:{port}/x.png"})

        world.evil.pages["/to-canary"] = away
        found = await _card(world, page)
        assert found["title"] == f"T{number}" and found["image"] is None, address
        assert world.canary.hits == 0 and not world.strangers(), address
        assert world.count("media_attachments", "role = 'card'") == 0
    # links to this node itself and into private networks are not asked for at all
    for link in (f"https://127.0.0.1:{port}/", "https://sut.test/@alice", "https://router.local/", "https://10.0.0.1/"):
        answer = await world.send("POST", "/api/v1/statuses", token=world.alice.token, json={"status": f"see {link}"})
        assert world.count("status_cards", "status_id = ?", int(answer.json["id"])) == 0, link
    assert world.canary.hits == 0


async def test_HTML_13_markup_in_a_page_and_in_its_oembed(world: World) -> None:
    oembed = {
        "type": "video",
        "title": SCRIPT,
        "author_name": f"<b>{SCRIPT}</b>",
        "author_url": "javascript:alert(1)",
        "provider_url": "data:text/html,x",
        "html": f"<iframe src=https://evil.test/></iframe>{SCRIPT}",
    }
    world.evil.pages["https://evil.test/oembed"] = ("application/json", json.dumps(oembed).encode())
    world.evil.pages["https://evil.test/a"] = _page(
        '<meta property="og:description" content="&lt;script&gt;x&lt;/script&gt; \u202eevil\u202c &#0;">',
        '<link type="application/json+oembed" href="/oembed">',
        title="&lt;b onclick=x&gt;T&lt;/b&gt;\u202e",
    )
    found = await _card(world, "/a")
    assert found["html"] == "" and found["type"] == "link" and found["embed_url"] == ""
    assert found["title"] == "<b onclick=x>T</b>", "texts are plain texts: what looks like markup is told as it is"
    assert "\u202e" not in json.dumps(found, ensure_ascii=False) and "\x00" not in found["description"]
    assert found["author_url"] == "" and found["provider_url"] == "https://evil.test/"
    page = await world.get(
        f"/@alice/{world.query('SELECT max(id) FROM statuses')[0][0]}", headers={"Accept": "text/html"}
    )
    assert page.status == 200 and "<script>alert" not in page.text and "onerror=alert" not in page.text
    assert "<iframe" not in page.text
    # an oEmbed answer beyond every bound is no answer; the page's own words stay
    huge = json.dumps({"type": "rich", "html": "x" * 5_000_000, "title": "huge"}).encode()
    world.evil.pages["https://evil.test/huge"] = ("application/json", huge)
    world.evil.pages["https://evil.test/b"] = _page('<link type="application/json+oembed" href="/huge">', title="Small")
    assert (await _card(world, "/b"))["title"] == "Small"
    # what is no page, too large a page, and a page without a title have no card
    world.evil.pages["https://evil.test/c"] = ("application/octet-stream", b"<title>x</title>")
    world.evil.pages["https://evil.test/d"] = ("text/html", b"<title>x</title>" + b" " * 1_100_000)
    world.evil.pages["https://evil.test/e"] = ("text/html", b"<p>no title</p>")
    for path in ("/c", "/d", "/e"):
        assert await _card(world, path) is None, path
    # the node says nothing of who reads or wrote
    assert not world.query("SELECT 1 FROM cards WHERE title LIKE '%huge%'")


def test_a_hostile_head_is_read_quickly() -> None:
    """With HTTP-14: no head of 100 kB costs 200 ms."""
    import time

    for head in (
        "<meta " * 17_000,
        '<meta content="' * 7_000,
        "<" * 100_000,
        "<title>" * 14_000,
        "<meta a='" * 11_000,
        "<link\t" * 16_000,
    ):
        begin = time.perf_counter()
        read_head(head, "https://evil.test/")
        assert time.perf_counter() - begin < 0.2, head[:20]
