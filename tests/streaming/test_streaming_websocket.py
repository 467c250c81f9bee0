"""Streams over WebSocket: what comes, what must not, and when they end."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest
from client_support import client_node, png
from streaming_support import Socket, listen, settled

from fedserver.bus.messages import Closed
from fedserver.db.queries import accounts
from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.unit import Unit
from fedserver.services import moderation, sessions
from fedserver.streaming import stream as stream_module


async def test_home_notifications_edits_and_deletions(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        await bob.follow(alice)
        async with listen(api, bob.token, "user") as socket:
            await settled(api, 1)
            made = await alice.publish("hello @bob", visibility="private")
            seen = [await socket.next(), await socket.next()]
            events = {each["event"]: each for each in seen}
            assert set(events) == {"update", "notification"}
            assert events["update"]["stream"] == ["user"] and events["update"]["payload"]["id"] == made["id"]
            note = events["notification"]["payload"]
            assert note["type"] == "mention" and note["status"]["id"] == made["id"]
            await bob.post(f"/api/v1/statuses/{made['id']}/favourite")
            await alice.send("PUT", f"/api/v1/statuses/{made['id']}", json={"status": "changed @bob"})
            update = await socket.next()
            assert update["event"] == "status.update" and update["payload"]["favourited"] is True
            assert "changed" in update["payload"]["content"]
            await alice.send("DELETE", f"/api/v1/statuses/{made['id']}")
            gone = await socket.next()
            assert (gone["event"], gone["payload"]) == ("delete", made["id"])


async def test_boosts_come_around_the_post(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        await bob.follow(eve)
        made = await alice.publish("boost me")
        await bob.post(f"/api/v1/statuses/{made['id']}/bookmark")
        async with listen(api, bob.token, "user") as socket, listen(api, bob.token, "public") as public:
            await settled(api, 2)
            await eve.post(f"/api/v1/statuses/{made['id']}/reblog")
            event = await socket.next()
            assert event["payload"]["reblog"]["id"] == made["id"] and event["payload"]["reblog"]["bookmarked"] is True
            await public.quiet()


async def test_public_streams_and_hashtags(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        far = await api.remote("carol")
        async with listen(api, bob.token) as socket:
            names = ("public", "public:local", "public:remote", "public:media")
            for name in names:
                await socket.ask("subscribe", name)
            await socket.ask("subscribe", "hashtag", tag="Tea")
            await socket.ask("subscribe", "hashtag:local", tag="tea")
            await settled(api, 6)

            async def streams(count: int) -> list[str]:
                return sorted(["/".join((await socket.next())["stream"]) for _ in range(count)])

            await alice.publish("plain")
            assert await streams(2) == ["public", "public:local"]
            await alice.publish("I drink #TEA")
            assert await streams(4) == ["hashtag/Tea", "hashtag:local/tea", "public", "public:local"]
            await api.receive(far, 1)
            assert await streams(2) == ["public", "public:remote"]
            medium = (await alice.upload(png())).json
            await alice.publish("picture", media_ids=[medium["id"]])
            assert await streams(3) == ["public", "public:local", "public:media"]
            for visibility in ("unlisted", "private", "direct"):
                await alice.publish("not for all #tea", visibility=visibility)
            await socket.quiet()
        async with listen(api, bob.token) as socket:
            await socket.ask("subscribe", "public")
            await settled(api, 1)
            await socket.ask("unsubscribe", "public")
            await settled(api, 0)
            await alice.publish("unheard")
            await socket.quiet()


async def test_direct_posts_are_conversations(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        await eve.follow(alice)
        await bob.follow(alice)
        async with (
            listen(api, bob.token, "direct") as mine,
            listen(api, eve.token, "direct") as other,
            listen(api, eve.token, "user") as home,
        ):
            await settled(api, 3)
            made = await alice.publish("@bob psst", visibility="direct")
            event = await mine.next()
            assert event["event"] == "conversation"
            assert event["payload"]["last_status"]["id"] == made["id"]
            assert [each["username"] for each in event["payload"]["accounts"]] == ["alice"]
            await asyncio.gather(other.quiet(), home.quiet())


async def test_nothing_that_could_not_be_read_otherwise(tmp_path: Path) -> None:
    """STR-05: blocks in both directions, mutes, blocked servers, limited authors."""
    async with client_node(tmp_path) as api:
        alice, blocker, blocked, muter, shutter, plain = [
            await api.person(name) for name in ("alice", "blocker", "blocked", "muter", "shutter", "plain")
        ]
        far = await api.remote("carol")
        await blocker.post(f"/api/v1/accounts/{alice.account_id}/block")
        await alice.post(f"/api/v1/accounts/{blocked.account_id}/block")
        await muter.post(f"/api/v1/accounts/{alice.account_id}/mute")
        await shutter.post("/api/v1/domain_blocks", json={"domain": "there.test"})
        async with (
            listen(api, blocker.token, "public") as one,
            listen(api, blocked.token, "public") as two,
            listen(api, muter.token, "public") as three,
            listen(api, shutter.token, "public") as four,
            listen(api, plain.token, "public") as all_of_it,
        ):
            await settled(api, 5)
            made = await alice.publish("to the others")
            assert (await all_of_it.next())["payload"]["id"] == made["id"]
            assert (await four.next())["payload"]["id"] == made["id"]
            await asyncio.gather(one.quiet(), two.quiet(), three.quiet())
            await api.receive(far, 1)
            assert (await all_of_it.next())["payload"]["account"]["acct"] == "carol@there.test"
            await four.quiet()

            def limit(unit: Unit) -> None:
                unit.run(accounts.change(alice.account_id, {"limited_at": unit.now}))

            await api.run(limit)
            await alice.publish("kept low")
            await all_of_it.quiet()


async def test_bytes_are_shared_but_flags_are_not(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        async with listen(api, alice.token, "public") as own, listen(api, bob.token, "public") as other:
            await settled(api, 2)
            await alice.publish("mine")
            mine, theirs = (await own.next())["payload"], (await other.next())["payload"]
            assert mine["pinned"] is False and "pinned" not in theirs
            assert theirs["favourited"] is False and theirs["filtered"] == []


@pytest.mark.parametrize("name", ["user", "public", "hashtag&tag=x", "direct", "user:notification"])
async def test_no_stream_without_a_users_token(tmp_path: Path, name: str) -> None:
    """STR-01, STR-07."""
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        app = await api.node.token(None, "read")
        revoked = await api.node.token(alice.user_id, "read", revoked_at=1)
        poor = await api.node.token(alice.user_id, "write read:accounts")
        for token, expected in (("", 401), ("invented", 401), (revoked, 401), (app, 422), (poor, 403)):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with listen(api, token, name):
                    pass
            assert refused.value.status == expected, token
        url = f"{api.node.base.replace('http', 'ws')}/api/v1/streaming?stream={name}"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with api.node.http.ws_connect(url, headers={"Cookie": f"session={alice.token}"}):
                pass


async def test_each_subscription_asks_for_its_scope(tmp_path: Path) -> None:
    """STR-02."""
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        posts = await api.node.token(alice.user_id, "read:statuses")
        notes = await api.node.token(alice.user_id, "read:notifications")
        async with listen(api, posts, "user:notification") as socket:
            assert (await socket.next())["status"] == 401
            await socket.ask("subscribe", "user")
            await settled(api, 1)
            await bob.publish("@alice hello")
            await socket.quiet()
        async with listen(api, notes, "user") as socket:
            assert (await socket.next())["status"] == 401
            await socket.ask("subscribe", "user:notification")
            await settled(api, 1)
            await bob.publish("@alice again")
            assert (await socket.next())["stream"] == ["user:notification"]


async def test_the_token_as_protocol_is_echoed(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        url = f"{api.node.base.replace('http', 'ws')}/api/v1/streaming/"
        async with api.node.http.ws_connect(url, protocols=(alice.token,)) as ws:
            assert ws.protocol == alice.token
            await Socket(ws).ask("subscribe", "user")
            await settled(api, 1)


async def test_odd_messages(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        async with listen(api, alice.token) as socket:
            for text in ("", "nonsense", "[]", "{}", '{"type": 5}', '{"type":"subscribe","stream":"list","list":"1"}'):
                await socket.ws.send_str(text)
                assert (await socket.next())["status"] in (404, 422), text
            await socket.ask("subscribe", "hashtag")
            assert (await socket.next())["status"] == 404
            for number in range(60):
                await socket.ask("subscribe", "hashtag", tag=f"tag{number}")
            assert (await socket.next())["status"] == 429
            await socket.ws.send_str("x" * 10_000)
            assert await _until_closed(socket) in (1009, 1006)


async def _until_closed(socket: Socket) -> int | None:
    while True:
        message = await socket.ws.receive(5)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return int(message.data)
        if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
            return socket.ws.close_code


@pytest.mark.parametrize("how", ["suspended", "disabled", "token", "password", "deleted app", "message"])
async def test_streams_end_with_their_access(tmp_path: Path, how: str) -> None:
    """STR-04: within 5 s, and nothing comes after that."""
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")

        def end(unit: Unit) -> None:
            if how == "suspended":
                moderation.suspend(unit, bob.account_id, None)
            elif how == "password":
                sessions.end_all(unit, bob.user_id)
            elif how == "message":
                unit.after(Closed(bob.account_id))
            else:
                # as another process would: this one is told nothing
                from fedserver.db.queries import users

                row = unit.all(oauth_rows.tokens_of_user(bob.user_id))[0]
                if how == "disabled":
                    unit.run(users.change(bob.user_id, {"state": "disabled"}))
                else:
                    unit.run(oauth_rows.revoke_token(row.id, unit.now))

        async with listen(api, bob.token, "public") as socket, listen(api, alice.token, "public") as other:
            await settled(api, 2)
            await api.run(end)
            assert await socket.closed(5.0) == 1008
            await alice.publish("after that")
            assert (await other.next())["event"] == "update"


async def test_frames_of_every_length_arrive_whole_and_in_order(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        async with listen(api, alice.token, "public") as socket:
            await settled(api, 1)
            (stream,) = api.node.parts.extra["streams"]._streams
            topic = next(iter(stream.topics))
            # around the bounds of RFC 6455, 5.2, and more than a socket takes at once
            payloads = [str(number).encode() + b"x" * size for number, size in enumerate((0, *range(60, 90), 65_400))]
            payloads += [b"y" * size for size in (65_470, 65_480, 65_490, 65_536, 3_000_000)] + [b"z"]
            for payload in payloads:
                assert stream.push(topic, stream_module.Event("update", payload))
            for payload in payloads:
                message = await socket.next_raw()
                assert message == {"stream": ["public"], "event": "update", "payload": payload.decode()}


async def test_the_end_of_the_process(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        async with listen(api, alice.token, "user") as socket:
            await settled(api, 1)
            api.bus.close()
            assert await socket.closed() == 1001
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with listen(api, alice.token, "user"):
                    pass
            assert refused.value.status == 503


async def test_limits_of_open_streams(tmp_path: Path) -> None:
    limits = {"streams_per_account": 2, "throttle_authenticated_api": "off"}
    async with client_node(tmp_path, config={"limits": limits}) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        async with listen(api, alice.token, "user"), listen(api, alice.token, "user"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with listen(api, alice.token, "user"):
                    pass
            assert refused.value.status == 429
            async with listen(api, bob.token, "user"):
                pass
        await settled(api, 0)
        async with listen(api, alice.token, "user"):
            await settled(api, 1)


async def test_a_reader_that_does_not_read_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "MAX_WAITING", 3)
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        async with listen(api, alice.token, "public") as socket:
            await settled(api, 1)
            hub = api.node.parts.extra["streams"]
            (stream,) = hub._streams
            topic = next(iter(stream.topics))
            event = stream_module.Event("update", b'"' + b"x" * 2_000_000 + b'"')
            # all at once, so that nobody has a turn in between: more than the system keeps, then three that wait
            pushed = [stream.push(topic, event) for _ in range(16)]
            kept = sum(pushed)
            assert 4 <= kept < 16 and pushed == [True] * kept + [False] * (16 - kept)
            stream.end(stream_module.TRY_LATER)
            assert await _until_closed(socket) == 1013
        await settled(api, 0)
        assert not hub._streams
