"""A real node (SQLite, HTTP on loopback, outgoing client) and a peer with keys of its own that plays several hosts."""

from __future__ import annotations

import io
import ipaddress
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import aiohttp
import sqlalchemy
from aiohttp import web
from door_support import make_database
from yarl import URL

from fedserver.config.load import build
from fedserver.db.ids import MarkedIds
from fedserver.db.queries import accounts, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.db.sqlite import SqliteDatabase
from fedserver.db.unit import Unit
from fedserver.domain import uris
from fedserver.domain.site import Site
from fedserver.edge.parts import Parts
from fedserver.edge.server import Web
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.federation.context import Federation, of
from fedserver.federation.jobs import HANDLERS
from fedserver.federation.routes import ROUTES
from fedserver.kit.clock import SYSTEM, Clock
from fedserver.net.client import Client
from fedserver.net.settings import NetSettings
from fedserver.services import accounts as account_service
from fedserver.services import statuses as status_service
from fedserver.services.keyring import KeyRing, NewKeys
from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from keys.sealing import MasterKey
from protocol.http.request import Request
from protocol.http.sign import sign_9421, sign_cavage, with_headers

ACTIVITY = "application/activity+json"
AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
HOSTS = ("peer.test", "evil.test", "victim.test")


@lru_cache(maxsize=16)
def rsa(name: str) -> PrivateKey:
    """A key that is made once in a run."""
    return PrivateKey.generate(Algorithm.RSA_2048)


@lru_cache(maxsize=16)
def ed25519(name: str) -> PrivateKey:
    return PrivateKey.generate(Algorithm.ED25519)


Answer = Callable[[web.Request], Any]


