"""Time-based one-time codes (RFC 6238 over RFC 4226): SHA-1, 30 seconds, six digits, as every authenticator app does.

SHA-1 is sound here: HMAC does not need its collision resistance, and apps ignore a wish for anything else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
from urllib.parse import quote, urlencode

STEP_MS = 30_000
DIGITS = 6
SECRET_BYTES = 20
# steps before and after the present one: clocks differ, and people type slowly
DRIFT = 1


def step_of(now_ms: int) -> int:
    """The number of the 30-second step that a time (ms) lies in."""
    return now_ms // STEP_MS


def code_at(secret: bytes, step: int) -> str:
    """The six digits of a step (RFC 4226, 5.3)."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: bytes, text: str, now_ms: int, after: int) -> int | None:
    """The step whose code was typed, None when it is none of the present ones.

    ``after``: the step of the last code that was taken. Its code and older ones are spent (RFC 6238, 5.2).
    """
    typed = "".join(text.split())
    found = None
    for step in range(step_of(now_ms) - DRIFT, step_of(now_ms) + DRIFT + 1):
        # every step is compared, so that the time does not tell which one was near
        right = step >= 0 and hmac.compare_digest(code_at(secret, step).encode(), typed.encode("utf-8", "replace"))
        if right and step > after and found is None:
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """The secret as it is typed into an app: base32 without padding."""
    return base64.b32encode(secret).decode().rstrip("=")


def address(secret: bytes, *, issuer: str, account: str) -> str:
    """The otpauth:// address that a QR code carries."""
    issuer = issuer.replace(":", " ").strip() or "fedserver"
    label = quote(f"{issuer}:{account}", safe="")
    fields = {"secret": secret_text(secret), "issuer": issuer, "digits": DIGITS, "period": STEP_MS // 1000}
    return f"otpauth://totp/{label}?{urlencode(fields, quote_via=quote)}"
