"""Prints what an extra of pyproject.toml asks for, a requirement a line: ``python tools/extra.py suites``."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"

if __name__ == "__main__":
    print("\n".join(tomllib.loads(PROJECT.read_text())["project"]["optional-dependencies"][sys.argv[1]]))
