"""Every entity has the keys and types that the documentation promises, on every path that clients cannot do without."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import clients_shapes as shapes
import pytest
from clients_city import Browser, city
from clients_files import picture
from clients_shapes import faults
from node_support import RunningNode

pytestmark = pytest.mark.clients


class World(NamedTuple):
    """What was done on the node before it is asked."""

    note: str
    reply: str
    boost: str
    medium: str
    zoe: str
    notification: str
    far: str


async def furnish(alpha: RunningNode, beta: RunningNode) -> World:
    """One of everything that alice can see: her own, a neighbour's, and one from another node."""
    alice, zoe, ben = alpha.alice, alpha.zoe, beta.ben
    form = aiohttp.FormData()
    form.add_field("file", picture("salmon"), filename="a.png", content_type="image/png")
    form.add_field("description", "a salmon rectangle")
    medium = await alice.post("/api/v2/media", data=form)
    note = await alice.post(
        "/api/v1/statuses",
        json={"status": "@zoe look #salmon", "media_ids": [medium["id"]], "language": "en", "spoiler_text": "fish"},
    )
    unattached = aiohttp.FormData()
    unattached.add_field("file", picture("tan"), filename="b.png", content_type="image/png")
    loose = await alice.post("/api/v2/media", data=unattached)
    await alice.call("PUT", f"/api/v1/statuses/{note['id']}", json={"status": "@zoe look again #salmon"})
    reply = await zoe.post("/api/v1/statuses", json={"status": "@alice lovely", "in_reply_to_id": note["id"]})
    boost = await alice.post(f"/api/v1/statuses/{reply['id']}/reblog")
    await zoe.post(f"/api/v1/statuses/{note['id']}/favourite")
    await alice.post(f"/api/v1/statuses/{note['id']}/bookmark")
    await alice.post(f"/api/v1/statuses/{note['id']}/favourite")
    await alice.post(f"/api/v1/statuses/{note['id']}/pin")
    await alice.post("/api/v1/tags/salmon/follow")
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", data=profile())
    await alice.follow(ben)
    far = await ben.post("/api/v1/statuses", json={"status": "@alice@alpha.test from afar #salmon"})
    seen = await alice.until(
        "/api/v1/timelines/home", lambda rows: next((row for row in rows if row["uri"] == far["uri"]), None)
    )
    found = await zoe.find("alice")
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", data={"locked": "true"})
    await zoe.post(f"/api/v1/accounts/{found['id']}/follow")
    await alice.post("/api/v1/markers", json={"home": {"last_read_id": note["id"]}})
    about = {"account_id": seen["account"]["id"], "status_ids": [seen["id"]], "comment": "fishy"}
    await zoe.post("/api/v1/reports", json=about)
    kinds = {"mention", "favourite", "follow_request", "admin.report"}
    notified = await alice.until(
        "/api/v1/notifications", lambda rows: rows if kinds <= {row["type"] for row in rows} else None
    )
    return World(note["id"], reply["id"], boost["id"], loose["id"], str(zoe.account_id), notified[0]["id"], seen["id"])


def profile() -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("display_name", "Alice")
    form.add_field("note", "I paint")
    form.add_field("fields_attributes[0][name]", "Model")
    form.add_field("fields_attributes[0][value]", "cppn")
    form.add_field("avatar", picture("navy"), filename="a.png", content_type="image/png")
    return form


