"""The tool that an attachment names, as other servers read it."""

from __future__ import annotations

import io
from pathlib import Path

from node_support import cluster
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from test_two_nodes_provenance import upload


async def test_the_version_that_an_author_names_travels_with_the_tool(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",)) as (alpha,):
        info, out = PngInfo(), io.BytesIO()
        info.add_text("parameters", "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Model: dream")
        Image.new("RGB", (32, 32)).save(out, "PNG", pnginfo=info)
        found = await upload(alpha.alice, out.getvalue())
        tool = found["provenance"]["tool"]
        assert tool and found["provenance"]["tool_version"] is None
        medium = await upload(alpha.alice, out.getvalue(), tool=tool, tool_version="1.9")
        note = await alpha.alice.post("/api/v1/statuses", json={"status": "a cat", "media_ids": [medium["id"]]})
        address = alpha.url + note["uri"].split(".test", 1)[1]
        async with alpha.http.get(address, headers={"Accept": "application/activity+json"}) as answer:
            (attachment,) = (await answer.json(content_type=None))["attachment"]
        assert (attachment["generator"]["name"], attachment["generator"]["version"]) == (tool, "1.9")
