"""A peer made of Fedify (TypeScript, shares no code with us), run as a process on loopback.

``async with FedifyPeer() as peer:`` installs the npm packages once (about 270 MB under ``.cache/peer``, which git
ignores), starts the server and ends it afterwards. Every method is one call of the control API, which
``fedify/src/control.mjs`` describes. What the peer received comes as ``Received``: the activity and what Fedify found
about the HTTP signature and the object integrity proofs, each verified for itself.

Tests ask ``fedify_install.unavailable_reason()`` first: it says why there can be no peer on this machine, or None.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
from peers.fedify_install import installed

START_S = 30
# long enough for an inbox that queues and for a delivery that is tried again once
PATIENCE_S = 20.0

Scheme = Literal["cavage", "rfc9421"]
Audience = Literal["public", "unlisted", "followers", "direct"]


class PeerError(Exception):
    """The peer could not do what it was asked; ``sent`` are the requests it made, with the answers it got."""

    def __init__(self, text: str, sent: list[dict[str, Any]]) -> None:
        super().__init__(text, *sent)
        self.sent = sent


# --- what it tells ---


@dataclass(frozen=True, slots=True)
class Received:
    """A POST to an inbox of the peer.

    ``status``: the answer. ``handled``: Fedify took it as authentic and passed it on. ``signature``: {scheme, verified,
    keyId, owner, reason}, where ``owner`` says that the key is the actor's. ``proofs``: {found, verified, keys,
    authentic, embedded}, ``error`` in either where looking failed. ``notes``: what went wrong while handling it;
    ``jsonld``: what a JSON-LD processor would lose of the activity, None for nothing; ``error``: the text of an answer
    of 400 or more."""

    path: str
    headers: Mapping[str, str]
    type: str | None
    id: str | None
    actor: str | None
    activity: Any
    signature: Mapping[str, Any]
    proofs: Mapping[str, Any] | None
    jsonld: str | None
    status: int
    handled: bool
    refused: str | None
    notes: list[str]
    error: str | None = None

    def brief(self) -> str:
        """What matters when a test failed, in one line."""
        state = f"status={self.status} handled={self.handled} refused={self.refused} notes={self.notes}"
        body = self.activity
        if isinstance(body, dict):
            body = {name: value for name, value in body.items() if name != "@context"}
        state += f" error={self.error}"
        state += f" signature={self.signature} proofs={self.proofs} jsonld={self.jsonld}"
        return f"{self.type} {state} body={json.dumps(body)}"

    @property
    def object_id(self) -> str | None:
        """The id of the activity's object, embedded or not."""
        value = self.activity.get("object")
        if isinstance(value, list):
            value = value[0] if value else None
        return value.get("id") if isinstance(value, dict) else value


@dataclass(frozen=True, slots=True)
class Done:
    """What a verb did: the activity's id, the object's where it made one, and the requests made for it:
    [{method, url, scheme, status, answer?, sync?}]."""

    id: str
    object: str
    sent: list[dict[str, Any]]

    @property
    def posts(self) -> list[dict[str, Any]]:
        """The deliveries among the requests."""
        return [entry for entry in self.sent if entry["method"] == "POST"]


async def eventually(ask: Callable[[], Any], *, what: str, within: float = PATIENCE_S) -> Any:
    """Ask (a coroutine function) until the answer is truthy, and return it. AssertionError when time is up."""
    end = time.monotonic() + within
    pause = 0.02
    while True:
        value = await ask()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {within} seconds: {what}; last answer: {value!r}")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.3)


