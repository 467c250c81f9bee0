"""STR: open streams."""

from __future__ import annotations

import aiohttp
import orjson
import pytest
from attack_people import PASSWORD, User, act_on, app_token, listen, newcomer, signed_in, subscriptions, token
from attack_world import BASE, World

STREAMS = ("user", "public", "public:local", "hashtag&tag=glass", "direct", "user:notification", "list&list=1")
PATHS = (
    "user",
    "user/notification",
    "public",
    "public/local",
    "public/remote",
    "hashtag?tag=glass",
    "hashtag/local?tag=glass",
    "direct",
    "list?list=1",
)


async def refusal(world: World, query: str, **headers: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with listen(world, query, **headers):
            pass
    return refused.value.status


async def test_STR_01_no_stream_without_a_users_valid_token_that_may_read(world: World) -> None:
    alice = await newcomer(world)
    revoked = await alice.token_with("read", revoked_at=1)
    expired = await alice.token_with("read", expires_at=1)
    app = await token(world, None, "read")
    poor = await alice.token_with("write read:accounts push")
    refused = {"": 401, "invented": 401, revoked: 401, expired: 401, app: 422, poor: 403}
    refused |= {world.pend.token: 403, world.susp.token: 401}
    for given, status in refused.items():
        for stream in STREAMS:
            assert await refusal(world, f"access_token={given}&stream={stream}") == status, (stream, status)
        for path in PATHS:
            mark = "&" if "?" in path else "?"
            answer = await world.get(f"/api/v1/streaming/{path}{mark}access_token={given}")
            assert answer.status == status, (path, status, answer.text)
            if given:
                assert (await world.get(f"/api/v1/streaming/{path}", token=given)).status == status, path


async def test_STR_02_each_subscription_needs_its_own_scope(world: World) -> None:
    alice, bob = await newcomer(world), await newcomer(world)
    posts = await alice.token_with("read:statuses")
    notes = await alice.token_with("read:notifications")
    async with listen(world, f"access_token={posts}&stream=user:notification") as socket:
        assert (await socket.next())["status"] in (401, 403)
        await socket.ask("user")
        await subscriptions(world, 1)
        # a mention is a notification, and this token may not read those, on any stream
        await bob.publish(f"@{alice.name} a mention")
        await alice.publish("str-02 marker")
        assert "str-02 marker" in await socket.text()
    assert (await world.get(f"/api/v1/streaming/user/notification?access_token={posts}")).status == 403
    async with listen(world, f"access_token={notes}&stream=user") as socket:
        assert (await socket.next())["status"] in (401, 403)
        for stream in ("public", "hashtag", "direct", "list"):
            await socket.ask(stream, tag="glass", list="1")
            assert (await socket.next())["status"] in (401, 403), stream
        await socket.ask("user:notification")
        await subscriptions(world, 1)
        await bob.publish(f"@{alice.name} another")
        assert (await socket.next())["event"] == "notification"
    assert (await world.get(f"/api/v1/streaming/user?access_token={notes}")).status == 403


@pytest.mark.parametrize("how", ["suspended", "disabled", "token revoked", "password changed", "signed out by app"])
async def test_STR_04_a_stream_ends_with_its_access(world: World, how: str) -> None:
    eve, bob, alice = await newcomer(world), await newcomer(world), await newcomer(world)
    async with (
        listen(world, f"access_token={eve.token}&stream=public") as socket,
        listen(world, f"access_token={bob.token}&stream=public") as other,
    ):
        await subscriptions(world, 2)
        if how == "signed out by app":
            # an application's token goes as the application says
            client, eve.token = await app_token(world, eve)
            async with listen(world, f"access_token={eve.token}&stream=public") as third:
                await subscriptions(world, 3)
                answer = await world.send("POST", "/oauth/revoke", json={**client, "token": eve.token})
                assert answer.status == 200
                assert await third.closed() == 1008
        else:
            await _end(world, eve, how)
            assert await socket.closed() == 1008
        await alice.publish(f"after {how}")
        assert f"after {how}" in await other.text()
        assert await refusal(world, f"access_token={eve.token}&stream=public") in (401, 403)


async def _end(world: World, eve: User, how: str) -> None:
    """Through the doors, as moderators and users do it."""
    if how in ("suspended", "disabled"):
        browser = await signed_in(await newcomer(world, "admin"))
        answer = await act_on(browser, eve, {"suspended": "suspend", "disabled": "disable"}[how])
    else:
        browser = await signed_in(eve)
        if how == "token revoked":
            newest = world.query("SELECT max(id) FROM oauth_tokens WHERE user_id = ?", eve.user_id)[0][0]
            await browser.go("/settings/access")
            answer = await browser.submit(f"/settings/tokens/{newest}/revoke", {})
        else:
            await browser.go("/settings/password")
            fields = {"current": PASSWORD, "password": PASSWORD, "again": PASSWORD}
            answer = await browser.submit("/settings/password", fields)
    assert answer.status == 303, answer.text[:500]


async def test_STR_05_nothing_that_the_listener_could_not_read_by_asking(world: World) -> None:
    alice, bob, stranger, blocked, muter, eve = [await newcomer(world) for _ in range(6)]
    await bob.follow(alice)
    await alice.post(f"/api/v1/accounts/{blocked.account_id}/block")
    await muter.post(f"/api/v1/accounts/{alice.account_id}/mute")
    own = (await bob.post("/api/v1/lists", json={"title": "x"})).json["id"]
    members = {"account_ids": [str(alice.account_id)]}
    assert (await bob.post(f"/api/v1/lists/{own}/accounts", json=members)).status == 200
    words = {"title": "x", "context": ["home"], "filter_action": "hide", "keywords_attributes": [{"keyword": "open"}]}
    assert (await bob.post("/api/v2/filters", json=words)).status == 200
    async with (
        listen(world, f"access_token={stranger.token}&stream=public") as everything,
        listen(world, f"access_token={blocked.token}&stream=public") as shut_out,
        listen(world, f"access_token={muter.token}&stream=public") as muting,
        listen(world, f"access_token={bob.token}&stream=user") as follower,
    ):
        # somebody else's list cannot be listened to
        await everything.ask("list", list=own)
        assert (await everything.next())["status"] == 404
        for stream in ("public:local", "hashtag", "user", "direct"):
            await everything.ask(stream, tag="glass")
        await subscriptions(world, 8)
        await alice.publish("for followers #glass", visibility="private")
        await alice.publish("direct to nobody #glass", visibility="direct")
        await alice.publish("quiet #glass", visibility="unlisted")
        await alice.publish("open to all")
        assert "for followers" in await follower.text()
        assert "quiet" in await follower.text()
        # what a word of the listener's stands in says so, as it does when asked for
        heard = orjson.loads((await follower.next())["payload"])
        assert "open to all" in heard["content"] and heard["filtered"][0]["keyword_matches"] == ["open"]
        # the very next thing that comes is the next thing that may be read
        assert "open to all" in await everything.text()
        await eve.publish("from somebody else")
        assert "from somebody else" in await shut_out.text()
        assert "from somebody else" in await muting.text()


async def test_STR_07_a_cookie_opens_no_socket(world: World) -> None:
    browser = await signed_in(await newcomer(world))
    assert (await browser.go("/settings/profile")).status == 200
    for origin in ("https://evil.test", BASE, "null"):
        for stream in STREAMS:
            status = await refusal(world, f"stream={stream}", Cookie=browser.cookie(), Origin=origin)
            assert status == 401, (origin, stream)
