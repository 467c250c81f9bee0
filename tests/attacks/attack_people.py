"""People of the attack world as they act from outside: with a token, with a browser, on an open stream."""

from __future__ import annotations

import asyncio
import io
import re
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import node_support
import orjson
from attack_world import BASE, DOMAIN, Reply, World
from PIL import Image

from fedserver.db.queries import accounts as account_rows
from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.unit import Unit
from fedserver.kit.tokens import hash_token, new_token
from fedserver.services import ledger, users
from fedserver.services.ledger import Act
from keys.algorithms import Algorithm
from keys.pair import PrivateKey

PASSWORD = node_support.PASSWORD
SCOPES = "read write follow push profile"
CLOSED_S = 5.0
_KEYS = node_support.NewKeys(PrivateKey.generate(Algorithm.RSA_2048), PrivateKey.generate(Algorithm.ED25519))
_names = iter(range(10_000))


class User:
    """Somebody here, with a token for everything but administration."""

    def __init__(self, world: World, name: str, user_id: int, account_id: int, token: str) -> None:
        self.world, self.name, self.token = world, name, token
        self.user_id, self.account_id = user_id, account_id
        self.uri = f"{BASE}/users/{name}"

    async def send(self, method: str, path: str, **more: Any) -> Reply:
        return await self.world.send(method, path, token=self.token, **more)

    async def get(self, path: str, **more: Any) -> Reply:
        return await self.send("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Reply:
        return await self.send("POST", path, **more)

    async def publish(self, text: str = "hello", **more: Any) -> dict[str, Any]:
        """A new post, as the API answers it."""
        answer = await self.post("/api/v1/statuses", json={"status": text, **more})
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    async def follow(self, other: User) -> None:
        answer = await self.post(f"/api/v1/accounts/{other.account_id}/follow")
        assert answer.status == 200, answer.text

    async def upload(
        self, data: bytes, path: str = "/api/v2/media", *, name: str = "x.png", kind: str = "image/png", **fields: str
    ) -> Reply:
        form = aiohttp.FormData()
        form.add_field("file", io.BytesIO(data), filename=name, content_type=kind)
        for field, value in fields.items():
            form.add_field(field, value)
        return await self.post(path, data=form)

    async def token_with(self, scopes: str, **values: Any) -> str:
        return await token(self.world, self.user_id, scopes, **values)


async def newcomer(world: World, role: str = "user", *, state: str = "active", prefix: str = "p") -> User:
    """A new person of that role, whom no other test knows."""
    name = f"{prefix}{next(_names)}"
    keyring = world.node.keyring

    def work(unit: Unit) -> users.NewUser:
        return users.create(
            unit,
            keyring,
            username=name,
            keys=_KEYS,
            email=f"{name}@example.org",
            password_hash=node_support._HASH,
            role=role,
            state=state,
        )

    made = await world.node.db.run(work)
    return User(world, name, made.user_id, made.account_id, await token(world, made.user_id, SCOPES))


async def token(world: World, user_id: int | None, scopes: str = SCOPES, **values: Any) -> str:
    """A token; an application's own when ``user_id`` is None."""
    text = new_token()

    def work(unit: Unit) -> None:
        row = {
            "id": unit.new_id(),
            "token_hash": hash_token(text),
            "user_id": user_id,
            "scopes": scopes,
            "created_at": unit.now,
        }
        unit.run(oauth_rows.make_token(row | values))

    await world.node.db.run(work)
    return text


async def client(
    world: World, redirect: str = "https://client.test/back", scopes: str = "read write follow push"
) -> dict[str, str]:
    """A registered application: its id and secret, as its requests carry them."""
    given = {"client_name": "client", "redirect_uris": redirect, "scopes": scopes}
    answer = await world.send("POST", "/api/v1/apps", json=given)
    assert answer.status == 200, answer.text
    return {name: answer.json[name] for name in ("client_id", "client_secret")}


async def code_for(user: User, app: Mapping[str, str], redirect: str = "https://client.test/back", **more: str) -> str:
    """An authorization code, by way of the consent page."""
    asked = {"client_id": app["client_id"], "redirect_uri": redirect, "response_type": "code", **more}
    browser = await signed_in(user)
    page = await browser.go(f"/oauth/authorize?{urlencode(asked)}")
    assert page.status == 200, page.text[:500]
    answer = await browser.submit("/oauth/authorize", {**asked, "answer": "allow"})
    assert answer.status == 303, answer.text[:500]
    return parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]


async def exchange(world: World, app: Mapping[str, str], code: str, **more: str) -> Reply:
    """The answer to a code."""
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": "https://client.test/back", **app}
    return await world.send("POST", "/oauth/token", json={**given, **more})


async def app_token(world: World, user: User) -> tuple[dict[str, str], str]:
    """An application and a token that it has for the user."""
    app = await client(world)
    answer = await exchange(world, app, await code_for(user, app, scope="read write follow push"))
    assert answer.status == 200, answer.text
    return app, answer.json["access_token"]


