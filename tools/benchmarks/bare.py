"""The limits: what the same work costs without a node. A process of its own, so that its CPU can be measured alike.

    python bare.py serve PORT FOLDER PUBLIC_PEM_FILE    answers POST /inbox, /post, GET /page, /bytes/N
    python bare.py send PORT COUNT HOSTS SCHEME CA      posts signed bodies; prints deliveries per CPU-second as JSON
    python bare.py idle                                 imports what any such server needs; prints CPU s and bytes

``/inbox`` verifies one RSA signature, parses the body and inserts one row, committed by groups of 16. ``/post`` parses,
inserts one row and commits. ``/page`` joins forty pieces of the length of a rendered post; ``/bytes/N`` sends N
bytes that are there.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import json
import sqlite3
import ssl
import sys
import time
from pathlib import Path

import aiohttp
import orjson
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PAGE = [b'{"id":"%d","content":"' % i + b"x" * 2300 + b'"}' for i in range(40)]
BODY = b'{"type":"Create","object":"' + b"x" * 2400 + b'"}'


class Bare:
    """A server that does the least."""

    def __init__(self, folder: Path, pem: bytes) -> None:
        key = serialization.load_pem_public_key(pem)
        assert isinstance(key, rsa.RSAPublicKey)
        self._key = key
        self._db = sqlite3.connect(folder / "bare.db", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE IF NOT EXISTS statuses (id INTEGER PRIMARY KEY, uri TEXT UNIQUE, content TEXT)")
        self._count = 0

    async def inbox(self, request: web.Request) -> web.Response:
        body = await request.read()
        signature = base64.b64decode(request.headers["Signature"].rpartition('signature="')[2][:-1])
        with contextlib.suppress(Exception):  # the signed text is another one: what counts is the work
            self._key.verify(signature, body, padding.PKCS1v15(), hashes.SHA256())
        value = orjson.loads(body)
        if self._count % 16 == 0:
            self._db.execute("BEGIN")
        self._insert(value["object"]["id"], value["object"]["content"])
        if self._count % 16 == 0:
            self._db.execute("COMMIT")
        return web.Response(status=202)

    async def post(self, request: web.Request) -> web.Response:
        value = orjson.loads(await request.read())
        self._insert(str(self._count), value["status"])
        return web.Response(body=PAGE[0], content_type="application/json")

    async def page(self, request: web.Request) -> web.Response:
        return web.Response(body=b"[" + b",".join(PAGE) + b"]", content_type="application/json")

    async def ready(self, request: web.Request) -> web.Response:
        return web.Response(body=self._made(int(request.match_info["length"])), content_type="application/json")

    @staticmethod
    @functools.cache
    def _made(length: int) -> bytes:
        return b"x" * length

    def _insert(self, uri: str, content: str) -> None:
        self._count += 1
        self._db.execute("INSERT OR IGNORE INTO statuses (uri, content) VALUES (?, ?)", (uri, content))


async def serve(port: int, folder: Path, pem: bytes) -> None:
    """Until it is ended."""
    bare = Bare(folder, pem)
    app = web.Application()
    app.add_routes([web.post("/inbox", bare.inbox), web.post("/post", bare.post), web.get("/page", bare.page)])
    app.add_routes([web.get("/bytes/{length}", bare.ready)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()


async def send(port: int, count: int, hosts: int, scheme: str, ca: str) -> None:
    """Post ``count`` bodies to ``hosts`` names in turn, one RSA signature each; once, then once more warm."""
    key = rsa.generate_private_key(65537, 2048)
    context = ssl.create_default_context(cafile=ca) if scheme == "https" else None
    resolver = _Here(port)
    connector = aiohttp.TCPConnector(resolver=resolver, limit=0, ssl=context or True, keepalive_timeout=60)
    found: list[float] = []
    async with aiohttp.ClientSession(connector=connector) as session:
        gate = asyncio.Semaphore(48)

        async def one(i: int) -> None:
            name = f"tls0x{i % hosts}.peer.test"
            async with gate:
                signature = base64.b64encode(key.sign(BODY[:200], padding.PKCS1v15(), hashes.SHA256())).decode()
                async with session.post(f"{scheme}://{name}:{port}/inbox", data=BODY, headers={"Signature": signature}):
                    pass

        for total in (hosts, count):
            began = time.process_time()
            await asyncio.gather(*(one(i) for i in range(total)))
            found.append(total / (time.process_time() - began))
    print(json.dumps({"cold": found[0], "warm": found[1]}))


class _Here(aiohttp.abc.AbstractResolver):
    """Every name is this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        return [{"hostname": host, "host": "127.0.0.1", "port": self._port, "family": 2, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        pass


def idle() -> None:
    """The floor of start and memory: Python with the libraries that no such server can do without."""
    import psutil
    import sqlalchemy
    import uvloop

    assert sqlalchemy and uvloop
    print(json.dumps({"cpu": time.process_time(), "bytes": psutil.Process().memory_info().rss}))


def main() -> None:
    """See the module."""
    what, *words = sys.argv[1:]
    if what == "idle":
        idle()
        return
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if what == "serve":
            runner.run(serve(int(words[0]), Path(words[1]), Path(words[2]).read_bytes()))
        else:
            runner.run(send(int(words[0]), int(words[1]), int(words[2]), words[3], words[4]))


if __name__ == "__main__":
    main()
