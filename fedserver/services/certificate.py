"""The certificate with which this node signs media that it had to change (C2PA 2.2, section 14.5): none until an
operator makes or brings one. Its key is sealed like all others.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from fedserver.db.queries import meta
from fedserver.db.unit import Unit
from fedserver.kit.errors import Invalid
from fedserver.services.keyring import KeyRing
from keys.sealing import MasterKey

META_KEY = "media_certificate"
OWNER, PURPOSE = "node", "media_certificate"
DAYS: Final = 3 * 365
ROOT_DAYS: Final = 10 * 365
# what the library takes a claim signer for: the key purpose of C2PA, or that of mail, which CAs give out
_CLAIM_SIGNING: Final = ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
_PURPOSES: Final = frozenset({_CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION})
_CURVES: Final = {"secp256r1": ("ES256", 32, hashes.SHA256()), "secp384r1": ("ES384", 48, hashes.SHA384())}

Private = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Certificate:
    """See ``media/resign.py: MediaSigner``. ``chain``: PEM, the signer's own certificate first."""

    chain: str
    private: Private = field(repr=False)

    @property
    def algorithm(self) -> str:
        return algorithm_of(self.private)

    def sign(self, data: bytes) -> bytes:
        """The raw signature as COSE has it (RFC 9053, sections 2.1 and 2.2)."""
        if isinstance(self.private, ed25519.Ed25519PrivateKey):
            return self.private.sign(data)
        _, size, digest = _CURVES[self.private.curve.name]
        r, s = decode_dss_signature(self.private.sign(data, ec.ECDSA(digest)))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def algorithm_of(private: object) -> str:
    """C2PA's name for what a key signs with. Raises ``Invalid`` for keys that are not used here."""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "Ed25519"
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name][0]
    raise Invalid("The key must be of P-256, P-384 or Ed25519")


def make(name: str, now: int) -> Certificate:
    """A certificate of this node's own: nobody knows its root, so others find it intact and *untrusted*.

    The root's key is thrown away: it signs this one certificate and nothing else.
    """
    begins = datetime.fromtimestamp(now // 1000, UTC) - timedelta(hours=1)
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer, subject = _name(name, f"{name} media root"), _name(name, f"{name} media")
    root_id = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
    root = (
        _begun(issuer, issuer, root_key.public_key(), begins, ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(root=True), critical=True)
        .add_extension(root_id, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _begun(issuer, subject, key.public_key(), begins, DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(root=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([_CLAIM_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_id), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    return Certificate(_pem(leaf) + _pem(root), key)


def read(chain: str, key: bytes, now: int) -> Certificate:
    """A certificate that an authority gave, with its key (PEM, not encrypted). Raises ``Invalid``."""
    try:
        certificates = x509.load_pem_x509_certificates(chain.encode())
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError) as error:
        raise Invalid("The certificate or its key cannot be read: PEM is wanted, the key without a password") from error
    algorithm_of(private)
    assert isinstance(private, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey)
    leaf = certificates[0]
    if leaf.public_key() != private.public_key():
        raise Invalid("The key does not belong to the first certificate of the file")
    if leaf.not_valid_after_utc.timestamp() * 1000 <= now:
        raise Invalid("The certificate has expired")
    if leaf.issuer == leaf.subject:
        raise Invalid("A certificate that is its own root is refused by C2PA: its issuer must be another one")
    try:
        purposes = frozenset(leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        purposes = frozenset()
    if not purposes & _PURPOSES:
        raise Invalid("The certificate is not for signing claims (extended key usage)")
    return Certificate("".join(_pem(each) for each in certificates), private)


def load(unit: Unit, keyring: KeyRing) -> Certificate | None:
    """The node's certificate with its key; None where it has none."""
    stored = unit.one(meta.get(META_KEY))
    if stored is None or not orjson.loads(stored).get("sealed"):
        return None
    sealed = base64.b64decode(orjson.loads(stored)["sealed"])
    private = serialization.load_der_private_key(keyring.open_secret(OWNER, PURPOSE, sealed), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey)
    return Certificate(chain_of(stored), private)


def store(unit: Unit, keyring: KeyRing, certificate: Certificate) -> None:
    """From now on derivatives are signed with this one."""
    plain = certificate.private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _put(unit, certificate.chain, keyring.seal_secret(OWNER, PURPOSE, plain))


def remove(unit: Unit) -> None:
    """From now on derivatives are not signed."""
    unit.run(meta.put(META_KEY, orjson.dumps({"chain": "", "sealed": ""}).decode()))


def chain_of(stored: str) -> str:
    """The public part of what stands in ``meta``."""
    return str(orjson.loads(stored)["chain"])


def reseal(unit: Unit, keyring: KeyRing, new_master: MasterKey) -> None:
    """Seal the key with another master key."""
    stored = unit.one(meta.get(META_KEY))
    if stored is not None and orjson.loads(stored).get("sealed"):
        sealed = base64.b64decode(orjson.loads(stored)["sealed"])
        _put(unit, chain_of(stored), keyring.reseal_secret(new_master, OWNER, PURPOSE, sealed))


def _put(unit: Unit, chain: str, sealed: bytes) -> None:
    unit.run(meta.put(META_KEY, orjson.dumps({"chain": chain, "sealed": base64.b64encode(sealed).decode()}).decode()))


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
        ]
    )


def _begun(
    issuer: x509.Name, subject: x509.Name, key: ec.EllipticCurvePublicKey, begins: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
    )


def _usage(*, root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=root,
        crl_sign=root,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