def paths(world: World) -> dict[str, Any]:
    """Every T0 path that is read with GET, and T1's that give the same entities; what each answers with."""
    s = shapes
    return {
        f"/api/v1/accounts/{world.zoe}": s.ACCOUNT,
        f"/api/v1/accounts?id[]={world.zoe}": [s.ACCOUNT],
        "/api/v1/accounts/lookup?acct=alice": s.ACCOUNT,
        "/api/v1/accounts/search?q=zoe": [s.ACCOUNT],
        f"/api/v1/accounts/{world.zoe}/statuses": [s.MY_STATUS],
        f"/api/v1/accounts/{world.zoe}/followers": [s.ACCOUNT],
        f"/api/v1/accounts/relationships?id[]={world.zoe}": [s.RELATIONSHIP],
        "/api/v1/accounts/verify_credentials": s.CREDENTIAL_ACCOUNT,
        "/api/v1/announcements": [dict],
        "/api/v1/bookmarks": [s.MY_STATUS],
        "/api/v1/custom_emojis": [s.EMOJI],
        "/api/v1/favourites": [s.MY_STATUS],
        "/api/v1/follow_requests": [s.ACCOUNT],
        "/api/v1/followed_tags": [s.TAG],
        "/api/v1/instance": s.INSTANCE_V1,
        "/api/v1/instance/rules": [s.RULE],
        "/api/v1/lists": [dict],
        "/api/v1/markers?timeline[]=home": {"home": s.MARKER},
        f"/api/v1/media/{world.medium}": s.MEDIA,
        "/api/v1/notifications": [s.NOTIFICATION],
        f"/api/v1/notifications/{world.notification}": s.NOTIFICATION,
        "/api/v1/preferences": s.PREFERENCES,
        f"/api/v1/statuses/{world.note}": s.MY_STATUS,
        f"/api/v1/statuses/{world.boost}": s.MY_STATUS,
        f"/api/v1/statuses/{world.far}": s.MY_STATUS,
        f"/api/v1/statuses/{world.note}/context": s.CONTEXT,
        f"/api/v1/statuses/{world.note}/history": [s.STATUS_EDIT],
        f"/api/v1/statuses/{world.note}/source": s.STATUS_SOURCE,
        f"/api/v1/statuses/{world.note}/favourited_by": [s.ACCOUNT],
        f"/api/v1/statuses/{world.reply}/reblogged_by": [s.ACCOUNT],
        f"/api/v1/statuses?id[]={world.note}&id[]={world.far}": [s.MY_STATUS],
        "/api/v1/tags/salmon": s.TAG,
        "/api/v1/timelines/home": [s.MY_STATUS],
        "/api/v1/timelines/public": [s.MY_STATUS],
        "/api/v1/timelines/tag/salmon": [s.MY_STATUS],
        "/api/v2/filters": [dict],
        "/api/v2/instance": s.INSTANCE,
        "/api/v2/search?q=salmon": s.SEARCH,
        "/api/v2/search?q=zoe": s.SEARCH,
    }


# lists in which there is nothing on this node yet
_EMPTY = ("/api/v1/announcements", "/api/v1/custom_emojis", "/api/v1/lists", "/api/v2/filters", "/rules", "/followers")


async def test_every_entity_has_its_shape(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "zoe"), beta=("ben",)) as (alpha, beta):
        world = await furnish(alpha, beta)
        wrong: list[str] = []
        for path, shape in paths(world).items():
            status, found, headers = await alpha.alice.raw("GET", path)
            assert status == 200, (path, status, found)
            assert headers["Content-Type"].startswith("application/json")
            wrong += [f"{path} {fault}" for fault in faults(found, shape)]
            # a shape of nothing says nothing
            if isinstance(found, list) and not path.partition("?")[0].endswith(_EMPTY):
                assert found, path
        assert not wrong, "\n".join(wrong)
        await _values(alpha, world)
        await _visitors(alpha, world)
        await _writes(alpha, world)


async def _values(alpha: RunningNode, world: World) -> None:
    """Where a key is only there for some: it is."""
    note = await alpha.alice.get(f"/api/v1/statuses/{world.note}")
    assert note["pinned"] is True and note["edited_at"] and len(note["tags"]) == len(note["mentions"]) == 1
    assert set(note["media_attachments"][0]["meta"]) >= {"original", "small", "focus"}
    boost = await alpha.alice.get(f"/api/v1/statuses/{world.boost}")
    assert boost["reblog"]["id"] == world.reply and "pinned" not in await alpha.zoe.get(f"/api/v1/statuses/{world.far}")
    rows = await alpha.alice.get("/api/v1/notifications")
    by_type = {row["type"]: row for row in rows}
    assert "report" in by_type["admin.report"] and "status" not in by_type["follow_request"]
    assert all("status" in by_type[kind] for kind in ("mention", "favourite"))
    alone = [row for row in rows if row["type"] not in ("favourite", "reblog", "follow", "admin.sign_up")]
    assert all(row["group_key"] == f"ungrouped-{row['id']}" for row in alone)


