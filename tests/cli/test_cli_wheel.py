"""What is shipped works: the wheel, in an environment of its own, makes a node and serves it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest
from cli_home import PROJECT, Home, environment, free_port

pytestmark = pytest.mark.slow
NEEDED = ("fedserver/web/templates/", "fedserver/web/static/", "fedserver/db/migrations/versions/v0001_first.py")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the project."""
    source = tmp_path_factory.mktemp("source")
    for name in ("fedserver", "protocol", "keys"):
        shutil.copytree(PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, source)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--outdir", "out"], cwd=source, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return next((source / "out").glob("*.whl"))


def test_the_wheel_holds_all_that_is_not_python(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for part in NEEDED:
        assert any(name.startswith(part) for name in names), part
    missing = [
        path.relative_to(PROJECT).as_posix()
        for folder in ("fedserver", "protocol", "keys")
        for path in (PROJECT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.relative_to(PROJECT).as_posix() not in names
    ]
    assert not missing
    assert not [name for name in names if name.startswith(("tests/", "tools/"))]


def test_the_installed_wheel_makes_and_serves_a_node(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"
    done = subprocess.run(
        [programs / "python", "-m", "pip", "install", "--quiet", str(wheel)],
        cwd=tmp_path,
        env=environment({"PYTHONPATH": ""}),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    home = Home(tmp_path / "node", (str(programs / "fedserver"),))
    home.folder.mkdir()
    port = free_port()
    home.run(
        "init",
        "--domain",
        f"localhost:{port}",
        "--base-url",
        f"http://localhost:{port}",
        "--listen",
        f"127.0.0.1:{port}",
        "--owner",
        "founder",
        "--owner-email",
        "a@example.org",
        "--password-stdin",
        input="correct horse battery\n",
    ).done()
    with home.running() as node:
        assert node.get("/health")[0] == 200
