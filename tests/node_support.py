"""Whole nodes for tests: made as ``init`` makes them, run in this process, driven through their doors.

    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        await beta.ben.post("/api/v1/statuses", json={"status": "hello"})

Nodes are named ``alpha.test`` and so on, speak plain http on loopback, and find each other through ``[network] hosts``.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import empty_database

from fedserver.app import Node
from fedserver.config import Config
from fedserver.config.load import build
from fedserver.db.database import open_for_command
from fedserver.domain import uris
from fedserver.domain.settings import site_of
from fedserver.edge import scopes
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.kit.passwords import hash_password
from fedserver.services import communities, oauth, users
from fedserver.services.accounts import create_local
from fedserver.services.keyring import KeyRing, NewKeys
from keys import master
from keys.algorithms import Algorithm
from keys.pair import PrivateKey

PASSWORD = "correct horse battery staple"
_HASH = hash_password(PASSWORD)
SCOPES = "read write follow push"
WAIT_S = 15.0


def new_keys() -> NewKeys:
    return NewKeys(PrivateKey.generate(Algorithm.RSA_2048), PrivateKey.generate(Algorithm.ED25519))


@cache
def keys_of(name: str, domain: str) -> NewKeys:
    """The keys of somebody, made once in a run: looking for two primes takes longer than the rest of a node."""
    return new_keys()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Person:
    """A user of a node with a token, as an app would act for them."""

    def __init__(self, node: RunningNode, name: str, token: str, user_id: int, account_id: int) -> None:
        self.node, self.name, self.token = node, name, token
        self.user_id, self.account_id = user_id, account_id
        self.handle = f"@{name}@{node.config.server.domain}"

    async def raw(self, method: str, path: str, **more: Any) -> tuple[int, Any, Mapping[str, str]]:
        """(status, JSON, headers), whatever the status."""
        headers = {"Authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        async with self.node.http.request(method, self.node.url + path, headers=headers, **more) as response:
            return response.status, await response.json(content_type=None), response.headers

    async def call(self, method: str, path: str, **more: Any) -> Any:
        status, found, _ = await self.raw(method, path, **more)
        assert status < 400, (method, path, status, found)
        return found

    async def get(self, path: str, **more: Any) -> Any:
        return await self.call("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Any:
        return await self.call("POST", path, **more)

    async def until(self, path: str, wanted: Callable[[Any], Any], *, seconds: float = WAIT_S) -> Any:
        """Ask until ``wanted`` gives something."""
        end = time.monotonic() + seconds
        while True:
            found = await self.get(path)
            result = wanted(found)
            if result:
                return result
            assert time.monotonic() < end, f"waited {seconds} s for something in {path}: {str(found)[:600]}"
            await asyncio.sleep(0.05)

    async def find(self, handle: str) -> Any:
        """An account by its handle, asked for where it lives."""
        found = await self.get("/api/v2/search", params={"q": handle, "resolve": "true", "type": "accounts"})
        assert found["accounts"], f"{handle} was not found"
        return found["accounts"][0]

    async def follow(self, other: Person) -> Any:
        """Follow somebody, wherever they are, until it counts."""
        account = await self.find(other.handle)
        await self.post(f"/api/v1/accounts/{account['id']}/follow")
        await self.until(f"/api/v1/accounts/relationships?id[]={account['id']}", lambda rows: rows[0]["following"])
        return account


class RunningNode:
    """A node in this process. ``people`` are attributes by name."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.url = f"http://127.0.0.1:{config.server.listen.port}"
        self.people: dict[str, Person] = {}
        self.node: Node
        self.http: aiohttp.ClientSession

    def __getattr__(self, name: str) -> Person:
        try:
            return self.__dict__["people"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(name) from None

    async def start(self) -> None:
        self.node = Node(self.config)
        await self.node.start()
        self.http = aiohttp.ClientSession()

    async def stop(self) -> None:
        await self.http.close()
        await self.node.stop()


def make(config: Config, people: tuple[str, ...]) -> RunningNode:
    """Everything that ``init`` makes, and one token for each person."""
    config.server.data_dir.mkdir(parents=True, exist_ok=True)
    config.media.dir.mkdir(parents=True, exist_ok=True)
    key = master.create_file(config.keys.master_key_file)
    empty_database.make(config.database.url)
    keyring = KeyRing(key)
    made = RunningNode(config)
    with open_for_command(config.database.url, site_of(config), dispatch=dispatcher(Tools(keyring))) as session:
        instance = keys_of(uris.INSTANCE_USERNAME, config.server.domain)

        def rows(unit: Any) -> None:
            communities.create(unit, title=config.server.domain, registration="closed")
            create_local(
                unit, keyring, username=uris.INSTANCE_USERNAME, keys=instance, actor_type="Application", display_name=""
            )

        session.run(rows)
        for number, name in enumerate(people):
            made.people[name] = session.run(_person(made, keyring, name, "owner" if number == 0 else "user"))
    return made


def _person(made: RunningNode, keyring: KeyRing, name: str, role: str) -> Callable[[Any], Person]:
    keys = keys_of(name, made.config.server.domain)

    def work(unit: Any) -> Person:
        user = users.create(
            unit,
            keyring,
            username=name,
            keys=keys,
            email=f"{name}@example.org",
            password_hash=_HASH,
            role=role,
        )
        wanted = scopes.parse(SCOPES)
        assert wanted is not None
        token = oauth.grant_personal(unit, user.user_id, name="test", scopes=wanted).token
        return Person(made, name, token, user.user_id, user.account_id)

    return work


def config_for(folder: Path, name: str, ports: Mapping[str, int], **sections: Mapping[str, Any]) -> Config:
    """Settings of a node of the cluster; ``sections`` add to or replace keys."""
    domain = f"{name}.test"
    tables: dict[str, dict[str, Any]] = {
        "server": {
            "domain": domain,
            "base_url": f"http://{domain}",
            "listen": f"127.0.0.1:{ports[name]}",
            "data_dir": str(folder / name),
        },
        "network": {
            "allow_http": True,
            "allow_addresses": ["127.0.0.0/8"],
            "hosts": {f"{other}.test": f"127.0.0.1:{port}" for other, port in ports.items() if other != name},
        },
    }
    for section, keys in sections.items():
        tables.setdefault(section, {}).update(keys)
    return build(tables, {}, folder)


@asynccontextmanager
async def cluster(
    folder: Path,
    *,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    extra_hosts: Mapping[str, int] | None = None,
    **nodes: tuple[str, ...],
) -> AsyncIterator[tuple[RunningNode, ...]]:
    """Nodes by name with their people, running. ``extra_hosts``: other names (``x`` for ``x.test``) and their ports."""
    ports = {name: free_port() for name in nodes}
    known = {**ports, **(extra_hosts or {})}
    made = [make(config_for(folder, name, known, **(settings or {})), people) for name, people in nodes.items()]
    async with AsyncExitStack() as stack:
        for node in made:
            await node.start()
            stack.push_async_callback(node.stop)
        yield tuple(made)
