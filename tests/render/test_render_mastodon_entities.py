"""Entities have the keys of Mastodon's documentation, with values of the right kind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from client_support import AS_PUBLIC, client_node, png

from protocol.activitystreams.values import Emoji, Field, Media


def _keys(text: str) -> set[str]:
    return set(text.split())


ACCOUNT = _keys(
    "id username acct display_name locked bot discoverable indexable group created_at note url uri avatar"
    " avatar_static header header_static followers_count following_count statuses_count last_status_at"
    " hide_collections emojis fields roles"
)
STATUS = _keys(
    "id uri created_at account content visibility sensitive spoiler_text media_attachments application mentions tags"
    " emojis reblogs_count favourites_count replies_count url in_reply_to_id in_reply_to_account_id reblog poll card"
    " language edited_at quote quotes_count quote_approval"
    # ours: docs/provenance.md
    " provenance"
)
VIEWED = {"favourited", "reblogged", "muted", "bookmarked", "filtered"}
MEDIA = _keys("id type url preview_url remote_url meta description blurhash provenance")
RELATIONSHIP = _keys(
    "id following showing_reblogs notifying languages followed_by blocking blocked_by muting muting_notifications"
    " requested requested_by domain_blocking endorsed note"
)
NOTIFICATION = {"id", "type", "group_key", "created_at", "account"}
INSTANCE_V2 = _keys(
    "domain title version source_url description usage thumbnail icon languages configuration registrations contact"
    " rules api_versions"
)
INSTANCE_V1 = _keys(
    "uri title short_description description email version urls stats thumbnail languages registrations"
    " approval_required invites_enabled configuration contact_account rules"
)
PREFERENCES = {
    "posting:default:visibility",
    "posting:default:sensitive",
    "posting:default:language",
    "reading:expand:media",
    "reading:expand:spoilers",
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def check_urls(value: Any, key: str = "") -> None:
    """Every address is http(s) or null; every moment has milliseconds and Z; every id is a text."""
    if isinstance(value, dict):
        for name, inner in value.items():
            check_urls(inner, name)
    elif isinstance(value, list):
        for inner in value:
            check_urls(inner, key)
    elif value is not None:
        if key in ("url", "uri", "avatar", "header", "preview_url", "remote_url", "avatar_static", "static_url"):
            assert str(value).startswith(("http://", "https://")) or key == "uri", (key, value)
        if key in ("created_at", "edited_at", "updated_at"):
            assert MOMENT.fullmatch(value), (key, value)
        if key == "id" or key.endswith("_id"):
            assert isinstance(value, str), (key, value)


async def test_status_and_account(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        medium = (await alice.upload(png(), description="a wall", focus="0.5,-0.25")).json
        made = await alice.publish("hello #tag @alice https://a.example/x", media_ids=[medium["id"]])
        assert set(made) == STATUS | VIEWED | {"pinned"}
        anonymous = (await api.node.get(f"/api/v1/statuses/{made['id']}")).json
        assert set(anonymous) == STATUS
        assert set(made["account"]) == ACCOUNT | {"noindex"}
        assert set(made["media_attachments"][0]) >= MEDIA
        meta = made["media_attachments"][0]["meta"]
        assert meta["original"] == {"width": 40, "height": 30, "size": "40x30", "aspect": 40 / 30}
        assert meta["focus"] == {"x": 0.5, "y": -0.25} and set(meta["small"]) == set(meta["original"])
        assert set(made["mentions"][0]) == {"id", "username", "url", "acct"}
        assert made["tags"] == [{"name": "tag", "url": f"{api.node.base}/tags/tag"}]
        assert made["account"]["last_status_at"] == made["created_at"][:10]
        assert made["account"]["created_at"].endswith("T00:00:00.000Z")
        check_urls(made)


async def test_other_entities(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        made = await alice.publish("hi")
        await bob.post(f"/api/v1/statuses/{made['id']}/favourite")
        await bob.follow(alice)
        relation = (await bob.get(f"/api/v1/accounts/relationships?id[]={alice.account_id}")).json[0]
        assert set(relation) >= RELATIONSHIP and relation["following"] and relation["showing_reblogs"]
        notes = (await alice.get("/api/v1/notifications")).json
        assert {note["type"] for note in notes} == {"favourite", "follow"}
        for note in notes:
            expected = NOTIFICATION | ({"status"} if note["type"] == "favourite" else set())
            assert set(note) == expected
            check_urls(note)
        assert set((await alice.get("/api/v2/instance")).json) >= INSTANCE_V2
        first = (await alice.get("/api/v1/instance")).json
        assert set(first) >= INSTANCE_V1 and re.match(r"\d+\.\d+\.\d+ \(compatible; fedserver ", first["version"])
        assert "pixelfed" not in first["version"].lower()
        assert first["urls"]["streaming_api"] == api.node.base.replace("http://", "ws://")
        assert set((await alice.get("/api/v1/preferences")).json) >= PREFERENCES
        own = (await alice.get("/api/v1/accounts/verify_credentials")).json
        assert set(own["source"]) >= {"privacy", "sensitive", "language", "note", "fields", "follow_requests_count"}
        assert set(own["role"]) == {"id", "name", "permissions", "color", "highlighted"}
        check_urls(own)


async def test_what_other_servers_send_is_clean_and_comes_through_us(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        await api.remote("eve")
        author = await api.remote(
            "eve",
            summary_html='<p onclick="x()">bio<script>alert(1)</script></p>',
            fields=(Field("site", '<a href="javascript:alert(1)">x</a>'),),
            icon=Media(type="Image", url="https://there.test/a.png", media_type="image/png"),
            emojis=(Emoji(shortcode="blob", url="https://there.test/blob.png"),),
        )
        status_id = await api.receive(
            author,
            1,
            '<p>hi <img src=x onerror=alert(1)><a href="javascript:x">l</a></p>',
            to=(AS_PUBLIC,),
            attachments=(
                Media(type="Image", url="https://there.test/p.jpg", media_type="image/jpeg", width=4, height=2),
            ),
        )
        shown = (await api.node.get(f"/api/v1/statuses/{status_id}")).json
        text = str(shown)
        for bad in ("onclick", "onerror", "<script", "javascript:", "<img"):
            assert bad not in text
        assert shown["account"]["acct"] == "eve@there.test"
        medium = shown["media_attachments"][0]
        assert medium["remote_url"] == "https://there.test/p.jpg"
        for address in (medium["url"], medium["preview_url"], shown["account"]["avatar"]):
            assert address.startswith(f"{api.node.base}/media/")
        assert shown["account"]["header"] == f"{api.node.base}/static/header.png"
        assert shown["account"]["emojis"][0]["shortcode"] == "blob"
        check_urls(shown)
