"""Custom emoji: their page for moderators, and how pages show them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import aiohttp
import node_support
import pytest
from access_support import Browser
from client_support import png
from markupsafe import Markup

from fedserver.domain.site import Site
from fedserver.web import emoji

HERE = "/admin/emojis"
SITE = Site("here.test", "https://here.test")
STORED = '[{"shortcode":"blob","media_id":7,"token":"t"},{"shortcode":"gone"}]'
PICTURE = str(emoji.in_text(SITE, ":blob:", STORED))


async def upload(browser: Browser, csrf: str | None = None, **fields: Any) -> int:
    form = aiohttp.FormData()
    form.add_field("csrf", browser.page.csrf if csrf is None else csrf)
    data = fields.pop("file", None)
    for name, value in fields.items():
        form.add_field(name, value)
    if data is not None:
        form.add_field("file", io.BytesIO(data), filename="x.png", content_type="image/png")
    cookie = "; ".join(f"{name}={value}" for name, value in browser.jar.items())
    headers = {"Cookie": cookie, "Accept": "text/html"}
    async with browser.node.http.post(
        browser.node.url + HERE, data=form, headers=headers, allow_redirects=False
    ) as answer:
        await answer.read()
        return int(answer.status)


async def test_add_offer_and_remove(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        olga, ann = await Browser(alpha).signed_in("olga"), await Browser(alpha).signed_in("ann")
        assert (await ann.go(HERE)).status == 403
        assert "none yet" in (await olga.go(HERE)).text
        for wrong in (
            {"shortcode": "a", "file": png()},
            {"shortcode": "no-good", "file": png()},
            {"shortcode": "blob"},
            {"shortcode": "blob", "file": b"<svg xmlns='http://www.w3.org/2000/svg'/>"},
            {"shortcode": "blob", "file": png() + bytes(256 * 1024)},
        ):
            assert await upload(olga, **wrong) == 422, wrong["shortcode"]
        assert await upload(olga, shortcode="blob", file=png(), csrf="x") == 403
        await ann.go("/settings/profile")
        assert await upload(ann, shortcode="blob", file=png()) == 403
        assert await alpha.ann.get("/api/v1/custom_emojis") == []
        await olga.go(HERE)
        assert await upload(olga, shortcode=":blob:", category=" shapes ", file=png(64, 64)) == 303
        (offered,) = await alpha.ann.get("/api/v1/custom_emojis")
        assert (offered["shortcode"], offered["category"]) == ("blob", "shapes")
        async with alpha.http.get(alpha.url + offered["url"].removeprefix("http://alpha.test")) as answer:
            assert answer.status == 200 and answer.content_type == "image/png"
        await alpha.ann.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Ann :blob:"})
        note = await alpha.ann.post("/api/v1/statuses", json={"status": "a :blob: <b>", "spoiler_text": ":blob: hm"})
        page = (await Browser(alpha).go(f"/@ann/{note['id']}")).text
        assert page.count('<picture class="emoji">') >= 3 and 'alt=":blob:"' in page and "<b>" not in page
        assert "<title>Ann :blob:" in page, "titles and previews are text"
        await olga.go(HERE)
        assert (await olga.submit(f"{HERE}/blob/offer", {"visible": "0"})).status == 303
        assert await alpha.ann.get("/api/v1/custom_emojis") == []
        assert "not offered" in (await olga.go(HERE)).text
        assert (await olga.submit(f"{HERE}/blob/offer", {"visible": "1"})).status == 303
        assert len(await alpha.ann.get("/api/v1/custom_emojis")) == 1
        await olga.go(HERE)
        assert (await olga.submit(f"{HERE}/blob/remove", {})).status == 303
        await olga.go(HERE)
        for act in ("remove", "offer"):
            assert (await olga.submit(f"{HERE}/blob/{act}", {})).status == 404
            await olga.go(HERE)
        assert await alpha.ann.get("/api/v1/custom_emojis") == []
        # what was written goes on showing it; what is written now does not
        assert '<picture class="emoji">' in (await Browser(alpha).go(f"/@ann/{note['id']}")).text
        later = await alpha.ann.post("/api/v1/statuses", json={"status": "a :blob: again"})
        assert later["emojis"] == []
        log = (await olga.go("/admin/log")).text
        assert all(each in log for each in ("emoji.add", "emoji.hide", "emoji.offer", "emoji.remove"))


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>:blob:</p>", f"<p>{PICTURE}</p>"),
        ("<p>:blob::blob:</p>", "<p>:blob::blob:</p>"),
        ("<p>12:blob:30</p>", "<p>12:blob:30</p>"),
        ("<p>:gone: :blob: :other:</p>", f"<p>:gone: {PICTURE} :other:</p>"),
        ('<a href="https://x.test/:blob:">x</a>', '<a href="https://x.test/:blob:">x</a>'),
        ('<a href="https://x.test/?>:blob:">:blob:</a>', f'<a href="https://x.test/?>:blob:">{PICTURE}</a>'),
        ("&lt;:blob:&gt;", f"&lt;{PICTURE}&gt;"),
    ],
)
def test_only_names_in_the_text_become_pictures(markup: str, shown: str) -> None:
    assert emoji.in_markup(SITE, Markup(markup), STORED) == shown


def test_text_is_escaped_and_pictures_are_ours() -> None:
    assert emoji.in_text(SITE, "<i>:blob:</i>", STORED) == f"&lt;i&gt;{PICTURE}&lt;/i&gt;"
    assert (
        'src="https://here.test/media/7/t/full"' in PICTURE and 'srcset="https://here.test/media/7/t/small"' in PICTURE
    )
    shown = emoji.in_text(SITE, ":xx:", '[{"shortcode":"xx","media_id":7,"token":"\\"><script>"}]')
    assert "<picture" in shown and "<script>" not in shown


def test_strange_markup_is_quick() -> None:
    for text in ("<" * 20_000, ":" * 20_000, '<a "' * 5_000, ":a" * 10_000, "<a '" + '"' * 20_000):
        emoji.in_markup(SITE, Markup(text + ":blob:"), STORED)
