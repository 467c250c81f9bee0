"""Around people's access: a browser, a mail server that keeps what it gets, an authenticator made of software."""

from __future__ import annotations

import asyncio
import hashlib
import html
import json
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as parsing
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import cbor2
import node_support
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from fedserver.domain.webauthn import decode, encode


@dataclass
class Page:
    status: int
    headers: Any
    text: str

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))

    @property
    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]*)"', self.text)
        return found[1] if found else ""

    @property
    def options(self) -> dict[str, Any]:
        """What the page hands to the browser's passkey functions."""
        found = re.search(r'data-options="([^"]*)"', self.text)
        assert found, self.text[:2000]
        return json.loads(html.unescape(found[1]))  # type: ignore[no-any-return]


class Browser:
    """Keeps cookies, follows nothing by itself, finds the hidden field of forms."""

    def __init__(self, node: node_support.RunningNode) -> None:
        self.node, self.jar = node, dict[str, str]()
        self.page = Page(0, {}, "")

    async def go(self, path: str, **headers: str) -> Page:
        return await self._send("GET", path, None, headers)

    async def submit(self, path: str, fields: Mapping[str, str], *, csrf: str | None = None, **headers: str) -> Page:
        values = {**fields, "csrf": self.page.csrf if csrf is None else csrf}
        return await self._send("POST", path, values, headers)

    async def sign_in(self, login: str, password: str = node_support.PASSWORD, target: str = "/") -> Page:
        await self.go("/login?force=1")
        return await self.submit("/login", {"login": login, "password": password, "next": target})

    async def signed_in(self, login: str) -> Browser:
        answer = await self.sign_in(login)
        assert answer.status == 303 and answer.location == "/", (answer.status, answer.location, answer.text[:800])
        return self

    async def _send(self, method: str, path: str, fields: Mapping[str, str] | None, headers: Mapping[str, str]) -> Page:
        given = {"Accept": "text/html", "Host": self.node.config.server.domain, **headers}
        given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        data = None if fields is None else urlencode(fields)
        if data is not None:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        async with self.node.http.request(
            method, self.node.url + path, headers=given, data=data, allow_redirects=False
        ) as answer:
            for line in answer.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(line).items():
                    self.jar.pop(name, None)
                    if morsel.value:
                        self.jar[name] = morsel.value
            self.page = Page(answer.status, answer.headers, await answer.text())
        return self.page


class MailServer:
    """A small SMTP server (RFC 5321) on the test's own loop: ``letters`` holds what it took.

    ``behaviour``: accept | refuse (550 for every recipient) | busy (451 after DATA) | hang (says nothing at all).
    """

    def __init__(self) -> None:
        self.behaviour = "accept"
        self.letters: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.tries = 0
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def wait_for(self, subject: str, count: int = 1, seconds: float = 15.0) -> EmailMessage:
        """The newest letter whose subject holds a text."""
        end = time.monotonic() + seconds
        while True:
            found = [each for each in self.letters if subject in each["Subject"]]
            if len(found) >= count:
                return found[-1]
            assert time.monotonic() < end, f"no mail about {subject!r}: {[each['Subject'] for each in self.letters]}"
            await asyncio.sleep(0.02)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.tries += 1
        try:
            if self.behaviour == "hang":
                await reader.read(1 << 16)
                await asyncio.sleep(3600)
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test ESMTP\r\n")
        to: list[str] = []
        while line := (await reader.readline()).decode():
            verb = line[:4].upper()
            if verb == "DATA":
                writer.write(b"354 go on\r\n")
                data = await reader.readuntil(b"\r\n.\r\n")
                if self.behaviour == "busy":
                    writer.write(b"451 later\r\n")
                    continue
                body = data.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
                found = message_from_bytes(body, policy=parsing)
                assert isinstance(found, EmailMessage)
                self.letters.append(found)
                self.recipients += to
                to = []
                writer.write(b"250 taken\r\n")
            elif verb == "RCPT":
                to.append(line.partition(":")[2].split()[0].strip("<>"))
                writer.write(b"550 no such mailbox\r\n" if self.behaviour == "refuse" else b"250 ok\r\n")
            elif verb == "QUIT":
                writer.write(b"221 bye\r\n")
                return
            else:
                writer.write(b"250 mail.test\r\n")


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    made = MailServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for writer in list(made._writers):
            writer.close()


def mail_settings(server: MailServer) -> dict[str, dict[str, str]]:
    return {"mail": {"url": f"smtp://127.0.0.1:{server.port}", "from": "Alpha <noreply@alpha.test>"}}


@dataclass
class Authenticator:
    """A passkey provider as a browser has one (WebAuthn level 3, ES256, no attestation)."""

    origin: str
    rp_id: str
    verifies: bool = True
    keys: dict[str, Key] = field(default_factory=dict)

    def create(self, options: dict[str, Any], **wrong: Any) -> str:
        """What ``navigator.credentials.create`` answers. ``wrong``: origin, challenge, rp_id, to be refused."""
        key = Key(ec.generate_private_key(ec.SECP256R1()), options["user"]["id"])
        identifier = encode(hashlib.sha256(str(id(key)).encode() + str(time.time_ns()).encode()).digest())
        self.keys[identifier] = key
        credential = decode(identifier)
        attested = bytes(16) + len(credential).to_bytes(2, "big") + credential + key.cose()
        data = self._data(wrong.get("rp_id", self.rp_id), 0x41 | (4 if self.verifies else 0), 0) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", wrong.get("challenge", options["challenge"]), wrong.get("origin"))
        return self._answer(identifier, {"clientDataJSON": encode(client), "attestationObject": encode(attestation)})

    def get(self, options: dict[str, Any], **wrong: Any) -> str:
        """What ``navigator.credentials.get`` answers, with any key that is allowed."""
        allowed = [each["id"] for each in options["allowCredentials"]] or list(self.keys)
        identifier = wrong.get("identifier") or next(each for each in allowed if each in self.keys)
        key: Key = wrong.get("key") or self.keys[identifier]
        key.count += wrong.get("step", 1)
        flags = 0x01 | (4 if wrong.get("verifies", self.verifies) else 0)
        data = self._data(wrong.get("rp_id", self.rp_id), flags, key.count)
        client = self._client("webauthn.get", wrong.get("challenge", options["challenge"]), wrong.get("origin"))
        signature = key.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": encode(client),
            "authenticatorData": encode(data),
            "signature": encode(signature),
            "userHandle": wrong.get("handle", key.handle),
        }
        return self._answer(identifier, response)

    def _data(self, rp_id: str, flags: int, count: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, origin: str | None) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin or self.origin}).encode()

    def _answer(self, identifier: str, response: dict[str, str]) -> str:
        return json.dumps(
            {
                "id": identifier,
                "rawId": identifier,
                "type": "public-key",
                "response": response,
                "clientExtensionResults": {},
            }
        )


@dataclass
class Key:
    private: ec.EllipticCurvePrivateKey
    handle: str
    count: int = 0

    def cose(self) -> bytes:
        numbers = self.private.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
