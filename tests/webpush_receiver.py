"""An app that subscribed to push messages, and the push service that hands them over: both sides for tests.

Opening is written from the RFCs by itself, with nothing of ``protocol.webpush``.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import orjson
from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derive(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(key)


class App:
    """Holds the private half of a subscription."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)
        self._public = self._key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )

    @property
    def p256dh(self) -> str:
        return b64(self._public)

    @property
    def auth(self) -> str:
        return b64(self._secret)

    def open(self, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The text of a message; raises ``InvalidTag`` when it is not for this app."""
        if headers["Content-Encoding"] == "aes128gcm":
            return self._open_standard(body)
        assert headers["Content-Encoding"] == "aesgcm"
        salt = unb64(headers["Encryption"].removeprefix("salt="))
        parts = dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))
        sender = unb64(parts["dh"])
        key = derive(self._secret, self._agree(sender), b"Content-Encoding: auth\0", 32)
        context = b"P-256\0\0\x41" + self._public + b"\0\x41" + sender
        content_key = derive(salt, key, b"Content-Encoding: aesgcm\0" + context, 16)
        nonce = derive(salt, key, b"Content-Encoding: nonce\0" + context, 12)
        plain = AESGCM(content_key).decrypt(nonce, body, None)
        return plain[2 + int.from_bytes(plain[:2], "big") :]

    def _open_standard(self, body: bytes) -> bytes:
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert length == 65 and len(sealed) <= size
        key = derive(self._secret, self._agree(sender), b"WebPush: info\0" + self._public + sender, 32)
        content_key = derive(salt, key, b"Content-Encoding: aes128gcm\0", 16)
        nonce = derive(salt, key, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(content_key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1:] == b"\x02", "the delimiter of the last record"
        return plain[:-1]

    def _agree(self, sender: bytes) -> bytes:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        return self._key.exchange(ec.ECDH(), public)


class Pushed(NamedTuple):
    """What came to the push service."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class PushService:
    """Keeps what comes. ``answers``: statuses for the next messages, 201 after them."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[Pushed] = asyncio.Queue()
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.Response:
        self.came.put_nowait(Pushed(request.path, dict(request.headers), await request.read()))
        status, headers = self.answers.pop(0) if self.answers else (201, {})
        return web.Response(status=status, headers=headers)

    async def next(self, seconds: float = 10.0) -> Pushed:
        return await asyncio.wait_for(self.came.get(), seconds)

    async def quiet(self, seconds: float = 0.7) -> None:
        """Nothing comes."""
        try:
            found = await asyncio.wait_for(self.came.get(), seconds)
        except TimeoutError:
            return
        raise AssertionError(found)


@asynccontextmanager
async def push_service(port: int) -> AsyncIterator[PushService]:
    """A push service on loopback."""
    service = PushService()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield service
    finally:
        await runner.cleanup()


def check_vapid(headers: Mapping[str, str], server_key: str, origin: str, now_s: float) -> dict[str, Any]:
    """The claims of the Authorization header, after its signature was checked with the key that the node told."""
    scheme, _, rest = headers["Authorization"].partition(" ")
    if scheme == "vapid":
        fields = dict(part.split("=", 1) for part in rest.split(","))
        token, told = fields["t"], fields["k"]
    else:
        assert scheme == "WebPush"
        token = rest
        told = dict(part.split("=", 1) for part in headers["Crypto-Key"].split(";"))["p256ecdsa"]
    assert unb64(told) == unb64(server_key.rstrip("="))
    head, body, signature = token.split(".")
    raw = unb64(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(told))
    key.verify(der, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    claims: dict[str, Any] = orjson.loads(unb64(body))
    assert claims["aud"] == origin and now_s < claims["exp"] <= now_s + 24 * 3600
    return claims
