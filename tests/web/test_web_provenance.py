"""How was this made, as pages say it: badges, claims, recipes, lineage; and what they never show."""

from __future__ import annotations

import html
import io
import json
from pathlib import Path
from typing import Any

import node_support
from access_support import Browser
from aiohttp import FormData
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from fedserver.db.queries import accounts
from fedserver.db.unit import Unit
from fedserver.services import provenance

PROMPT = (
    '<script>alert("x")</script> a <b>lighthouse</b>\nNegative prompt: people\n'
    "Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Model: dreamshaper_8, Version: v1.9.0"
)


def picture(prompt: str = "") -> bytes:
    info, out = PngInfo(), io.BytesIO()
    if prompt:
        info.add_text("parameters", prompt)
    Image.effect_noise((64, 64), 90).save(out, "PNG", pnginfo=info)
    return out.getvalue()


async def upload(person: node_support.Person, data: bytes, **fields: str) -> str:
    form = FormData()
    form.add_field("file", io.BytesIO(data), filename="x.png", content_type="image/png")
    for name, value in fields.items():
        form.add_field(name, value)
    made = await person.post("/api/v2/media", data=form)
    return str(made["id"])


async def publish(person: node_support.Person, *media: str, text: str = "look", **values: Any) -> str:
    made = await person.post("/api/v1/statuses", json={"status": text, "media_ids": list(media), **values})
    return str(made["id"])


