"""By which hashes copies of a medium are recognised."""

from __future__ import annotations

from fedserver.db.queries import known_bad as rows
from fedserver.db.queries import variations
from fedserver.db.queries.media import Medium
from fedserver.db.unit import Unit
from fedserver.domain.moderation.hashes import PDQ, SHA256, Hashed
from protocol.errors import Malformed
from protocol.media import read_digest


def hashes_of(unit: Unit, medium: Medium) -> list[Hashed]:
    """The hashes by which copies of a medium are recognised: its bytes as uploaded and as published, and its look."""
    texts = {medium.digest, medium.original_digest, unit.one(rows.checked_digest(medium.id))}
    found = [Hashed(SHA256, digest, "", 0) for digest in sorted(_hex(each) for each in texts if each) if digest]
    look = next(iter(unit.all(variations.of_media([medium.id]))), None)
    if look is not None:
        found.append(Hashed(PDQ, look.pdq, "", 0))
    return found


def digests_of(unit: Unit, medium: Medium) -> tuple[str, ...]:
    """SHA-256 of a medium's bytes, 64 hexadecimal digits each."""
    return tuple(each.value for each in hashes_of(unit, medium) if each.kind == SHA256)


def _hex(digest: str) -> str:
    try:
        return read_digest(digest).hex()
    except Malformed:
        return ""
