"""The world of the faults: the kill tests' node and peers, and what ends every process and mount of a test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "durability"))

from faults_world import Boxes, Mounts


@pytest.fixture
def boxes(tmp_path: Path) -> Iterator[Boxes]:
    """Makes nodes that run as processes of their own."""
    made = Boxes(tmp_path / "node")
    yield made
    made.end()


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    """Makes small file systems; for a test that is given ``boxes`` as well, name this first: it ends last."""
    made = Mounts()
    yield made
    made.end()
