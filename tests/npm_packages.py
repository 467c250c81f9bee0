"""Programs for tests that come from npm: packages from a lock file, Node 22 among them, and our sources beside them.

A folder holds ``package.json``, ``package-lock.json`` and ``src/*.mjs``. What is installed lies in a folder of its own
under ``.cache`` (which git ignores), under the digest of the lock file, so that a changed lock installs anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

CACHE = Path(__file__).resolve().parents[1] / ".cache"
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", "--loglevel=error")
INSTALL_S = 300


class NpmUnavailable(Exception):
    """The packages cannot be had: the message says why."""


class Installed(NamedTuple):
    """Node 22, and the folder of the sources."""

    node: Path
    source: Path


def _digest(*files: Path) -> str:
    state = hashlib.sha256()
    for file in files:
        state.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return state.hexdigest()[:16]


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Test processes that start together install once: the others wait."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _install(here: Path, target: Path) -> None:
    npm = shutil.which(NPM[0])
    if npm is None:
        raise NpmUnavailable("npm is not installed")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="installing-") as name:
        folder = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(here / file, folder)
        try:
            done = subprocess.run([npm, *NPM[1:]], cwd=folder, capture_output=True, text=True, timeout=INSTALL_S)
        except subprocess.TimeoutExpired:
            raise NpmUnavailable(f"npm did not finish within {INSTALL_S} seconds") from None
        if done.returncode != 0:
            raise NpmUnavailable(f"npm could not install the packages: {done.stderr.strip()[-400:]}")
        target.mkdir()
        (folder / "node_modules").rename(target / "node_modules")


def _node(packages: Path) -> Path:
    """The Node 22 that came with the packages, or one on the path that is as new."""
    own = packages / "node_modules" / ".bin" / "node"
    if own.exists():
        return own
    found = shutil.which("node")
    if found is not None:
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.strip().removeprefix("v").split(".")[0]) >= 22:
            return Path(found)
    raise NpmUnavailable("there is no Node 22 for this machine")


@cache
def installed(here: Path, name: str) -> Installed:
    """The programs of the folder ``here``, kept as ``.cache/<name>``; installed where that is needed, which may take a
    minute. Raises ``NpmUnavailable``."""
    kept = CACHE / name
    packages = kept / _digest(here / "package.json", here / "package-lock.json")
    files = sorted((here / "src").glob("*.mjs"))
    # beside node_modules, because that is where imports are looked up
    source = packages / f"src-{_digest(*files)}"
    with _only_one(kept):
        if not (packages / "node_modules").is_dir():
            _install(here, packages)
        if not source.is_dir():
            with tempfile.TemporaryDirectory(dir=packages) as folder:
                shutil.copytree(here / "src", Path(folder) / "src")
                (Path(folder) / "src").rename(source)
    return Installed(_node(packages), source)


# the folders that have packages, and what their places under .cache are called
FOLDERS = {"peers/fedify": "peer", "clients/js": "clients"}


@cache
def unavailable_reason(here: Path, name: str) -> str | None:
    """Why they cannot run on this machine; None where they can. The first call may install."""
    try:
        installed(here, name)
    except NpmUnavailable as error:
        return str(error)
    return None


def main() -> None:
    """Get all packages before the tests ask for them; without npm, say which tests will be skipped."""
    for folder, name in FOLDERS.items():
        reason = unavailable_reason(Path(__file__).resolve().parent / folder, name)
        if reason is not None:
            print(f"tests/{folder} is skipped: {reason}")


if __name__ == "__main__":
    main()
