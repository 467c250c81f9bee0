"""Two nodes: consent to be searched, featured hashtags, custom emoji and cards of links, as far as they travel."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from node_support import cluster, free_port
from PIL import Image


def picture(width: int = 600, height: int = 300) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), (10, 120, 200)).save(out, "PNG")
    return out.getvalue()


@asynccontextmanager
async def pages(port: int, seen: list[web.BaseRequest]) -> AsyncIterator[None]:
    """A web site with an article of a fediverse author."""
    article = (
        '<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>Plain title</title>'
        '<meta property="og:title" content="Robots &amp; us"><meta property="og:description" content="What they  draw">'
        '<meta property="og:site_name" content="The Daily Robot"><meta property="og:image" content="/lead.png">'
        '<meta property="og:image:alt" content="a blue field">'
        '<meta name="fediverse:creator" content="@alice@alpha.test">'
        '<meta name="author" content="Alice A."><meta property="article:published_time" content="2026-01-02T03:04:05Z">'
        "</head><body></body></html>"
    )

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request)
        if request.path == "/lead.png":
            return web.Response(body=picture(), content_type="image/png")
        return web.Response(text=article, content_type="text/html", headers={"Set-Cookie": "track=1"})

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()


async def test_a_link_has_a_card_with_our_own_copy_of_its_picture(tmp_path: Path) -> None:
    port, seen = free_port(), list[web.BaseRequest]()
    async with (
        pages(port, seen),
        cluster(tmp_path, extra_hosts={"pages": port}, alpha=("alice",), beta=("ben",)) as (alpha, beta),
    ):
        alice, ben = alpha.alice, beta.ben
        await alice.call("PATCH", "/api/v1/profile", json={"attribution_domains": ["pages.test"]})
        url = "http://pages.test/robots"
        note = await alice.post("/api/v1/statuses", json={"status": f"read {url}#part"})
        card = await alice.until(f"/api/v1/statuses/{note['id']}", lambda row: row["card"])
        assert card["url"] == url and card["title"] == "Robots & us" and card["description"] == "What they draw"
        assert card["provider_name"] == "The Daily Robot" and card["author_name"] == "Alice A."
        assert card["language"] == "en" and card["published_at"] == "2026-01-02T03:04:05.000Z"
        assert card["image"].startswith("http://alpha.test/media/") and card["width"] == 600 and card["blurhash"]
        assert card["image_description"] == "a blue field"
        assert card["authors"][0]["account"]["acct"] == "alice"
        async with alpha.http.get(alpha.url + card["image"].removeprefix("http://alpha.test")) as found:
            assert found.status == 200 and found.content_type == "image/webp"
        # one card for all who link there; nothing is asked again, and nobody is told who reads or where from
        again = await alice.post("/api/v1/statuses", json={"status": f"again {url}"})
        await alice.until(f"/api/v1/statuses/{again['id']}", lambda row: row["card"] and row["card"]["title"])
        assert [request.path for request in seen] == ["/robots", "/lead.png"]
        for request in seen:
            assert "Cookie" not in request.headers and "Referer" not in request.headers
        # another node has the link too, and waits its own while before it asks
        await ben.follow(alice)
        third = await alice.post("/api/v1/statuses", json={"status": f"third {url}"})
        await ben.until("/api/v1/timelines/home", lambda rows: any(row["uri"] == third["uri"] for row in rows))
        jobs = await beta.node.db.run(lambda unit: unit.all(_jobs("card.fetch")))
        assert jobs and 29_000 <= jobs[0][0] - jobs[0][1] <= 61_000
        # trends and the timeline of a link
        gone = await alice.raw("GET", f"/api/v1/timelines/link?url={url}")
        assert gone[0] == 404


def _jobs(name: str) -> Any:
    from sqlalchemy import text

    from fedserver.db.statement import Statement

    return Statement(text("SELECT run_at, created_at FROM jobs WHERE name = :name"), tuple)(name=name)


async def test_consent_to_be_searched_travels(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        note = await alice.post("/api/v1/statuses", json={"status": "a singular kumquat"})
        await ben.until("/api/v1/timelines/home", lambda rows: any(row["uri"] == note["uri"] for row in rows))
        path = "/api/v2/search?q=kumquat&type=statuses"
        assert (await ben.get(path))["statuses"] == []
        await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"indexable": True})
        # what stood there before is searched from now on, too
        await ben.until(path, lambda found: [row["uri"] for row in found["statuses"]] == [note["uri"]])
        await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"indexable": False})
        await ben.until(path, lambda found: found["statuses"] == [])


async def test_featured_hashtags_travel(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben", "eve")) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        made = await alice.post("/api/v1/featured_tags", json={"name": "RobotArt"})
        account = await ben.follow(alice)
        path = f"/api/v1/accounts/{account['id']}/featured_tags"
        # those that were there come with the first follow, later ones by themselves
        await ben.until(path, lambda rows: [row["name"] for row in rows] == ["RobotArt"])
        await alice.post("/api/v1/tags/Tea/feature")
        await ben.until(path, lambda rows: [row["name"] for row in rows] == ["RobotArt", "Tea"])
        await alice.call("DELETE", f"/api/v1/featured_tags/{made['id']}")
        await ben.until(path, lambda rows: [row["name"] for row in rows] == ["Tea"])