async def _visitors(alpha: RunningNode, world: World) -> None:
    """Without a token the same entities, without what is somebody's own."""
    for path, shape in (
        (f"/api/v1/statuses/{world.note}", shapes.STATUS),
        (f"/api/v1/accounts/{world.zoe}", shapes.ACCOUNT),
        ("/api/v1/timelines/public?local=true", [shapes.STATUS]),
        ("/api/v2/instance", shapes.INSTANCE),
        ("/.well-known/oauth-authorization-server", shapes.AUTHORIZATION_SERVER),
        ("/.well-known/webfinger?resource=acct:alice@alpha.test", shapes.WEBFINGER),
        ("/.well-known/nodeinfo", {"links": [{"rel": shapes.URL, "href": shapes.URL}]}),
        ("/nodeinfo/2.0", shapes.NODEINFO),
        ("/nodeinfo/2.1", shapes.NODEINFO),
    ):
        async with alpha.http.get(alpha.url + path) as response:
            found = await response.json(content_type=None)
        assert response.status == 200 and not faults(found, shape), faults(found, shape)
        one = found[0] if isinstance(found, list) else found
        assert not {"favourited", "reblogged", "bookmarked", "muted", "pinned", "filtered", "source"} & set(one)


async def _writes(alpha: RunningNode, world: World) -> None:
    """What writes answer with."""
    alice = alpha.alice
    for verb in ("follow", "unfollow", "mute", "unmute", "block", "unblock"):
        found = await alice.post(f"/api/v1/accounts/{world.zoe}/{verb}")
        assert not faults(found, shapes.RELATIONSHIP), faults(found, shapes.RELATIONSHIP)
        if verb == "mute":
            rows = await alice.get("/api/v1/mutes")
            assert not faults(rows, [shapes.MUTED_ACCOUNT]) and rows, faults(rows, [shapes.MUTED_ACCOUNT])
    report = await alice.post("/api/v1/reports", json={"account_id": world.zoe, "comment": "look"})
    assert not faults(report, shapes.REPORT), faults(report, shapes.REPORT)
    for verb in ("favourite", "unfavourite", "bookmark", "unbookmark", "reblog", "unreblog"):
        found = await alice.post(f"/api/v1/statuses/{world.note}/{verb}")
        assert not faults(found, shapes.MY_STATUS), (verb, faults(found, shapes.MY_STATUS))
    deleted = await alice.call("DELETE", f"/api/v1/statuses/{world.note}")
    assert not faults(deleted, shapes.DELETED_STATUS), faults(deleted, shapes.DELETED_STATUS)


async def test_applications_and_tokens_have_their_shape(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        back = "https://client.example/back"
        asked = {"client_name": "Shapes", "redirect_uris": [back], "website": "https://client.example"}
        async with alpha.http.post(f"{alpha.url}/api/v1/apps", json=asked) as response:
            app = await response.json()
        assert not faults(app, shapes.CREDENTIAL_APPLICATION), faults(app, shapes.CREDENTIAL_APPLICATION)
        client = {"client_id": app["client_id"], "redirect_uri": back}
        query = urlencode({**client, "response_type": "code", "scope": "read"})
        page = await Browser(alpha.url).consent(f"/oauth/authorize?{query}", "alice")
        code = parse_qs(urlsplit(page.url).query)["code"][0]
        secret = {"client_secret": app["client_secret"]}
        for grant in ({"grant_type": "authorization_code", "code": code}, {"grant_type": "client_credentials"}):
            async with alpha.http.post(f"{alpha.url}/oauth/token", json={**client, **secret, **grant}) as response:
                token = await response.json()
            assert not faults(token, shapes.TOKEN), faults(token, shapes.TOKEN)
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            async with alpha.http.get(f"{alpha.url}/api/v1/apps/verify_credentials", headers=headers) as response:
                found = await response.json()
            assert not faults(found, shapes.APPLICATION) and "client_secret" not in found


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ({}, {"id": str}),
        ({"id": 1}, {"id": str}),
        ({"id": None}, {"id?": str}),
        ({"n": True}, {"n": int}),
        ({"n": 1}, {"n": bool}),
        ([{"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}], [{"id": shapes.ID}]),
        ({"at": "2026-11-22T10:00:00Z"}, {"at": shapes.WHEN}),
        ({"kind": "poke"}, {"kind": shapes.one_of("mention")}),
        ("x", [str]),
    ],
)
def test_a_wrong_shape_is_found(value: Any, shape: Any) -> None:
    assert len(faults(value, shape)) == 1
