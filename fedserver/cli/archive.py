"""A backup as a folder: the rows, the blobs, the settings, and a manifest that says what belongs to it.

    manifest.json     format, version, domain, schema, when; size and SHA-256 of every file
    fedserver.db      all rows (or fedserver.pgdump)
    config.toml       the settings
    media/ab/cd/...   blobs, hard-linked where the disk is the same one: a blob never changes
    master.key        only with --with-key

Order. Blobs are taken twice, before the rows and after them. A blob is written before the row that names it, so the
second pass finds every blob of the rows; the first one has those that were deleted in between.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from fedserver.cli.console import CommandFailed

FORMAT = 1
MANIFEST = "manifest.json"
CONFIG = "config.toml"
MASTER_KEY = "master.key"
MEDIA = "media"
# what a store has not finished, and what nobody needs back
_UNFINISHED = "tmp"
_STEP = 1 << 20


class FileFact(NamedTuple):
    """What the manifest says of a file."""

    size: int
    sha256: str


class Manifest(NamedTuple):
    """The manifest. ``files``: path in the folder (with "/") -> size and digest; ``missing``: blobs that were gone."""

    version: str
    domain: str
    base_url: str
    schema: str
    rows: str
    created_at: str
    files: Mapping[str, FileFact]
    missing: tuple[str, ...] = ()


def copy_blobs(source: Path, target: Path) -> int:
    """Take every blob that ``target`` has not; how many were taken."""
    count = 0
    for path in blobs(source):
        copy = target / path.relative_to(source)
        if copy.exists():
            continue
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            place(path, copy)
        except FileNotFoundError:
            continue  # deleted while we looked
        count += 1
    return count


def blobs(folder: Path) -> Iterator[Path]:
    """The finished files of a blob folder, in order."""
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir()):
        if entry.name == _UNFINISHED or entry.is_symlink():
            continue
        if entry.is_dir():
            yield from blobs(entry)
        elif entry.is_file():
            yield entry


def place(source: Path, target: Path) -> None:
    """A hard link, or a copy with mode 0600 where there can be none."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:
        copy_private(source, target)


def copy_private(source: Path, target: Path) -> None:
    """Copy a file; the copy can be read by its owner alone. Raises ``FileExistsError``."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as out, source.open("rb") as file:
        shutil.copyfileobj(file, out, _STEP)
        out.flush()
        os.fsync(out.fileno())


def facts(folder: Path) -> dict[str, FileFact]:
    """Size and digest of every file of a backup but its manifest."""
    found: dict[str, FileFact] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != MANIFEST:
            found[name] = fact(path)
    return found


def fact(path: Path) -> FileFact:
    """Size and digest of one file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_STEP):
            digest.update(part)
            size += len(part)
    return FileFact(size, digest.hexdigest())


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest last: a folder without one is no backup."""
    files = {name: entry._asdict() for name, entry in manifest.files.items()}
    value = {"format": FORMAT, **manifest._asdict(), "files": files, "missing": list(manifest.missing)}
    path = folder / MANIFEST
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest. Raises ``CommandFailed`` for a folder that is no (finished) backup of a known format."""
    try:
        value: Any = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CommandFailed(f"{folder} is no finished backup: it has no {MANIFEST}.") from error
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{folder / MANIFEST} cannot be read: {error}.") from error
    try:
        if value.pop("format") != FORMAT:
            raise CommandFailed(f"{folder} has a format that this version does not know.")
        files = {name: FileFact(int(entry["size"]), str(entry["sha256"])) for name, entry in value["files"].items()}
        for name in files:
            _check_name(name)
        return Manifest(**{**value, "files": files, "missing": tuple(value["missing"])})
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise CommandFailed(f"{folder / MANIFEST} is not a manifest ({error}).") from error


def _check_name(name: str) -> None:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name:
        raise ValueError(f"the file name {name!r}")


def verify(folder: Path, manifest: Manifest) -> None:
    """Raise ``CommandFailed`` unless every file of the manifest is there as it was."""
    for name, expected in manifest.files.items():
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise CommandFailed(f"The backup is not whole: {name} is missing. Nothing was restored.")
        if fact(path) != expected:
            raise CommandFailed(f"The backup is damaged: {name} was changed. Nothing was restored.")
