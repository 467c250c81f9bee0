"""On a terminal ``init`` asks for what it was not told, and shows no password."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

from cli_home import Home, environment

from fedserver.kit.passwords import verify_password

ANSWERS = [
    ("Domain", "not a domain"),
    ("Domain", "example.org"),
    ("Address of the pages", "gopher://example.org"),
    ("Address of the pages", ""),
    ("Policy to begin with", "nothing"),
    ("Policy to begin with", "disclosure-required"),
    ("Name of the owner", "admin"),
    ("Name of the owner", "founder"),
    ("E-mail", "nothing"),
    ("E-mail", "a@example.org"),
    ("Password:", "short"),
    ("Password:", "first attempt here"),
    ("The same again", "something different"),
    ("Password:", "correct horse battery"),
    ("The same again", "correct horse battery"),
]


def test_init_asks_on_a_terminal(empty: Home) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "fedserver", "init"],
        cwd=empty.folder,
        env=environment(),
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(theirs)
    seen = ""
    try:
        for question, answer in ANSWERS:
            seen += _until(ours, question)
            time.sleep(0.2)  # getpass throws away what was typed before it asked
            os.write(ours, f"{answer}\n".encode())
        seen += _until(ours, "doctor")
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert process.returncode == 0, seen
    assert out == b""
    assert "correct horse battery" not in seen and "first attempt here" not in seen
    (stored,) = empty.rows("SELECT password_hash FROM users")[0]
    assert verify_password(stored, "correct horse battery")
    (contact,) = empty.rows("SELECT a.username FROM communities c JOIN accounts a ON a.id = c.contact_account_id")[0]
    assert contact == "founder"
    assert empty.rows("SELECT source LIKE '%say-what-made-it%' FROM policy_versions") == [(1,)]
    assert empty.rows("SELECT value FROM meta WHERE key = 'base_url'") == [("https://example.org",)]


def _until(terminal: int, text: str) -> str:
    """Read until ``text`` was written."""
    seen = ""
    until = time.monotonic() + 60
    while text not in seen:
        assert time.monotonic() < until, seen
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 4096).decode()
    return seen
