"""What surrounds a node that is killed: its process, a remote author who signs, sinkholes that keep what comes."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web
from node_support import RunningNode, free_port, make

from fedserver.config.load import load
from fedserver.db.database import open_for_command
from fedserver.db.queries import accounts
from fedserver.db.unit import Unit
from fedserver.domain.settings import site_of
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.services import follows, remote
from fedserver.services.keyring import KeyRing, open_master_key
from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from protocol.activitystreams.values import Actor
from protocol.http.request import Request
from protocol.http.sign import sign_cavage

PROJECT = Path(__file__).resolve().parents[2]
ACTIVITY = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
DOMAIN = "alpha.test"
BASE = f"http://{DOMAIN}"
START_S = 60.0


def lasting_port() -> int:
    """A free port below those that outgoing connections get: it must still be free after each kill."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Sinkhole:
    """A server whose shared inbox keeps what comes, in order, and answers after a while."""

    name: str
    rng: random.Random
    port: int = field(default_factory=free_port)
    arrived: list[tuple[str, str, str]] = field(default_factory=list)
    actors: dict[str, dict[str, Any]] = field(default_factory=dict)

    def person(self, name: str, key: PrivateKey | None = None) -> str:
        """Somebody who lives here; the id."""
        base = f"http://{self.name}/users/{name}"
        self.actors[f"/users/{name}"] = {
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": base,
            "type": "Person",
            "preferredUsername": name,
            "inbox": f"{base}/inbox",
            "endpoints": {"sharedInbox": f"http://{self.name}/inbox"},
            "publicKey": {
                "id": f"{base}#main-key",
                "owner": base,
                "publicKeyPem": (key or PrivateKey.generate(Algorithm.RSA_2048)).public.to_pem(),
            },
        }
        return base

    async def answer(self, request: web.Request) -> web.Response:
        """One request."""
        if request.method == "POST" and request.path.endswith("/inbox"):
            activity = orjson.loads(await request.read())
            about = activity["object"]
            about = about if isinstance(about, str) else about["id"]
            self.arrived.append((activity["id"], activity["type"], about))
            await asyncio.sleep(self.rng.uniform(0, 0.1))
            return web.Response(status=202)
        if request.path in self.actors:
            return web.Response(body=orjson.dumps(self.actors[request.path]), content_type=ACTIVITY)
        if request.path == "/.well-known/webfinger":
            name = request.query["resource"].removeprefix("acct:").partition("@")[0]
            links = [{"rel": "self", "type": ACTIVITY, "href": f"http://{self.name}/users/{name}"}]
            found = {"subject": f"acct:{name}@{self.name}", "links": links}
            return web.json_response(found, content_type="application/jrd+json")
        return web.Response(status=404)

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        return runner


class Victim:
    """A node in a folder that is served by a process, and killed."""

    def __init__(self, folder: Path, sinks: list[Sinkhole]) -> None:
        self.folder, self.port = folder, lasting_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.file = folder / "config.toml"
        hosts = ", ".join(f'"{sink.name}" = "127.0.0.1:{sink.port}"' for sink in sinks)
        self.file.write_text(
            f'[server]\ndomain = "{DOMAIN}"\nbase_url = "{BASE}"\nlisten = "127.0.0.1:{self.port}"\n'
            f'data_dir = "data"\n[network]\nallow_http = true\nallow_addresses = ["127.0.0.0/8"]\n'
            f"hosts = {{ {hosts} }}\n"
            '[limits]\nthrottle_authenticated_api = "off"\nthrottle_statuses = "off"\nthrottle_deletes = "off"\n'
            '[log]\nlevel = "warning"\n'
        )
        self.config = load(self.file, {})
        self.made: RunningNode = make(self.config, ("alice", "bob"))
        self.process: subprocess.Popen[bytes] | None = None
        self.up = asyncio.Event()
        self.starts: list[float] = []

    def add_followers(self, sinks: list[Sinkhole]) -> None:
        """Everybody in the sinkholes follows alice and bob."""
        dispatch = dispatcher(Tools(KeyRing(open_master_key(self.config))))

        def rows(unit: Unit) -> None:
            for sink in sinks:
                for path in sink.actors:
                    document = sink.actors[path]
                    actor = Actor(
                        id=document["id"],
                        type="Person",
                        preferred_username=document["preferredUsername"],
                        inbox=document["inbox"],
                        shared_inbox=document["endpoints"]["sharedInbox"],
                    )
                    account = remote.upsert_account(unit, actor, sink.name)
                    for person in self.made.people.values():
                        follows.follow(unit, account, unit.get(accounts.by_id(person.account_id)))

        with open_for_command(self.config.database.url, site_of(self.config), dispatch=dispatch) as session:
            session.run(rows)

    async def start(self) -> None:
        """Serve; returns when requests are answered, and keeps how long that took."""
        began = time.monotonic()
        with (self.folder / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "fedserver", "--config", str(self.file), "serve"],
                cwd=self.folder,
                env={**os.environ, "PYTHONPATH": str(PROJECT)},
                stdout=log,
                stderr=log,
            )
        async with aiohttp.ClientSession() as session:
            while not await self._answers(session):
                assert self.process.poll() is None, (self.folder / "serve.log").read_text()[-4000:]
                assert time.monotonic() - began < START_S, "the node does not start"
                await asyncio.sleep(0.02)
        self.starts.append(self.start_seconds(began))
        self.up.set()

    def start_seconds(self, began: float) -> float:
        """How long the start took that began then (monotonic): by the clock, or, where others have the processors,
        twice the processor time that it took."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        burnt = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        elapsed = time.monotonic() - began
        return min(elapsed, 2 * burnt) if os.getloadavg()[0] > (os.cpu_count() or 1) else elapsed

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        try:
            async with session.get(f"{self.url}/health") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.up.clear()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        assert self.process is not None
        self.up.clear()
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait, 30)

    def rows(self, sql: str, *values: object) -> list[Any]:
        """What the database holds."""
        path = self.folder / "data" / "fedserver.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as connection:
            return connection.execute(sql, values).fetchall()


class Stranger:
    """An author at a sinkhole, who writes to alice and signs."""

    def __init__(self, sink: Sinkhole) -> None:
        self.key = PrivateKey.generate(Algorithm.RSA_2048)
        self.id = sink.person("stranger", self.key)

    def create(self, number: int) -> dict[str, Any]:
        """A Create of a note that mentions alice."""
        alice = f"{BASE}/users/alice"
        to = {"to": [PUBLIC], "cc": [alice]}
        note = {
            "id": f"{self.id}/notes/{number}",
            "type": "Note",
            "attributedTo": self.id,
            "content": f"<p>@alice note {number}</p>",
            "tag": [{"type": "Mention", "href": alice, "name": f"@alice@{DOMAIN}"}],
            **to,
        }
        head = {"@context": "https://www.w3.org/ns/activitystreams", "id": f"{note['id']}/activity", "type": "Create"}
        return {**head, "actor": self.id, "object": note, **to}

    def signed(self, activity: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a delivery, signed now."""
        body = orjson.dumps(activity)
        request = Request("POST", f"{BASE}/inbox", (("Content-Type", ACTIVITY),), body)
        signature = sign_cavage(request, self.key, f"{self.id}#main-key", int(time.time() * 1000))
        return body, {"Content-Type": ACTIVITY, **dict(signature)}
