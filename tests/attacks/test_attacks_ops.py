"""OPS: how the node is started."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from program_support import Ended, run_command

ROOT = Path(__file__).resolve().parents[2]


def command(folder: Path, *arguments: str) -> Ended:
    """A command of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FEDSERVER_")}
    return run_command(arguments, folder, kept)


def made(folder: Path) -> None:
    done = command(folder, "init", "--domain", "ops.test")
    assert done.code == 0, done.err


def test_OPS_01_every_library_is_pinned_by_its_hashes(tmp_path: Path) -> None:
    """pip takes the wheel that a lock names, and refuses one that was exchanged; tests/structure compares names."""
    lock = (ROOT / "requirements.lock").read_text()
    assert lock.count("==") >= 20 and "--hash=sha256:" in lock
    assert "--require-hashes -r requirements.lock" in (ROOT / "docs" / "admin.md").read_text()
    wheel = tmp_path / "pinned-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pinned-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: pinned\nVersion: 1\n")
        archive.writestr("pinned-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("pinned-1.dist-info/RECORD", "")
    good = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for digest, taken in ((good, True), ("0" * 64, False)):
        requirements = tmp_path / "requirements.lock"
        requirements.write_text(f"pinned==1 --hash=sha256:{digest}\n")
        program = [sys.executable, "-m", "pip", "--isolated", "install", "--no-index", "--find-links", str(tmp_path)]
        program += ["--require-hashes", "--target", str(tmp_path / "site"), "--upgrade", "-r", str(requirements)]
        done = subprocess.run(program, capture_output=True, text=True, timeout=60)
        assert (done.returncode == 0) is taken, done.stderr


def test_OPS_03_a_process_with_too_many_rights_is_told(tmp_path: Path) -> None:
    made(tmp_path)
    config = tmp_path / "config.toml"
    config.chmod(0o666)
    done = command(tmp_path, "doctor")
    assert done.code != 0 and "can be changed by other users" in done.out + done.err
    if os.geteuid() == 0:
        assert "root" in done.out + done.err
    docs = "".join(path.read_text() for path in (ROOT / "docs").rglob("*") if path.suffix in (".md", ".service"))
    for line in ("NoNewPrivileges=", "ProtectSystem=", "User="):
        assert line in docs, line


@pytest.mark.parametrize("content", [b"", b"\n", b"changeme", b"0" * 10])
def test_OPS_04_no_start_without_a_real_key(tmp_path: Path, content: bytes) -> None:
    made(tmp_path)
    keys = [path for path in tmp_path.rglob("*key*") if path.is_file()]
    assert keys
    for key in keys:
        assert key.stat().st_mode & 0o077 == 0, key
        key.write_bytes(content)
    done = command(tmp_path, "serve")
    assert done.code not in (0, -9) and "Traceback" not in done.err
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout
    assert not [
        name for name in tracked.splitlines() if name.endswith((".key", ".pem")) and not name.startswith("tests/")
    ]


def test_OPS_06_no_check_is_an_assert() -> None:
    """Under ``python -O`` an unsigned activity and a forged form are refused as ever."""
    program = ROOT / "tests" / "attacks" / "without_asserts.py"
    paths = os.pathsep.join(str(ROOT / part) for part in (".", "tests", "tests/attacks"))
    done = subprocess.run(
        [sys.executable, "-O", str(program)],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 0 and done.stdout.strip() == "refused", done.stdout + done.stderr[-2000:]
