"""SSRF-29: nobody makes this node knock somewhere by subscribing to push messages."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from attack_people import User, newcomer
from attack_world import World
from webpush_receiver import App

PATH = "/api/v1/push/subscription"


async def _subscribe(user: User, endpoint: str) -> int:
    app = App()
    given: dict[str, Any] = {"endpoint": endpoint, "keys": {"p256dh": app.p256dh, "auth": app.auth}}
    data = {"alerts": {"mention": True, "follow": True}}
    return (await user.post(PATH, json={"subscription": given, "data": data})).status


async def test_SSRF_29_a_push_endpoint_inside(world: World) -> None:
    port = world.canary.port
    victim, friend = await newcomer(world), await newcomer(world)
    literal = ("127.0.0.1", "[::1]", "0.0.0.0", "2130706433", "[::ffff:7f00:1]", "169.254.169.254")
    for host in literal:
        assert await _subscribe(victim, f"https://{host}:{port}/p") == 422, host
        assert await _subscribe(victim, f"http://{host}/p") == 422, host
    # names are judged when they are dialled, each time
    names = {
        "localhost": ["127.0.0.1"],
        "push-inner.test": ["127.0.0.1"],
        "push-turns.test": ["127.0.1.77", "127.0.0.1"],
        "push-far.test": ["10.0.0.1"],
    }
    for name, addresses in names.items():
        world.names.add(name, *addresses)
        for endpoint in (f"https://{name}/p", f"https://{name}:{port}/p"):
            hits = world.canary.hits
            world.dialled.clear()
            if await _subscribe(victim, endpoint) == 422:
                continue
            await friend.publish(f"@{victim.name} knock")
            await world.settled()
            assert world.canary.hits == hits, endpoint
            # what is dialled is judged before: nothing inside was
            inside = [pair for pair in world.dialled if pair[0] in ("127.0.0.1", "10.0.0.1") and pair[1] in (443, port)]
            assert inside == [], endpoint
    world.dialled.clear()


async def test_SSRF_29_a_push_service_that_sends_us_elsewhere(world: World) -> None:
    """A redirect is an answer like any other: it is not followed, and nothing of the message goes anywhere."""
    victim, friend = await newcomer(world), await newcomer(world)
    evil, target = world.evil, f"http://127.0.0.1:{world.canary.port}/"

    async def away(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        return web.Response(status=307, headers={"Location": target})

    evil.pages["https://evil.test/push"] = away
    assert await _subscribe(victim, "https://evil.test/push") == 200
    hits = world.canary.hits
    await friend.publish(f"@{victim.name} knock")
    await world.settled()
    assert evil.asked("/push", "POST") == 1, "the message left"
    assert world.canary.hits == hits
