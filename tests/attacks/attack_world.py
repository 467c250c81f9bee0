"""The world of the attack page: one node under test, its people, three peers, a canary, and what every case asserts.

Every ``async def`` test that takes ``world`` runs inside ``World.guarded``, which asserts the head of the page:

    (L) the node answers ``GET /api/v2/instance`` in less than a second, during the test and after it;
    (N) no answer is a 5xx (but those of ``world.allowed``) and the log has no traceback;
    (M) the process grows by less than 50 MB.

(S), no side effect, is a block in the test: ``async with world.nothing_happens(): ...``.
"""

from __future__ import annotations

import asyncio
import gc
import io
import json
import logging
import sqlite3
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import node_support
import psutil
from attack_peers import ACTIVITY, Actor, Canary, Host, Names, canary, serve_host, watched_network
from yarl import URL

from fedserver.config.load import build
from fedserver.db.database import open_for_command
from fedserver.domain.settings import site_of
from fedserver.edge import scopes
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.services import moderation, oauth, users
from fedserver.services.keyring import KeyRing
from keys import master
from protocol.http.request import Request
from protocol.http.sign import sign_9421, sign_cavage, with_headers
from tests.net.net_peers import Authority

DOMAIN = "sut.test"
BASE = f"https://{DOMAIN}"
PEERS = {"good.test": "127.0.1.1", "evil.test": "127.0.1.2", "victim.test": "127.0.1.3"}
PASSWORD = node_support.PASSWORD
ROLES = {"owner": "owner", "alice": "user", "bob": "user", "lock": "user", "mod": "moderator", "admin": "admin"}
# names that a node keeps for itself cannot be taken
USERNAMES = {"owner": "olga", "mod": "morgan", "admin": "ada"}
STATES = {"pend": "pending", "susp": "active"}
SCOPES = "read write follow push admin:read admin:write"
SLOW_S = 1.0
STUCK_S = 8.0
GROWTH_BYTES = 50 * 1024 * 1024
# what an attack must leave alone; accounts are apart, because asking for a key may make one known
EFFECTS = (
    "statuses",
    "tombstones",
    "status_edits",
    "mentions",
    "follows",
    "blocks",
    "notifications",
    "favourites",
    "home_entries",
    "reports",
    "jobs",
    "inbound",
    "deliveries",
    "media_attachments",
)


