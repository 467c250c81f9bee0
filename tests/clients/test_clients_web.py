"""Phanpy and Elk: the requests of their log-in and start-up, in their order and in their form.

What they send is in their sources (Phanpy ``src/utils/auth.js`` and ``api.js``, Elk ``server/utils/shared.ts`` and
``server/api/[server]/``); both use masto.js, which sends JSON and keeps to ``Link``.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from clients_city import Browser, city
from clients_files import picture
from clients_web import WebClient
from node_support import PASSWORD, RunningNode

pytestmark = pytest.mark.clients
SCOPES = "read write follow push"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
VERIFIER = "phanpy-makes-this-from-random-bytes-0123456789abcdef"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


async def consent(node: RunningNode, query: dict[str, str], name: str) -> tuple[str, str]:
    """Through the sign-in and the consent page; (where the browser is sent, the code)."""
    page = await Browser(node.url).consent(f"/oauth/authorize?{urlencode(query)}", name)
    assert "code" in parse_qs(urlsplit(page.url).query), (page.url, page.text[:500])
    return page.url, parse_qs(urlsplit(page.url).query)["code"][0]


async def phanpy_signs_in(node: RunningNode, name: str) -> WebClient:
    client = WebClient(node, "https://phanpy.social")
    back = "https://phanpy.social/"
    app = await client.json(
        "POST", "/api/v1/apps", headers=FORM,
        data=urlencode({"client_name": "Phanpy", "redirect_uris": back, "scopes": SCOPES, "website": back}),
    )  # fmt: skip
    assert app["client_id"] and app["client_secret"]
    server = await client.json("GET", "/.well-known/oauth-authorization-server")
    assert "S256" in server["code_challenge_methods_supported"]
    query = {
        "client_id": app["client_id"], "code_challenge_method": "S256", "code_challenge": CHALLENGE,
        "redirect_uri": back, "response_type": "code", "scope": SCOPES,
    }  # fmt: skip
    where, code = await consent(node, query, name)
    assert where.startswith(f"{back}?code=")
    body = {
        "client_id": app["client_id"], "redirect_uri": back, "grant_type": "authorization_code", "code": code,
        "scope": SCOPES, "client_secret": app["client_secret"], "code_verifier": VERIFIER,
    }  # fmt: skip
    token = await client.json("POST", "/oauth/token", headers=FORM, data=urlencode(body))
    assert set(token) >= {"access_token", "token_type", "scope", "created_at"} and token["token_type"] == "Bearer"
    return WebClient(node, client.origin, token["access_token"])


async def test_phanpy_signs_in_and_starts(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "zoe")) as (alpha,):
        client = await phanpy_signs_in(alpha, "alice")
        info = await client.json("GET", "/api/v2/instance")
        assert info["domain"] == "alpha.test" and info["configuration"]["urls"]["streaming"].startswith("ws://")
        me = await client.json("GET", "/api/v1/accounts/verify_credentials")
        assert me["acct"] == "alice"
        assert "posting:default:visibility" in await client.json("GET", "/api/v1/preferences")
        for path in (
            "/api/v1/timelines/home?limit=20", "/api/v1/notifications?limit=30", "/api/v1/follow_requests?limit=80",
            "/api/v1/announcements", "/api/v1/lists", "/api/v1/followed_tags?limit=100", "/api/v2/filters",
            "/api/v1/custom_emojis", f"/api/v1/accounts/{me['id']}/statuses?only_media=true&limit=20",
        ):  # fmt: skip
            assert await client.json("GET", path) == [], path
        assert await client.json("GET", "/api/v1/markers?timeline[]=notifications&timeline[]=home") == {}
        assert (await client.json("GET", "/api/v1/accounts/lookup?acct=zoe"))["acct"] == "zoe"
        links = (await client.json("GET", "/.well-known/nodeinfo"))["links"]
        node_info = await client.json("GET", links[0]["href"])
        assert node_info["software"]["name"] == "fedserver" and "metadata" in node_info
        await _phanpy_composes(client)
        assert client.asked == {"GET", "POST", "PUT", "DELETE"}


async def _phanpy_composes(client: WebClient) -> None:
    form = aiohttp.FormData()
    form.add_field("file", picture("plum"), filename="blob", content_type="image/jpeg")
    form.add_field("description", "a plum rectangle")
    medium = await client.json("POST", "/api/v2/media", data=form)
    medium = await ready(client, medium)
    # the type that the client named was wrong, and does not matter
    async with client.node.http.get(medium["url"], headers={"Origin": client.origin}) as response:
        assert response.headers["Content-Type"] == "image/png"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    draft = {"status": "A #plum", "mediaIds": None, "media_ids": [medium["id"]], "visibility": "public", "poll": None}
    key = {"Idempotency-Key": "0f1e2d3c"}
    note = await client.json("POST", "/api/v1/statuses", headers=key, json=draft)
    again = await client.json("POST", "/api/v1/statuses", headers=key, json=draft)
    assert note["id"] == again["id"] and note["media_attachments"][0]["description"] == "a plum rectangle"
    edit = {
        "status": "Two #plums",
        "media_ids": [medium["id"]],
        "media_attributes": [{"id": medium["id"], "description": "still a plum rectangle", "focus": "0.5,0.5"}],
    }
    changed = await client.json("PUT", f"/api/v1/statuses/{note['id']}", json=edit)
    assert changed["media_attachments"][0]["description"] == "still a plum rectangle"
    assert changed["media_attachments"][0]["meta"]["focus"] == {"x": 0.5, "y": 0.5}
    assert (await client.json("GET", f"/api/v1/statuses/{note['id']}/source"))["text"] == "Two #plums"
    history = await client.json("GET", f"/api/v1/statuses/{note['id']}/history")
    assert [each["media_attachments"][0]["description"] for each in history] == [
        "a plum rectangle",
        "still a plum rectangle",
    ]
    for number in range(3):
        await client.json("POST", "/api/v1/statuses", json={"status": f"more {number}"})
    links = await client.links("/api/v1/timelines/home?limit=2")
    assert links["next"].startswith(client.node.url) and "max_id=" in links["next"] and "min_id=" in links["prev"]
    assert [row["id"] for row in await client.json("GET", links["next"])][-1] == note["id"]
    await client.json("DELETE", f"/api/v1/statuses/{note['id']}")
    lost = await client.json("GET", f"/api/v1/statuses/{note['id']}", status=404)
    assert lost == {"error": "Record not found"}


async def ready(client: WebClient, medium: dict[str, Any]) -> dict[str, Any]:
    """Ask for a medium until it has an address, as clients do."""
    for _ in range(200):
        if medium["url"]:
            return medium
        await asyncio.sleep(0.1)
        headers = {"Authorization": f"Bearer {client.token}", "Origin": client.origin}
        async with client.node.http.get(f"{client.node.url}/api/v1/media/{medium['id']}", headers=headers) as response:
            assert response.status in (200, 206)
            medium = await response.json()
    raise AssertionError("the medium was never ready")


async def test_elk_signs_in_and_starts(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "zoe")) as (alpha,):
        server = urlsplit(alpha.url).netloc
        elk = WebClient(alpha, "https://elk.zone")
        back = f"https://elk.zone/api/{server}/oauth/https%3A%2F%2Felk.zone"
        asked = {"client_name": "Elk", "website": "https://elk.zone", "redirect_uris": back, "scopes": SCOPES}
        app = await elk.json("POST", "/api/v1/apps", json=asked)
        assert app["redirect_uri"] == back and "vapid_key" in app
        query = {
            "client_id": app["client_id"], "force_login": "false", "scope": SCOPES, "redirect_uri": back,
            "response_type": "code", "lang": "en",
        }  # fmt: skip
        where, code = await consent(alpha, query, "alice")
        assert where.startswith(f"{back}?code="), "the address is compared and used as it is written"
        body = {
            "client_id": app["client_id"], "client_secret": app["client_secret"], "redirect_uri": back,
            "grant_type": "authorization_code", "code": code, "scope": SCOPES,
        }  # fmt: skip
        elk.token = (await elk.json("POST", "/oauth/token", json=body))["access_token"]
        me = await elk.json("GET", "/api/v1/accounts/verify_credentials")
        assert me["acct"] == "alice" and me["source"]["privacy"] == "public"
        assert (await elk.json("GET", "/nodeinfo/2.0"))["protocols"] == ["activitypub"]
        assert (await elk.json("GET", "/api/v1/instance"))["uri"] == "alpha.test"
        await _elk_works(elk, alpha)


async def _elk_works(elk: WebClient, alpha: RunningNode) -> None:
    form = aiohttp.FormData()
    form.add_field("file", picture("gold"), filename="gold.png", content_type="image/png")
    medium = await elk.json("POST", "/api/v1/media", data=form)
    assert medium["url"], "version 1 answers when the file is ready"
    told = await elk.json("PUT", f"/api/v1/media/{medium['id']}", json={"description": "a golden rectangle"})
    assert told["description"] == "a golden rectangle"
    note = await elk.json("POST", "/api/v1/statuses", json={"status": "gold", "media_ids": [medium["id"]]})
    saved = await elk.json("POST", "/api/v1/markers", json={"home": {"last_read_id": note["id"]}})
    assert saved["home"]["last_read_id"] == note["id"] and saved["home"]["version"] >= 1
    assert (await elk.json("GET", "/api/v1/markers?timeline[]=home"))["home"]["last_read_id"] == note["id"]
    found = await elk.json("GET", "/api/v2/search?q=zoe&resolve=true&limit=5")
    zoe = found["accounts"][0]["id"]
    relations = await elk.json("GET", f"/api/v1/accounts/relationships?id[]={zoe}&id[]={alpha.alice.account_id}")
    assert [row["id"] for row in relations] == [zoe, str(alpha.alice.account_id)]
    assert (await elk.json("POST", f"/api/v1/accounts/{zoe}/follow", json={"reblogs": False}))["following"]
    assert (await elk.json("GET", f"/api/v1/statuses/{note['id']}/context")) == {"ancestors": [], "descendants": []}


async def test_their_socket_carries_the_token_as_its_protocol(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "zoe")) as (alpha,):
        client = WebClient(alpha, "https://phanpy.social", alpha.zoe.token)
        found = await alpha.zoe.find("alice")
        await alpha.zoe.post(f"/api/v1/accounts/{found['id']}/follow")
        async with await client.socket(protocols=[alpha.zoe.token]) as socket:
            assert socket.protocol == alpha.zoe.token, "a browser closes the connection without the echo"
            for stream in ("user", "user:notification"):
                await socket.send_json({"type": "subscribe", "stream": stream})
            await socket.send_json({"type": "subscribe", "stream": "hashtag", "tag": "plum"})
            await asyncio.sleep(0.2)
            note = await alpha.alice.post("/api/v1/statuses", json={"status": "@zoe a #plum"})
            heard = [json.loads((await socket.receive(10)).data) for _ in range(4)]
            by_stream = {(tuple(each["stream"]), each["event"]): json.loads(each["payload"]) for each in heard}
            assert by_stream[(("user",), "update")]["id"] == note["id"]
            assert by_stream[(("hashtag", "plum"), "update")]["id"] == note["id"]
            assert by_stream[(("user",), "notification")]["type"] == "mention"
            assert by_stream[(("user:notification",), "notification")]["status"]["id"] == note["id"]
            await alpha.alice.call("DELETE", f"/api/v1/statuses/{note['id']}")
            gone = json.loads((await socket.receive(10)).data)
            assert (gone["event"], gone["payload"]) == ("delete", note["id"])
        async with await client.socket(params={"access_token": alpha.zoe.token, "stream": "user"}) as socket:
            note = await alpha.alice.post("/api/v1/statuses", json={"status": "again"})
            assert json.loads(json.loads((await socket.receive(10)).data)["payload"])["id"] == note["id"]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.socket(protocols=["not-a-token"])
        assert refused.value.status == 401


async def test_what_must_not_work(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        client = WebClient(alpha, "https://elk.zone")
        back = "https://elk.zone/oauth/https%3A%2F%2Felk.zone"
        app = await client.json("POST", "/api/v1/apps", json={"client_name": "Elk", "redirect_uris": back})
        query = {"client_id": app["client_id"], "redirect_uri": back, "response_type": "code", "scope": "read"}
        await is_refused(alpha, {**query, "redirect_uri": "https://elk.zone/oauth/https://elk.zone"})
        await is_refused(alpha, {**query, "redirect_uri": back.lower()})
        await is_refused(alpha, {**query, "scope": "read write"})
        await is_refused(alpha, {**query, "client_id": "nobody"})
        page = await Browser(alpha.url).consent(f"/oauth/authorize?{urlencode(query)}", "alice", answer="deny")
        assert page.url == f"{back}?error=access_denied"
        challenged = {**query, "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
        _, code = await consent(alpha, challenged, "alice")
        body = {
            "client_id": app["client_id"], "client_secret": app["client_secret"], "redirect_uri": back,
            "grant_type": "authorization_code", "code": code,
        }  # fmt: skip
        wrong = {**body, "code_verifier": VERIFIER[::-1]}
        refused = await client.json("POST", "/oauth/token", json=wrong, status=400)
        assert refused["error"] == "invalid_grant"
        nobody = await client.json("POST", "/oauth/token", json={**body, "client_secret": "x" * 43}, status=401)
        assert nobody["error"] == "invalid_client"
        lost = await client.json("GET", "/api/v1/timelines/home", status=401)
        assert lost == {"error": "The access token is invalid"}
        await client.json("GET", "/api/v1/no_such_thing", status=404)


async def is_refused(alpha: RunningNode, query: dict[str, str]) -> None:
    """An error page here, and never a redirect on the word of a faulty request."""
    browser = Browser(alpha.url)
    good = await browser.go("GET", f"/oauth/authorize?{urlencode(query)}")
    if urlsplit(good.url).path == "/login":
        form = {**good.form("/login"), "login": "alice@example.org", "password": PASSWORD}
        good = await browser.go("POST", "/login", form)
    assert good.status == 400 and good.url.startswith(alpha.url), (good.status, good.url, query)
