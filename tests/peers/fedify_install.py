"""Installing the Fedify peer: packages by npm from the lock file, Node 22 among them, and the sources beside them.

Everything lies in ``.cache/peer`` under the digest of the lock file, so that a changed lock installs anew.
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

HERE = Path(__file__).resolve().parent / "fedify"
CACHE = Path(__file__).resolve().parents[2] / ".cache" / "peer"
NPM = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=dev", "--loglevel=error")
INSTALL_S = 300


class PeerUnavailable(Exception):
    """There can be no peer: the message says why."""


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


def _install(target: Path) -> None:
    npm = shutil.which(NPM[0])
    if npm is None:
        raise PeerUnavailable("npm is not installed")
    with tempfile.TemporaryDirectory(dir=CACHE, prefix="installing-") as name:
        folder = Path(name)
        for file in ("package.json", "package-lock.json"):
            shutil.copy(HERE / file, folder)
        try:
            done = subprocess.run([npm, *NPM[1:]], cwd=folder, capture_output=True, text=True, timeout=INSTALL_S)
        except subprocess.TimeoutExpired:
            raise PeerUnavailable(f"npm did not finish within {INSTALL_S} seconds") from None
        if done.returncode != 0:
            raise PeerUnavailable(f"npm could not install the peer: {done.stderr.strip()[-400:]}")
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
    raise PeerUnavailable("there is no Node 22 for this machine")


@cache
def installed() -> tuple[Path, Path]:
    """Node and the peer's main file, installed where that is needed. Raises ``PeerUnavailable``."""
    packages = CACHE / _digest(HERE / "package.json", HERE / "package-lock.json")
    files = sorted((HERE / "src").glob("*.mjs"))
    # beside node_modules, because that is where imports are looked up
    source = packages / f"src-{_digest(*files)}"
    with _only_one(CACHE):
        if not (packages / "node_modules").is_dir():
            _install(packages)
        if not source.is_dir():
            with tempfile.TemporaryDirectory(dir=packages) as name:
                shutil.copytree(HERE / "src", Path(name) / "src")
                (Path(name) / "src").rename(source)
    return _node(packages), source / "main.mjs"


@cache
def unavailable_reason() -> str | None:
    """Why there can be no peer on this machine; None where there can. The first call may install for a minute."""
    try:
        installed()
    except PeerUnavailable as error:
        return f"no Fedify peer: {error}"
    return None
