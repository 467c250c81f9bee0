"""Peers that receive: one server behind many host names, plain and with TLS, that answers 202 and counts."""

from __future__ import annotations

import asyncio
import datetime
import ssl
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

# how long a slow peer takes to answer
SLOW_S = 8.0


class Sink:
    """Runs on a thread of this process. ``received`` counts; ``wait`` waits for a count; ``at`` is when each host got
    its last body. ``file`` is what every GET is answered with."""

    def __init__(self, plain: int, tls: int, slow: int, certificate: Path) -> None:
        self._plain, self._tls, self._slow, self._certificate = plain, tls, slow, certificate
        self.received = 0
        self.last_at = 0.0
        self.at: dict[str, float] = {}
        self.file = b""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def wait(self, count: int, timeout_s: float = 120.0) -> None:
        """Until ``count`` bodies came in all. Raises ``RuntimeError`` when they do not come."""
        until = time.monotonic() + timeout_s
        while self.received < count:
            if time.monotonic() > until:
                raise RuntimeError(f"{self.received} of {count} deliveries came")
            time.sleep(0.002)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        runner = web.ServerRunner(web.Server(self._answer, keepalive_timeout=300, access_log=None))
        await runner.setup()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._certificate)
        await web.TCPSite(runner, "127.0.0.1", self._plain, backlog=1024).start()
        await web.TCPSite(runner, "127.0.0.1", self._tls, ssl_context=context, backlog=1024).start()
        runner = web.ServerRunner(web.Server(self._answer_late, access_log=None))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._slow, backlog=1024).start()

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        if request.method == "GET":
            return web.Response(body=self.file, content_type="image/jpeg")
        await request.read()
        self.received += 1
        self.last_at = self.at[request.host.partition(":")[0]] = time.monotonic()
        return web.Response(status=202)

    async def _answer_late(self, request: web.BaseRequest) -> web.Response:
        await request.read()
        await asyncio.sleep(SLOW_S)
        return web.Response(status=202)


def certificates(folder: Path, hosts: Sequence[str]) -> tuple[Path, Path]:
    """An authority for this run and one certificate for all names: (authority, certificate with key)."""
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench authority")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)

    def begin(name: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        day = datetime.timedelta(days=1)
        made = x509.CertificateBuilder().subject_name(name).issuer_name(ca_name).public_key(public)
        return made.serial_number(x509.random_serial_number()).not_valid_before(now - day).not_valid_after(now + day)

    ca = begin(ca_name, ca_key.public_key()).add_extension(x509.BasicConstraints(True, None), critical=True)
    ca = ca.add_extension(usage, critical=True).add_extension(identifier, critical=False)
    ca_file = folder / "authority.pem"
    ca_file.write_bytes(ca.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    leaf = begin(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "peer")]), key.public_key())
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    leaf = leaf.add_extension(names, critical=False)
    leaf = leaf.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    leaf = leaf.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
    )
    certificate = folder / "peer.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate.write_bytes(leaf.sign(ca_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + private)
    return ca_file, certificate
