"""Text and byte forms of keys and digests: base58btc, multibase, multicodec, multihash, PEM and SPKI.

Sources: draft-msporny-base58, the multiformats tables, RFC 7468 (PEM), RFC 8410 (Ed25519 in SPKI),
FEP-521a (Multikey). Everything here is pure and total: bad input raises `EncodingError`, nothing else.
"""

from __future__ import annotations

import base64
import binascii
import re

MAX_TEXT = 8192
"""Longest text that any decoder here looks at. An 8192-bit RSA key in PEM has about 1,500 characters."""

SHA2_256 = 0x12
ED25519_PUBLIC = 0xED
ED25519_PRIVATE = 0x1300
RSA_PUBLIC = 0x1205

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# two digits at a time, since dividing a long number is what takes the time
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*")
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]+)-----END \1-----")
_ED25519_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


class EncodingError(ValueError):
    """A text or byte string is not in the form that its decoder reads."""


# --- base58btc and multibase -------------------------------------------------------------------------------


def base58_encode(data: bytes) -> str:
    """Encode in base58 with the Bitcoin alphabet; each leading zero byte becomes a `1`."""
    zeros = len(data) - len(data.lstrip(b"\0"))
    number = int.from_bytes(data, "big")
    pairs: list[str] = []
    while number:
        number, remainder = divmod(number, 58 * 58)
        pairs.append(_PAIRS[remainder])
    # the first pair may begin with a zero that is none of the number's
    return "1" * zeros + "".join(reversed(pairs)).lstrip("1")


def base58_decode(text: str) -> bytes:
    """Decode base58btc; quadratic in the length, hence the cap at `MAX_TEXT` characters."""
    if len(text) > MAX_TEXT:
        raise EncodingError("base58 text is too long")
    number = 0
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            raise EncodingError("not a base58 character")
        number = number * 58 + value
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multibase_encode(data: bytes, base: str = "z") -> str:
    """Encode with the multibase prefix `z` (base58btc) or `u` (base64url without padding)."""
    if base == "z":
        return "z" + base58_encode(data)
    if base == "u":
        return "u" + base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
    raise EncodingError("multibase prefix is not z or u")


def multibase_decode(text: str) -> bytes:
    """Decode a `z` or `u` multibase text of at most `MAX_TEXT` characters."""
    if not text or len(text) > MAX_TEXT:
        raise EncodingError("multibase text is empty or too long")
    if text[0] == "z":
        return base58_decode(text[1:])
    if text[0] == "u":
        return base64url_decode(text[1:])
    raise EncodingError("multibase prefix is not z or u")


def base64url_decode(text: str) -> bytes:
    """Decode base64url without padding; refuses padding, spaces and non-zero trailing bits."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise EncodingError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii") != text:
        raise EncodingError("not canonical base64url")
    return data


# --- multicodec and multihash ------------------------------------------------------------------------------


def multicodec_encode(code: int, data: bytes) -> bytes:
    """Put the unsigned varint `code` before `data`."""
    prefix = bytearray()
    while code >= 0x80:
        prefix.append(code & 0x7F | 0x80)
        code >>= 7
    prefix.append(code)
    return bytes(prefix) + data


def multicodec_decode(data: bytes) -> tuple[int, bytes]:
    """Split into (code, rest). The varint has at most 4 bytes and must be the shortest form."""
    code = 0
    for index, byte in enumerate(data[:4]):
        code |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if byte == 0 and index:
                raise EncodingError("varint is not minimal")
            return code, data[index + 1 :]
    raise EncodingError("varint is cut off or too long")


def multihash_encode(sha256: bytes) -> bytes:
    """Wrap a SHA-256 digest (32 bytes) as a multihash."""
    if len(sha256) != 32:
        raise EncodingError("a SHA-256 digest has 32 bytes")
    return multicodec_encode(SHA2_256, multicodec_encode(32, sha256))


def multihash_decode(data: bytes) -> bytes:
    """Read a sha2-256 multihash and return its 32 bytes; any other function or length is refused."""
    code, rest = multicodec_decode(data)
    length, digest = multicodec_decode(rest)
    if code != SHA2_256 or length != 32 or len(digest) != 32:
        raise EncodingError("not a sha2-256 multihash")
    return digest


# --- PEM and SPKI ------------------------------------------------------------------------------------------


def pem_encode(label: str, der: bytes) -> str:
    """Write one PEM block (RFC 7468) with 64 characters a line and a final newline."""
    text = base64.b64encode(der).decode("ascii")
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def pem_decode(text: str) -> tuple[str, bytes]:
    """Read the single PEM block in `text` as (label, DER bytes).

    White space anywhere is forgiven, because peers publish keys with `\\r\\n`, without line breaks or with blank
    lines at either end. Text outside of the block, a second block, or PEM headers are not.
    """
    if len(text) > MAX_TEXT:
        raise EncodingError("PEM text is too long")
    match = _PEM.fullmatch(text.strip())
    if match is None:
        raise EncodingError("not one PEM block")
    try:
        der = base64.b64decode("".join(match[2].split()), validate=True)
    except binascii.Error as error:
        raise EncodingError("PEM body is not base64") from error
    if not der:
        raise EncodingError("PEM block is empty")
    return match[1], der


def ed25519_spki(raw: bytes) -> bytes:
    """Wrap 32 raw bytes as SubjectPublicKeyInfo (RFC 8410 section 4)."""
    if len(raw) != 32:
        raise EncodingError("an Ed25519 public key has 32 bytes")
    return _ED25519_SPKI_PREFIX + raw


def ed25519_from_spki(der: bytes) -> bytes | None:
    """Return the 32 raw bytes if `der` is an Ed25519 SubjectPublicKeyInfo, else None."""
    if der.startswith(_ED25519_SPKI_PREFIX) and len(der) == len(_ED25519_SPKI_PREFIX) + 32:
        return der[len(_ED25519_SPKI_PREFIX) :]
    return None
