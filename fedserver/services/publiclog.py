"""The key with which the public log makes pseudonyms: one a node, made when it is asked for first."""

from __future__ import annotations

from typing import Final

from fedserver.db.queries import meta
from fedserver.db.unit import Unit
from fedserver.kit.tokens import random_bytes

KEY: Final = "public_log_key"


def key(unit: Unit) -> bytes:
    """32 bytes that never leave the node, and stay as long as its database."""
    known = unit.one(meta.get(KEY))
    if known is None:
        unit.run(meta.put(KEY, random_bytes(32).hex()))
        known = str(unit.one(meta.get(KEY)))
    return bytes.fromhex(known)
