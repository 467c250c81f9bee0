"""Custom emoji of other servers are shown under our own address and fetched by the node, never by its readers."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

from aiohttp import web
from client_support import client_node, png
from node_support import free_port

from fedserver.net.client import Client
from fedserver.net.settings import NetSettings
from fedserver.services import moderation
from protocol.activitystreams.values import Emoji


async def test_the_picture_is_ours(tmp_path: Path) -> None:
    port, asked = free_port(), list[str]()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(request.path)
        return web.Response(body=png(64, 64), content_type="image/png")

    runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    settings = NetSettings(
        "test",
        allow_http=True,
        allow_addresses=(ip_network("127.0.0.0/8"),),
        hosts={"there.test": f"127.0.0.1:{port}"},
    )
    async with Client(settings) as net, client_node(tmp_path, net=net) as api:
        bob = await api.person("bob")
        far = await api.remote("far")
        emojis = (Emoji("blob", "http://there.test/blob.png"), Emoji("bad name", "http://there.test/x.png"))
        first = await api.receive(far, 1, "<p>:blob:</p>", emojis=emojis)
        second = await api.receive(far, 2, "<p>:blob: again</p>", emojis=emojis)
        shown = (await bob.get(f"/api/v1/statuses/{first}")).json["emojis"]
        assert [each["shortcode"] for each in shown] == ["blob"]
        base = api.node.base
        assert shown[0]["url"].startswith(f"{base}/media/") and shown[0]["static_url"].startswith(f"{base}/media/")
        assert (await bob.get(f"/api/v1/statuses/{second}")).json["emojis"] == shown, "one picture for all posts"
        assert asked == [], "nothing is fetched before somebody looks"
        for kind, type_ in (("url", "image/png"), ("static_url", "image/webp")):
            found = await api.node.get(shown[0][kind].removeprefix(base))
            assert found.status == 200 and found.headers["Content-Type"] == type_
        assert asked == ["/blob.png"]
        assert (await api.node.get(shown[0]["url"].removeprefix(base)[:-6] + "x/full")).status == 404

    await runner.cleanup()


async def test_a_server_whose_media_are_refused_has_no_emoji(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        bob = await api.person("bob")

        def refuse(unit: Any) -> None:
            moderation.block_domain(unit, "there.test", None, severity="limit", reject_media=True)

        await api.run(refuse)
        far = await api.remote("far")
        post = await api.receive(far, 1, "<p>:blob:</p>", emojis=(Emoji("blob", "http://there.test/blob.png"),))
        assert (await bob.get(f"/api/v1/statuses/{post}")).json["emojis"] == []
