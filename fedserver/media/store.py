"""Where blobs live. A blob never changes; its name is chosen here and cannot be guessed.

`BlobStore` is what the rest of the node sees; `FolderStore` keeps blobs in a folder of this machine. Names have
130 random bits and an extension from a fixed list; nothing of an uploaded file's name is used.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"
_NAME: Final = re.compile(r"[a-z2-7]{26}\.(?:jpg|png|gif|webp|avif|mp4|webm|mp3|bin)", re.ASCII)
_STEP: Final = 256 * 1024


class BlobStore(Protocol):
    """Blobs by name. Every method raises ValueError for a text that is no name; `put` and `stream` OSError."""

    async def put(self, source: Path, extension: str) -> str:
        """Moves a local file into the store, durably; returns its new name. `source` is gone afterwards."""
        ...

    def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` up to, not including, `end`. Raises FileNotFoundError."""
        ...

    async def size(self, name: str) -> int | None:
        """Bytes of a blob, or None if there is none."""
        ...

    async def delete(self, name: str) -> bool:
        """Removes a blob for good; False if there was none."""
        ...

    def url(self, name: str) -> str | None:
        """Where the public gets the blob, or None if this store is private."""
        ...

    def local_path(self, name: str) -> Path | None:
        """The file of a blob, for stores that have one (the web server then sends it by itself)."""
        ...

    def older(self, than: float) -> Iterator[str]:
        """The names of all blobs that were made before a time (Unix, seconds). Blocking."""
        ...


def new_name(extension: str) -> str:
    """An unguessable name. Raises ValueError for an extension that is not on the list."""
    return check_name("".join(secrets.choice(_ALPHABET) for _ in range(26)) + "." + extension)


def check_name(name: str) -> str:
    """The name itself, if it is one; raises ValueError. A checked name is safe in a path and in a URL."""
    if not _NAME.fullmatch(name):
        raise ValueError("not the name of a blob")
    return name


class FolderStore:
    """Blobs in `folder/ab/cd/abcd....ext`; `folder/tmp` for unfinished files. `base_url` None means private.

    Moving from `temp` is a rename: a blob is there whole or not at all, and after `put` returns it
    survives a power cut.
    """

    def __init__(self, folder: Path, base_url: str | None) -> None:
        self._folder = folder
        self._base_url = None if base_url is None else base_url.rstrip("/")
        self.temp = folder / "tmp"

    def prepare(self) -> None:
        """Creates the folders and removes what an earlier run left unfinished. Blocking; once, at the start."""
        with suppress(FileNotFoundError):
            shutil.rmtree(self.temp)
        self.temp.mkdir(parents=True, mode=0o700)

    async def put(self, source: Path, extension: str) -> str:
        return await asyncio.to_thread(self._put, source, new_name(extension))

    async def stream(self, name: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        file = await asyncio.to_thread(self._path(name).open, "rb")
        with file:
            file.seek(start)
            left = None if end is None else max(end - start, 0)
            while left is None or left > 0:
                part = await asyncio.to_thread(file.read, _STEP if left is None else min(_STEP, left))
                if not part:
                    return
                left = None if left is None else left - len(part)
                yield part

    async def size(self, name: str) -> int | None:
        try:
            return (await asyncio.to_thread(self._path(name).stat)).st_size
        except FileNotFoundError:
            return None

    async def delete(self, name: str) -> bool:
        try:
            await asyncio.to_thread(self._path(name).unlink)
        except FileNotFoundError:
            return False
        return True

    def url(self, name: str) -> str | None:
        check_name(name)
        return None if self._base_url is None else f"{self._base_url}/{name}"

    def local_path(self, name: str) -> Path | None:
        return self._path(name)

    def older(self, than: float) -> Iterator[str]:
        for path in self._folder.glob("??/??/*"):
            with suppress(OSError):
                if _NAME.fullmatch(path.name) and path.stat().st_mtime < than:
                    yield path.name

    def _path(self, name: str) -> Path:
        check_name(name)
        return self._folder / name[:2] / name[2:4] / name

    def _put(self, source: Path, name: str) -> str:
        target = self._path(name)
        made = [self._folder / name[:2], target.parent]
        for folder in made:
            folder.mkdir(mode=0o700, exist_ok=True)
        copy = self.temp / name
        try:
            if source.stat().st_dev != self._folder.stat().st_dev:
                source = Path(shutil.move(source, copy))
            _sync(source)
            source.chmod(0o600)
            source.replace(target)
            for folder in (*reversed(made), self._folder):
                _sync(folder)
        except OSError:
            # a disk that is full or fails keeps no half of a file
            for path in (copy, target):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            raise
        return name


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
