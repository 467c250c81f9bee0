"""What a log line may hold, and how often it may be repeated.

``redact`` hides what looks like a secret in a finished line. It is the second line of defence: the first is
that nobody logs headers or bodies. ``Repeats`` lets a burst of equal warnings through and then counts, so that
ten thousand malformed requests cost ten lines and a total, not ten thousand tracebacks.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict

from fedserver.kit.clock import SYSTEM, Clock

HIDDEN = "[hidden]"

_NAMES = (
    r"[a-z0-9_-]*(?:password|passwd|secret|token|api[_-]?key|master[_-]?key|private[_-]?key|cookie)[a-z0-9_-]*"
    r"|code|code_verifier|otp|signature|authorization"
)
_PATTERNS = (
    # PEM private keys, also cut off.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), HIDDEN),
    # scheme://user:password@host
    (re.compile(r"([a-z][a-z0-9+.-]{1,20}://[^\s/:@]{0,200}:)[^\s/@]{1,200}@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # name=value, name: value, "name": "value"; the value ends where a query, a header or JSON would end it.
    (
        re.compile(
            rf"""(?<![a-z0-9_-])((?:{_NAMES})["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s&,;"'}}\]]+)""", re.IGNORECASE
        ),
        rf"\1{HIDDEN}",
    ),
)
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)


def redact(line: str) -> str:
    """``line`` with everything that looks like a secret replaced by ``[hidden]``."""
    for pattern, replacement in _PATTERNS:
        line = pattern.sub(replacement, line)
    return line


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
