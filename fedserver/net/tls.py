"""One TLS context for all outgoing connections, with session resumption.

Making a context costs 25 ms, a handshake more CPU than an RSA signature. Python resumes a session only when
it is handed in at `wrap_bio`, which neither asyncio nor uvloop does for a client; so the context itself
remembers the last session of each server name and hands it in.
"""

from __future__ import annotations

import ssl
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

_KEPT: Final = 4000


class ResumingContext(ssl.SSLContext):
    """A client context that verifies certificate and name, and resumes sessions by server name."""

    sessions: OrderedDict[str, ssl.SSLSession]

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        if session is None and isinstance(server_hostname, str):
            session = self.sessions.get(server_hostname)
        return super().wrap_bio(incoming, outgoing, server_side, server_hostname, session)


class _Remembering(ssl.SSLObject):
    """Hands its session to the context when the first data is read: in TLS 1.3 the ticket comes
    after the handshake, but before the peer's first data."""

    kept = False

    def read(self, *arguments: Any) -> Any:
        data = super().read(*arguments)
        if not self.kept:
            self.kept = True
            remember(self)
        return data

    def getpeercert(self, binary_form: bool = False) -> Any:
        """Event loops ask for the certificate in words after each handshake, for nobody: taking it apart costs a
        quarter of the handshake. It was checked by then, name included."""
        return super().getpeercert(binary_form) if binary_form else {}


def remember(connection: ssl.SSLObject) -> None:
    """Keep the session of a connection for the next one to the same name. Costs a copy of the peer's certificate."""
    name, session, context = connection.server_hostname, connection.session, connection.context
    if session is not None and isinstance(name, str) and isinstance(context, ResumingContext):
        context.sessions[name] = session
        context.sessions.move_to_end(name)
        if len(context.sessions) > _KEPT:
            context.sessions.popitem(last=False)


def remember_later(connection: ssl.SSLObject) -> None:
    """The session is not to be kept at the first data, but by whoever calls ``remember`` when the connection ends."""
    if isinstance(connection, _Remembering):
        connection.kept = True


def make_context(ca_file: Path | None) -> ResumingContext:
    """System roots, plus those in `ca_file` (PEM). Raises OSError or ssl.SSLError for an unusable file."""
    context = ResumingContext(ssl.PROTOCOL_TLS_CLIENT)  # requires a certificate and checks the name
    context.sessions = OrderedDict()
    context.sslobject_class = _Remembering
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_default_certs()
    if ca_file is not None:
        context.load_verify_locations(cafile=str(ca_file))
    return context
