"""The push subscription of a token: made, shown, changed, removed; and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client_support import client_node
from webpush_receiver import App, unb64

from fedserver.net.client import Client
from fedserver.net.settings import NetSettings

PATH = "/api/v1/push/subscription"


def asked(app: App, endpoint: str = "https://push.example/abc", **more: Any) -> dict[str, Any]:
    keys = {"p256dh": app.p256dh, "auth": app.auth}
    return {
        "subscription": {"endpoint": endpoint, "keys": keys, **more},
        "data": {"alerts": {"mention": True, "follow": "false", "unknown": True}, "policy": "followed"},
    }


async def test_a_subscription_belongs_to_a_token(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, app = await api.person("alice"), App()
        assert (await alice.get(PATH)).status == 404
        assert (await alice.send("PUT", PATH, json={"data": {}})).status == 404
        made = (await alice.post(PATH, json=asked(app, standard=True))).json
        assert int(made["id"]) < 1000, "apps keep the id in 32 bits"
        assert made["endpoint"] == "https://push.example/abc"
        assert made["standard"] is True and made["policy"] == "followed"
        assert made["alerts"] == {"mention": True, "follow": False}
        instance = (await api.node.get("/api/v2/instance")).json
        assert instance["configuration"]["vapid"]["public_key"] == made["server_key"]
        assert instance["api_versions"]["mastodon"] >= 4
        assert len(unb64(made["server_key"].rstrip("="))) == 65
        assert (await alice.get(PATH)).json == made
        # another token of the same user has none, and an app is told the same key
        alice.token = await api.node.token(alice.user_id, "push")
        assert (await alice.get(PATH)).status == 404
        registered = await api.node.send(
            "POST", "/api/v1/apps", json={"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
        )
        assert registered.json["vapid_key"] == made["server_key"]


async def test_forms_changes_and_removal(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, app = await api.person("alice"), App()
        form = {
            "subscription[endpoint]": "https://push.example/x",
            "subscription[keys][p256dh]": app.p256dh,
            "subscription[keys][auth]": app.auth,
            "data[alerts][favourite]": "1",
            "data[alerts][admin.report]": "true",
        }
        first = (await alice.post(PATH, data=form)).json
        assert first["standard"] is False and first["policy"] == "all"
        assert first["alerts"] == {"favourite": True, "admin.report": True}
        # a second one replaces it
        second = (await alice.post(PATH, json=asked(app))).json
        assert (await alice.get(PATH)).json == second
        changed = (await alice.send("PUT", PATH, json={"data": {"alerts": {"poll": True}}, "policy": "follower"})).json
        assert changed["alerts"] == {"poll": True} and changed["policy"] == "follower"
        assert changed["id"] == second["id"]
        assert (await alice.send("DELETE", PATH)).json == {}
        assert (await alice.send("DELETE", PATH)).json == {}
        assert (await alice.get(PATH)).status == 404


async def test_what_is_refused(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        app = App()
        poor = await api.person("poor", scopes="read write follow")
        for method in ("GET", "POST", "PUT", "DELETE"):
            assert (await poor.send(method, PATH, json=asked(app))).status == 403
        alice = await api.person("alice")
        good = asked(app)
        bad: list[Any] = [
            {},
            {"subscription": "text"},
            {"subscription": {"endpoint": "https://push.example"}},
            {"subscription": {"keys": good["subscription"]["keys"]}},
            {"subscription": {**good["subscription"], "keys": {"p256dh": "B" * 87, "auth": app.auth}}},
            {"subscription": {**good["subscription"], "keys": {"p256dh": app.p256dh, "auth": "AAAA"}}},
            {"subscription": {**good["subscription"], "keys": {"p256dh": ["x"], "auth": {"a": 1}}}},
            {**good, "data": {"policy": "everybody"}},
            {**good, "data": {"alerts": {"mention": "perhaps"}}},
            {**good, "data": []},
        ]
        for body in bad:
            answer = await alice.post(PATH, json=body)
            assert answer.status == 422, (body, answer.text)
        assert (await alice.get(PATH)).status == 404


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest",
        "https://push.example:22/",
        "https://a@push.example/",
        "https://here.test/x",
        "ftp://push.example/",
        "javascript:alert(1)",
        "not an address",
        "https://push.example/" + "x" * 3000,
    ],
)
async def test_an_endpoint_that_the_outgoing_client_would_not_ask(tmp_path: Path, endpoint: str) -> None:
    """SSRF-29, the first half; the second is judged when a message is sent."""
    settings = NetSettings(user_agent="test", own_hosts=frozenset({"here.test"}))
    async with Client(settings) as net, client_node(tmp_path, net=net) as api:
        alice = await api.person("alice")
        answer = await alice.post(PATH, json=asked(App(), endpoint))
        assert answer.status == 422, answer.text
        assert (await alice.get(PATH)).status == 404
