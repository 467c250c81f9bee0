"""Signing up through an application, and the pictures of those who have none."""

from __future__ import annotations

import io
from pathlib import Path

from client_support import Api, client_node
from PIL import Image

from fedserver.db.queries import communities
from fedserver.kit.tokens import new_token

BODY = {"username": "nina", "email": "nina@mail.example", "password": "a long enough one", "agreement": True}


async def app_token(api: Api, scopes: str = "read write") -> str:
    made = await api.node.post(
        "/api/v1/apps", json={"client_name": "test", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": scopes}
    )
    answer = await api.node.post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "client_id": made.json["client_id"],
            "client_secret": made.json["client_secret"],
            "scope": scopes,
        },
    )
    assert answer.status == 200, answer.text
    token: str = answer.json["access_token"]
    return token


async def test_sign_up(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        token = await app_token(api)
        made = await api.node.post("/api/v1/accounts", json=BODY, token=token)
        assert made.status == 200 and set(made.json) == {"access_token", "token_type", "scope", "created_at"}
        own = await api.node.get("/api/v1/accounts/verify_credentials", token=made.json["access_token"])
        assert own.json["username"] == "nina" and own.json["role"]["name"] == ""
        again = await api.node.post("/api/v1/accounts", json=BODY, token=token)
        assert again.status == 422 and "taken" in again.json["error"]
        alice = await api.person("alice")
        assert (await alice.post("/api/v1/accounts", json=BODY | {"username": "two"})).status == 403


async def test_refusals(tmp_path: Path) -> None:
    limits = {"throttle_unauthenticated_api": "off", "throttle_authenticated_api": "off", "throttle_sign_up": "off"}
    async with client_node(tmp_path, config={"limits": limits}) as api:
        token = await app_token(api)
        assert (await api.node.post("/api/v1/accounts", json=BODY)).status == 401
        poor = await app_token(api, "read")
        assert (await api.node.post("/api/v1/accounts", json=BODY, token=poor)).status == 403
        no = await api.node.post("/api/v1/accounts", json=BODY | {"agreement": False, "username": ""}, token=token)
        assert no.status == 422 and set(no.json["details"]) == {"agreement", "username"}
        for change in ({"username": "Nina B"}, {"email": "none"}, {"password": "x"}):
            assert (await api.node.post("/api/v1/accounts", json=BODY | change, token=token)).status == 422, change
        await api.run(lambda unit: unit.run(communities.change(1, {"registration": "closed"})))
        assert (await api.node.post("/api/v1/accounts", json=BODY, token=token)).status == 403
        await api.run(lambda unit: unit.run(communities.change(1, {"registration": "approval"})))
        assert (await api.node.post("/api/v1/accounts", json=BODY, token=token)).status == 422
        made = await api.node.post("/api/v1/accounts", json=BODY | {"reason": "I paint"}, token=token)
        waiting = await api.node.get("/api/v1/accounts/verify_credentials", token=made.json["access_token"])
        assert (waiting.status, waiting.json["error"]) == (403, "Your login is currently pending approval")
        assert (await api.node.get("/api/v1/accounts/lookup?acct=nina")).status == 404
        assert (await api.node.post("/api/v1/accounts", json=BODY, token=new_token())).status == 401


async def test_default_pictures(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        shown = (await alice.get("/api/v1/accounts/verify_credentials")).json
        for key, size in (("avatar", (240, 240)), ("header", (600, 200))):
            answer = await api.node.get(shown[key].removeprefix(api.node.base))
            assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
            picture = Image.open(io.BytesIO(answer.body))
            assert picture.size == size
            picture.load()
