"""Reactions with an emoji (FEP-c0e0) are favourites that keep their emoji."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from federation_support import node

BLOB = {"type": "Emoji", "name": ":blob_cat:", "icon": {"type": "Image", "url": "http://peer.test/e/blob.png"}}


@pytest.mark.parametrize(
    ("kind", "more", "kept"),
    [
        ("EmojiReact", {"content": "🎉"}, "🎉"),
        ("Like", {"content": " 👩‍🚀 "}, "👩‍🚀"),
        ("Like", {"content": ":blob_cat:", "tag": [BLOB]}, ":blob_cat:"),
        ("Like", {"content": ":blob_cat@.:", "tag": BLOB, "_misskey_reaction": ":blob_cat@.:"}, ":blob_cat:"),
        ("Like", {}, None),
        ("Like", {"content": ":blob_cat:"}, None),
        ("EmojiReact", {"content": "🎉🎉"}, None),
        ("EmojiReact", {"content": "<script>alert(1)</script>"}, None),
        ("EmojiReact", {"content": {"a": 1}}, None),
        ("EmojiReact", {"content": ":other:", "tag": [BLOB]}, None),
    ],
)
async def test_what_is_kept(tmp_path: Path, kind: str, more: dict[str, Any], kept: str | None) -> None:
    async with node(tmp_path) as n:
        post = await n.post(await n.local())
        alice = n.peer.actor()
        assert await n.deliver(alice, alice.activity(kind, post.uri, **more)) == 202
        await n.jobs()
        assert n.query("SELECT emoji FROM favourites") == [(kept,)]
        assert n.query(f"SELECT favourites_count FROM statuses WHERE id = {post.id}") == [(1,)]


async def test_taking_a_reaction_back(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        post = await n.post(await n.local())
        alice = n.peer.actor()
        react = alice.activity("EmojiReact", post.uri, content="🎉")
        await n.deliver(alice, react)
        await n.jobs()
        await n.deliver(alice, alice.activity("Undo", react))
        assert n.count("favourites") == 0