class Watch(logging.Handler):
    """Collects what a stranger must not be able to cause: tracebacks, errors and 5xx answers."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.tracebacks: list[str] = []
        self.failures: list[tuple[int, str]] = []
        self.lines = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.lines += 1
        if (record.exc_info and record.exc_info[0] is not None) or record.levelno >= logging.ERROR:
            self.tracebacks.append(logging.Formatter().format(record))
        status = getattr(record, "status", 0)
        if isinstance(status, int) and status >= 500 and record.name == "fedserver.access":
            self.failures.append((status, str(getattr(record, "route", ""))))


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float = 0.0

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")


class World(node_support.RunningNode):
    """The node under test (``node``, ``people`` as attributes) with everything around it."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.names = Names()
        self.dialled: list[tuple[str, int]] = []
        self.watch = Watch()
        self.allowed: set[int] = set()
        self.growth = GROWTH_BYTES
        self.hosts: dict[str, Host] = {}
        self.canary: Canary
        self.authority: Authority
        self.run: Callable[[Any], Any]
        self._beside: sqlite3.Connection | None = None

    async def stop(self) -> None:
        await super().stop()
        if self._beside is not None:
            self._beside.close()

    @property
    def good(self) -> Host:
        return self.hosts["good.test"]

    @property
    def evil(self) -> Host:
        return self.hosts["evil.test"]

    @property
    def victim(self) -> Host:
        return self.hosts["victim.test"]

    # --- Requests. ---

    async def send(self, method: str, path: str, *, token: str | None = None, **options: Any) -> Reply:
        """A request to the node by its own name; the path goes out as it is written."""
        headers = {"Host": DOMAIN, **(options.pop("headers", None) or {})}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        began = time.monotonic()
        url = URL(self.url + path, encoded=True)
        async with self.http.request(method, url, headers=headers, allow_redirects=False, **options) as answer:
            body = await answer.read()
            return Reply(answer.status, answer.headers.copy(), body, time.monotonic() - began)

    async def get(self, path: str, **options: Any) -> Reply:
        return await self.send("GET", path, **options)

    def signed(
        self,
        signer: Actor,
        body: bytes,
        path: str = "/inbox",
        *,
        method: str = "POST",
        scheme: str = "cavage",
        now: int | None = None,
        kind: str = ACTIVITY,
    ) -> dict[str, str]:
        """The headers of a request that ``signer`` signed."""
        fixed = (("Content-Type", kind),) if method == "POST" else (("Accept", ACTIVITY),)
        request = Request(method, BASE + path, fixed, body)
        sign = sign_cavage if scheme == "cavage" else sign_9421
        added = sign(request, signer.key, signer.key_id, int(time.time() * 1000) if now is None else now)
        return dict(with_headers(request, added).headers)

    async def deliver(self, signer: Actor, activity: Any, path: str = "/inbox", **options: Any) -> Reply:
        """POST an activity (or bytes), signed."""
        body = activity if isinstance(activity, bytes) else json.dumps(activity).encode()
        return await self.knock(path, self.signed(signer, body, path, **options), body)

    async def knock(self, path: str, headers: Any, body: bytes) -> Reply:
        return await self.send("POST", path, headers=headers, data=io.BytesIO(body) if body else body)

    # --- Looking inside. ---

    def query(self, sql: str, *values: Any) -> list[Any]:
        """Rows of the database, read beside the node on a connection that stays: opening one reads the whole schema."""
        if self._beside is None:
            path = self.config.database.url.removeprefix("sqlite:///")
            self._beside = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10, isolation_level=None)
        return self._beside.execute(sql, values).fetchall()

    def count(self, table: str, where: str = "1 = 1", *values: Any) -> int:
        return int(self.query(f"SELECT count(*) FROM {table} WHERE {where}", *values)[0][0])

    def effects(self, tables: Iterable[str] = EFFECTS) -> dict[str, int]:
        chosen = tuple(tables)
        counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in chosen)
        return dict(zip(chosen, self.query(f"SELECT {counts}")[0], strict=True))

    def outbound(self) -> int:
        """Requests that peers got, and connections of the node to anybody else."""
        return sum(len(host.seen) for host in self.hosts.values()) + len(self.strangers())

    def strangers(self) -> list[tuple[str, int]]:
        """Addresses that were dialled and are neither a peer nor the node itself."""
        known = {(host.address, host.port) for host in self.hosts.values()}
        known.add(("127.0.0.1", self.config.server.listen.port))
        return [pair for pair in self.dialled if pair not in known]

    async def settled(self, seconds: float = 10.0) -> None:
        """Wait until nothing that is due now is left to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            now = int(time.time() * 1000)
            jobs = self.count("jobs", "dead = 0 AND run_at <= ? AND name NOT LIKE '%.sweep'", now)
            due = self.count("lanes", "next_at <= ? OR lease_until > ?", now, now)
            if not jobs and not due:
                return
            await asyncio.sleep(0.03)
        rows = self.query("SELECT name, attempts, last_error FROM jobs WHERE dead = 0")
        raise AssertionError(f"still something to do after {seconds} s: {rows}")

    async def until(self, wanted: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Ask until ``wanted()`` gives something."""
        end = time.monotonic() + seconds
        while not (found := wanted()):
            assert time.monotonic() < end, f"waited {seconds} s in vain"
            await asyncio.sleep(0.03)
        return found

    # --- The common assertions. ---

    @asynccontextmanager
    async def nothing_happens(
        self, *, outbound: int = 0, tables: Iterable[str] = EFFECTS, settle: bool = True
    ) -> AsyncIterator[None]:
        """(S): no row of ``tables`` comes, goes or waits, and at most ``outbound`` requests leave the node."""
        await self.settled()
        chosen = tuple(tables)
        rows, sent, hits = self.effects(chosen), self.outbound(), self.canary.hits
        yield
        if settle:
            await self.settled()
        assert self.effects(chosen) == rows
        assert self.outbound() - sent <= outbound, [host.seen[-8:] for host in self.hosts.values()]
        assert self.canary.hits == hits, "the canary was reached"
        assert not self.strangers(), self.strangers()

    @asynccontextmanager
    async def guarded(self) -> AsyncIterator[None]:
        """(L), (N) and (M) around a whole test."""
        self.watch.tracebacks.clear()
        self.watch.failures.clear()
        self.allowed.clear()
        self.growth = GROWTH_BYTES
        self.dialled.clear()
        gc.collect()
        memory = psutil.Process().memory_info().rss
        pulse = asyncio.create_task(self._pulse())
        try:
            yield
        finally:
            pulse.cancel()
        with suppress(asyncio.CancelledError):
            await pulse
        await self._healthy()
        failures = [pair for pair in self.watch.failures if pair[0] not in self.allowed]
        assert not failures, f"answers that say our own fault: {failures[:10]}"
        assert not self.watch.tracebacks, "\n".join(self.watch.tracebacks[:3])[:4000]
        gc.collect()
        assert psutil.Process().memory_info().rss - memory < self.growth

    async def _pulse(self) -> None:
        while True:
            await self._healthy()
            await asyncio.sleep(0.2)

    async def _healthy(self) -> None:
        """A slow answer counts where this process was the one that was busy: the machine is shared."""
        began, cpu = time.monotonic(), time.process_time()
        answer = await self.get("/api/v2/instance")
        elapsed, burnt = time.monotonic() - began, time.process_time() - cpu
        assert answer.status == 200, answer.status
        assert elapsed < SLOW_S or (burnt < SLOW_S and elapsed < STUCK_S), (elapsed, burnt)


