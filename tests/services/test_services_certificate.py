"""The node's certificate: sealed, opened, sealed anew, brought from elsewhere, refused."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from conftest import World
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fedserver.kit.errors import Invalid
from fedserver.services import certificate
from fedserver.services.keyring import KeyRing
from keys.sealing import MasterKey, WrongMaster

NOW = int(time.time() * 1000)
MADE = certificate.make("here.test", NOW)


def pem(key: object) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey)
    none = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, none)


def issued(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *, days: int = 9, purpose: bool = True, own: bool = False
) -> str:
    """A certificate with something about it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    issuer = name if own else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    begins = datetime.now(UTC) - timedelta(days=30)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begins)
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
    )
    if purpose:
        made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def test_a_node_has_none_until_somebody_makes_one(world: World) -> None:
    assert world.run(lambda unit: certificate.load(unit, world.keyring)) is None
    world.run(lambda unit: certificate.store(unit, world.keyring, MADE))
    found = world.run(lambda unit: certificate.load(unit, world.keyring))
    assert found is not None and found.chain == MADE.chain and found.algorithm == "ES256"
    leaf, root = x509.load_pem_x509_certificates(found.chain.encode())
    leaf.verify_directly_issued_by(root)
    signature = found.sign(b"words")
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    key = leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(encode_dss_signature(r, s), b"words", ec.ECDSA(hashes.SHA256()))
    world.run(certificate.remove)
    assert world.run(lambda unit: certificate.load(unit, world.keyring)) is None


def test_the_key_is_sealed_and_can_be_sealed_anew(world: World) -> None:
    world.run(lambda unit: certificate.store(unit, world.keyring, MADE))
    stored = str(world.value("SELECT value FROM meta WHERE key = 'media_certificate'"))
    assert isinstance(MADE.private, ec.EllipticCurvePrivateKey)
    scalar = MADE.private.private_numbers().private_value.to_bytes(32, "big")
    kept = base64.b64decode(orjson.loads(stored)["sealed"])
    assert scalar not in kept and scalar.hex() not in stored
    new = MasterKey(b"n" * 32)
    world.run(lambda unit: certificate.reseal(unit, world.keyring, new))
    with pytest.raises(WrongMaster):
        world.run(lambda unit: certificate.load(unit, world.keyring))
    found = world.run(lambda unit: certificate.load(unit, KeyRing(new)))
    assert found is not None and found.chain == MADE.chain


def test_one_of_an_authority_is_taken() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    found = certificate.read(issued(key), pem(key), NOW)
    assert found.algorithm == "ES384" and len(found.sign(b"words")) == 96


def test_what_cannot_sign_claims_is_refused() -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    large = rsa.generate_private_key(65537, 2048)
    for chain, secret, why in (
        (issued(key), pem(other), "does not belong"),
        (issued(key, days=-1), pem(key), "expired"),
        (issued(key, purpose=False), pem(key), "not for signing"),
        (issued(key, own=True), pem(key), "own root"),
        (issued(large), pem(large), "must be of"),
        ("no certificate", pem(key), "cannot be read"),
        (issued(key), b"no key", "cannot be read"),
    ):
        with pytest.raises(Invalid, match=why):
            certificate.read(chain, secret, NOW)
