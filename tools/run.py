"""`make run`: create a node beside this folder if there is none, then serve it.

The first run creates an account named `founder` and prints its password once. Later runs only serve. A
config.toml that is already there is used as it is.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from pathlib import Path

from fedserver.config import load

PROJECT = Path(__file__).resolve().parent.parent
SQLITE = "sqlite:///"
OWNER = "founder"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8787)
    port = parser.parse_args().port
    os.chdir(PROJECT)
    command = [sys.executable, "-m", "fedserver", "--config", "config.toml"]
    if is_new(Path("config.toml")):
        password = secrets.token_urlsafe(12)
        code = subprocess.run([*command, *init_arguments(port)], input=f"{password}\n", text=True).returncode
        if code:
            return code
        print(
            f"\n  Open http://localhost:{port}/login and sign in as {OWNER} with the password {password}\n"
            "  (it is not shown again; `.venv/bin/fedserver user reset-password` makes a new one).\n",
            flush=True,
        )
    os.execv(sys.executable, [*command, "serve"])


def is_new(config: Path) -> bool:
    """Whether there is nothing to serve yet: no settings, or an SQLite database that was never made."""
    if not config.exists():
        return True
    url = load(config, os.environ).database.url
    return url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists()


def init_arguments(port: int) -> list[str]:
    """What `fedserver init` is told, so that it has nothing to ask."""
    return [
        "init",
        *("--domain", f"localhost:{port}"),
        *("--base-url", f"http://localhost:{port}"),
        *("--listen", f"127.0.0.1:{port}"),
        *("--data-dir", "data"),
        *("--owner", OWNER),
        *("--owner-email", f"{OWNER}@localhost"),
        "--password-stdin",
    ]


if __name__ == "__main__":
    raise SystemExit(main())
