"""Names of those whom the public log does not name, of its lines, and of places in it.

All are made with a secret key of the node: without it nobody can try handles or ids until one fits, as they could
with a plain hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH: Final = 10
_PLACE: Final = re.compile("[0-9a-f]{32}")


def pseudonym(key: bytes, uri: str) -> str:
    """Ten letters for an address; about 49 bits, so that two accounts of a log hardly ever share one."""
    number = int.from_bytes(_digest(key, uri), "big")
    found = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        found.append(LETTERS[place])
    return "".join(found)


def line(key: bytes, decision_id: int) -> str:
    """The public id of a line, 32 hexadecimal digits: nothing leads from it to the decision, nor from that to it."""
    return _digest(key, f"line:{decision_id}")[:16].hex()


def place(key: bytes, decision_id: int) -> str:
    """A place in the log that only the node can read: a keyed digest of the id, and the id hidden under a mask that
    the digest makes (as a synthetic IV does, RFC 5297). 32 hexadecimal digits, the same whenever it is asked for."""
    tag = _digest(key, f"place:{decision_id}")[:8]
    return (tag + _masked(key, tag, decision_id.to_bytes(8, "big"))).hex()


def at_place(key: bytes, text: str) -> int | None:
    """The id behind ``place``; None for whatever the node did not make."""
    if _PLACE.fullmatch(text) is None:
        return None
    raw = bytes.fromhex(text)
    found = int.from_bytes(_masked(key, raw[:8], raw[8:]), "big")
    return found if hmac.compare_digest(_digest(key, f"place:{found}")[:8], raw[:8]) else None


def _masked(key: bytes, tag: bytes, value: bytes) -> bytes:
    mask = _digest(key, f"mask:{tag.hex()}")
    return bytes(one ^ other for one, other in zip(value, mask, strict=False))


def _digest(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256)
