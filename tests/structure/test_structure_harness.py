"""The harness that every test stands on: the closed network, coroutine tests, told skips."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from structure_tree import PROJECT


@pytest.mark.parametrize("host", ["192.0.2.1", "8.8.8.8", "2001:db8::1", "10.0.0.1", "::ffff:8.8.8.8"])
def test_no_connection_leaves_this_machine(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(0.5)
        with pytest.raises(AssertionError, match="tried to reach"):
            sock.connect((host, 80))
        with pytest.raises(AssertionError, match="tried to reach"):
            sock.connect_ex((host, 80))
    with socket.socket(family, socket.SOCK_DGRAM) as sock, pytest.raises(AssertionError, match="tried to reach"):
        sock.sendto(b"x", (host, 53))


def test_no_name_is_looked_up() -> None:
    with pytest.raises(AssertionError, match="asked for the address"):
        socket.getaddrinfo("example.org", 80)
    with pytest.raises(AssertionError, match="asked for the address"):
        socket.create_connection(("example.org", 80), timeout=0.5)


async def test_the_event_loop_is_closed_in_too() -> None:
    with pytest.raises(AssertionError, match="tried to reach"):
        await asyncio.wait_for(asyncio.open_connection("192.0.2.1", 80), 1)
    with pytest.raises(AssertionError, match="asked for the address"):
        await asyncio.wait_for(asyncio.open_connection("example.org", 80), 1)


def test_loopback_and_unix_sockets_stay_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
    assert socket.getaddrinfo("localhost", 80)


async def test_a_coroutine_test_really_runs(tmp_path: Path) -> None:
    await asyncio.sleep(0)
    assert asyncio.get_running_loop().get_debug() is False
    assert tmp_path.is_dir()


def _run(folder: Path, text: str, *arguments: str, ci: bool = False) -> subprocess.CompletedProcess[str]:
    """Run pytest on one small file under the project's own conftest."""
    (folder / "conftest.py").write_text((PROJECT / "tests" / "conftest.py").read_text())
    (folder / "skips.toml").write_text('[[skip]]\nreason = "no cat"\nbecause = "some machines have none"\n')
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    (folder / "test_small.py").write_text(textwrap.dedent(text))
    environ = {**os.environ, "CI": "true" if ci else ""}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True)


SKIPS = """
    import pytest
    def test_cat(): pytest.skip("no cat here")
    def test_dog(): pytest.skip("no dog")
    def test_fine(): pass
"""


def test_a_coroutine_test_can_fail(tmp_path: Path) -> None:
    done = _run(tmp_path, "async def test_x():\n    assert 1 == 2\n")
    assert done.returncode == 1 and "assert 1 == 2" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_skips_are_counted_and_an_unknown_one_fails_on_ci(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = _run(tmp_path, SKIPS, *arguments)
    assert done.returncode == 0
    assert "skipped: 2\n  1 x no cat here\n  1 x no dog\n" in done.stdout
    done = _run(tmp_path, SKIPS, *arguments, ci=True)
    assert done.returncode == 1
    assert "does not allow: ['no dog']" in done.stdout


def test_an_allowed_skip_passes_on_ci(tmp_path: Path) -> None:
    assert _run(tmp_path, SKIPS, "-k", "not dog", ci=True).returncode == 0


def test_soak_tests_run_only_when_asked_for(tmp_path: Path) -> None:
    text = "import pytest\n@pytest.mark.soak\ndef test_x(): assert 0\ndef test_y(): pass\n"
    assert _run(tmp_path, text).returncode == 0
    assert _run(tmp_path, text, "-m", "soak").returncode == 1


def test_a_warning_is_an_error(tmp_path: Path) -> None:
    assert _run(tmp_path, "import warnings\ndef test_x(): warnings.warn('old')\n").returncode == 1
