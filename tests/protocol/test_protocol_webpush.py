"""RFC 8291's own example, the draft before it, VAPID tokens, and keys that are none."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from webpush_receiver import App

from protocol import webpush

# RFC 8291, section 5 and appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
PUBLIC = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
MESSAGE = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def key_of(scalar: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(webpush.decode(scalar), "big"), ec.SECP256R1())


def test_the_example_of_the_rfc() -> None:
    receiver = webpush.read_receiver(PUBLIC, AUTH)
    made = webpush.encrypt(PLAIN, receiver, sender=key_of(SENDER), salt=webpush.decode(SALT))
    assert webpush.encode(made) == MESSAGE


def test_both_forms_are_read_by_their_receiver_and_by_nobody_else() -> None:
    app, other = App(), App()
    receiver = webpush.read_receiver(app.p256dh, app.auth)
    for text in (b"", b"{}", "ünïcode".encode() * 100, b"x" * webpush.MAX_PAYLOAD):
        sealed = webpush.encrypt(text, receiver, sender=key_of(SENDER), salt=bytes(16))
        assert len(sealed) <= 4096
        assert app.open(sealed, {"Content-Encoding": "aes128gcm"}) == text
        draft = webpush.encrypt_draft(text, receiver, sender=key_of(SENDER), salt=bytes(16))
        headers = {
            "Content-Encoding": "aesgcm",
            "Encryption": f"salt={draft.salt}",
            "Crypto-Key": f"dh={draft.sender}",
        }
        assert app.open(draft.body, headers) == text
        with pytest.raises(InvalidTag):
            other.open(sealed, {"Content-Encoding": "aes128gcm"})
        with pytest.raises(InvalidTag):
            other.open(draft.body, headers)


def test_a_token_is_signed_for_one_service_and_one_day() -> None:
    key = key_of(SENDER)
    given: dict[str, Any] = {"audience": "https://push.example", "subject": "mailto:a@b.c", "expires_s": 1_800_000_000}
    token = webpush.token(key, **given)
    assert webpush.token(key, **given) == token, "the same signature each time"
    head, body, signature = token.split(".")
    assert orjson.loads(webpush.decode(head)) == {"typ": "JWT", "alg": "ES256"}
    assert orjson.loads(webpush.decode(body)) == {
        "aud": "https://push.example",
        "exp": 1_800_000_000,
        "sub": "mailto:a@b.c",
    }
    raw = webpush.decode(signature)
    assert len(raw) == 64
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    algorithm = ec.ECDSA(hashes.SHA256())
    key.public_key().verify(der, f"{head}.{body}".encode(), algorithm)
    with pytest.raises(InvalidSignature):
        key.public_key().verify(der, f"{head}.{body}x".encode(), algorithm)
    assert webpush.authorization(token, webpush.public_bytes(key)).startswith(f"vapid t={token},k=B")


@pytest.mark.parametrize("form", ["plain", "padded", "standard alphabet", "spaces around"])
def test_keys_come_in_every_spelling(form: str) -> None:
    raw = webpush.decode(PUBLIC)
    text = {
        "plain": PUBLIC,
        "padded": base64.urlsafe_b64encode(raw).decode(),
        "standard alphabet": base64.b64encode(raw).decode(),
        "spaces around": f" {PUBLIC}\n",
    }[form]
    assert webpush.read_receiver(text, AUTH).public == raw


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        (PUBLIC, ""),
        (PUBLIC, AUTH + "AAAA"),
        (PUBLIC[:-2], AUTH),
        (PUBLIC + "A", AUTH),
        ("B" + "A" * 86, AUTH),
        (webpush.encode(b"\x04" + b"\x01" * 64), AUTH),
        (webpush.encode(b"\x02" + b"\x01" * 32), AUTH),
        ("€" * 87, AUTH),
        ("A" * 100_000, AUTH),
    ],
)
def test_what_is_no_key_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(webpush.PushKeyMalformed):
        webpush.read_receiver(p256dh, auth)
