"""A whole node for tests of the client API: real database, effects, media pipeline and bus, on loopback."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import FormData
from door_support import Answer, Node, node
from PIL import Image

from fedserver.api.routes import ROUTES as API
from fedserver.bus.local import LocalBus
from fedserver.db.queries import accounts, users
from fedserver.db.queries.accounts import Account
from fedserver.db.unit import Unit
from fedserver.edge.routing import Route
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.media.pipeline import Pipeline
from fedserver.media.settings import MediaSettings
from fedserver.media.store import FolderStore
from fedserver.oauth.routes import ROUTES as OAUTH
from fedserver.services import accounts as account_service
from fedserver.services import remote
from fedserver.services.keyring import KeyRing, NewKeys
from fedserver.streaming.routes import ROUTES as STREAMING
from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from keys.sealing import MasterKey
from protocol.activitystreams.values import Actor, Object

T = TypeVar("T")
_KEYS = NewKeys(PrivateKey.generate(Algorithm.RSA_2048), PrivateKey.generate(Algorithm.ED25519))
ROUTES: tuple[Route, ...] = (*API, *STREAMING, *OAUTH)
ALL_SCOPES = "read write follow push"
AS_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@dataclass(slots=True)
class Person:
    """A user with a token for everything."""

    api: Api
    name: str
    user_id: int
    account_id: int
    token: str

    async def send(self, method: str, path: str, **options: Any) -> Answer:
        return await self.api.node.send(method, path, token=self.token, **options)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.send("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self.send("POST", path, **options)

    async def publish(self, text: str = "hello", **more: Any) -> dict[str, Any]:
        """A new post, as the API answers it."""
        answer = await self.post("/api/v1/statuses", json={"status": text, **more})
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json
        return found

    async def follow(self, other: Person | Account) -> None:
        other_id = other.account_id if isinstance(other, Person) else other.id
        answer = await self.post(f"/api/v1/accounts/{other_id}/follow")
        assert answer.status == 200, answer.text

    async def upload(self, data: bytes, path: str = "/api/v2/media", **fields: str) -> Answer:
        form = FormData()
        form.add_field("file", io.BytesIO(data), filename="x.bin", content_type="application/octet-stream")
        for name, value in fields.items():
            form.add_field(name, value)
        return await self.post(path, data=form)


@dataclass(slots=True)
class Api:
    """The node, and the ways tests act on it besides its doors."""

    node: Node
    keyring: KeyRing
    bus: LocalBus

    async def run(self, work: Callable[[Unit], T]) -> T:
        return await self.node.parts.db.run(work)

    async def person(self, name: str, *, scopes: str = ALL_SCOPES, role: str = "user", **values: Any) -> Person:
        """A local user with keys and a token."""

        def work(unit: Unit) -> tuple[int, int]:
            account_id = account_service.create_local(unit, self.keyring, username=name, keys=_KEYS)
            if values:
                unit.run(accounts.change(account_id, values))
            user_id = unit.new_id()
            row = {
                "id": user_id,
                "account_id": account_id,
                "community_id": 1,
                "email": f"{name}@mail.example",
                "role": role,
                "created_at": unit.now,
                "valid_after": 0,
            }
            unit.made(users.add(row))
            return user_id, account_id

        user_id, account_id = await self.run(work)
        return Person(self, name, user_id, account_id, await self.node.token(user_id, scopes))

    async def remote(self, name: str, host: str = "there.test", **values: Any) -> Account:
        """An account of another server, as its actor document says."""
        base = f"https://{host}/users/{name}"
        given: dict[str, Any] = {
            "id": base,
            "type": "Person",
            "preferred_username": name,
            "inbox": f"{base}/inbox",
            "followers": f"{base}/followers",
            **values,
        }
        return await self.run(lambda unit: remote.upsert_account(unit, Actor(**given), host))

    async def receive(self, author: Account, number: int, content: str = "<p>hi</p>", **values: Any) -> int:
        """A post of a remote account; its id here."""
        given: dict[str, Any] = {
            "id": f"{author.uri}/notes/{number}",
            "type": "Note",
            "url": f"{author.uri}/notes/{number}",
            "attributed_to": author.uri,
            "content_html": content,
            "to": (AS_PUBLIC,),
            "cc": (author.followers_uri or "",),
            **values,
        }

        def work(unit: Unit) -> int:
            made = remote.receive_status(unit, unit.get(accounts.by_id(author.id)), Object(**given))
            assert made is not None
            return made.id

        return await self.run(work)


@asynccontextmanager
async def client_node(
    folder: Path, *, config: Mapping[str, Mapping[str, Any]] | None = None, **parts: Any
) -> AsyncIterator[Api]:
    """``async with client_node(tmp_path) as api:``"""
    keyring = KeyRing(MasterKey(b"k" * 32))
    bus = LocalBus()
    blobs = FolderStore(folder / "media", None)
    (folder / "media").mkdir()
    (folder / "tmp").mkdir()
    blobs.prepare()
    made = {
        "bus": bus,
        "blobs": blobs,
        "media": Pipeline(MediaSettings()),
        "keyring": keyring,
        **parts,
    }
    limits = {"throttle_unauthenticated_api": "off", "throttle_authenticated_api": "off"}
    tables = {"limits": limits, **(config or {})}
    async with node(folder, ROUTES, config=tables, dispatch=dispatcher(Tools(keyring)), **made) as running:
        database: Any = running.parts.db
        forget = database._writer._published

        def published(notes: Any) -> None:
            forget(notes)
            bus.publish(notes)

        database._writer._published = published
        api = Api(running, keyring, bus)
        await api.run(
            lambda unit: account_service.create_local(
                unit, keyring, username="instance.actor", keys=_KEYS, actor_type="Application"
            )
        )
        try:
            yield api
        finally:
            bus.close()


def png(width: int = 40, height: int = 30, color: str = "teal") -> bytes:
    """A real picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, "PNG")
    return out.getvalue()
