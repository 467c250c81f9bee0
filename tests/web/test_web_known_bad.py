"""Known-bad media: refused where they are uploaded, withheld where they are fetched or stand already, judged."""

from __future__ import annotations

import hashlib
import io
import math
from pathlib import Path
from typing import Any

import aiohttp
import node_support
from access_support import Browser
from node_support import Person, RunningNode
from PIL import Image, ImageOps
from test_web_domains import post, rows, until

from fedserver.domain.moderation.hashes import Hashed
from fedserver.media.provenance.pdq import look
from fedserver.services import known_bad

HERE = "/admin/known-bad"


def painting(seed: int = 1, side: int = 256) -> Image.Image:
    """A picture with something in it: PDQ says nothing of flat ones."""
    image = Image.new("RGB", (side, side))
    for x in range(side):
        for y in range(side):
            wave = math.sin(x * seed / 17) * 60 + math.cos((y + x * seed) / 23) * 60
            image.putpixel((x, y), (int(128 + wave), int(x * 255 / side), int(abs(wave) + y * 100 / side)))
    return image


def data_of(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


async def upload(person: Person, data: bytes) -> tuple[int, dict[str, Any]]:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(data), filename="x.png", content_type="image/png")
    status, answer, _ = await person.raw("POST", "/api/v2/media", data=form)
    return status, answer


async def listed(node: RunningNode, *hashes: Hashed, name: str = "ours") -> None:
    await node.node.db.run(lambda unit: known_bad.add_list(unit, name, hashes, None))


async def file_of(node: RunningNode, address: str) -> int:
    path = "/" + address.split("/", 3)[3]
    async with node.http.get(node.url + path, headers={"Host": node.config.server.domain}) as answer:
        return answer.status


