"""Installing the Fedify peer: packages by npm from the lock file, Node 22 among them, and the sources beside them."""

from __future__ import annotations

from pathlib import Path

import npm_packages

HERE = Path(__file__).resolve().parent / "fedify"
CACHE = "peer"


def installed() -> tuple[Path, Path]:
    """Node and the peer's main file, installed where that is needed. Raises ``NpmUnavailable``."""
    node, source = npm_packages.installed(HERE, CACHE)
    return node, source / "main.mjs"


def unavailable_reason() -> str | None:
    """Why there can be no peer on this machine; None where there can. The first call may install for a minute."""
    reason = npm_packages.unavailable_reason(HERE, CACHE)
    return f"no Fedify peer: {reason}" if reason is not None else None
