"""What a peer says to a POST, read from the bytes of its answer (RFC 9112). Pure.

Only the status and two headers are of use. The body is not looked at: its end alone, so that the connection can carry
the next request. Where an answer leaves any doubt about its end, it counts and the connection does not. Connections are
shared by nothing but requests to the same scheme, host and port, so a peer that lies here lies to itself.
"""

from __future__ import annotations

import re
import time
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple

# bytes of an answer that are read at most, head and body
MOST: Final = 32 * 1024
_DAY_MS: Final = 24 * 60 * 60 * 1000
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\r\n\x00]*)?\r?(?:\n|\Z)")
_HEADER = re.compile(
    rb"\n(content-length|transfer-encoding|connection|retry-after|accept-signature):[ \t]*([^\r\n\x00]*)", re.IGNORECASE
)
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,6})(?:[ \t]*;[^\r\n\x00]*)?\r\n")
_LENGTH = re.compile(rb"[0-9]{1,9}")


class Answer(NamedTuple):
    """What a peer said to a POST, whatever the status. ``retry_after`` in milliseconds, at most a day."""

    status: int
    retry_after: int | None
    accept_signature: str | None


class Found(NamedTuple):
    """An answer whose head is there. ``complete``: so is its body, or nobody can say where it ends. ``stays``: the
    connection may carry another request once it is complete."""

    answer: Answer
    complete: bool
    stays: bool


class NotHttp(Exception):
    """These bytes are no answer."""


def read_answer(data: bytes) -> Found | None:
    """Read the answer to a POST from what has come so far; None while its head is not complete. Raises ``NotHttp``.

    Interim answers (1xx but for 101, which ends HTTP on a connection) are stepped over.
    """
    begin = 0
    while True:
        status_line = _STATUS.match(data, begin)
        if status_line is None:
            if b"\n" in data[begin:] or len(data) - begin > MOST:
                raise NotHttp
            return None
        # the empty line may follow the status line at once
        end_of_head = _END_OF_HEAD.search(data, status_line.end() - 1)
        if end_of_head is None:
            if len(data) - begin > MOST:
                raise NotHttp
            return None
        status = int(status_line[2])
        if status >= 200 or status == 101:
            break
        begin = end_of_head.end()
        if begin > MOST:
            raise NotHttp
    named: dict[bytes, list[bytes]] = {}
    for name, value in _HEADER.findall(data, status_line.end() - 1, end_of_head.start()):
        named.setdefault(name.lower(), []).append(value.rstrip(b" \t"))
    answer = Answer(status, retry_after_ms(_text(named.get(b"retry-after"))), _text(named.get(b"accept-signature")))
    end = _end_of_body(data, end_of_head.end(), status, named)
    if end is None:
        return Found(answer, True, False)
    close = b"close" in b",".join(named.get(b"connection", ())).lower()
    stays = status_line[1] == b"1" and status != 101 and not close
    if end < 0:
        return Found(answer, len(data) > MOST, False)
    # bytes beyond the end belong to nothing that was asked for
    return Found(answer, True, stays and end == len(data))


def _end_of_body(data: bytes, begin: int, status: int, named: dict[bytes, list[bytes]]) -> int | None:
    """Where the body ends (RFC 9112, 6.3); -1 when that has not come yet, None when it cannot be told."""
    codings, lengths = named.get(b"transfer-encoding"), named.get(b"content-length")
    if status in (204, 304) and not codings:
        return begin
    if codings is not None:
        if lengths is not None or [each.lower() for each in codings] != [b"chunked"]:
            return None
        return _end_of_chunks(data, begin)
    if lengths is None or len(lengths) > 1 or not _LENGTH.fullmatch(lengths[0]):
        return None
    end = begin + int(lengths[0])
    if end - begin > MOST:
        return None
    return end if end <= len(data) else -1


def _end_of_chunks(data: bytes, at: int) -> int | None:
    while True:
        chunk = _CHUNK.match(data, at)
        if chunk is None:
            return None if b"\n" in data[at:] else -1
        size = int(chunk[1], 16)
        if size == 0:
            rest = data[chunk.end() : chunk.end() + 2]
            if rest == b"\r\n":
                return chunk.end() + 2
            # trailers are not read
            return -1 if b"\r\n".startswith(rest) else None
        at = chunk.end() + size + 2
        if at > len(data):
            return -1
        if data[at - 2 : at] != b"\r\n":
            return None


def _text(values: list[bytes] | None) -> str | None:
    return None if values is None else b", ".join(values).decode("utf-8", "surrogateescape")


def retry_after_ms(value: str | None) -> int | None:
    """Retry-After (RFC 9110, 10.2.3) in milliseconds from now, at most a day; None for anything else."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]) * 1000, _DAY_MS)
    try:
        seconds = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return min(max(int(seconds * 1000), 0), _DAY_MS)
