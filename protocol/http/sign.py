"""Sign our own requests, in either scheme. Both return the headers to set; a retry is signed anew."""

from __future__ import annotations

from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from protocol.errors import Malformed
from protocol.http import cavage, messages
from protocol.http.accept import Wanted
from protocol.http.dates import format_date
from protocol.http.digest import content_digest, digest
from protocol.http.request import Request
from protocol.http.structured import Parameters, serialise_bare

Headers = tuple[tuple[str, str], ...]

_LIFETIME_SECONDS = 3600
_CAVAGE_NAMES = {Algorithm.RSA_2048: "rsa-sha256", Algorithm.ED25519: "hs2019"}


def sign_cavage(request: Request, key: PrivateKey, key_id: str, now: int, *, body_digest: str | None = None) -> Headers:
    """Sign as Mastodon does: `host date digest content-type (request-target)`, without digest where no body is.

    Returns Host, Date, Digest (with a body) and Signature, to be set in place of any the request has. Content-Type is
    covered if the request has one with a body. `request.url` must be what is really asked for, port included.
    `body_digest` is the value of Digest where the caller knows it already: one body goes to many servers.
    Raises `Malformed` for a URL or header that cannot be signed.
    """
    # the lines of `cavage.signing_string`, out of values that are in hand: what we post is signed once for each server
    target = request.target
    added = [("Host", target.authority), ("Date", format_date(now))]
    if request.has_body:
        added.append(("Digest", digest(request.body) if body_digest is None else body_digest))
    covered = [(name.lower(), value) for name, value in added]
    content_type = request.value("content-type") if request.has_body else None
    if content_type is not None:
        if "\n" in content_type or "\r" in content_type:
            raise Malformed("a header has a line break", "content-type")
        covered.append(("content-type", content_type))
    covered.append((cavage.REQUEST_TARGET, f"{request.method.lower()} {target.origin_form}"))
    signature = key.sign("\n".join([f"{name}: {value}" for name, value in covered]).encode("utf-8", "surrogateescape"))
    names = tuple(name for name, _ in covered)
    written = cavage.write_header(cavage.Parameters(key_id, _CAVAGE_NAMES[key.algorithm], names, signature))
    return (*added, ("Signature", written))


def sign_9421(
    request: Request,
    key: PrivateKey,
    key_id: str,
    now: int,
    wanted: Wanted | None = None,
    *,
    body_digest: str | None = None,
) -> Headers:
    """Sign with RFC 9421: `@method`, `@target-uri`, and `content-digest` with a body; plus what the peer wanted.

    Returns Host, Date, Content-Digest (with a body), Signature-Input and Signature. A wanted header that the request
    lacks, or an algorithm that is not the key's, is left out: the peer will say so. `body_digest` is the value of
    Content-Digest where the caller knows it already. Raises `Malformed`.
    """
    added = [("Host", request.target.authority), ("Date", format_date(now))]
    components = ["@method", "@target-uri"]
    if request.has_body:
        added.append(("Content-Digest", content_digest(request.body) if body_digest is None else body_digest))
        components.append("content-digest")
    prepared = with_headers(request, tuple(added))
    label = "sig1"
    if wanted is not None:
        label = wanted.label if messages.valid_label(wanted.label) else label
        components += [name for name in wanted.components if name not in components and _present(prepared, name)]
    signature_input = messages.SignatureInput(label, tuple(components), _parameters(key, key_id, now // 1000, wanted))
    signature = key.sign(messages.signature_base(prepared, signature_input))
    added.append(("Signature-Input", f"{label}={messages.write_parameters(signature_input)}"))
    added.append(("Signature", f"{label}={serialise_bare(signature)}"))
    return tuple(added)


def with_headers(request: Request, headers: Headers) -> Request:
    """Return the request with these headers in place of its own of the same names: what goes on the wire."""
    replaced = {name.lower() for name, _ in headers}
    kept = tuple(header for header in request.headers if header[0].lower() not in replaced)
    return Request(request.method, request.url, (*kept, *headers), request.body)


def _present(request: Request, component: str) -> bool:
    return component in messages.DERIVED or bool(request.values(component))


def _parameters(key: PrivateKey, key_id: str, seconds: int, wanted: Wanted | None) -> Parameters:
    parameters: Parameters = {"created": seconds, "keyid": key_id}
    if wanted is None:
        return parameters
    if wanted.expires:
        parameters["expires"] = seconds + _LIFETIME_SECONDS
    if wanted.algorithm == key.algorithm.value:
        parameters["alg"] = wanted.algorithm
    if wanted.nonce is not None:
        parameters["nonce"] = wanted.nonce
    if wanted.tag is not None:
        parameters["tag"] = wanted.tag
    return parameters
