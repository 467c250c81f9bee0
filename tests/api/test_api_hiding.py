"""Blocks, mutes and blocked servers: one table of who is hidden from whom, and where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from client_support import AS_PUBLIC, Api, Person, client_node

from fedserver.db.queries import accounts
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.services import blocks, follows, remote
from protocol.activitystreams.values import Hashtag, Mention, Object

READER, HIDDEN = "reader", "hidden"
# where a post of somebody hidden could show up; True: it does not
PLACES = (
    "home",
    "public",
    "local or remote",
    "tag",
    "list",
    "context",
    "notifications",
    "search",
    "boost of it",
    "named by others",
)
HOW = ("block", "mute", "mute for a while", "blocked by", "domain block")
# Mastodon 4.5: who is named in a post hides it from home when blocked or muted, not when they block, nor by domain
NAMED = {"block", "mute", "mute for a while"}


async def _hide(api: Api, reader: Person, hidden: Account, how: str) -> None:
    path = f"/api/v1/accounts/{hidden.id}"
    if how == "block":
        await reader.post(f"{path}/block")
    elif how == "mute":
        await reader.post(f"{path}/mute")
    elif how == "mute for a while":
        await reader.post(f"{path}/mute", json={"duration": 3600})
    elif how == "domain block":
        await reader.post("/api/v1/domain_blocks", json={"domain": hidden.domain})
    else:

        def work(unit: Unit) -> None:
            blocks.block(unit, unit.get(accounts.by_id(hidden.id)), unit.get(accounts.by_id(reader.account_id)))

        await api.run(work)


async def _places(api: Api, reader: Person, hidden: Account, before: Callable[[], Awaitable[None]]) -> dict[str, bool]:
    """For each place, whether the hidden person's posts show up there for the reader."""
    friend = await api.person("friend")
    await reader.follow(friend)
    await reader.follow(hidden)
    await api.run(lambda unit: _accept(unit, reader, hidden))
    number = (await reader.post("/api/v1/lists", json={"title": "x"})).json["id"]
    members = {"account_ids": [str(friend.account_id), str(hidden.id)]}
    assert (await reader.post(f"/api/v1/lists/{number}/accounts", json=members)).status == 200
    root = await reader.publish("root")
    early = await api.receive(hidden, 1, "<p>early</p>")
    await before()
    post = await api.run(lambda unit: _reply(unit, hidden, reader, root))
    boost = (await friend.post(f"/api/v1/statuses/{early}/reblog")).json
    about = await friend.publish(f"about @{hidden.acct}")

    async def ids(path: str, pick: Any = lambda found: found) -> set[str]:
        answer = await reader.get(path)
        assert answer.status == 200, (path, answer.text)
        return {each["id"] for each in pick(answer.json)}

    home = await ids("/api/v1/timelines/home")
    everywhere = {str(early), str(post)}
    notes = (await reader.get("/api/v1/notifications")).json
    return {
        "home": bool(home & everywhere),
        "public": bool(await ids("/api/v1/timelines/public") & everywhere),
        "local or remote": bool(await ids("/api/v1/timelines/public?remote=true") & everywhere),
        "tag": str(post) in await ids("/api/v1/timelines/tag/tea"),
        "list": bool(await ids(f"/api/v1/timelines/list/{number}") & everywhere),
        "context": str(post) in await ids(f"/api/v1/statuses/{root['id']}/context", lambda found: found["descendants"]),
        "notifications": any(each["account"]["id"] == str(hidden.id) for each in notes),
        "search": bool(await ids("/api/v2/search?q=late&type=statuses", lambda found: found["statuses"]) & everywhere),
        "boost of it": boost["id"] in home,
        "named by others": about["id"] in home,
    }


def _reply(unit: Unit, hidden: Account, reader: Person, root: dict[str, Any]) -> int:
    """A public answer to the reader with a tag, as the inbox gets it."""
    me = unit.get(accounts.by_id(reader.account_id))
    given = Object(
        id=f"{hidden.uri}/notes/2",
        type="Note",
        url=f"{hidden.uri}/notes/2",
        attributed_to=hidden.uri,
        content_html="<p>late</p>",
        hashtags=(Hashtag("tea", None),),
        in_reply_to=root["uri"],
        mentions=(Mention(me.uri, "@reader"),),
        to=(AS_PUBLIC, me.uri),
    )
    made = remote.receive_status(unit, unit.get(accounts.by_id(hidden.id)), given, mentioned=(me,))
    assert made is not None
    return made.id