def _config(folder: Path, hosts: Mapping[str, str], ports: Iterable[int], ca: Path, settings: Any) -> Any:
    tables: dict[str, dict[str, Any]] = {
        "server": {
            "domain": DOMAIN,
            "listen": f"127.0.0.1:{node_support.free_port()}",
            "data_dir": str(folder / "data"),
        },
        "network": {
            "allow_addresses": ["127.0.1.0/24"],
            "allow_ports": list(ports),
            "hosts": dict(hosts),
            "ca_file": str(ca),
        },
        "limits": dict.fromkeys(
            (
                "throttle_unauthenticated_api",
                "throttle_authenticated_api",
                "throttle_authenticated_paging",
                "throttle_unauthenticated_paging",
                "throttle_inbox",
                "throttle_search_resolve",
                "throttle_statuses",
                "throttle_follows",
                "throttle_app_registration",
                "throttle_sign_up",
                "throttle_login",
                "throttle_media_upload",
                "throttle_deletes",
                "throttle_reports",
            ),
            "off",
        ),
    }
    for section, values in (settings or {}).items():
        tables.setdefault(section, {}).update(values)
    return build(tables, {}, folder)


def _people(world: World) -> None:
    """``make`` of node_support made the node; these are its people."""
    keyring = KeyRing(master.load_file(world.config.keys.master_key_file))
    dispatch = dispatcher(Tools(keyring))
    with open_for_command(world.config.database.url, site_of(world.config), dispatch=dispatch) as session:
        for name in (*ROLES, *STATES):
            world.people[name] = session.run(_person(world, keyring, name))
        session.run(lambda unit: moderation.suspend(unit, world.susp.account_id, None))
    path = world.config.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE communities SET registration = 'open'")


def _person(world: World, keyring: KeyRing, name: str) -> Callable[[Any], node_support.Person]:
    username = USERNAMES.get(name, name)
    keys = node_support.keys_of(username, DOMAIN)

    def work(unit: Any) -> node_support.Person:
        user = users.create(
            unit,
            keyring,
            username=username,
            keys=keys,
            email=f"{username}@example.org",
            password_hash=node_support._HASH,
            role=ROLES.get(name, "user"),
            state=STATES.get(name, "active"),
        )
        wanted = scopes.parse(SCOPES)
        assert wanted is not None
        token = oauth.grant_personal(unit, user.user_id, name="test", scopes=wanted).token
        return node_support.Person(world, username, token, user.user_id, user.account_id)

    return work


@asynccontextmanager
async def attack_world(
    folder: Path,
    *,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    more_hosts: Mapping[str, str] | None = None,
    crowd: int = 0,
    bad_certificates: bool = False,
) -> AsyncIterator[World]:
    """The world, running. ``settings`` add to the sections of the configuration; ``more_hosts``: other names and the
    loopback address (127.0.1.x) where a host with a certificate for them is made; ``crowd``: that many names
    ``n0.crowd.test`` ... on one host, ``world.hosts["crowd.test"]``;
    ``bad_certificates``: the hosts ``expired.test``, ``selfsigned.test`` and ``misnamed.test``, who are that."""
    async with AsyncExitStack() as stack:
        folder.mkdir(parents=True, exist_ok=True)
        authority = Authority(folder)
        made: dict[str, Host] = {}

        async def peer(name: str, address: str, certified: str, **how: Any) -> Host:
            tls: ssl.SSLContext = authority.context(certified, **how)
            made[name] = await stack.enter_async_context(serve_host(name, address, tls))
            return made[name]

        for name, address in {**PEERS, **(more_hosts or {})}.items():
            await peer(name, address, name)
        if bad_certificates:
            await peer("expired.test", "127.0.1.20", "expired.test", age_days=30)
            await peer("selfsigned.test", "127.0.1.21", "selfsigned.test", self_signed=True)
            await peer("misnamed.test", "127.0.1.22", "another.test")
        hosts = {name: host.target for name, host in made.items()}
        if crowd:
            many = await peer("crowd.test", "127.0.1.9", "*.crowd.test")
            hosts |= {f"n{number}.crowd.test": many.target for number in range(crowd)}
        bird = await stack.enter_async_context(canary())
        config = _config(folder, hosts, [bird.port], authority.file, settings)
        base = node_support.make(config, ())
        world = World(base.config)
        world.hosts, world.canary, world.authority = made, bird, authority
        _people(world)
        stack.enter_context(watched_network(world.names, world.dialled))
        _listen(stack, world.watch)
        await world.start()
        stack.push_async_callback(world.stop)
        await world.lock.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})
        yield world


def _listen(stack: AsyncExitStack, watch: Watch) -> None:
    for name in ("fedserver", "asyncio", "aiohttp"):
        logger = logging.getLogger(name)
        before = logger.level
        logger.addHandler(watch)
        logger.setLevel(logging.INFO)
        stack.callback(logger.removeHandler, watch)
        stack.callback(logger.setLevel, before)