async def test_an_upload_is_refused_by_its_bytes_and_by_its_look(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        picture, other = painting(3), painting(5)
        data = data_of(picture)
        await listed(alpha, Hashed("sha256", hashlib.sha256(data).hexdigest(), "minors", 0))
        status, answer = await upload(alpha.ann, data)
        assert (status, answer["error"]) == (
            422,
            "Validation failed: This file is on a list of media that may not be shown here",
        )
        # one letter of metadata more, and the bytes are others
        assert (await upload(alpha.ann, data_of(picture, compress_level=1)))[0] == 200
        await listed(alpha, Hashed("pdq", look(picture).hashes[0], "other", 31), name="looks")
        turned = (
            data_of(picture, "JPEG", quality=60),
            data_of(ImageOps.mirror(picture)),
            data_of(picture.rotate(90), "WEBP"),
            data_of(ImageOps.flip(picture.rotate(270)).resize((180, 180))),
        )
        assert [(await upload(alpha.ann, each))[0] for each in turned] == [422] * 4
        assert (await upload(alpha.ann, data_of(other)))[0] == 200
        # nothing but hashes and what describes the files is kept
        failed = await rows(
            alpha, "SELECT original_key, file_key, preview_key FROM media_attachments WHERE state = 'failed'"
        )
        assert len(failed) == 5 and set(failed) == {(None, None, None)}
        kept = await rows(alpha, "SELECT kind, category, acct, decision_id FROM bad_matches ORDER BY id")
        assert kept[0] == ("sha256", "minors", "ann", None) and {row[0] for row in kept[1:]} == {"pdq"}
        # moderators are told; of minors nothing is forwarded or public
        told = await rows(alpha, "SELECT category, forwarded FROM reports ORDER BY id")
        assert told[0] == ("minors", 0) and len(told) == 5
        status, answer, _ = await alpha.ann.raw("POST", "/api/v1/statuses", json={"media_ids": [str(1)], "status": "x"})
        assert status == 422


async def test_a_mistake_is_taken_back_and_made_no_second_time(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        picture = painting()
        data = data_of(picture)
        await listed(alpha, Hashed("pdq", look(picture).hashes[3], "other", 31))
        assert (await upload(alpha.ann, data))[0] == 422
        olga, ann = await Browser(alpha).signed_in("olga"), await Browser(alpha).signed_in("ann")
        shown = await olga.go(HERE)
        assert "ours" in shown.text and "<img" not in shown.text.partition("<main")[2]
        match = (await rows(alpha, "SELECT id FROM bad_matches"))[0][0]
        assert (await ann.go(HERE)).status == 403
        await ann.go("/settings/profile")
        assert (await ann.submit(f"{HERE}/{match}", {"verdict": "mistaken"})).status == 403
        assert (await olga.submit(f"{HERE}/{match}", {"verdict": "mistaken"}, csrf="x")).status == 403
        await olga.go(HERE)
        assert (await olga.submit(f"{HERE}/{match}", {"verdict": "mistaken"})).status == 303
        assert (await upload(alpha.ann, data))[0] == 200
        await olga.go(HERE)
        assert (await olga.submit(f"{HERE}/{match}", {"verdict": "confirmed"})).status == 409


async def test_what_stands_here_is_withheld_once_a_list_names_it(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        data = data_of(painting())
        _, medium = await upload(alpha.ann, data)
        said = await alpha.ann.post("/api/v1/statuses", json={"status": "mine", "media_ids": [medium["id"]]})
        address = said["media_attachments"][0]["url"]
        assert await file_of(alpha, address) == 200
        olga = await Browser(alpha).signed_in("olga")
        await olga.go(HERE)
        digest = hashlib.sha256(data).hexdigest().encode()
        fields = {"name": "brought", "kind": "sha256", "category": "intimate", "distance": "31"}
        assert await post(olga, HERE, b"no hash", **fields) == 422
        assert await post(olga, HERE, digest, **{**fields, "kind": "md5"}) == 422
        assert await post(olga, HERE, digest, **fields) == 303
        await until(alpha, "SELECT visibility FROM statuses", [(4,)])
        assert await file_of(alpha, address) == 404
        match, verb = (
            await rows(alpha, "SELECT m.id, d.verb FROM bad_matches m JOIN decisions d ON d.id = m.decision_id")
        )[0]
        assert verb == "strip-media"
        # a moderator alone gets the file, and that is written down
        assert (await Browser(alpha).go(f"/admin/media/{medium['id']}/full")).status == 303
        got = await olga.go(f"/admin/media/{medium['id']}/nothing")
        assert got.status == 404
        await olga.go(HERE)
        assert (await olga.submit(f"{HERE}/{match}", {"verdict": "mistaken", "because": "hers"})).status == 303
        assert await rows(alpha, "SELECT visibility FROM statuses") == [(0,)]
        assert await file_of(alpha, address) == 200


async def test_a_file_of_a_peer_is_never_kept(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann"), beta=("ben",)) as (alpha, beta):
        picture = painting(3)
        await listed(alpha, Hashed("pdq", look(picture).hashes[0], "extremism", 31))
        await alpha.ann.follow(beta.ben)
        _, medium = await upload(beta.ben, data_of(picture, "JPEG", quality=90))
        await beta.ben.post("/api/v1/statuses", json={"status": "look", "media_ids": [medium["id"]]})
        await alpha.ann.until("/api/v1/timelines/home", bool)
        home = await alpha.ann.get("/api/v1/timelines/home")
        address = home[0]["media_attachments"][0]["url"]
        assert await file_of(alpha, address) == 404
        await until(alpha, "SELECT visibility FROM statuses", [(4,)])
        assert await alpha.ann.get("/api/v1/timelines/home") == []
        assert await rows(alpha, "SELECT file_key, preview_key FROM media_attachments WHERE local = 0") == [
            (None, None)
        ]
        kept = await rows(alpha, "SELECT acct, category, list FROM bad_matches")
        assert kept == [(f"ben@{beta.config.server.domain}", "extremism", "ours")]
        assert (await rows(alpha, "SELECT COUNT(*) FROM reports"))[0][0] >= 1


async def test_copies_go_with_a_policy_that_wants_no_media_and_come_back_after_it(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann"), beta=("ben",)) as (alpha, beta):
        await alpha.ann.follow(beta.ben)
        _, medium = await upload(beta.ben, data_of(painting()))
        await beta.ben.post("/api/v1/statuses", json={"status": "look", "media_ids": [medium["id"]]})
        await alpha.ann.until("/api/v1/timelines/home", bool)
        address = (await alpha.ann.get("/api/v1/timelines/home"))[0]["media_attachments"][0]["url"]
        assert await file_of(alpha, address) == 200
        olga = await Browser(alpha).signed_in("olga")
        await olga.go("/admin/domains")
        fields = {"domain": beta.config.server.domain, "severity": "none", "reject_media": "1"}
        assert (await olga.submit("/admin/domains", fields)).status == 303
        await until(alpha, "SELECT file_key, cached_at FROM media_attachments WHERE local = 0", [(None, None)])
        assert await file_of(alpha, address) == 404
        await olga.go("/admin/domains")
        assert (await olga.submit("/admin/domains/remove", {"domain": fields["domain"]})).status == 303
        assert await file_of(alpha, address) == 200