def _accept(unit: Unit, reader: Person, hidden: Account) -> None:
    follows.accept(unit, unit.get(accounts.by_id(hidden.id)), unit.get(accounts.by_id(reader.account_id)))


async def test_nothing_is_hidden_without_a_reason(tmp_path: Path) -> None:
    """The table's ground: the places do show such posts."""
    async with client_node(tmp_path) as api:
        reader, hidden = await api.person(READER), await api.remote(HIDDEN, indexable=True)

        async def nothing() -> None:
            pass

        assert await _places(api, reader, hidden, nothing) == dict.fromkeys(PLACES, True)


@pytest.mark.parametrize("how", HOW)
async def test_who_is_hidden_is_hidden_everywhere(tmp_path: Path, how: str) -> None:
    async with client_node(tmp_path) as api:
        reader, hidden = await api.person(READER), await api.remote(HIDDEN, indexable=True)
        found = await _places(api, reader, hidden, lambda: _hide(api, reader, hidden, how))
        expected = {**dict.fromkeys(PLACES, False), "named by others": how not in NAMED}
        assert found == expected


async def test_an_expired_mute_hides_nothing(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        reader, hidden = await api.person(READER), await api.remote(HIDDEN, indexable=True)

        async def shortly() -> None:
            await reader.post(f"/api/v1/accounts/{hidden.id}/mute", json={"duration": 1})
            listed = (await reader.get("/api/v1/mutes")).json
            assert [each["id"] for each in listed] == [str(hidden.id)] and listed[0]["mute_expires_at"] is not None
            await asyncio.sleep(1.1)
            assert (await reader.get("/api/v1/mutes")).json == []
            relation = (await reader.get(f"/api/v1/accounts/relationships?id[]={hidden.id}")).json[0]
            assert (relation["muting"], relation["muting_notifications"]) == (False, False)

        assert await _places(api, reader, hidden, shortly) == dict.fromkeys(PLACES, True)


async def test_a_mute_has_an_end_or_none(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob = await api.person("alice"), await api.person("bob")
        path = f"/api/v1/accounts/{bob.account_id}/mute"
        cases: list[tuple[dict[str, int], bool]] = [({}, False), ({"duration": 60}, True), ({"duration": 0}, False)]
        for body, expires in cases:
            found = (await alice.post(path, json=body)).json
            assert (found["muting"], found["muting_notifications"]) == (True, True)
            (listed,) = (await alice.get("/api/v1/mutes")).json
            assert (listed["mute_expires_at"] is not None) is expires
        found = (await alice.post(path, json={"notifications": False})).json
        assert (found["muting"], found["muting_notifications"]) == (True, False)
        for wrong in ({"duration": "soon"}, {"notifications": "some"}):
            assert (await alice.post(path, json=wrong)).status == 422


async def test_blocked_servers(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        far = await api.remote("carol")
        await alice.follow(far)
        await api.run(lambda unit: _accept(unit, alice, far))
        path, body = "/api/v1/domain_blocks", {"domain": "There.Test"}
        preview = await alice.get(f"{path}/preview?domain=there.test")
        assert (preview.status, preview.json) == (200, {"following_count": 1, "followers_count": 0})
        nobody = await alice.get(f"{path}/preview?domain=else.test")
        assert nobody.json == {"following_count": 0, "followers_count": 0}
        assert (await alice.get(f"{path}/preview")).status == 422
        assert (await alice.get(f"{path}/preview?domain=a%20b")).status == 422
        poor = await api.node.token(alice.user_id, "read")
        assert (await api.node.get(f"{path}/preview?domain=there.test", token=poor)).status == 403
        assert (await alice.post(path, json=body)).json == {}
        for number in range(4):
            await alice.post(path, json={"domain": f"d{number}.test"})
        assert (await alice.get(path)).json == ["d3.test", "d2.test", "d1.test", "d0.test", "there.test"]
        first = await alice.get(f"{path}?limit=2")
        assert first.json == ["d3.test", "d2.test"] and 'rel="next"' in first.headers["Link"]
        wrong = await alice.post(path, json={"domain": "not a domain"})
        assert (wrong.status, wrong.json["error"]) == (422, "Validation failed: Domain is not a valid domain name")
        assert (await alice.get(f"/api/v1/accounts/relationships?id[]={far.id}")).json[0]["following"] is False
        assert (await alice.send("DELETE", path, json=body)).json == {}
        assert "there.test" not in (await alice.get(path)).json
