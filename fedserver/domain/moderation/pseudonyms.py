"""Names of those whom the public log does not name.

The same account has the same pseudonym in every line, so that readers see whether one was treated as another. It is
made with a secret key of the node: without it nobody can try handles until one fits, as they could with a plain hash.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
LENGTH: Final = 10


def pseudonym(key: bytes, uri: str) -> str:
    """Ten letters for an address; about 49 bits, so that two accounts of a log hardly ever share one."""
    number = int.from_bytes(hmac.digest(key, uri.encode("utf-8", "surrogatepass"), hashlib.sha256), "big")
    found = []
    for _ in range(LENGTH):
        number, place = divmod(number, len(LETTERS))
        found.append(LETTERS[place])
    return "".join(found)
