"""Reading what was sent: with a size limit that is checked early and while reading, and with deadlines.

aiohttp has no deadline for a body, so a client could send a byte an hour. Here a body has ``GRACE_S`` seconds plus the
time it takes at ``SLOWEST`` bytes a second, and no pause longer than ``PAUSE_S``. Compressed bodies are refused: no
client sends them, and a small one may hide a very large one.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aiohttp import BodyPartReader, MultipartReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import BaseRequest, RequestPayloadError

from fedserver.kit.errors import Malformed, TooLarge, UnsupportedMedia
from fedserver.kit.i18n import lazy

GRACE_S = 20.0
PAUSE_S = 15.0
SLOWEST = 16 * 1024
MAX_FIELDS = 1000
MAX_TEXT = 1 << 20
MAX_FILES = 20
_BATCH = 256 * 1024


class SlowBody(Malformed):
    """The body did not arrive in time: 408, and the connection is closed."""

    code = "slow_body"
    default = lazy("The request took too long to arrive")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was sent: ``path`` is deleted when the request is over, unless it was moved away by then.

    ``filename`` and ``content_type`` are what the client claims.
    """

    path: Path
    size: int
    filename: str
    content_type: str


class _Deadline:
    """How long the next piece may take."""

    def __init__(self, length: int | None, limit: int) -> None:
        self._until = time.monotonic() + GRACE_S + (limit if length is None else length) / SLOWEST

    def left(self) -> float:
        left = min(PAUSE_S, self._until - time.monotonic())
        if left <= 0:
            raise SlowBody()
        return left


def check_headers(request: BaseRequest, limit: int) -> None:
    """Refuse by the headers alone. Raises ``TooLarge`` or ``UnsupportedMedia``."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedMedia(lazy("Compressed request bodies are not accepted"))
    if request.content_length is not None and request.content_length > limit:
        raise TooLarge()


async def pieces(request: BaseRequest, limit: int) -> AsyncIterator[bytes]:
    """The body piece by piece. Raises ``TooLarge``, ``SlowBody``, ``Malformed`` (it broke off)."""
    check_headers(request, limit)
    deadline = _Deadline(request.content_length, limit)
    total = 0
    while True:
        try:
            async with asyncio.timeout(deadline.left()):
                piece = await request.content.readany()
        except TimeoutError as error:
            raise SlowBody() from error
        except RequestPayloadError as error:
            raise Malformed(cause=error) from error
        if not piece:
            return
        total += len(piece)
        if total > limit:
            raise TooLarge()
        yield piece


async def read(request: BaseRequest, limit: int) -> bytes:
    """The whole body. Raises what ``pieces`` raises."""
    content = request.content
    if not content.is_eof() or content.exception() is not None:
        return b"".join([piece async for piece in pieces(request, limit)])
    # it came together with the headers, as most do: there is nothing to wait for
    check_headers(request, limit)
    whole = content.read_nowait()
    if len(whole) > limit:
        raise TooLarge()
    return whole


async def read_multipart(
    request: BaseRequest, limit: int, directory: Path, text_limit: int = MAX_TEXT
) -> tuple[list[tuple[str, str | Upload]], list[Path]]:
    """The fields of a multipart/form-data body in order, and the files to delete afterwards.

    Files go to ``directory``. The files made so far are deleted when this raises.
    """
    check_headers(request, limit)
    form = _Form(directory, limit, text_limit, _Deadline(request.content_length, limit))
    try:
        await form.read(MultipartReader(request.headers, request.content, max_field_size=2048, max_headers=16))
    except BaseException as error:
        for path in form.paths:
            with suppress(OSError):
                path.unlink()
        if isinstance(error, TimeoutError):
            raise SlowBody() from error
        if isinstance(error, (ValueError, AssertionError, LookupError, RequestPayloadError, HttpProcessingError)):
            raise Malformed(cause=error) from error
        raise
    return form.fields, form.paths


class _Form:
    def __init__(self, directory: Path, limit: int, text_limit: int, deadline: _Deadline) -> None:
        self.fields: list[tuple[str, str | Upload]] = []
        self.paths: list[Path] = []
        self._directory = directory
        self._limit = limit
        self._text_left = text_limit
        self._total = 0
        self._deadline = deadline

    async def read(self, reader: MultipartReader) -> None:
        parts = files = 0
        while True:
            async with asyncio.timeout(self._deadline.left()):
                part = await reader.next()
            if part is None:
                return
            if not isinstance(part, BodyPartReader) or part.headers.get("Content-Encoding"):
                raise Malformed()
            parts += 1
            name = part.name
            if name is None or len(name) > 255 or parts > MAX_FIELDS:
                raise Malformed()
            if part.filename is None:
                self.fields.append((name, await self._text(part)))
                continue
            files += 1
            if files > MAX_FILES:
                raise Malformed()
            self.fields.append((name, await self._file(part, part.filename)))

    async def _text(self, part: BodyPartReader) -> str:
        found = bytearray()
        while piece := await self._piece(part):
            self._text_left -= len(piece)
            if self._text_left < 0:
                raise TooLarge()
            found += piece
        return found.decode()

    async def _file(self, part: BodyPartReader, filename: str) -> Upload:
        file, path = await asyncio.to_thread(_open, self._directory)
        self.paths.append(path)
        size = 0
        batch = bytearray()
        try:
            while piece := await self._piece(part):
                size += len(piece)
                batch += piece
                if len(batch) >= _BATCH:
                    await asyncio.to_thread(file.write, bytes(batch))
                    batch.clear()
            await asyncio.to_thread(file.write, bytes(batch))
        finally:
            await asyncio.to_thread(file.close)
        content_type = part.headers.get("Content-Type", "")[:255]
        return Upload(path, size, filename[-255:], content_type)

    async def _piece(self, part: BodyPartReader) -> bytes:
        async with asyncio.timeout(self._deadline.left()):
            piece = await part.read_chunk(64 * 1024)
        self._total += len(piece)
        if self._total > self._limit:
            raise TooLarge()
        return bytes(piece)


def prepare(directory: Path, before: float) -> None:
    """Make the folder of uploads, and remove what a killed process left there before a time (Unix, s). Blocking."""
    directory.mkdir(parents=True, exist_ok=True)
    for path in directory.iterdir():
        with suppress(OSError):
            if path.stat().st_mtime < before:
                path.unlink()


def _open(directory: Path) -> tuple[IO[bytes], Path]:
    directory.mkdir(parents=True, exist_ok=True)
    file = tempfile.NamedTemporaryFile(dir=directory, prefix="upload-", delete=False)  # noqa: SIM115 - closed by _file
    return file, Path(file.name)
