"""Versions of libraries with known holes are not asked for, not locked and not installed."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
FLOORS: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("dependency_floors.toml").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ASKED = {
    canonicalize_name(found.name): found
    for found in map(Requirement, [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["postgres"]])
}
LOCK = (ROOT / "requirements.lock").read_text()
LOCKED = {
    canonicalize_name(match[1]): Version(match[2])
    for match in re.finditer(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", LOCK, re.MULTILINE)
}


def _lowest(requirement: Requirement) -> Version:
    """The lower bound, which every requirement states."""
    bounds = [Version(each.version) for each in requirement.specifier if each.operator == ">="]
    assert len(bounds) == 1, requirement
    return bounds[0]


def _closure() -> set[str]:
    """What the server pulls in on this machine, by the metadata of what is installed."""
    found: set[str] = set()
    waiting = list(ASKED.values())
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        extras = requirement.extras or {""}
        if name in found or (requirement.marker and not requirement.marker.evaluate()):
            continue
        found.add(name)
        for inner in map(Requirement, metadata.requires(name) or []):
            if inner.marker is None or any(inner.marker.evaluate({"extra": extra}) for extra in extras):
                inner.marker = None
                waiting.append(inner)
    return found


@pytest.mark.parametrize("name", FLOORS)
def test_floor(name: str) -> None:
    entry = FLOORS[name]
    floor = Version(entry["floor"])
    assert entry["why"] and all(re.fullmatch(r"CVE-\d{4}-\d{4,}|GHSA(-\w{4}){3}", each) for each in entry["advisories"])
    if name in ASKED:
        assert _lowest(ASKED[name]) >= floor, "pyproject.toml permits a version with a known hole"
    if name in LOCKED:
        assert LOCKED[name] >= floor, "requirements.lock has a version with a known hole"
    try:
        assert Version(metadata.version(name)) >= floor, "a version with a known hole is installed"
    except metadata.PackageNotFoundError:
        assert name not in ASKED


def test_every_requirement_states_a_lower_bound() -> None:
    for requirement in ASKED.values():
        _lowest(requirement)


def test_the_lock_names_each_library_with_its_hashes_and_no_place() -> None:
    missing = _closure() - set(LOCKED)
    assert not missing, f"make lock: {sorted(missing)}"
    for name, version in LOCKED.items():
        if name in ASKED:
            assert version in ASKED[name].specifier, name
    blocks = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", LOCK, flags=re.MULTILINE).strip())
    assert len(blocks) == len(LOCKED)
    for block in blocks:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block
    assert "://" not in LOCK
