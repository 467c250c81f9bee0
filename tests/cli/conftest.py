"""Real commands in their own processes, each on a folder of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_home import Home, free_port
from db_fixtures import postgres_server

__all__ = ["postgres_server"]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which ``init`` has run; tests get copies of it."""
    home = Home(tmp_path_factory.mktemp("made"))
    home.run("init", "--domain", "localhost:1", *OWNER, input="correct horse battery\n").done()
    return home.folder


OWNER = ("--owner", "founder", "--owner-email", "Founder@Example.org", "--password-stdin")


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    """A folder with nothing in it."""
    return Home(tmp_path)


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Home:
    """A node that ``init`` has made, on a port that is free; nothing runs."""
    folder = tmp_path / "home"
    shutil.copytree(made, folder)
    home = Home(folder)
    home.set("listen", f'"127.0.0.1:{free_port()}"')
    return home
