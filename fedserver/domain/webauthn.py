"""Passkeys (WebAuthn level 3): the options that a browser gets, and the judgement on what it answers.

A thin wall around ``py_webauthn``: bytes in, bytes or ``Refused`` out. The library is imported when somebody uses a
passkey, since it brings attestation formats and their certificates along, which nothing here asks for.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TIMEOUT_MS = 300_000
MAX_ANSWER = 20_000
# ES256, EdDSA, RS256: what authenticators offer (COSE)
_ALGORITHMS = (-7, -8, -257)


class Refused(Exception):
    """The answer does not prove anything. ``args[0]`` says why, for logs."""


class NewKey(NamedTuple):
    """A registered credential; ``public_key`` is COSE."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


def relying_party(base_url: str) -> str:
    """The name that credentials are bound to: the host of the pages, without its port."""
    return urlsplit(base_url).hostname or ""


def user_handle(user_id: int) -> bytes:
    """What an authenticator keeps as the user's name: an inner number that tells nothing outside."""
    return user_id.to_bytes(8, "big")


def create_options(
    base_url: str, title: str, *, challenge: bytes, user_id: int, username: str, known: Sequence[bytes]
) -> str:
    """JSON for ``navigator.credentials.create``: bytes as base64url. ``known`` credentials are not made twice."""
    options = {
        "rp": {"id": relying_party(base_url), "name": title},
        "user": {"id": encode(user_handle(user_id)), "name": username, "displayName": username},
        "challenge": encode(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
        "timeout": TIMEOUT_MS,
        "excludeCredentials": [{"type": "public-key", "id": encode(each)} for each in known],
        # a key that can find its user by itself signs in without a name; verification makes it two factors in one
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "preferred"},
        "attestation": "none",
    }
    return json.dumps(options)


def get_options(base_url: str, *, challenge: bytes, allowed: Sequence[bytes], alone: bool) -> str:
    """JSON for ``navigator.credentials.get``. ``alone``: the key is the whole sign-in, so it has to verify the user."""
    options = {
        "rpId": relying_party(base_url),
        "challenge": encode(challenge),
        "timeout": TIMEOUT_MS,
        "allowCredentials": [{"type": "public-key", "id": encode(each)} for each in allowed],
        "userVerification": "required" if alone else "preferred",
    }
    return json.dumps(options)


def credential_id_of(answer: str) -> bytes:
    """Which credential an answer names. Raises ``Refused``."""
    found = _parsed(answer).get("id")
    if not isinstance(found, str):
        raise Refused("no id")
    return decode(found)


def registered(answer: str, base_url: str, challenge: bytes) -> NewKey:
    """Judge the answer of ``create``. Raises ``Refused``."""
    from webauthn import verify_registration_response
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    try:
        found = verify_registration_response(
            credential=_parsed(answer),
            expected_challenge=challenge,
            expected_rp_id=relying_party(base_url),
            expected_origin=base_url,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in _ALGORITHMS],
        )
    # the library parses foreign CBOR: whatever it raises is a refusal
    except Exception as error:
        raise Refused(type(error).__name__) from error
    return NewKey(found.credential_id, found.credential_public_key, found.sign_count)


def signed(
    answer: str, base_url: str, challenge: bytes, *, public_key: bytes, sign_count: int, alone: bool, user_id: int
) -> int:
    """Judge the answer of ``get``; the new signature counter. Raises ``Refused``."""
    from webauthn import verify_authentication_response

    parsed = _parsed(answer)
    response = parsed.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    if handle is not None and decode(str(handle)) != user_handle(user_id):
        raise Refused("the key belongs to somebody else")
    try:
        found = verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=relying_party(base_url),
            expected_origin=base_url,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=alone,
        )
    except Exception as error:
        raise Refused(type(error).__name__) from error
    return found.new_sign_count


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of ``encode``. Raises ``Refused``."""
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise Refused("not base64url") from error


def _parsed(answer: str) -> dict[str, Any]:
    if len(answer) > MAX_ANSWER:
        raise Refused("too long")
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise Refused("not JSON") from error
    if not isinstance(found, dict):
        raise Refused("not an object")
    return found
