"""Every method that clients read with (all GET rows of T0, T1 and T2) against the shape of the entity it answers with.

A list without an item would say nothing, so the world is furnished until there is something in each.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import clients_shapes as s
import clients_shapes_more as m
import pytest
from clients_city import Browser, city
from clients_rows import ROWS
from clients_shapes import faults
from clients_world import PEOPLE, World
from node_support import Person

from fedserver.app import all_routes

pytestmark = pytest.mark.clients

_A, _S, _F = "/api/v1/accounts", "/api/v1/statuses", "/api/v2/filters"
_N1, _N2, _I = "/api/v1/notifications", "/api/v2/notifications", "/api/v1/instance"

# row of the reference: (path in the world, shape)
READ: dict[str, tuple[str, Any]] = {
    f"{_A}/:id": (f"{_A}/{{zoe}}", s.ACCOUNT),
    f"{_A}/:id/statuses": (f"{_A}/{{zoe}}/statuses", [s.MY_STATUS]),
    f"{_A}/:id/featured_tags": (f"{_A}/{{alice}}/featured_tags", [m.FEATURED_TAG]),
    f"{_A}/:id/followers": (f"{_A}/{{alice}}/followers", [s.ACCOUNT]),
    f"{_A}/:id/following": (f"{_A}/{{alice}}/following", [s.ACCOUNT]),
    f"{_A}/:id/lists": (f"{_A}/{{ben}}/lists", [s.LIST]),
    f"{_A}/:id/endorsements": (f"{_A}/{{alice}}/endorsements", [s.ACCOUNT]),
    f"{_A}/lookup": (f"{_A}/lookup?acct=ben@beta.test", s.ACCOUNT),
    f"{_A}/relationships": (f"{_A}/relationships?id[]={{zoe}}&id[]={{ben}}", [s.RELATIONSHIP]),
    f"{_A}/verify_credentials": (f"{_A}/verify_credentials", s.CREDENTIAL_ACCOUNT),
    f"{_A}/familiar_followers": (f"{_A}/familiar_followers?id[]={{zoe}}", [m.FAMILIAR_FOLLOWERS]),
    f"{_A}/search": (f"{_A}/search?q=zoe", [s.ACCOUNT]),
    _A: (f"{_A}?id[]={{zoe}}&id[]={{ben}}", [s.ACCOUNT]),
    "/api/v1/announcements": ("/api/v1/announcements", [m.ANNOUNCEMENT]),
    "/api/v1/async_refreshes/:id": ("/api/v1/async_refreshes/{refresh}", m.ASYNC_REFRESH),
    "/api/v1/blocks": ("/api/v1/blocks", [s.ACCOUNT]),
    "/api/v1/bookmarks": ("/api/v1/bookmarks", [s.MY_STATUS]),
    "/api/v1/conversations": ("/api/v1/conversations", [s.CONVERSATION]),
    "/api/v1/custom_emojis": ("/api/v1/custom_emojis", [m.OWN_EMOJI]),
    "/api/v1/directory": ("/api/v1/directory", [s.ACCOUNT]),
    "/api/v1/domain_blocks": ("/api/v1/domain_blocks", [str]),
    "/api/v1/domain_blocks/preview": (
        "/api/v1/domain_blocks/preview?domain=beta.test",
        {"following_count": int, "followers_count": int},
    ),
    "/api/v1/endorsements": ("/api/v1/endorsements", [s.ACCOUNT]),
    "/api/v1/favourites": ("/api/v1/favourites", [s.MY_STATUS]),
    "/api/v1/featured_tags": ("/api/v1/featured_tags", [m.FEATURED_TAG]),
    "/api/v1/featured_tags/suggestions": ("/api/v1/featured_tags/suggestions", [m.FULL_TAG]),
    "/api/v1/filters": ("/api/v1/filters", [s.FILTER_V1]),
    "/api/v1/filters/:id": ("/api/v1/filters/{keyword}", s.FILTER_V1),
    "/api/v1/follow_requests": ("/api/v1/follow_requests", [s.ACCOUNT]),
    "/api/v1/followed_tags": ("/api/v1/followed_tags", [m.FULL_TAG]),
    _I: (_I, s.INSTANCE_V1),
    f"{_I}/activity": (f"{_I}/activity", [m.WEEK]),
    f"{_I}/domain_blocks": (f"{_I}/domain_blocks", [m.DOMAIN_BLOCK]),
    f"{_I}/extended_description": (f"{_I}/extended_description", m.TEXT_PAGE),
    f"{_I}/languages": (f"{_I}/languages", [m.LANGUAGE]),
    f"{_I}/peers": (f"{_I}/peers", [str]),
    f"{_I}/privacy_policy": (f"{_I}/privacy_policy", m.TEXT_PAGE),
    f"{_I}/rules": (f"{_I}/rules", [s.RULE]),
    f"{_I}/terms_of_service": (f"{_I}/terms_of_service", m.TERMS),
    f"{_I}/terms_of_service/:id": (f"{_I}/terms_of_service/{{terms}}", m.TERMS),
    "/api/v1/lists": ("/api/v1/lists", [s.LIST]),
    "/api/v1/lists/:id": ("/api/v1/lists/{list}", s.LIST),
    "/api/v1/lists/:id/accounts": ("/api/v1/lists/{list}/accounts", [s.ACCOUNT]),
    "/api/v1/markers": ("/api/v1/markers?timeline[]=home", {"home": s.MARKER}),
    "/api/v1/media/:id": ("/api/v1/media/{medium}", s.MEDIA),
    "/api/v1/mutes": ("/api/v1/mutes", [s.MUTED_ACCOUNT]),
    _N1: (_N1, [s.NOTIFICATION]),
    f"{_N1}/:id": (f"{_N1}/{{notification}}", s.NOTIFICATION),
    f"{_N1}/requests": (f"{_N1}/requests", [m.REQUEST]),
    f"{_N1}/requests/:id": (f"{_N1}/requests/{{request}}", m.REQUEST),
    f"{_N1}/requests/merged": (f"{_N1}/requests/merged", {"merged": bool}),
    f"{_N1}/unread_count": (f"{_N1}/unread_count", m.COUNT),
    _N2: (_N2, m.GROUPED),
    f"{_N2}/:id": (f"{_N2}/{{group}}", m.GROUPED),
    f"{_N2}/:id/accounts": (f"{_N2}/{{group}}/accounts", [s.ACCOUNT]),
    f"{_N2}/policy": (f"{_N2}/policy", m.POLICY),
    f"{_N2}/unread_count": (f"{_N2}/unread_count", m.COUNT),
    "/api/v1/polls/:id": ("/api/v1/polls/{poll}", {**s.POLL, "voted": bool, "own_votes": [int]}),
    "/api/v1/preferences": ("/api/v1/preferences", s.PREFERENCES),
    "/api/v1/profile": ("/api/v1/profile", m.PROFILE),
    "/api/v1/push/subscription": ("/api/v1/push/subscription", m.PUSH),
    "/api/v1/scheduled_statuses": ("/api/v1/scheduled_statuses", [m.SCHEDULED]),
    "/api/v1/scheduled_statuses/:id": ("/api/v1/scheduled_statuses/{scheduled}", m.SCHEDULED),
    # the first version of the search gave names of tags
    "/api/v1/search": ("/api/v1/search?q=salmon", {**s.SEARCH, "hashtags": [str]}),
    "/api/v2/search": ("/api/v2/search?q=salmon", s.SEARCH),
    _S: (f"{_S}?id[]={{note}}&id[]={{far}}", [s.MY_STATUS]),
    f"{_S}/:id": (f"{_S}/{{quoting}}", {**s.MY_STATUS, "quote": s.QUOTE}),
    f"{_S}/:id/card": (f"{_S}/{{linked}}/card", s.CARD),
    f"{_S}/:id/context": (f"{_S}/{{reply}}/context", s.CONTEXT),
    f"{_S}/:id/favourited_by": (f"{_S}/{{note}}/favourited_by", [s.ACCOUNT]),
    f"{_S}/:id/history": (f"{_S}/{{note}}/history", [s.STATUS_EDIT]),
    f"{_S}/:id/quotes": (f"{_S}/{{note}}/quotes", [s.MY_STATUS]),
    f"{_S}/:id/reblogged_by": (f"{_S}/{{reply}}/reblogged_by", [s.ACCOUNT]),
    f"{_S}/:id/source": (f"{_S}/{{note}}/source", s.STATUS_SOURCE),
    "/api/v1/suggestions": ("/api/v1/suggestions", [s.ACCOUNT]),
    "/api/v2/suggestions": ("/api/v2/suggestions", [m.SUGGESTION]),
    "/api/v1/tags/:id": ("/api/v1/tags/salmon", m.FULL_TAG),
    "/api/v1/timelines/direct": ("/api/v1/timelines/direct", [s.MY_STATUS]),
    "/api/v1/timelines/home": ("/api/v1/timelines/home", [s.MY_STATUS]),
    "/api/v1/timelines/link": ("/api/v1/timelines/link?url={link}", [s.MY_STATUS]),
    "/api/v1/timelines/list/:id": ("/api/v1/timelines/list/{list}", [s.MY_STATUS]),
    "/api/v1/timelines/public": ("/api/v1/timelines/public", [s.MY_STATUS]),
    "/api/v1/timelines/tag/:id": ("/api/v1/timelines/tag/salmon", [s.MY_STATUS]),
    "/api/v1/trends": ("/api/v1/trends", [m.FULL_TAG]),
    "/api/v1/trends/links": ("/api/v1/trends/links", [m.TREND_LINK]),
    "/api/v1/trends/statuses": ("/api/v1/trends/statuses", [s.MY_STATUS]),
    "/api/v1/trends/tags": ("/api/v1/trends/tags", [m.FULL_TAG]),
    _F: (_F, [s.FILTER]),
    f"{_F}/:id": (f"{_F}/{{filter}}", s.FILTER),
    f"{_F}/:id/keywords": (f"{_F}/{{filter}}/keywords", [s.FILTER_KEYWORD]),
    f"{_F}/:id/statuses": (f"{_F}/{{filter}}/statuses", [s.FILTER_STATUS]),
    f"{_F}/keywords/:id": (f"{_F}/keywords/{{keyword}}", s.FILTER_KEYWORD),
    f"{_F}/statuses/:id": (f"{_F}/statuses/{{filtered}}", s.FILTER_STATUS),
    "/api/v2/instance": ("/api/v2/instance", s.INSTANCE),
    # what is no method of the client API, and open to everybody
    "/.well-known/nodeinfo": ("/.well-known/nodeinfo", {"links": [{"rel": s.URL, "href": s.URL}]}),
    "/.well-known/oauth-authorization-server": ("/.well-known/oauth-authorization-server", s.AUTHORIZATION_SERVER),
    "/.well-known/webfinger": ("/.well-known/webfinger?resource=acct:alice@alpha.test", s.WEBFINGER),
    "/nodeinfo/:id": ("/nodeinfo/2.1", s.NODEINFO),
}
# what is no JSON: its type and how it begins
TEXTS: dict[str, tuple[str, str, str]] = {
    "/.well-known/host-meta": ("/.well-known/host-meta", "application/xrd+xml", "<?xml"),
    "/api/v1/streaming/health": ("/api/v1/streaming/health", "text/plain", "OK"),
    "/health": ("/health", "text/plain", "OK"),
}
_EVENT = {"update": s.MY_STATUS, "notification": s.NOTIFICATION, "conversation": s.CONVERSATION}
# path of a stream and the event that comes of what `_talk` does
STREAMS: dict[str, tuple[str, str]] = {
    "/api/v1/streaming/user": ("user", "update"),
    "/api/v1/streaming/user/notification": ("user/notification", "notification"),
    "/api/v1/streaming/public": ("public", "update"),
    "/api/v1/streaming/public/local": ("public/local", "update"),
    "/api/v1/streaming/public/remote": ("public/remote", "update"),
    "/api/v1/streaming/hashtag": ("hashtag?tag=salmon", "update"),
    "/api/v1/streaming/hashtag/local": ("hashtag/local?tag=salmon", "update"),
    "/api/v1/streaming/list": ("list?list={list}", "update"),
    "/api/v1/streaming/direct": ("direct", "conversation"),
}
# tested below by name
BY_HAND = {"/api/v1/streaming", "/api/v1/apps/verify_credentials", "/oauth/authorize", "/oauth/userinfo"}


def test_every_row_has_a_shape() -> None:
    """A GET row of the reference, or of the table of routes, that nobody has checked fails here."""
    rows = set(ROWS.split())
    assert len(rows) == 114
    assert rows == {*READ, *TEXTS, *STREAMS, *BY_HAND}
    # and every GET route of the client API is a row, but for these
    known = {_plain(row) for row in rows}
    more = {_plain(each.path) for each in all_routes() if each.method == "GET" and each.path.startswith("/api/")}
    # what moderation apps ask for: test_clients_admin, test_clients_admin_domains
    more = {path for path in more if "/admin/" not in path}
    assert more - known == {_plain(each) for each in BEYOND}


def _plain(path: str) -> str:
    return "/".join("*" if part[:1] in (":", "{") else part for part in path.split("/"))


# an own method of Pleroma, an old address, the old form of the policy, and a page that only a browser asks for
BEYOND = (
    "/api/v1/pleroma/statuses/{id}/reactions",
    "/api/v1_alpha/async_refreshes/{id}",
    f"{_N1}/policy",
    "/api/v1/emails/check_confirmation",
    # what only fedserver has; its own tests look at the shapes
    "/api/v1/feeds",
    "/api/v1/media/{id}/claims",
    "/api/v1/statuses/{id}/remixes",
    "/api/v1/statuses/{id}/why",
    *(f"/api/v1/{what}{part}" for what in ("decisions", "own_feeds", "proposals") for part in ("", "/{id}")),
    "/api/v1/feeds/elsewhere",
    "/api/v1/labels",
    "/api/v1/labelers",
)


async def test_every_answer_has_its_shape(tmp_path: Path) -> None:
    async with city(tmp_path, **PEOPLE) as (alpha, beta):
        world = World(alpha, beta)
        await world.furnish()
        world["terms"] = (await alpha.alice.get(f"{_I}/terms_of_service"))["effective_date"]
        wrong: list[str] = []
        for row, (path, shape) in READ.items():
            status, found, headers = await alpha.alice.raw("GET", path.format_map(world))
            if status != 200:
                wrong.append(f"{row}: {status} {found}")
                continue
            assert "json" in headers["Content-Type"], row
            wrong += [f"{row} {fault}" for fault in faults(found, shape)]
            wrong += [f"{row}{empty} is empty" for empty in _empty(found, shape)]
        assert not wrong, "\n".join(wrong)
        await _texts(alpha.alice)
        await _by_hand(alpha.alice, world)
        await _streams(world)


def _empty(found: Any, shape: Any) -> list[str]:
    """Lists at the top of an answer in which there is nothing."""
    if isinstance(found, list):
        return [] if found else [""]
    if isinstance(found, dict) and isinstance(shape, dict) and {"accounts", "statuses"} <= set(shape):
        # nobody is named like the word that is searched for
        return [f".{key}" for key, value in found.items() if value == [] and key != "accounts"]
    return []


async def _texts(alice: Person) -> None:
    for path, kind, begin in TEXTS.values():
        async with alice.node.http.get(alice.node.url + path) as response:
            assert (response.status, response.content_type) == (200, kind), path
            assert (await response.text()).startswith(begin), path


async def _by_hand(alice: Person, world: World) -> None:
    node = alice.node
    headers = {"Authorization": f"Bearer {world['profile_token']}"}
    async with node.http.get(f"{node.url}/oauth/userinfo", headers=headers) as response:
        found = await response.json()
        assert response.status == 200 and not faults(found, m.USERINFO), faults(found, m.USERINFO)
    asked = {"client_name": "Shapes", "redirect_uris": ["urn:ietf:wg:oauth:2.0:oob"]}
    async with node.http.post(f"{node.url}/api/v1/apps", json=asked) as response:
        app = await response.json()
    assert not faults(app, s.CREDENTIAL_APPLICATION), faults(app, s.CREDENTIAL_APPLICATION)
    page = await Browser(node.url).go(
        "GET", f"/oauth/authorize?client_id={app['client_id']}&response_type=code&redirect_uri={app['redirect_uri']}"
    )
    assert page.status == 200 and "<form" in page.text
    grant = {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "redirect_uri": app["redirect_uri"],
    }
    async with node.http.post(f"{node.url}/oauth/token", json=grant) as response:
        token = await response.json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    async with node.http.get(f"{node.url}/api/v1/apps/verify_credentials", headers=headers) as response:
        found = await response.json()
    assert not faults(found, s.APPLICATION), faults(found, s.APPLICATION)


async def _streams(world: World) -> None:
    """What comes on each stream, and on the socket, has the shape of what is read."""
    alice = world.alpha.alice
    ready = [asyncio.Event() for _ in range(len(STREAMS) + 1)]
    listening = [
        asyncio.create_task(_heard(alice, path.format_map(world), event, ready[number]))
        for number, (path, event) in enumerate(STREAMS.values())
    ]
    listening.append(asyncio.create_task(_on_the_socket(alice, ready[-1])))
    async with asyncio.timeout(20):
        await asyncio.gather(*(each.wait() for each in ready))
        await _talk(world)
        wrong = [fault for found in await asyncio.gather(*listening) for fault in found]
    assert not wrong, "\n".join(wrong)


async def _talk(world: World) -> None:
    ben, yan = world.beta.ben, world.alpha.yan
    await yan.post("/api/v1/statuses", json={"status": "one more #salmon"})
    await ben.post("/api/v1/statuses", json={"status": "and mine #salmon"})
    await ben.post("/api/v1/statuses", json={"status": "@alice@alpha.test psst again", "visibility": "direct"})


async def _heard(person: Person, path: str, wanted: str, ready: asyncio.Event) -> list[str]:
    url = f"{person.node.url}/api/v1/streaming/{path}"
    async with person.node.http.get(url, headers={"Authorization": f"Bearer {person.token}"}) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream"), path
        ready.set()
        event = ""
        while True:
            line = (await response.content.readline()).decode()
            assert line, f"{path} ended"
            if line.startswith("event: "):
                event = line.removeprefix("event: ").strip()
            elif line.startswith("data: ") and event == wanted:
                found = json.loads(line.removeprefix("data: "))
                return [f"{path} {fault}" for fault in faults(found, _EVENT[wanted])]


async def _on_the_socket(person: Person, ready: asyncio.Event) -> list[str]:
    url = f"{person.node.url.replace('http', 'ws', 1)}/api/v1/streaming?access_token={person.token}&stream=user"
    async with person.node.http.ws_connect(url) as socket:
        ready.set()
        async for message in socket:
            assert message.type is aiohttp.WSMsgType.TEXT, message
            found = json.loads(message.data)
            if found["event"] == "update":
                shape = {"stream": [str], "event": str, "payload": str}
                payload = faults(json.loads(found["payload"]), _EVENT["update"])
                return [f"socket {fault}" for fault in (*faults(found, shape), *payload)]
    return ["the socket ended"]
