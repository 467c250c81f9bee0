"""The other servers of the attack world: actors with keys of their own, hosts with certificates, a canary, a DNS."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import pytest
from aiohttp import web

from keys.algorithms import Algorithm
from keys.pair import PrivateKey

ACTIVITY = "application/activity+json"
AS = "https://www.w3.org/ns/activitystreams"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@lru_cache(maxsize=64)
def key_of(name: str) -> PrivateKey:
    """An RSA key that is made once in a run."""
    return PrivateKey.generate(Algorithm.RSA_2048)


@dataclass
class Actor:
    """Somebody at a peer, who signs with ``key``."""

    uri: str
    key: PrivateKey
    key_id: str

    @property
    def host(self) -> str:
        return self.uri.split("/")[2]

    def document(self, **more: Any) -> dict[str, Any]:
        return {
            "@context": [AS, "https://w3id.org/security/v1"],
            "id": self.uri,
            "type": "Person",
            "preferredUsername": self.uri.rpartition("/")[2],
            "inbox": f"{self.uri}/inbox",
            "outbox": f"{self.uri}/outbox",
            "followers": f"{self.uri}/followers",
            "featured": f"{self.uri}/featured",
            "endpoints": {"sharedInbox": f"https://{self.host}/inbox"},
            "publicKey": {"id": self.key_id, "owner": self.uri, "publicKeyPem": self.key.public.to_pem()},
            **more,
        }

    def note(self, number: int | str = 1, **more: Any) -> dict[str, Any]:
        """A public note."""
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
        """The Create of a note, addressed as it is."""
        fixed = {"id": f"{note['id']}/activity", "to": note.get("to", []), "cc": note.get("cc", [])}
        return self.activity("Create", note, **fixed, **more)

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
class Host:
    """A server with one certificate. ``pages``: URL (or path) -> document, (type, bytes), status, or a function."""

    name: str
    address: str
    port: int = 0
    pages: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    @property
    def target(self) -> str:
        return f"{self.address}:{self.port}"

    def actor(self, name: str, /, *, host: str = "", key: str = "", **more: Any) -> Actor:
        """An actor with its document and WebFinger; ``key`` names another's key."""
        host = host or self.name
        uri = f"https://{host}/users/{name}"
        made = Actor(uri, key_of(key or f"{host}/{name}"), f"{uri}#main-key")
        self.pages[uri] = made.document(**more)
        self.finger(name, uri, host=host)
        return made

    def finger(self, name: str, uri: str, *, subject: str | None = None, host: str = "") -> None:
        host = host or self.name
        jrd = {
            "subject": subject or f"acct:{name}@{host}",
            "links": [{"rel": "self", "type": ACTIVITY, "href": uri}],
        }
        page = ("application/jrd+json", json.dumps(jrd).encode())
        self.pages[f"https://{host}/.well-known/webfinger?resource=acct:{name}@{host}"] = page

    def note(self, author: Actor, number: int | str = 1, **more: Any) -> dict[str, Any]:
        """A note that can be fetched."""
        made = author.note(number, **more)
        self.pages[made["id"]] = {"@context": AS, **made}
        return made

    def asked(self, part: str = "", method: str = "") -> int:
        """How many requests came for a URL with ``part``."""
        return sum(1 for verb, url in self.seen if part in url and method in ("", verb))

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        name = request.headers.get("Host", self.name).partition(":")[0]
        url = f"https://{name}{request.raw_path}".replace("%3A", ":").replace("%40", "@")
        self.seen.append((request.method, url))
        page = self.pages.get(url)
        if page is None:
            page = self.pages.get(request.path)
        if callable(page):
            page = await page(request)
        else:
            self.bodies.append(await request.read())
        if isinstance(page, web.StreamResponse):
            return page
        if isinstance(page, int):
            return web.Response(status=page)
        if page is None:
            return web.Response(status=202 if request.method == "POST" else 404)
        kind, body = page if isinstance(page, tuple) else (ACTIVITY, json.dumps(page).encode())
        return web.Response(body=body, headers={"Content-Type": kind})


@asynccontextmanager
async def serve_host(name: str, address: str, tls: ssl.SSLContext | None) -> AsyncIterator[Host]:
    """Run a host on a free port of a loopback address."""
    host = Host(name, address)
    runner = web.ServerRunner(web.Server(host.handle), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, address, 0, ssl_context=tls).start()
    host.port = runner.addresses[0][1]
    try:
        yield host
    finally:
        await runner.cleanup()


@dataclass
class Canary:
    """A listener on every address of this machine but the peers', which must never be reached."""

    port: int = 0
    hits: int = 0


@asynccontextmanager
async def canary() -> AsyncIterator[Canary]:
    found = Canary()

    async def hit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.hits += 1
        writer.close()

    first = await asyncio.start_server(hit, "127.0.0.1", 0)
    found.port = first.sockets[0].getsockname()[1]
    second = await asyncio.start_server(hit, "::1", found.port) if _has_ipv6() else None
    try:
        yield found
    finally:
        first.close()
        if second is not None:
            second.close()


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


class Names:
    """The DNS of the attack world: what the system's resolver answers while ``installed``.

    ``table``: name -> addresses of each answer in turn, the last one for ever. ``asked`` counts questions.
    """

    def __init__(self) -> None:
        self.table: dict[str, list[list[str]]] = {}
        self.asked: dict[str, int] = {}

    def add(self, name: str, *answers: str | list[str]) -> None:
        self.table[name] = [[answer] if isinstance(answer, str) else answer for answer in answers]

    def lookup(self, real: Callable[..., Any], host: Any, port: Any, *args: Any, **more: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in self.table:
            try:
                return real(host, port, *args, **more)
            except AssertionError as error:  # the suite's own guard: no name leaves this machine
                raise socket.gaierror(socket.EAI_NONAME, "no such name") from error
        self.asked[name] = self.asked.get(name, 0) + 1
        answers = self.table[name]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (
                socket.AF_INET6 if ":" in text else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (text, port, 0, 0) if ":" in text else (text, port),
            )
            for text in found
        ]


@contextmanager
def watched_network(names: Names, dialled: list[tuple[str, int]]) -> Iterator[None]:
    """Answer names from ``names`` and write down every address to which a socket is connected."""
    patch = pytest.MonkeyPatch()
    lookup, connect = socket.getaddrinfo, socket.socket.connect

    def connected(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            dialled.append((str(address[0]), int(address[1])))
        connect(self, address)

    patch.setattr(socket, "getaddrinfo", lambda *args, **more: names.lookup(lookup, *args, **more))
    patch.setattr(socket.socket, "connect", connected)
    try:
        yield
    finally:
        patch.undo()


_serial = iter(range(1, 1_000_000))


def newcomer(host: Host, **more: Any) -> Actor:
    """An actor whom nobody met before. No two of a host that a test knows have the same key, nor those of two hosts:
    keys come round again after eight actors, because making one costs more than most tests."""
    number = next(_serial)
    return host.actor(f"x{number}", **{"key": f"{host.name} {number % 8}", **more})
