"""Requests for the signature tests, and a signer that can leave things out or get them wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from keys.pair import PrivateKey
from protocol.http import cavage, messages
from protocol.http.dates import format_date
from protocol.http.digest import content_digest, digest
from protocol.http.request import Request
from protocol.http.structured import Bare, serialise_bare

NOW = 1_795_342_712_000  # Sun, 22 Nov 2026 10:18:32 GMT
KEY_ID = "https://evil.example/users/x#main-key"
BODY = b'{"type":"Like"}'


def inbox_post(body: bytes = BODY, *, date: str | None = None, url: str = "https://us.example/inbox") -> Request:
    headers = (
        ("Host", "us.example"),
        ("Date", date if date is not None else format_date(NOW)),
        ("Content-Type", "application/activity+json"),
        ("Digest", digest(body)),
        ("Content-Digest", content_digest(body)),
    )
    return Request("POST", url, headers, body)


def actor_get(url: str = "https://us.example/users/a") -> Request:
    return Request("GET", url, (("Host", "us.example"), ("Date", format_date(NOW)), ("Accept", "*/*")))


def set_headers(request: Request, **values: str | None) -> Request:
    """Set (or with None drop) headers; `content_digest` stands for Content-Digest."""
    names = {name.replace("_", "-"): value for name, value in values.items()}
    kept = [(name, value) for name, value in request.headers if name.lower() not in names]
    added = [(name, value) for name, value in names.items() if value is not None]
    return replace(request, headers=(*kept, *added))


def sign_with_cavage(
    request: Request,
    key: PrivateKey,
    headers: Sequence[str] = ("(request-target)", "host", "date", "digest"),
    *,
    algorithm: str | None = "rsa-sha256",
    created: int | None = None,
    expires: int | None = None,
    with_query: bool = True,
) -> Request:
    parameters = cavage.Parameters(KEY_ID, algorithm, tuple(headers), b"x", created, expires)
    base = cavage.signing_string(request, parameters, with_query=with_query)
    return set_headers(request, signature=cavage.write_header(replace(parameters, signature=key.sign(base))))


def sign_with_9421(
    request: Request,
    key: PrivateKey,
    components: Sequence[str] = ("@method", "@target-uri", "content-digest"),
    **parameters: Bare,
) -> Request:
    given: dict[str, Bare] = {"created": NOW // 1000, "keyid": KEY_ID, **parameters}
    signature_input = messages.SignatureInput(
        "sig1", tuple(components), {name: value for name, value in given.items() if value is not False}
    )
    signature = key.sign(messages.signature_base(request, signature_input))
    return set_headers(
        request,
        signature_input=f"sig1={messages.write_parameters(signature_input)}",
        signature=f"sig1={serialise_bare(signature)}",
    )