@dataclass
class Actor:
    """Somebody at the peer."""

    uri: str
    key: PrivateKey
    key_id: str

    def document(self, **more: Any) -> dict[str, Any]:
        host = self.uri.split("/")[2]
        return {
            "@context": AS,
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.uri.rpartition("/")[2],
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "featured": f"{self.uri}/featured",
            "endpoints": {"sharedInbox": f"http://{host}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.key.public.to_pem()},
            **more,
        }

    def note(self, number: int | str = 1, **more: Any) -> dict[str, Any]:
        return {
            "id": f"{self.uri}/notes/{number}",
            "type": "Note",
            "attributedTo": self.uri,
            "content": f"<p>note {number}</p>",
            "to": [PUBLIC],
            "cc": [f"{self.uri}/followers"],
            **more,
        }

    def create(self, note: dict[str, Any], **more: Any) -> dict[str, Any]:
        return self.activity(
            "Create", note, id=f"{note['id']}/activity", to=note.get("to", []), cc=note.get("cc", []), **more
        )

    def activity(self, kind: str, obj: Any, **more: Any) -> dict[str, Any]:
        return {
            "@context": AS,
            "id": f"{self.uri}/activities/{kind}-{time.monotonic_ns()}",
            "type": kind,
            "actor": self.uri,
            "object": obj,
            **more,
        }


@dataclass
class Peer:
    """One server that answers for all of ``HOSTS``. ``pages``: URL -> document, bytes or a function."""

    port: int = 0
    pages: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    signatures: list[str] = field(default_factory=list)

    def actor(self, host: str = "peer.test", name: str = "alice", **more: Any) -> Actor:
        uri = f"http://{host}/users/{name}"
        made = Actor(uri, rsa(f"{host}/{name}"), f"{uri}#main-key")
        self.pages[uri] = made.document(**more)
        self.finger(host, name, uri)
        return made

    def finger(self, host: str, name: str, uri: str, subject: str | None = None) -> None:
        jrd = {
            "subject": subject or f"acct:{name}@{host}",
            "links": [{"rel": "self", "type": ACTIVITY, "href": uri}],
        }
        self.pages[f"http://{host}/.well-known/webfinger?resource=acct:{name}@{host}"] = (
            "application/jrd+json",
            json.dumps(jrd).encode(),
        )

    def asked(self, part: str) -> int:
        return sum(1 for _, url in self.seen if part in url)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        url = f"http://{request.headers['Host']}{request.raw_path}".replace("%3A", ":").replace("%40", "@")
        self.seen.append((request.method, url))
        self.signatures.append(request.headers.get("Signature", ""))
        page = self.pages.get(url)
        if callable(page):
            page = await page(request)
        if isinstance(page, web.StreamResponse):
            return page
        if page is None:
            return web.Response(status=404)
        if isinstance(page, int):
            return web.Response(status=page)
        kind, body = page if isinstance(page, tuple) else (ACTIVITY, json.dumps(page).encode())
        return web.Response(body=body, headers={"Content-Type": kind})


@dataclass
class Node:
    """The node under test, with a peer beside it."""

    parts: Parts
    base: str
    http: aiohttp.ClientSession
    peer: Peer
    database: Path

    @property
    def federation(self) -> Federation:
        return of(self.parts)

    async def local(self, name: str = "bob", **values: Any) -> Account:
        def work(unit: Unit) -> Account:
            new = NewKeys(rsa(f"local/{name}"), ed25519(f"local/{name}"))
            account_id = account_service.create_local(unit, self.parts.keyring, username=name, keys=new)
            if values:
                unit.run(accounts.change(account_id, values))
            return unit.get(accounts.by_id(account_id))

        return await self.parts.db.run(work)

    async def post(self, author: Account, text: str = "hello", **draft: Any) -> Status:
        def work(unit: Unit) -> Status:
            made = status_service.publish(unit, author.id, status_service.Draft(text=text, **draft))
            return unit.get(statuses.by_id(made))

        return await self.parts.db.run(work)

    async def run(self, work: Callable[[Unit], Any]) -> Any:
        return await self.parts.db.run(work)

    async def account(self, uri: str) -> Account | None:
        return await self.parts.db.one(accounts.by_uri(uri))

    async def status(self, uri: str) -> Status | None:
        return await self.parts.db.one(statuses.by_uri(uri))

    async def follow(self, follower: Account, actor: Actor) -> Account:
        """A local account follows a remote one, which accepted."""
        from fedserver.federation.fetching.errors import Budget
        from fedserver.services import follows

        target = await self.federation.actors.store(actor.uri, Budget(10))

        def work(unit: Unit) -> None:
            follows.follow(unit, follower, target)
            follows.accept(unit, target, follower)

        await self.parts.db.run(work)
        self.query("DELETE FROM jobs")
        return target

    async def jobs(self, rounds: int = 5) -> list[str]:
        """Run the jobs of this door that wait; the names of those that ran."""
        ran: list[str] = []
        for _ in range(rounds):
            waiting = self.query("SELECT id, name, payload FROM jobs ORDER BY id")
            mine = [row for row in waiting if row[1] in HANDLERS]
            if not mine:
                break
            for job_id, name, payload in mine:
                await HANDLERS[name](self.parts, json.loads(payload))
                self.query(f"DELETE FROM jobs WHERE id = {job_id}")
                ran.append(name)
        return ran

    def query(self, sql: str) -> list[Any]:
        engine = sqlalchemy.create_engine(f"sqlite:///{self.database}")
        try:
            with engine.begin() as connection:
                result = connection.execute(sqlalchemy.text(sql))
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            engine.dispose()

    def count(self, table: str, where: str = "1 = 1") -> int:
        return int(self.query(f"SELECT count(*) FROM {table} WHERE {where}")[0][0])

    async def deliver(self, actor: Actor, activity: Any, path: str = "/inbox", **options: Any) -> int:
        """POST a signed activity; the status. ``body`` and ``change`` alter what is sent after signing."""
        body = json.dumps(activity).encode()
        return (await self.send(actor, body, path, **options)).status

    async def send(
        self,
        actor: Actor,
        body: bytes,
        path: str = "/inbox",
        *,
        scheme: str = "cavage",
        now: int | None = None,
        kind: str = ACTIVITY,
        change: Callable[[dict[str, str]], None] | None = None,
        after: bytes | None = None,
        method: str = "POST",
    ) -> Reply:
        url = self.base + path
        fixed = (("Content-Type", kind),) if method == "POST" else (("Accept", ACTIVITY),)
        request = Request(method, url, fixed, body)
        sign = sign_cavage if scheme == "cavage" else sign_9421
        added = sign(request, actor.key, actor.key_id, SYSTEM.now_ms() if now is None else now)
        headers = dict(with_headers(request, added).headers)
        if change is not None:
            change(headers)
        return await self.raw(method, path, headers, body if after is None else after)

    async def raw(self, method: str, path: str, headers: Any, body: bytes | None = None) -> Reply:
        url = URL(self.base + path, encoded=True)
        data = io.BytesIO(body) if body else body
        async with self.http.request(method, url, headers=headers, data=data, allow_redirects=False) as answer:
            return Reply(answer.status, answer.headers.copy(), await answer.read())

    async def get(
        self, path: str, accept: str = ACTIVITY, signer: Actor | None = None, tag: str = "", **options: Any
    ) -> Reply:
        path = path.removeprefix(self.base)
        if signer is not None:
            return await self.send(signer, b"", path, method="GET", **options)
        return await self.raw("GET", path, {"Accept": accept, **({"If-None-Match": tag} if tag else {})})


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def peer_server() -> AsyncIterator[Peer]:
    peer = Peer()
    runner = web.ServerRunner(web.Server(peer.handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    peer.port = runner.addresses[0][1]
    try:
        yield peer
    finally:
        await runner.cleanup()


@asynccontextmanager
async def node(
    folder: Path, *, secure: bool = False, allowlist: bool = False, clock: Clock = SYSTEM, total: float = 3.0
) -> AsyncIterator[Node]:
    """A node on loopback, with an instance actor, and its peer."""
    async with peer_server() as peer:
        path, port = make_database(folder), _free_port()
        base = f"http://127.0.0.1:{port}"
        server = {"domain": f"127.0.0.1:{port}", "base_url": base, "data_dir": str(folder)}
        config = build({"server": server}, {}, folder)
        site = Site(
            config.server.domain,
            base,
            authorized_fetch=secure,
            federation_mode="allowlist" if allowlist else "open",
        )
        keyring = KeyRing(MasterKey(b"k" * 32))
        database = SqliteDatabase(path, site, MarkedIds(1), dispatcher(Tools(keyring)), lambda notes: None)
        await database.open()
        settings = NetSettings(
            user_agent="test",
            own_hosts=frozenset({site.host}),
            allow_http=True,
            allow_addresses=(ipaddress.ip_network("127.0.0.0/8"),),
            hosts=dict.fromkeys(HOSTS, f"127.0.0.1:{peer.port}"),
            total_timeout=total,
            connect_timeout=1.0,
        )
        async with Client(settings) as client, aiohttp.ClientSession() as http:
            parts = Parts(config=config, site=site, db=database, net=client, keyring=keyring, clock=clock)
            served = Web(parts, ROUTES)
            await served.start("127.0.0.1", port)
            made = Node(parts, base, http, peer, path)
            await database.run(lambda unit: _instance(unit, keyring))
            try:
                yield made
            finally:
                await served.stop()
                await database.close()


def _instance(unit: Unit, keyring: KeyRing) -> None:
    account_service.create_local(
        unit,
        keyring,
        username=uris.INSTANCE_USERNAME,
        keys=NewKeys(rsa("local/instance"), ed25519("local/instance")),
        bot=True,
        actor_type="Application",
    )
