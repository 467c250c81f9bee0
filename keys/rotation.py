"""Which of an actor's keys does what at a given time. Pure: records and `now` in, decisions out.

A key is *active* from its creation until it is retired, and *valid* until it expires. The newest active key of an
algorithm signs. The two algorithms age differently, because of what peers can see:

- RSA signs requests. Peers such as Mastodon read one `publicKey` only, so a new RSA key replaces the old one there at
  once; peers refetch when a signature fails. The old key stays valid here for 48 hours, which covers what is still in
  flight: a request may be up to 12 hours old, and a queue may hold a signed copy of our own.
- Ed25519 signs documents (FEP-8b32), whose proofs are checked years later. `assertionMethod` may list several keys, so
  a retired Ed25519 key stays published without end. Only `revoke` takes it away, for a key that leaked.

All times are milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from keys.algorithms import Algorithm

OVERLAP_MS = 48 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What rotation needs to know of a key. `key_id` is the URL that signatures name."""

    key_id: str
    algorithm: Algorithm
    created: int
    retired: int | None = None
    expires: int | None = None

    def active(self, now: int) -> bool:
        """Tell whether it may sign at `now`."""
        return self.valid(now) and (self.retired is None or now < self.retired)

    def valid(self, now: int) -> bool:
        """Tell whether its signatures count at `now`."""
        return self.created <= now and (self.expires is None or now < self.expires)


@dataclass(frozen=True, slots=True)
class Published:
    """The keys of an actor document: the one `publicKey` (RSA), and the Multikeys in `assertionMethod`."""

    public_key: KeyRecord | None
    assertion_method: tuple[KeyRecord, ...]


def signer(records: Iterable[KeyRecord], algorithm: Algorithm, now: int) -> KeyRecord | None:
    """Return the key that signs: the newest active one, by id where two were created together."""
    candidates = [record for record in records if record.algorithm is algorithm and record.active(now)]
    return max(candidates, key=lambda record: (record.created, record.key_id), default=None)


def verifiers(records: Iterable[KeyRecord], now: int) -> tuple[KeyRecord, ...]:
    """Return all keys whose signatures still count, newest first."""
    valid = [record for record in records if record.valid(now)]
    return tuple(sorted(valid, key=lambda record: (record.created, record.key_id), reverse=True))


def published(records: Iterable[KeyRecord], now: int) -> Published:
    """Return what the actor document shows at `now`: only the signing RSA key, and every valid Ed25519 key."""
    known = tuple(records)
    ed25519 = tuple(record for record in verifiers(known, now) if record.algorithm is Algorithm.ED25519)
    return Published(signer(known, Algorithm.RSA_2048, now), ed25519)


def rotate(records: Iterable[KeyRecord], new: KeyRecord) -> tuple[KeyRecord, ...]:
    """Add `new` and retire the active keys of its algorithm at the moment of its creation."""
    return (*(_retired(record, new) for record in records), new)


def revoke(record: KeyRecord, now: int) -> KeyRecord:
    """End a key at once, for one that leaked: it neither signs nor verifies nor is published after `now`."""
    return replace(record, retired=_earlier(record.retired, now), expires=_earlier(record.expires, now))


def due(records: Iterable[KeyRecord], algorithm: Algorithm, now: int, max_age: int) -> bool:
    """Tell whether a new key is wanted: none is active, or the one that signs is `max_age` ms old."""
    current = signer(records, algorithm, now)
    return current is None or now - current.created >= max_age


def forgettable(records: Iterable[KeyRecord], now: int) -> tuple[KeyRecord, ...]:
    """Return the keys that have expired: their private parts may be destroyed."""
    return tuple(record for record in records if record.expires is not None and record.expires <= now)


def _retired(record: KeyRecord, new: KeyRecord) -> KeyRecord:
    if record.algorithm is not new.algorithm or not record.active(new.created):
        return record
    if record.algorithm is Algorithm.ED25519:
        return replace(record, retired=new.created)
    end = new.created + OVERLAP_MS
    return replace(record, retired=new.created, expires=_earlier(record.expires, end))


def _earlier(known: int | None, other: int) -> int:
    return other if known is None else min(known, other)
