"""A real node for tests of the doors: SQLite in a temporary folder, a server on loopback, a client for it."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import empty_database
import sqlalchemy

from fedserver.bus.messages import Closed
from fedserver.config.load import build
from fedserver.db.ids import MarkedIds
from fedserver.db.queries import oauth as oauth_rows
from fedserver.db.queries.accounts import handle_key
from fedserver.db.sqlite import SqliteDatabase
from fedserver.db.statement import insert
from fedserver.db.tables import accounts, communities, users
from fedserver.db.unit import Unit
from fedserver.domain.settings import site_of
from fedserver.domain.site import Site
from fedserver.edge.parts import Parts
from fedserver.edge.routing import Route
from fedserver.edge.server import Web
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.kit.passwords import hash_password
from fedserver.kit.tokens import hash_token, new_token
from fedserver.services.events import AccessRevoked

PASSWORD = "correct horse battery"


@dataclass(slots=True)
class Node:
    """A running node. ``http`` keeps no cookies and follows no redirects."""

    parts: Parts
    web: Web
    base: str
    http: aiohttp.ClientSession
    port: int

    async def account(self, username: str, *, domain: str = "", **values: Any) -> int:
        """A row of ``accounts``."""

        def work(unit: Unit) -> int:
            account_id = unit.new_id()
            row = {
                "id": account_id,
                "username": username,
                "domain": domain,
                "handle_key": handle_key(username, domain),
                "uri": f"https://{domain}/users/{username}" if domain else f"{unit.site.base_url}/users/{username}",
                "created_at": unit.now,
                "updated_at": unit.now,
            }
            unit.run(insert(accounts, row | values))
            return account_id

        return await self.parts.db.run(work)

    async def user(
        self,
        username: str,
        *,
        password: str | None = PASSWORD,
        email: str | None = None,
        role: str = "user",
        state: str = "active",
        valid_after: int = 0,
        **account: Any,
    ) -> tuple[int, int]:
        """(user id, account id) of a new local user."""
        account_id = await self.account(username, **account)
        hashed = hash_password(password) if password else None

        def work(unit: Unit) -> int:
            user_id = unit.new_id()
            row = {
                "id": user_id,
                "account_id": account_id,
                "community_id": 1,
                "email": email or f"{username}@mail.example",
                "password_hash": hashed,
                "role": role,
                "state": state,
                "created_at": unit.now,
                "valid_after": valid_after,
            }
            unit.run(insert(users, row))
            return user_id

        return await self.parts.db.run(work), account_id

    async def token(self, user_id: int | None, scopes: str = "read write follow push", **values: Any) -> str:
        """A token; of no user (an app token) when ``user_id`` is None."""
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

        await self.parts.db.run(work)
        return text

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self.send("POST", path, **options)

    async def send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> Answer:
        headers = dict(options.pop("headers", {}) or {})
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        from yarl import URL

        url = URL(self.base + path, encoded=True)
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **options) as response:
            return Answer(response.status, response.headers, await response.read())


@dataclass(slots=True)
class Answer:
    """A response that was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        import orjson

        return orjson.loads(self.body)

    def cookies(self) -> dict[str, str]:
        """The cookies that were set, without their flags."""
        found: dict[str, str] = {}
        for line in self.headers.getall("Set-Cookie", []):  # type: ignore[attr-defined]
            name, _, rest = line.partition("=")
            found[name] = rest.partition(";")[0].strip('"')
        return found


class Browser:
    """Keeps cookies and finds the hidden field of forms."""

    def __init__(self, n: Node) -> None:
        self.node = n
        self.jar: dict[str, str] = {}
        self.page: Answer | None = None

    async def go(self, path: str, **options: Any) -> Answer:
        return await self._send("GET", path, **options)

    async def submit(self, path: str, fields: dict[str, str], *, csrf: str | None = None, **options: Any) -> Answer:
        assert self.page is not None
        found = re.search(r'name="csrf" value="([^"]*)"', self.page.text)
        hidden = csrf if csrf is not None else found[1] if found else ""
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | options.pop("headers", {})
        return await self._send("POST", path, data=urlencode(fields | {"csrf": hidden}), headers=headers, **options)

    async def sign_in(self, name: str, password: str = PASSWORD) -> Answer:
        await self.go("/login")
        return await self.submit("/login", {"login": name, "password": password})

    async def _send(self, method: str, path: str, **options: Any) -> Answer:
        headers = options.pop("headers", {}) | {"Cookie": "; ".join(f"{k}={v}" for k, v in self.jar.items())}
        answer = await self.node.send(method, path, headers={"Accept": "text/html"} | headers, **options)
        for name, value in answer.cookies().items():
            if value:
                self.jar[name] = value
            else:
                self.jar.pop(name, None)
        self.page = answer
        return answer


def make_database(folder: Path) -> Path:
    """An empty database with the schema and one community."""
    path = folder / "fedserver.db"
    shutil.copy(empty_database.plain(), path)
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(
            communities.insert().values(
                id=1, slug="main", title="Test Commons", registration="open", created_at=0, updated_at=0
            )
        )
    engine.dispose()
    return path


def _dispatch(unit: Unit) -> None:
    """The one effect that the doors themselves rely on."""
    for event in unit.events:
        if isinstance(event, AccessRevoked):
            unit.after(Closed(event.account_id))


@asynccontextmanager
async def node(
    folder: Path,
    routes: Iterable[Route] = (),
    *,
    config: Mapping[str, Mapping[str, Any]] | None = None,
    clock: Clock = SYSTEM,
    dispatch: Any = None,
    **parts: Any,
) -> AsyncIterator[Node]:
    """Serve ``routes`` over a fresh database."""
    import socket

    path = make_database(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    server = {"domain": f"127.0.0.1:{port}", "base_url": base, "data_dir": str(folder)}
    tables = {"server": server} | {name: dict(values) for name, values in (config or {}).items()}
    tables["server"] = server | tables["server"]
    settings = build(tables, {}, folder)
    site = Site(settings.server.domain, settings.server.base_url, ai_hashtags=site_of(settings).ai_hashtags)
    holder: list[Web] = []

    def published(notes: Any) -> None:
        for note in notes:
            holder[0].dispatcher.auth.forget(note)

    database = SqliteDatabase(path, site, MarkedIds(1), dispatch or _dispatch, published)
    await database.open()
    made = Parts(config=settings, site=site, db=database, clock=clock, **parts)
    web = Web(made, routes)
    holder.append(web)
    await web.start("127.0.0.1", port)
    http = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False)
    try:
        yield Node(made, web, base, http, port)
    finally:
        await http.close()
        await web.stop()
        await database.close()
