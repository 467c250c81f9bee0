"""draft-cavage-http-signatures-12, the scheme that every server of the fediverse speaks.

    Signature: keyId="...",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="..."

The signature is over the *signing string*: one line `name: value` for each entry of `headers`, in that order. The
pseudo-header `(request-target)` stands for method and path, `(created)` and `(expires)` for the parameters of that
name.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from protocol.errors import Malformed
from protocol.http.request import Request

REQUEST_TARGET = "(request-target)"
CREATED = "(created)"
EXPIRES = "(expires)"

_MAX_TEXT = 8192
_MAX_PARAMETERS = 16
_MAX_HEADERS = 64
_PARAMETER = re.compile(r'[ \t]*([A-Za-z][A-Za-z0-9_-]*)=(?:"([^"\\]*)"|([0-9]{1,15}))[ \t]*(,|\Z)')
_NAME = re.compile(r"\((?:request-target|created|expires)\)|[a-z0-9!#$%&'*+.^_`|~-]+")
_SECONDS = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parsed Signature header. Times are seconds since 1970; `algorithm` is in lower case."""

    key_id: str
    algorithm: str | None
    headers: tuple[str, ...]
    signature: bytes
    created: int | None = None
    expires: int | None = None


def parse_header(text: str) -> Parameters:
    """Read a Signature header. Raises `Malformed`; a repeated parameter is an error, an unknown one is not."""
    fields = _split(text)
    key_id = fields.get("keyId", "")
    if not key_id or len(key_id) > 2048 or not key_id.isascii() or not key_id.isprintable():
        raise Malformed("there is no usable keyId", "signature")
    # Absent means `(created)` alone in the draft, which can never be strong enough here.
    headers = tuple(fields.get("headers", CREATED).lower().split(" "))
    if len(headers) > _MAX_HEADERS or len(set(headers)) != len(headers):
        raise Malformed("headers has too many names, or one twice", "signature")
    if not all(map(_NAME.fullmatch, headers)):
        raise Malformed("headers is not a list of names", "signature")
    algorithm = fields.get("algorithm")
    return Parameters(
        key_id,
        algorithm.lower() if algorithm is not None else None,
        headers,
        _decode(fields.get("signature", "")),
        _seconds(fields.get("created")),
        _seconds(fields.get("expires")),
    )


def signing_string(request: Request, parameters: Parameters, *, with_query: bool = True) -> bytes:
    """Build the bytes that are signed. Raises `Malformed` if a listed header is not in the request.

    `with_query=False` leaves the query out of `(request-target)`, as some senders do.
    """
    lines = [f"{name}: {_value(request, parameters, name, with_query)}" for name in parameters.headers]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def write_header(parameters: Parameters) -> str:
    """Write a Signature header."""
    fields = [f'keyId="{parameters.key_id}"']
    if parameters.algorithm is not None:
        fields.append(f'algorithm="{parameters.algorithm}"')
    if parameters.created is not None:
        fields.append(f"created={parameters.created}")
    if parameters.expires is not None:
        fields.append(f"expires={parameters.expires}")
    fields.append(f'headers="{" ".join(parameters.headers)}"')
    fields.append(f'signature="{base64.b64encode(parameters.signature).decode("ascii")}"')
    return ",".join(fields)


def _split(text: str) -> dict[str, str]:
    if len(text) > _MAX_TEXT:
        raise Malformed("the header is too long", "signature")
    fields: dict[str, str] = {}
    position = 0
    while True:
        match = _PARAMETER.match(text, position)
        if match is None:
            raise Malformed("the header is not a list of name=value", "signature")
        name = match[1]
        if name in fields or len(fields) == _MAX_PARAMETERS:
            raise Malformed("a parameter is repeated, or there are too many", "signature")
        fields[name] = match[2] if match[2] is not None else match[3]
        position = match.end()
        if not match[4]:
            return fields


def _decode(text: str) -> bytes:
    try:
        signature = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("the signature is not base64", "signature") from error
    if not signature:
        raise Malformed("the signature is empty", "signature")
    return signature


def _seconds(text: str | None) -> int | None:
    if text is None:
        return None
    if not _SECONDS.fullmatch(text):
        raise Malformed("a time is not a number of seconds", "signature")
    return int(text)


def _value(request: Request, parameters: Parameters, name: str, with_query: bool) -> str:
    if name == REQUEST_TARGET:
        target = request.target
        return f"{request.method.lower()} {target.origin_form if with_query else target.path}"
    if name in (CREATED, EXPIRES):
        return _pseudo_time(parameters, name)
    values = request.values(name)
    if not values:
        raise Malformed("the signature covers a header that is not there", name)
    if any("\n" in value or "\r" in value for value in values):
        raise Malformed("a header has a line break", name)
    return ", ".join(values)


def _pseudo_time(parameters: Parameters, name: str) -> str:
    """Section 2.3: these two need their parameter, and an algorithm that is not one of the old names."""
    seconds = parameters.created if name == CREATED else parameters.expires
    if seconds is None:
        raise Malformed(f"{name} is covered but not given", "signature")
    if (parameters.algorithm or "").startswith(("rsa", "hmac", "ecdsa")):
        raise Malformed(f"{name} does not go with the algorithm {parameters.algorithm}", "signature")
    return str(seconds)
