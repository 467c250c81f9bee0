"""How media were made, on its way between nodes of ours: what was said arrives and was checked there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aiohttp
from node_support import Person, cluster
from test_two_nodes import arrived, png


async def upload(person: Person, data: bytes | None = None, kind: str = "image/png", **said: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", data or png(), filename="made", content_type=kind)
    for name, value in said.items():
        form.add_field(f"provenance[{name}]", value)
    return await person.post("/api/v2/media", data=form)


def check_of(status: Any) -> Any:
    """The receiver's own answer about a medium, once it is there."""
    claims = status["media_attachments"][0]["provenance"]["claims"]
    return next((c for c in claims if "check" in c["evidence"] and c["revoked_at"] is None), None)


async def checked(person: Person, status_id: str) -> tuple[Any, Any]:
    """The attachment's provenance and the standing check, once the bytes were compared."""
    path = f"/api/v1/statuses/{status_id}"
    status = await person.until(path, lambda row: row if "digest" in _evidence(row) else None)
    return status["media_attachments"][0]["provenance"], check_of(status)


def _evidence(status: Any) -> Any:
    found = check_of(status)
    return found["evidence"]["check"] if found is not None else {}


async def test_a_declared_picture_arrives_with_its_claim_and_a_checked_digest(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        alice, ben = alpha.alice, beta.ben
        await ben.follow(alice)
        medium = await upload(alice, declared="generated", tool="ComfyUI", tool_version="0.3", model="sdxl")
        assert medium["provenance"]["label"] == "ai-generated"
        note = await alice.post("/api/v1/statuses", json={"status": "a dream", "media_ids": [medium["id"]]})
        seen = await arrived(ben, note["uri"])
        found, check = await checked(ben, seen["id"])
        assert (found["label"], found["tool"], found["tool_version"]) == ("ai-generated", "ComfyUI", "0.3")
        assert found["models"] == ["sdxl"]
        said = next(c for c in found["claims"] if c["basis"] == "declared")
        assert said["by"] == "http://alpha.test/users/alice"
        assert check["evidence"]["check"]["digest"] == "match"
        assert check["evidence"]["check"]["proof"] == "valid"
        assert check["state"] == {"integrity": "intact", "signature": "valid", "trust": "none"}
        assert check["by"] == "alpha.test"