class Browser:
    """Keeps cookies and finds the hidden field of forms."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.jar: dict[str, str] = {}
        self.page: Reply | None = None

    async def go(self, path: str, **more: Any) -> Reply:
        return await self._send("GET", path, **more)

    @property
    def hidden(self) -> str:
        found = re.search(r'name="csrf" value="([^"]*)"', self.page.text if self.page else "")
        return found[1] if found else ""

    async def submit(self, path: str, fields: Mapping[str, str], *, csrf: str | None = None, **more: Any) -> Reply:
        values = {**fields, "csrf": self.hidden if csrf is None else csrf}
        headers = {"Content-Type": "application/x-www-form-urlencoded", **more.pop("headers", {})}
        return await self._send("POST", path, data=urlencode(values), headers=headers, **more)

    async def sign_in(self, login: str, password: str = PASSWORD) -> Reply:
        await self.go("/login")
        return await self.submit("/login", {"login": login, "password": password})

    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.jar.items())

    async def _send(self, method: str, path: str, **more: Any) -> Reply:
        headers = {"Accept": "text/html", "Cookie": self.cookie(), **more.pop("headers", {})}
        answer = await self.world.send(method, path, headers=headers, **more)
        lines: list[str] = answer.headers.getall("Set-Cookie", [])  # type: ignore[attr-defined]
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                self.jar.pop(name, None)
                if morsel.value:
                    self.jar[name] = morsel.value
        self.page = answer
        return answer


async def signed_in(user: User) -> Browser:
    """A browser with a session of the user's."""
    browser = Browser(user.world)
    answer = await browser.sign_in(user.name)
    assert answer.status == 303, answer.text[:500]
    return browser


async def act_on(moderator: Browser, target: User, action: str, **fields: str) -> Reply:
    """What the page of an account offers to moderators."""
    await moderator.go(f"/admin/people/{target.account_id}")
    return await moderator.submit(f"/admin/people/{target.account_id}", {"action": action, **fields})


async def decided(world: World, author: User, verb: str = "hold", by: User | None = None, **more: Any) -> int:
    """A decision of the ledger about a new post of somebody; its id."""
    post = await author.publish("decided about")

    def work(unit: Unit) -> int:
        actor = unit.get(account_rows.by_id(by.account_id)) if by is not None else None
        given = {"reason": "because", **more}
        act = Act(verb, "status", int(post["id"]), post["uri"], author.account_id, **given)
        return ledger.decide(unit, act, actor).id

    return await world.node.db.run(work)


class Socket:
    """An open WebSocket."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws

    async def ask(self, stream: str, **more: str) -> None:
        await self.ws.send_json({"type": "subscribe", "stream": stream, **more})

    async def next(self, seconds: float = 5.0) -> dict[str, Any]:
        message = await self.ws.receive(seconds)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        found: dict[str, Any] = orjson.loads(message.data)
        return found

    async def text(self, seconds: float = 5.0) -> str:
        """The content of the next post that comes."""
        return str(orjson.loads((await self.next(seconds))["payload"])["content"])

    async def closed(self) -> int | None:
        """The code with which the server closes."""
        async with asyncio.timeout(CLOSED_S):
            while True:
                message = await self.ws.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    return int(message.data)
                if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
                    return self.ws.close_code


@asynccontextmanager
async def listen(world: World, query: str, **headers: str) -> AsyncIterator[Socket]:
    url = f"{world.url.replace('http', 'ws')}/api/v1/streaming?{query}"
    async with world.http.ws_connect(url, headers={"Host": DOMAIN, **headers}) as ws:
        yield Socket(ws)


async def subscriptions(world: World, count: int) -> None:
    """Wait until the hub knows so many subscriptions."""
    await world.until(lambda: sum(len(s.topics) for s in world.node.parts.extra["streams"]._streams) == count)


async def raw(world: World, data: bytes, wait: float = 5.0) -> bytes:
    """Send bytes as they are; what came until the connection was closed or ``wait`` seconds passed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.config.server.listen.port)
    found = b""
    try:
        writer.write(data)
        async with asyncio.timeout(wait):
            while piece := await reader.read(65536):
                found += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return found


def change(world: World, sql: str, *values: Any) -> None:
    """Write to the database beside the node, for what no door does (making a row older)."""
    path = world.config.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=10)) as connection, connection:
        connection.execute(sql, values)


def path_of(url: str) -> str:
    """The path of an address of ours."""
    assert url.startswith(f"{BASE}/"), url
    return url.removeprefix(BASE)


def png(width: int = 40, height: int = 30, color: str = "teal") -> bytes:
    """A real picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()


async def timed(work: Callable[[], Any]) -> float:
    """How many seconds something takes."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await work()
    return loop.time() - began
