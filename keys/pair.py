"""Public and private keys as values that hold the loaded key object.

Loading a key costs more than using it, so both classes are made once and kept (a private RSA key with default
checks takes 40 ms to load; our own are loaded without, they never come from outside). RSA goes through
`cryptography`, Ed25519 through PyNaCl, whose verification refuses points of small order.

A public key comes from strangers. Everything that could be expensive or weak is refused before it is used:
RSA below 2048 or above 8192 bits, exponents below 65537 (FIPS 186-5) or above 32 bits, elliptic curves other than
Ed25519, private keys, and any text above 8 KB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from keys import encoding
from keys.algorithms import Algorithm

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
MIN_EXPONENT = 65537
MAX_EXPONENT = 2**32 - 1

_PADDING = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


class KeyMalformed(ValueError):
    """The text or bytes hold no key that this node uses. The message is safe to show."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key. `encoded` is SPKI DER for RSA and the 32 raw bytes for Ed25519; equality goes by it."""

    algorithm: Algorithm
    encoded: bytes
    _handle: rsa.RSAPublicKey | VerifyKey = field(repr=False, compare=False)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Tell whether `signature` is this key's over `data`. Never raises for any bytes."""
        if isinstance(self._handle, VerifyKey):
            if len(signature) != 64:
                return False
            try:
                self._handle.verify(data, signature)
            except CryptoError:
                return False
            return True
        try:
            self._handle.verify(signature, data, _PADDING, _SHA256)
        except InvalidSignature:
            return False
        return True

    @classmethod
    def from_pem(cls, text: str) -> PublicKey:
        """Read `PUBLIC KEY` (SPKI) or `RSA PUBLIC KEY` (PKCS #1) PEM. Raises `KeyMalformed`."""
        try:
            label, der = encoding.pem_decode(text)
        except encoding.EncodingError as error:
            raise KeyMalformed(str(error)) from error
        if label not in ("PUBLIC KEY", "RSA PUBLIC KEY"):
            raise KeyMalformed("the PEM block is not a public key")
        raw = encoding.ed25519_from_spki(der)
        return _ed25519(raw) if raw is not None else _rsa(der)

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """Read a `publicKeyMultibase` (FEP-521a): an Ed25519 or RSA multicodec. Raises `KeyMalformed`."""
        try:
            code, rest = encoding.multicodec_decode(encoding.multibase_decode(text))
        except encoding.EncodingError as error:
            raise KeyMalformed(str(error)) from error
        if code == encoding.ED25519_PUBLIC:
            return _ed25519(rest)
        if code == encoding.RSA_PUBLIC:
            return _rsa(rest)
        raise KeyMalformed("the multikey is not of a kind that is used here")

    def to_pem(self) -> str:
        """Write SPKI in PEM, as actors publish it in `publicKeyPem`."""
        der = encoding.ed25519_spki(self.encoded) if self.algorithm is Algorithm.ED25519 else self.encoded
        return encoding.pem_encode("PUBLIC KEY", der)

    def to_multikey(self) -> str:
        """Write the `publicKeyMultibase` of a Multikey (FEP-521a), base58btc."""
        if isinstance(self._handle, VerifyKey):
            return encoding.multibase_encode(encoding.multicodec_encode(encoding.ED25519_PUBLIC, self.encoded))
        pkcs1 = self._handle.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        return encoding.multibase_encode(encoding.multicodec_encode(encoding.RSA_PUBLIC, pkcs1))


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key of our own. The secret is in no repr and in no pickle; equality goes by the public half."""

    public: PublicKey
    _handle: rsa.RSAPrivateKey | SigningKey = field(repr=False, compare=False)

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of both halves."""
        return self.public.algorithm

    def sign(self, data: bytes) -> bytes:
        """Sign `data`. Deterministic for both algorithms."""
        if isinstance(self._handle, SigningKey):
            return self._handle.sign(data).signature
        return self._handle.sign(data, _PADDING, _SHA256)

    def to_bytes(self) -> bytes:
        """Return the secret: PKCS #8 DER for RSA, the 32-byte seed for Ed25519. Seal it before storing it."""
        if isinstance(self._handle, SigningKey):
            return bytes(self._handle)
        return self._handle.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @classmethod
    def from_bytes(cls, algorithm: Algorithm, data: bytes) -> PrivateKey:
        """Load what `to_bytes` gave. Only for our own keys: RSA is loaded without the slow primality checks."""
        if algorithm is Algorithm.ED25519:
            if len(data) != 32:
                raise KeyMalformed("an Ed25519 seed has 32 bytes")
            return _own_ed25519(SigningKey(data))
        try:
            key = serialization.load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # No `from`: the cause could carry secret bytes into a log.
            raise KeyMalformed("not a PKCS #8 RSA key") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise KeyMalformed("not an RSA key")
        return _own_rsa(key)

    @classmethod
    def generate(cls, algorithm: Algorithm) -> PrivateKey:
        """Make a new key from the system's randomness (RSA: 2048 bits, 0.05 to 0.5 s of CPU)."""
        if algorithm is Algorithm.ED25519:
            return _own_ed25519(SigningKey.generate())
        return _own_rsa(rsa.generate_private_key(public_exponent=65537, key_size=2048))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled or copied")


def _own_rsa(key: rsa.RSAPrivateKey) -> PrivateKey:
    return PrivateKey(_checked_rsa(key.public_key()), key)


def _own_ed25519(key: SigningKey) -> PrivateKey:
    return PrivateKey(_ed25519(bytes(key.verify_key)), key)


def _ed25519(raw: bytes) -> PublicKey:
    if len(raw) != 32:
        raise KeyMalformed("an Ed25519 public key has 32 bytes")
    return PublicKey(Algorithm.ED25519, raw, VerifyKey(raw))


def _rsa(der: bytes) -> PublicKey:
    """Load SPKI or PKCS #1 bytes, both of which cryptography recognises."""
    try:
        key = serialization.load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyMalformed("not a public key") from error
    if not isinstance(key, rsa.RSAPublicKey):
        raise KeyMalformed("the key is neither RSA nor Ed25519")
    return _checked_rsa(key)


def _checked_rsa(key: rsa.RSAPublicKey) -> PublicKey:
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise KeyMalformed(f"an RSA key has {MIN_RSA_BITS} to {MAX_RSA_BITS} bits")
    exponent = key.public_numbers().e
    if not MIN_EXPONENT <= exponent <= MAX_EXPONENT or exponent % 2 == 0:
        raise KeyMalformed("the RSA exponent is out of range")
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(Algorithm.RSA_2048, spki, key)
