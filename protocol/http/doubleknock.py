"""Which scheme to sign with for a host: knock with one, then with the other, and remember what opened.

A state machine without I/O. `first` gives the attempt to begin with; after each answer `after` gives the next attempt
or None, and what to remember for the host:

    attempt = first(memory, now)
    while attempt:
        answer = ... sign with attempt.scheme (and attempt.wanted), send ...
        outcome = after(attempt, answer.status, memory, now, accept_signature=..., useful=...)
        attempt, memory = outcome.attempt, outcome.memory

As Mastodon does, an unknown host gets draft-cavage first and RFC 9421 as the fallback. A memory is forgotten after
30 days, so that hosts that learn the newer scheme are noticed. Every attempt is a new request with its own signature,
and keeps every guard of the first.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocol.errors import Malformed
from protocol.http.accept import Wanted, read_accept
from protocol.http.claim import Scheme

REMEMBER_MS = 30 * 24 * 3600 * 1000
MAX_ATTEMPTS = 3
_REFUSED = frozenset({400, 401, 403})


@dataclass(frozen=True, slots=True)
class Memory:
    """What is known of a host: the scheme that worked, and when that was seen (milliseconds)."""

    scheme: Scheme
    learned: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try. `wanted` is the peer's Accept-Signature, for `sign_9421`. `number` counts from 1."""

    scheme: Scheme
    wanted: Wanted | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to do next (None: stop, take the answer as it is) and what to remember for the host."""

    attempt: Attempt | None
    memory: Memory | None


def first(memory: Memory | None, now: int) -> Attempt:
    """Return the first attempt for a host."""
    if memory is not None and 0 <= now - memory.learned < REMEMBER_MS:
        return Attempt(memory.scheme)
    return Attempt(Scheme.CAVAGE)


def after(
    attempt: Attempt,
    status: int,
    memory: Memory | None,
    now: int,
    *,
    accept_signature: str | None = None,
    useful: bool = True,
) -> Outcome:
    """Judge the answer to an attempt.

    `useful=False` marks a 2xx that was not what was asked for (some servers answer a bad signature with a stripped
    actor): it is treated like a 401. Only 400, 401 and 403 lead to another knock; 404, 410, 429 and 5xx say nothing
    about signatures and leave the memory as it is.
    """
    if 200 <= status < 300 and useful:
        return Outcome(None, Memory(attempt.scheme, now))
    if status not in _REFUSED and not 200 <= status < 300:
        return Outcome(None, memory)
    wanted = _wanted(accept_signature)
    if wanted is not None and attempt.wanted is None and attempt.number < MAX_ATTEMPTS:
        return Outcome(Attempt(Scheme.RFC9421, wanted, attempt.number + 1), memory)
    if attempt.number == 1:
        other = Scheme.RFC9421 if attempt.scheme is Scheme.CAVAGE else Scheme.CAVAGE
        return Outcome(Attempt(other, None, 2), memory)
    return Outcome(None, None)


def _wanted(accept_signature: str | None) -> Wanted | None:
    """The first signature that the peer asks for and that can be made here."""
    if not accept_signature:
        return None
    try:
        readable = read_accept(accept_signature)
    except Malformed:
        return None
    return readable[0] if readable else None
