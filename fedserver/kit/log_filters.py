"""What a log line may hold, and how often it may be repeated.

``redact`` hides what looks like a secret in a finished line. It is the second line of defence: the first is
that nobody logs headers or bodies. ``Repeats`` lets a burst of equal warnings through and then counts, so that
ten thousand malformed requests cost ten lines and a total, not ten thousand tracebacks.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from functools import lru_cache

from fedserver.kit.clock import SYSTEM, Clock

HIDDEN = "[hidden]"
MAX_TEXT = 16_384

_NAMES = (
    r"[a-z0-9_-]{0,40}(?:password|passwd|secret|token|api[_-]?key|master[_-]?key|private[_-]?key|cookie)[a-z0-9_-]{0,40}"
    r"|code|code_verifier|otp|signature|authorization"
)
_WORDS = ("passw", "secret", "token", "key", "cookie", "code", "otp", "signature", "authorization")
# (one of these is in the line, in lower case) -> the pattern is worth trying. Most lines need none.
_PATTERNS = (
    # PEM private keys, also cut off.
    (
        ("private key-----",),
        re.compile(
            r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)", re.DOTALL
        ),
        HIDDEN,
    ),
    # scheme://user:password@host
    (("://",), re.compile(r"(://[^\s/:@]{0,200}:)[^\s/@]{1,200}@"), rf"\1{HIDDEN}@"),
    (
        ("bearer", "basic"),
        re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE),
        rf"\1 {HIDDEN}",
    ),
    # name=value, name: value, "name": "value"; the value ends where a query, a header or JSON would end it.
    (
        _WORDS,
        re.compile(
            rf"""(?<![a-z0-9_-])((?:{_NAMES})["']?\s{{0,5}}[=:]\s{{0,5}})("[^"]*"|'[^']*'|[^\s&,;"'}}\]]+)""",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)
_ANY_HINT = re.compile("|".join(re.escape(hint) for hints, _, _ in _PATTERNS for hint in hints))
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)


def redact(line: str) -> str:
    """The first 16,384 characters of ``line``, with what looks like a secret replaced by ``[hidden]``.

    The patterns have bounded repetitions only, so a hostile line costs no more than a long one.
    """
    line = line[:MAX_TEXT]
    lower = line.lower()
    if _ANY_HINT.search(lower) is None:
        return line
    for hints, pattern, replacement in _PATTERNS:
        if any(hint in lower for hint in hints):
            line = pattern.sub(replacement, line)
    return line


@lru_cache(maxsize=1024)
def secret_name(name: str) -> bool:
    """Whether a field of this name is never shown."""
    return _SECRET_NAME.fullmatch(name) is not None


class Repeats:
    """Lets ``burst`` equal things through in each ``window`` seconds and counts the rest. Thread-safe.

    Remembers at most ``keys`` different things; the one unseen for longest is forgotten first.
    """

    def __init__(self, burst: int = 10, window: float = 10.0, keys: int = 512, clock: Clock = SYSTEM) -> None:
        self._burst = burst
        self._window = window
        self._keys = keys
        self._clock = clock
        self._lock = threading.Lock()
        # key -> [start of the window, seen in it, kept back since the last one let through]
        self._seen: OrderedDict[object, list[float]] = OrderedDict()

    def admit(self, key: object) -> int | None:
        """None to keep this one back; else how many were kept back before it."""
        now = self._clock.monotonic()
        with self._lock:
            entry = self._seen.setdefault(key, [now, 0, 0])
            self._seen.move_to_end(key)
            if len(self._seen) > self._keys:
                self._seen.popitem(last=False)
            if now - entry[0] >= self._window:
                entry[0], entry[1] = now, 0
            entry[1] += 1
            if entry[1] > self._burst:
                entry[2] += 1
                return None
            held, entry[2] = int(entry[2]), 0
            return held
