"""The key by which push services know this node (RFC 8292): one for its whole life, since subscriptions name it."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson
from cryptography.hazmat.primitives.asymmetric import ec

from fedserver.db.queries import meta
from fedserver.db.unit import Unit
from fedserver.services.keyring import KeyRing
from keys.sealing import MasterKey
from protocol import webpush

META_KEY = "vapid"
OWNER, PURPOSE = "node", "vapid"
_ORDER_BYTES = 32


@dataclass(frozen=True, slots=True)
class VapidKey:
    """``public`` as apps get it: base64url with padding, as Mastodon writes it."""

    public: str
    private: ec.EllipticCurvePrivateKey = field(repr=False)


def public_of(stored: str) -> str:
    """The public part of what stands in ``meta``."""
    return str(orjson.loads(stored)["public"])


def load(unit: Unit, keyring: KeyRing) -> VapidKey:
    """The node's key, made by whoever asks first."""
    stored = unit.one(meta.get(META_KEY))
    if stored is None:
        return _make(unit, keyring)
    sealed = webpush.decode(orjson.loads(stored)["sealed"])
    scalar = int.from_bytes(keyring.open_secret(OWNER, PURPOSE, sealed), "big")
    return VapidKey(public_of(stored), ec.derive_private_key(scalar, ec.SECP256R1()))


def reseal(unit: Unit, keyring: KeyRing, new_master: MasterKey) -> None:
    """Seal the key with another master key."""
    stored = unit.one(meta.get(META_KEY))
    if stored is not None:
        sealed = keyring.reseal_secret(new_master, OWNER, PURPOSE, webpush.decode(orjson.loads(stored)["sealed"]))
        _store(unit, public_of(stored), sealed)


def _make(unit: Unit, keyring: KeyRing) -> VapidKey:
    private = ec.generate_private_key(ec.SECP256R1())
    public = webpush.encode(webpush.public_bytes(private), padded=True)
    scalar = private.private_numbers().private_value.to_bytes(_ORDER_BYTES, "big")
    _store(unit, public, keyring.seal_secret(OWNER, PURPOSE, scalar))
    return VapidKey(public, private)


def _store(unit: Unit, public: str, sealed: bytes) -> None:
    unit.run(meta.put(META_KEY, orjson.dumps({"public": public, "sealed": webpush.encode(sealed)}).decode()))
