"""Reading an answer without trusting its length: every cap counts bytes after decompression.

The client switches aiohttp's own decompression off, because a step there may yield many megabytes at once;
here no step yields more than 64 KiB.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

from aiohttp import ClientResponse

from fedserver.net.errors import FetchInvalid

_STEP: Final = 64 * 1024


async def read_capped(response: ClientResponse, limit: int) -> bytes:
    """The whole body, or `FetchInvalid` (`too_large`, `encoding`)."""
    return b"".join([part async for part in stream_capped(response, limit)])


async def stream_capped(response: ClientResponse, limit: int) -> AsyncIterator[bytes]:
    """The body in parts of at most 64 KiB; raises `FetchInvalid` as soon as it is over `limit` bytes."""
    coding = response.headers.get("Content-Encoding", "").strip().lower()
    length = response.content_length
    if length is not None and length > limit:
        raise FetchInvalid("too_large")
    inflate = _inflater(coding)
    seen = 0
    async for raw in response.content.iter_chunked(_STEP):
        for part in (raw,) if inflate is None else inflate.feed(raw):
            seen += len(part)
            if seen > limit:
                raise FetchInvalid("too_large")
            yield part
    if inflate is not None and not inflate.finished:
        raise FetchInvalid("encoding")


def _inflater(coding: str) -> Inflater | None:
    if coding in ("", "identity"):
        return None
    if coding in ("gzip", "x-gzip", "deflate"):
        return Inflater()
    raise FetchInvalid("encoding")


class Inflater:
    """gzip and zlib in bounded steps. Further gzip members are read too; other bytes after the end are an error."""

    def __init__(self) -> None:
        self._engine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        self.finished = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Inflated parts of at most 64 KiB each; raises `FetchInvalid("encoding")`."""
        while data:
            if self._engine.eof:
                self._engine = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            try:
                part = self._engine.decompress(data, _STEP)
            except zlib.error as error:
                raise FetchInvalid("encoding") from error
            data = self._engine.unused_data if self._engine.eof else self._engine.unconsumed_tail
            self.finished = self._engine.eof
            if part:
                yield part
