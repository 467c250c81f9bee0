"""Lists of certificates that an admin trusts: PEM files, read for people and replaced whole. Outside the child.

Two lists, because a root that may vouch for the time of a signature must not vouch for who signed.
"""

from __future__ import annotations

import os
import re
import secrets
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

MAX_BYTES: Final = 4_000_000
_BLOCK: Final = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]{1,40000}-----END CERTIFICATE-----")


class BadList(ValueError):
    """Not a list of certificates; the message says why."""


class Certificate(NamedTuple):
    """``name``: of whom, as its subject says. ``fingerprint``: SHA-256, hexadecimal."""

    name: str
    not_after: datetime
    fingerprint: str


def certificates(pem: bytes) -> list[Certificate]:
    """The certificates of a list. Raises `BadList` where there are none, or one that cannot be read."""
    if len(pem) > MAX_BYTES:
        raise BadList(f"larger than {MAX_BYTES} bytes")
    found = []
    for block in _BLOCK.findall(pem):
        try:
            one = x509.load_pem_x509_certificate(block)
            found.append(Certificate(_name(one), one.not_valid_after_utc, one.fingerprint(SHA256()).hex()))
        except ValueError as error:
            raise BadList(f"certificate {len(found) + 1} cannot be read") from error
    if not found:
        raise BadList("no certificate in it")
    return found


def replace(path: Path, pem: bytes) -> list[Certificate]:
    """Writes a list in the place of another, whole or not at all, and returns what is in it.

    Raises `BadList` and `OSError`.
    """
    found = certificates(pem)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return found


def _name(one: x509.Certificate) -> str:
    parts = [one.subject.get_attributes_for_oid(oid) for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)]
    return ", ".join(dict.fromkeys(str(part[0].value) for part in parts if part)) or one.subject.rfc4514_string()
