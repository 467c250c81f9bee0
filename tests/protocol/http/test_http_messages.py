"""RFC 9421: the vectors of appendix B.2, and an independent implementation on both sides."""

from __future__ import annotations

import base64
import datetime
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, InvalidSignature
from http_message_signatures.algorithms import ED25519, RSA_V1_5_SHA256
from http_signing import BODY, KEY_ID, NOW, actor_get, inbox_post
from hypothesis import given
from hypothesis import strategies as st

from keys.algorithms import Algorithm
from keys.encoding import base64url_decode
from keys.pair import PrivateKey, PublicKey
from protocol.http import messages
from protocol.http.accept import Wanted
from protocol.http.claim import Claim, Verified, read_claim
from protocol.http.digest import check_content_digest
from protocol.http.request import Request
from protocol.http.sign import sign_9421, with_headers

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "rfc9421.json").read_text())
REQUEST = Request(
    VECTORS["request"]["method"],
    VECTORS["request"]["url"],
    tuple((name, value) for name, value in VECTORS["request"]["headers"]),
    VECTORS["request"]["body"].encode(),
)


def read_input(text: str) -> messages.SignatureInput:
    label = text.partition("=")[0]
    return messages.parse_headers(text, f"{label}=:AAAA:")[0]


def test_the_key_of_the_rfc_signs_as_in_b26() -> None:
    key = PrivateKey.from_bytes(Algorithm.ED25519, base64url_decode(VECTORS["seed"]))
    assert key.public == PublicKey.from_pem(VECTORS["public_pem"])
    signed = VECTORS["signed"]
    parsed, signature = messages.parse_headers(signed["signature_input"], signed["signature"])
    base = messages.signature_base(REQUEST, parsed)
    assert base.decode() == signed["base"]
    assert key.sign(base) == signature
    assert key.public.verify(base, signature)
    assert f"{parsed.label}={messages.write_parameters(parsed)}" == signed["signature_input"]
    assert (parsed.key_id, parsed.created, parsed.label) == ("test-key-ed25519", 1618884473, "sig-b26")


@pytest.mark.parametrize("vector", VECTORS["bases"], ids=lambda vector: vector["name"])
def test_bases_of_the_rfc(vector: dict[str, str]) -> None:
    parsed = read_input(vector["signature_input"])
    assert messages.signature_base(REQUEST, parsed).decode() == vector["base"]


def test_the_content_digest_of_the_rfc() -> None:
    assert check_content_digest(REQUEST.values("content-digest"), REQUEST.body) is None


def test_the_request_of_the_rfc_is_too_weak_for_an_inbox() -> None:
    """B.2.6 covers neither the query nor the digest; it is a vector, not a recommendation."""
    signed = VECTORS["signed"]
    request = with_headers(
        REQUEST, (("Signature-Input", signed["signature_input"]), ("Signature", signed["signature"]))
    )
    assert not isinstance(read_claim(request, 1618884473000), Claim)


def test_derived_components() -> None:
    request = Request("GET", "HTTPS://Example.COM:443", (("Host", "example.com"),))
    names = ("@method", "@target-uri", "@authority", "@scheme", "@path", "@query", "@request-target")
    base = messages.signature_base(request, messages.SignatureInput("sig1", names, {})).decode().split("\n")
    assert base[:-1] == [
        '"@method": GET',
        '"@target-uri": https://example.com/',
        '"@authority": example.com',
        '"@scheme": https',
        '"@path": /',
        '"@query": ?',
        '"@request-target": /',
    ]


def test_repeated_fields_are_joined_and_trimmed() -> None:
    request = Request("GET", "https://a.example/", (("X-A", " 1 "), ("x-a", "2\t"), ("X-Empty", "")))
    base = messages.signature_base(request, messages.SignatureInput("sig1", ("x-a", "x-empty"), {})).decode()
    assert base.startswith('"x-a": 1, 2\n"x-empty": \n')


# --- Against http-message-signatures -----------------------------------------------------------------------


class Resolver(HTTPSignatureKeyResolver):
    def __init__(self, key: PrivateKey) -> None:
        self.key = key

    def resolve_public_key(self, key_id: str) -> Any:
        assert key_id == KEY_ID
        return serialization.load_pem_public_key(self.key.public.to_pem().encode())

    def resolve_private_key(self, key_id: str) -> Any:
        if self.key.algorithm is Algorithm.ED25519:
            return ed25519.Ed25519PrivateKey.from_private_bytes(self.key.to_bytes())
        return serialization.load_der_private_key(self.key.to_bytes(), None)


def foreign(request: Request) -> SimpleNamespace:
    return SimpleNamespace(method=request.method, url=request.url, headers=dict(request.headers), body=request.body)


def algorithm_of(key: PrivateKey) -> Any:
    return ED25519 if key.algorithm is Algorithm.ED25519 else RSA_V1_5_SHA256


@pytest.mark.parametrize("request_", [inbox_post(), actor_get("https://us.example:8443/users/a?page=1&x=%20y")])
@pytest.mark.parametrize("wanted", [None, Wanted("want", ("@authority", "date", "@query"), nonce="n", tag="t")])
def test_what_we_sign_the_other_implementation_verifies(
    key: PrivateKey, request_: Request, wanted: Wanted | None
) -> None:
    signed = with_headers(request_, sign_9421(request_, key, KEY_ID, NOW, wanted))
    verifier = HTTPMessageVerifier(signature_algorithm=algorithm_of(key), key_resolver=Resolver(key))
    results = verifier.verify(foreign(signed), max_age=datetime.timedelta(days=36500))
    assert results[0].parameters["keyid"] == KEY_ID
    tampered = foreign(signed)
    tampered.url = tampered.url.replace("us.example", "other.example")
    with pytest.raises(InvalidSignature):
        verifier.verify(tampered, max_age=datetime.timedelta(days=36500))


COMPONENTS = ("@target-uri", "@authority", "@path", "@query", "@request-target", "date", "content-type", "host")


@given(st.lists(st.sampled_from(COMPONENTS), unique=True), st.none() | st.from_regex(r"[ -~]{0,20}", fullmatch=True))
def test_what_the_other_implementation_signs_we_verify(rsa_key: PrivateKey, extra: list[str], tag: str | None) -> None:
    request = inbox_post(url="https://us.example/inbox?a=b%2Fc")
    message = foreign(request)
    components = ["@method", *dict.fromkeys(["@target-uri", *extra]), "content-digest"]
    HTTPMessageSigner(signature_algorithm=RSA_V1_5_SHA256, key_resolver=Resolver(rsa_key)).sign(
        message,
        key_id=KEY_ID,
        created=datetime.datetime.fromtimestamp(NOW // 1000, datetime.UTC),
        covered_component_ids=components,
        tag=tag,
        use_existing_digest=True,
    )
    found = read_claim(Request("POST", request.url, tuple(message.headers.items()), BODY), NOW)
    assert isinstance(found, Claim), found
    assert found.covered == tuple(components)
    assert isinstance(found.verify(rsa_key.public), Verified)


def test_seed_of_the_vectors_is_the_pem_of_the_rfc() -> None:
    """B.1.4 prints the private key as PKCS #8; its last 32 bytes are the seed."""
    der = base64.b64decode("MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF")
    assert der[-32:] == base64url_decode(VECTORS["seed"])