async def test_a_badge_opens_every_claim(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        visitor = Browser(alpha)
        medium = await upload(alpha.ann, picture(PROMPT), **{"provenance[declared]": "not_ai"})
        silent = await upload(alpha.ann, picture())
        status = await publish(alpha.ann, medium, silent)
        for path in ("/", "/@ann"):
            assert (await visitor.go(path)).text.count("Disputed") == 1, path
        page = await visitor.go(f"/@ann/{status}")
        # one's own page says of every medium how it was made, lists only of those of which something is said
        assert f'href="/@ann/{status}/provenance#m{medium}"' in page.text
        assert f'href="/@ann/{status}/provenance#m{silent}"' in page.text
        made = await visitor.go(f"/@ann/{status}/provenance")
        assert made.status == 200 and "noindex" in made.headers["X-Robots-Tag"]
        text = html.unescape(made.text)
        for words in ("The author", "made without AI", "What a program left in the file", "made by a trained AI model"):
            assert words in text, words
        assert "dreamshaper_8" in text and "Not stated" in text
        # the prompt is its author's
        assert "lighthouse" not in text and "Seed" not in text
        owner = await Browser(alpha).signed_in("ann@alpha.test")
        assert "Only you see this" in (await owner.go(f"/@ann/{status}/provenance")).text
        await alpha.ann.call("PUT", f"/api/v1/media/{medium}", data={"provenance[publish_prompt]": "true"})
        shown = (await visitor.go(f"/@ann/{status}/provenance")).text
        assert "lighthouse" in shown and "<script>" not in shown and "<b>light" not in shown


async def test_what_is_somebodys_word_is_not_told_as_a_fact(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        medium = await upload(alpha.ann, picture(), **{"provenance[declared]": "generated"})
        path = f"/@ann/{await publish(alpha.ann, medium)}/provenance"
        said, fact = "A trained AI model is said to have made this.", "A trained AI model made this."
        page = (await Browser(alpha).go(path)).text
        assert said in page and fact not in page

        def judged(unit: Unit) -> None:
            provenance.moderate(unit, unit.get(accounts.by_id(alpha.ben.account_id)), int(medium), "generated")

        await alpha.node.db.run(judged)
        page = (await Browser(alpha).go(path)).text
        assert fact in page and said not in page


async def test_pages_of_others_posts_lineage_and_what_is_not_there(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        visitor = Browser(alpha)
        first = await publish(alpha.ann, await upload(alpha.ann, picture()), provenance={"text": "assisted"})
        remix = await publish(alpha.ben, text="after <i>hers</i>", provenance={"based_on": [first, "https://x.test/1"]})
        hidden = await publish(alpha.ben, text="mine", visibility="private", provenance={"based_on": [first]})
        page = html.unescape((await visitor.go(f"/@ben/{remix}")).text)
        assert "Based on" in page and f'href="/@ann/{first}"' in page and "https://x.test/1" in page
        original = html.unescape((await visitor.go(f"/@ann/{first}")).text)
        assert "1 post is based on this" in original and "with the help of AI" in original
        made = html.unescape((await visitor.go(f"/@ann/{first}/provenance")).text)
        assert f"/@ben/{remix}" in made and hidden not in made
        for path in (
            f"/@ben/{hidden}/provenance",
            f"/@ben/{first}/provenance",
            "/@ann/1/provenance",
            "/@nobody/1/provenance",
            "/@ann/x/provenance",
        ):
            assert (await visitor.go(path)).status == 404, path


async def test_a_published_workflow_is_a_file_and_no_page(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",)) as (alpha,):
        info, out = PngInfo(), io.BytesIO()
        node = {"3": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 9, "cfg": 4, "sampler_name": "euler"}}}
        info.add_text("prompt", json.dumps(node))
        info.add_text("workflow", '{"nodes": [{"id": 3, "type": "KSampler"}], "links": []}')
        Image.effect_noise((64, 64), 90).save(out, "PNG", pnginfo=info)
        medium = await upload(alpha.ann, out.getvalue())
        row = await alpha.ann.get(f"/api/v1/media/{medium}")
        assert (
            row["provenance"]["recipe"]["has_workflow"] is True and row["provenance"]["recipe"]["workflow_url"] is None
        )
        base = row["url"].removeprefix("http://alpha.test").removesuffix("/full")
        visitor = Browser(alpha)
        assert (await visitor.go(f"{base}/workflow")).status == 404
        changed = await alpha.ann.call("PUT", f"/api/v1/media/{medium}", data={"provenance[publish_workflow]": "1"})
        assert changed["provenance"]["recipe"]["workflow_url"] == row["url"].removesuffix("/full") + "/workflow"
        got = await visitor.go(f"{base}/workflow")
        assert got.status == 200 and "KSampler" in got.text
        assert got.headers["Content-Type"].startswith("application/json")
        assert got.headers["Content-Disposition"].startswith("attachment")
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        wrong = base.rpartition("/")[0] + "/wrongtoken/workflow"
        assert (await visitor.go(wrong)).status == 404
        await alpha.ann.call("PUT", f"/api/v1/media/{medium}", data={"provenance[publish_workflow]": "0"})
        assert (await visitor.go(f"{base}/workflow")).status == 404


async def test_a_robots_page_says_who_answers_for_it(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        owner = await Browser(alpha).signed_in("ben@alpha.test")
        await owner.go("/settings/profile")
        fields = {"display_name": "Ben", "note": "", "bot": "1", "operator": "@ann", "locale": "en"}
        assert (await owner.submit("/settings/profile", fields)).status == 303
        page = (await Browser(alpha).go("/@ben")).text
        assert "http://alpha.test/users/ann" in page and "automated" in page
        await owner.go("/settings/profile")
        wrong = await owner.submit("/settings/profile", {**fields, "operator": "nobody_here"})
        assert wrong.status == 422 and "Operator must be another account" in wrong.text


async def test_a_reader_s_wishes_and_default_are_a_page_of_settings(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        made = await publish(alpha.ann, await upload(alpha.ann, picture(PROMPT)), text="by AI")
        silent = await publish(alpha.ann, await upload(alpha.ann, picture()), text="silent")
        ben = await Browser(alpha).signed_in("ben@alpha.test")
        page = await ben.go("/settings/provenance")
        assert page.status == 200 and '<option value="label" selected>' in page.text
        assert 'href="/settings/provenance"' in (await ben.go("/settings/profile")).text
        wishes = {"ai": "blur", "unlabelled": "hide", "declared": "assisted"}
        assert (await ben.submit("/settings/provenance", wishes, csrf="wrong")).status == 403
        await ben.go("/settings/provenance")
        assert (await ben.submit("/settings/provenance", {**wishes, "ai": "burn"})).status == 422
        assert (await alpha.ben.get("/api/v1/preferences"))["reading:provenance:ai"] == "label"
        await ben.go("/settings/provenance")
        assert (await ben.submit("/settings/provenance", wishes)).status == 303
        kept = await alpha.ben.get("/api/v1/preferences")
        assert kept["posting:default:provenance"] == "assisted"
        assert (kept["reading:provenance:ai"], kept["reading:provenance:unlabelled"]) == ("blur", "hide")
        for path in ("/", "/@ann"):
            seen, anybody = (await ben.go(path)).text, (await Browser(alpha).go(path)).text
            assert f"/@ann/{made}" in seen and "AI media: show" in seen and f"/@ann/{silent}" not in seen, path
            assert "AI media: show" not in anybody and f"/@ann/{silent}" in anybody, path
        # asked for by itself, it is veiled and not gone; one's own are as they are
        assert "Unlabelled media: show" in (await ben.go(f"/@ann/{silent}")).text
        ann = await Browser(alpha).signed_in("ann@alpha.test")
        await ann.go("/settings/provenance")
        assert (await ann.submit("/settings/provenance", wishes)).status == 303
        own = (await ann.go("/@ann")).text
        assert f"/@ann/{silent}" in own and "AI media: show" not in own
