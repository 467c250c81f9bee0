"""Following somebody in some languages only: what comes home, and what the relationship says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import client_node


async def test_only_posts_in_these_languages_come_home(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        ann, ben = await api.person("ann"), await api.person("ben")
        path = f"/api/v1/accounts/{ann.account_id}/follow"

        async def home() -> list[str]:
            found: list[dict[str, Any]] = (await ben.get("/api/v1/timelines/home")).json
            return [each["content"] for each in found]

        await ann.publish("alt", language="de")
        await ann.publish("old", language="en")
        told = (await ben.post(path, json={"languages": ["en", "fr", "en"]})).json
        assert told["following"] and told["languages"] == ["en", "fr"]
        assert await home() == ["<p>old</p>"], "what comes home at once is chosen, too"
        await ann.publish("neu", language="de")
        await ann.publish("new", language="en")
        await ann.publish("nouveau", language="fr")
        await ann.publish("?")
        assert await home() == ["<p>?</p>", "<p>nouveau</p>", "<p>new</p>", "<p>old</p>"]
        # other options leave them as they are; an empty list is all of them
        assert (await ben.post(path, json={"reblogs": False})).json["languages"] == ["en", "fr"]
        assert (await ben.post(path, data={"languages[]": ""})).json["languages"] is None
        await ann.publish("wieder", language="de")
        assert (await home())[0] == "<p>wieder</p>"
        for wrong in (["klingon"], ["en", '"]'], ["%"]):
            refused = await ben.post(path, json={"languages": wrong})
            assert refused.status == 422 and refused.json["error"] == "Validation failed: Languages is invalid"
        assert (await ben.post(f"{path[:-6]}unfollow")).json["languages"] is None


async def test_a_variant_counts_as_its_language_and_boosts_come(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        ann, ben = await api.person("ann"), await api.person("ben")
        far = await api.remote("far")
        other = await api.receive(far, 1, "<p>hola</p>", language="es")
        await ben.post(f"/api/v1/accounts/{ann.account_id}/follow", json={"languages": ["pt"]})
        await ann.publish("oi", language="pt-BR")
        await ann.post(f"/api/v1/statuses/{other}/reblog")
        found = (await ben.get("/api/v1/timelines/home")).json
        assert [(each["reblog"] or each)["content"] for each in found] == ["<p>hola</p>", "<p>oi</p>"]