class FedifyPeer:
    """A running peer. ``origin`` and ``actor`` are its URIs, ``handle`` is "peer@host:port"."""

    def __init__(self, name: str = "peer", *, host: str = "127.0.0.1", log_level: str = "warning") -> None:
        self.name = name
        self.origin = ""
        self.actor = ""
        self._host = host
        self._log_level = log_level
        self._process: asyncio.subprocess.Process | None = None
        self._session: aiohttp.ClientSession | None = None
        self._log = tempfile.NamedTemporaryFile("w+b", prefix="fedify-peer-", suffix=".log")  # noqa: SIM115

    # --- life ---

    async def __aenter__(self) -> Self:
        node, main = await asyncio.to_thread(installed)
        environment = {"PATH": os.environ.get("PATH", ""), "PEER_LOG": self._log_level, "NO_COLOR": "1"}
        self._process = await asyncio.create_subprocess_exec(
            node,
            main,
            "--name",
            self.name,
            "--host",
            self._host,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log.fileno(),
            env=environment,
        )
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), START_S)
            ready = json.loads(line)
        except (TimeoutError, ValueError):
            await self._end()
            raise PeerError(f"the peer did not start: {self.logs()[-2000:]}", []) from None
        self.origin, self.actor = ready["origin"], ready["actor"]
        # a pooled connection could be one that the peer just closed
        self._session = aiohttp.ClientSession(self.origin, connector=aiohttp.TCPConnector(force_close=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        await self._end()
        if error is not None:
            error.add_note(f"--- log of {self.origin or 'the peer'} ---\n{self.logs()[-4000:]}")
        self._log.close()

    async def _end(self) -> None:
        process = self._process
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        # reads what is left, so that no pipe stays open
        await process.communicate()

    def logs(self) -> str:
        """What the process wrote on standard error so far."""
        return Path(self._log.name).read_text(encoding="utf-8", errors="replace")

    @property
    def handle(self) -> str:
        return f"{self.name}@{self.origin.removeprefix('http://')}"

    # --- the control API ---

    async def _call(self, method: str, name: str, *, query: Mapping[str, str] | None = None, body: Any = None) -> Any:
        assert self._session is not None
        async with self._session.request(method, f"/control/{name}", params=query, json=body) as response:
            answer = await response.json()
            if response.status != 200:
                raise PeerError(f"{name}: {answer['error']}", answer.get("sent", []))
            return answer

    async def _do(self, verb: str, **body: Any) -> Done:
        answer = await self._call("POST", verb, body=body)
        return Done(answer["id"], answer.get("object", ""), answer["sent"])

    async def settings(self, **changes: bool | str) -> None:
        """Change some of autoAccept, scheme ("cavage" or "rfc9421": which is tried first), proofs, authorizedFetch,
        challenge (Accept-Signature on 401), takes ("cavage" or "rfc9421" alone: 401 to the other; or "both"). Forgets
        the schemes and keys seen."""
        await self._call("POST", "settings", body=changes)

    async def forget(self) -> None:
        """Empty the lists of what was received, fetched and sent."""
        await self._call("POST", "forget")

    async def state(self) -> dict[str, Any]:
        """{actor, settings, followers: [uri], following: {uri: pending|accepted|rejected}, waiting: [uri], notes}."""
        found: dict[str, Any] = await self._call("GET", "state")
        return found

    async def received(self, type: str | None = None) -> list[Received]:
        """The requests to the inboxes, oldest first; those of one type where it is named."""
        found = [Received(**entry) for entry in await self._call("GET", "received")]
        return [entry for entry in found if type is None or entry.type == type]

    async def fetched(self) -> list[dict[str, Any]]:
        """The documents asked of the peer: [{method, path, scheme, status}]."""
        found: list[dict[str, Any]] = await self._call("GET", "fetched")
        return found

    async def sent(self) -> list[dict[str, Any]]:
        """Every request the peer made."""
        found: list[dict[str, Any]] = await self._call("GET", "sent")
        return found

    async def wait_for(
        self, type: str, where: Callable[[Received], bool] = lambda one: one.handled, *, within: float = PATIENCE_S
    ) -> Received:
        """The first activity of a type that ``where`` accepts; without it, that Fedify took as authentic."""

        async def ask() -> Received | None:
            return next((one for one in await self.received(type) if where(one)), None)

        try:
            found = await eventually(ask, what=f"a {type} at {self.origin}", within=within)
        except AssertionError as error:
            for one in await self.received():
                error.add_note(f"received: {one.brief()}")
            raise
        assert isinstance(found, Received)
        return found

    async def read(self, uri: str) -> dict[str, Any]:
        """A document, fetched with a signature and parsed by Fedify: {url, type, json, proofs, jsonld}."""
        found: dict[str, Any] = await self._call("GET", "read", query={"uri": uri})
        return found

    async def items(self, uri: str) -> dict[str, Any]:
        """A collection, walked by Fedify: {total, items: [id]}."""
        found: dict[str, Any] = await self._call("GET", "items", query={"uri": uri})
        return found

    async def nodeinfo(self, origin: str) -> dict[str, Any] | None:
        """The NodeInfo of a server, parsed strictly; None where Fedify cannot."""
        found = await self._call("GET", "nodeinfo", query={"uri": origin})
        nodeinfo: dict[str, Any] | None = found["nodeinfo"]
        return nodeinfo

    async def follow(self, target: str) -> Done:
        """``target``: "@name@host" or a URI."""
        return await self._do("follow", target=target)

    async def unfollow(self, target: str) -> Done:
        return await self._do("unfollow", target=target)

    async def accept(self, actor: str) -> Done:
        """Accept a follower who waits (autoAccept is off)."""
        return await self._do("accept", actor=actor)

    async def reject(self, actor: str) -> Done:
        """Refuse one who waits, or remove a follower."""
        return await self._do("reject", actor=actor)

    async def post(
        self,
        text: str,
        *,
        to: Audience = "public",
        image: Mapping[str, Any] | None = None,
        in_reply_to: str | None = None,
        mentions: tuple[str, ...] = (),
        summary: str | None = None,
        sensitive: bool = False,
    ) -> Done:
        """Publish a Note. ``image``: {alt, width, height}, a PNG that the peer serves. The author of the post that is
        answered is mentioned. "followers" and "public" go to all followers and those mentioned."""
        return await self._do(
            "post",
            text=text,
            to=to,
            image=image,
            inReplyTo=in_reply_to,
            mentions=mentions,
            summary=summary,
            sensitive=sensitive,
        )

    async def update(self, uri: str, text: str) -> Done:
        return await self._do("update", uri=uri, text=text)

    async def delete(self, uri: str) -> Done:
        return await self._do("delete", uri=uri)

    async def like(self, uri: str) -> Done:
        return await self._do("like", uri=uri)

    async def announce(self, uri: str) -> Done:
        return await self._do("announce", uri=uri)

    async def undo(self, activity: str) -> Done:
        """Take back a Like, an Announce or a Follow by the id of its activity."""
        return await self._do("undo", id=activity)

    async def flag(self, actor: str, uris: tuple[str, ...] = (), comment: str = "") -> Done:
        return await self._do("flag", actor=actor, uris=uris, comment=comment)

    async def profile(self, **changes: Any) -> Done:
        """Change some of name, summary (HTML), aliases ([uri]), movedTo, and tell followers."""
        return await self._do("profile", **changes)

    async def move(self, target: str) -> Done:
        return await self._do("move", target=target)

    async def send(self, activity: Mapping[str, Any], *to: str, shared_inbox: bool = False) -> Done:
        """Sign and deliver JSON as it is given; ``id`` and ``actor`` are filled in where they are missing."""
        return await self._do("send_raw", activity=activity, to=to, sharedInbox=shared_inbox)

    async def forward(self, body: str, inbox: str) -> Done:
        """Pass on somebody else's activity, unchanged, under this peer's HTTP signature."""
        return await self._do("forward", body=body, inbox=inbox)
