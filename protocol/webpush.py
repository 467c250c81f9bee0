"""Web push messages: what a push service carries without being able to read it, and how a sender shows who it is.

The receiver (an app) made a key pair on P-256 and a secret of 16 bytes, and gave both public halves away with the
address of its push service. For each message the sender makes a fresh pair; the two agree on a secret (ECDH), from
which HKDF (RFC 5869) derives a key and a nonce for AES-128-GCM:

    receiver's public key -+
    sender's private key  -+-> ECDH --- HKDF(salt: receiver's secret) --> input key
                                                  HKDF(salt: 16 random bytes) --> content key, nonce

``encrypt`` is RFC 8291 over RFC 8188 ("aes128gcm"): everything the receiver needs stands in the body. ``encrypt_draft``
is draft-ietf-webpush-encryption-04 ("aesgcm"), where salt and sender's key travel in headers; apps that subscribe
without ``standard`` still expect it. ``authorization`` is RFC 8292 (VAPID): a JWT that the server's own key signed.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NamedTuple

import orjson
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

AUTH_BYTES: Final = 16
SALT_BYTES: Final = 16
PUBLIC_BYTES: Final = 65
# RFC 8291, section 4: services take 4096 bytes; 86 are the header, 16 the tag, 1 the delimiter
MAX_PAYLOAD: Final = 4096 - 86 - 16 - 1
_RECORD_BYTES: Final = 4096
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
_MAX_TEXT: Final = 200


class PushKeyMalformed(ValueError):
    """What an app sent as its keys are none. The message is safe to show."""


class Receiver(NamedTuple):
    """An app's public key (uncompressed point) and secret."""

    public: bytes
    auth: bytes


class Draft(NamedTuple):
    """A message of the draft: the body, and what its headers carry (base64url without padding)."""

    body: bytes
    salt: str
    sender: str


def encode(data: bytes, *, padded: bool = False) -> str:
    """Base64url."""
    text = base64.urlsafe_b64encode(data).decode()
    return text if padded else text.rstrip("=")


def decode(text: str) -> bytes:
    """Base64, either alphabet, padded or not. Raises ``PushKeyMalformed``."""
    text = text.strip().replace("+", "-").replace("/", "_").rstrip("=")
    if len(text) > _MAX_TEXT or not _ALPHABET.fullmatch(text):
        raise PushKeyMalformed("not base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise PushKeyMalformed("not base64url") from error


def read_receiver(p256dh: str, auth: str) -> Receiver:
    """The keys of a subscription. Raises ``PushKeyMalformed`` for a point that is not on the curve too."""
    found = Receiver(decode(p256dh), decode(auth))
    if len(found.auth) != AUTH_BYTES or len(found.public) != PUBLIC_BYTES:
        raise PushKeyMalformed("a key has the wrong length")
    _point(found.public)
    return found


def encrypt(payload: bytes, receiver: Receiver, *, sender: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """The body of a message with ``Content-Encoding: aes128gcm``. ``sender`` and ``salt`` are used once only."""
    public = public_bytes(sender)
    info = b"WebPush: info\0" + receiver.public + public
    key = _hkdf(receiver.auth, _agree(sender, receiver), info, 32)
    content_key = _hkdf(salt, key, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _hkdf(salt, key, b"Content-Encoding: nonce\0", 12)
    header = salt + _RECORD_BYTES.to_bytes(4, "big") + bytes([len(public)]) + public
    # one record, the last: its delimiter is 2
    return header + AESGCM(content_key).encrypt(nonce, payload + b"\x02", None)


def encrypt_draft(payload: bytes, receiver: Receiver, *, sender: ec.EllipticCurvePrivateKey, salt: bytes) -> Draft:
    """A message with ``Content-Encoding: aesgcm``. ``sender`` and ``salt`` are used once only."""
    public = public_bytes(sender)
    key = _hkdf(receiver.auth, _agree(sender, receiver), b"Content-Encoding: auth\0", 32)
    both = b"".join(len(each).to_bytes(2, "big") + each for each in (receiver.public, public))
    content_key = _hkdf(salt, key, b"Content-Encoding: aesgcm\0P-256\0" + both, 16)
    nonce = _hkdf(salt, key, b"Content-Encoding: nonce\0P-256\0" + both, 12)
    # two bytes say how many bytes of padding follow
    body = AESGCM(content_key).encrypt(nonce, b"\0\0" + payload, None)
    return Draft(body, encode(salt), encode(public))


def token(key: ec.EllipticCurvePrivateKey, *, audience: str, subject: str, expires_s: int) -> str:
    """The JWT of RFC 8292: ``audience`` is the origin of the push service, ``subject`` how to reach the sender.

    ``expires_s``: Unix time, at most a day ahead. The signature is deterministic (RFC 6979).
    """
    head = encode(orjson.dumps({"typ": "JWT", "alg": "ES256"}))
    body = encode(orjson.dumps({"aud": audience, "exp": expires_s, "sub": subject}))
    signed = key.sign(f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = utils.decode_dss_signature(signed)
    return f"{head}.{body}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def authorization(jwt: str, public: bytes) -> str:
    """The Authorization header of RFC 8292."""
    return f"vapid t={jwt},k={encode(public)}"


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The uncompressed point of a key pair."""
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def _point(public: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public)
    except ValueError as error:
        raise PushKeyMalformed("not a point of the curve") from error


def _agree(sender: ec.EllipticCurvePrivateKey, receiver: Receiver) -> bytes:
    return sender.exchange(ec.ECDH(), _point(receiver.public))


def _hkdf(salt: bytes, key: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(key)
