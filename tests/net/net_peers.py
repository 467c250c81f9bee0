"""Peers on loopback for the tests of fedserver.net: a CA of their own, small servers, a canary."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fedserver.net.client import Client
from fedserver.net.settings import NetSettings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOOPBACK = ipaddress.ip_network("127.0.1.0/24")
NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


class Authority:
    """A certificate authority in a folder; `ca.pem` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        self.certificate = self._sign(self.name, self.key, self.name, self.key, None, 0)
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def _sign(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        issuer: x509.Name,
        issuer_key: ec.EllipticCurvePrivateKey,
        host: str | None,
        age_days: int,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - DAY * (age_days + 5))
            .not_valid_after(NOW - DAY * age_days + DAY * (5 if not age_days else 0))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        if host is not None:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    def context(self, host: str, *, age_days: int = 0, self_signed: bool = False) -> ssl.SSLContext:
        """A server context with a certificate for `host`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        issuer, issuer_key = (subject, key) if self_signed else (self.name, self.key)
        certificate = self._sign(subject, key, issuer, issuer_key, host, age_days)
        file = self.folder / f"{host}-{age_days}-{self_signed}.pem"
        file.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@dataclass
class Seen:
    """One request that a peer got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    resumed: bool
    connection: int


@dataclass
class Peer:
    """A running server: `target` is what the `hosts` table needs."""

    target: str
    seen: list[Seen] = field(default_factory=list)


@asynccontextmanager
async def peer(handler: Handler, tls: ssl.SSLContext | None, address: str = "127.0.1.1") -> AsyncIterator[Peer]:
    found = Peer("")

    async def handle(request: web.Request) -> web.StreamResponse:
        transport: Any = request.transport
        tls_object = transport.get_extra_info("ssl_object")
        found.seen.append(
            Seen(
                request.method,
                request.raw_path,
                dict(request.headers),
                await request.read(),
                bool(tls_object is not None and tls_object.session_reused),
                id(transport),
            )
        )
        return await handler(request)

    server = web.Server(handle)
    runner = web.ServerRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, address, 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    found.target = f"{address}:{port}"
    try:
        yield found
    finally:
        await runner.cleanup()


@dataclass
class Canary:
    port: int
    hits: int = 0


@asynccontextmanager
async def canary(address: str = "127.0.0.1") -> AsyncIterator[Canary]:
    """A listener that must never be reached."""
    found = Canary(0)

    async def hit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.hits += 1
        writer.close()

    server = await asyncio.start_server(hit, address, 0)
    found.port = server.sockets[0].getsockname()[1]
    async with server:
        yield found


def settings(ca: Authority | None = None, **changes: Any) -> NetSettings:
    values: dict[str, Any] = {
        "user_agent": "fedserver/0 (+https://home.test)",
        "own_hosts": frozenset({"home.test"}),
        "allow_addresses": (LOOPBACK,),
        "ca_file": None if ca is None else ca.file,
        "connect_timeout": 2.0,
        "total_timeout": 5.0,
    }
    return NetSettings(**{**values, **changes})


def client(ca: Authority | None = None, *, lookup: Any = None, **changes: Any) -> Client:
    made = settings(ca, **changes)
    return Client(made) if lookup is None else Client(made, lookup=lookup)


def document(body: bytes = b"{}", kind: str = "application/activity+json", **headers: str) -> web.Response:
    return web.Response(body=body, headers={"Content-Type": kind, **headers})
