"""``Home``: a folder with a node in it, and the commands that work on it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from program_support import run_command

PROJECT = Path(__file__).resolve().parents[2]
START_S = 60.0


@dataclass(frozen=True)
class Done:
    """What a command left: its exit code and what it said where."""

    code: int
    out: str
    err: str

    def done(self) -> str:
        """The result of a command that must have succeeded."""
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.err
        return self.out.strip()

    def failed(self, code: int, text: str) -> None:
        """Check that it failed as it should: with its code, its reason on standard error, no result, no traceback."""
        assert self.code == code, f"exit {self.code}\n{self.out}\n{self.err}"
        assert text in self.err, self.err
        assert "Traceback" not in self.err, self.err
        assert self.out == ""


def free_port() -> int:
    """A port that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """Ours without settings of a node."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FEDSERVER_")}
    return {**kept, "PYTHONPATH": str(PROJECT), "NO_PROXY": "*", **(more or {})}


class Home:
    """A folder with (perhaps) a node in it."""

    def __init__(self, folder: Path, command: tuple[str, ...] = ()) -> None:
        """``command``: an installed program instead of the project's own code."""
        self.folder = folder
        self.installed = bool(command)
        self.command = command or (sys.executable, "-m", "fedserver")
        self._fixed = {"PYTHONPATH": ""} if command else {}

    def run(self, *arguments: str, input: str | None = None, env: dict[str, str] | None = None) -> Done:
        """Run a command to its end. Without ``input`` there is nothing on standard input, and never a terminal."""
        its_own = environment({**self._fixed, **(env or {})})
        if not self.installed:
            return Done(*run_command(arguments, self.folder, its_own, input or ""))
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=its_own,
            input=input or "",
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    @property
    def database(self) -> Path:
        return self.folder / "data" / "fedserver.db"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def set(self, key: str, value: str) -> None:
        """Change a line of the settings; ``value`` is TOML."""
        text, count = re.subn(rf"^(# )?{key} = .*$", f"{key} = {value}", self.config.read_text(), count=1, flags=re.M)
        assert count == 1, key
        self.config.write_text(text)

    def rows(self, sql: str) -> list[Any]:
        """What the database holds."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        """Change the database behind the node's back."""
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute(sql)

    @contextmanager
    def running(self) -> Iterator[Running]:
        """``serve`` until the block ends, then SIGTERM; it must end by itself and well."""
        server = tomllib.loads(self.config.read_text())["server"]
        log = self.folder / "serve.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*self.command, "serve"], cwd=self.folder, env=environment(self._fixed), stdout=out, stderr=out
            )
        node = Running(process, f"http://{server['listen']}", server["domain"], log)
        try:
            node.wait()
            yield node
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0, log.read_text()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


@dataclass
class Running:
    """A node that serves."""

    process: subprocess.Popen[bytes]
    url: str
    host: str
    log: Path

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + START_S
        while self.get("/health")[0] != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.1)

    def get(self, path: str, token: str | None = None) -> tuple[int, Any]:
        """Status and JSON of a GET; (0, None) where nobody answers."""
        return self.ask(urllib.request.Request(self.url + path), token)

    def post(self, path: str, token: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and JSON of a POST."""
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), method="POST")
        request.add_header("Content-Type", "application/json")
        return self.ask(request, token)

    def ask(self, request: urllib.request.Request, token: str | None) -> tuple[int, Any]:
        request.add_header("Host", self.host)
        request.add_header("Accept", "application/json")
        if token is not None:
            request.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, None
        except OSError:
            return 0, None
