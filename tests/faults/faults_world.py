"""A node as a process, driven from outside: started under a tool, asked, filled, killed, looked into.

The process is ``python -m fedserver serve``. Peers are the sinkholes of ``tests/durability``.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import orjson
import pytest
from durability_world import PROJECT, START_S, Sinkhole, Stranger, Victim

ANSWER_S = 30.0


class Answer(NamedTuple):
    """What the node said; ``seconds`` is how long that took."""

    status: int
    body: Any
    headers: Mapping[str, str]
    seconds: float


class Box(Victim):
    """A node in a folder. ``more``: further text of its config.toml."""

    def __init__(self, folder: Path, sinks: Sequence[Sinkhole] = (), more: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, list(sinks))
        if more:
            self.file.write_text(self.file.read_text() + more)

    @property
    def database(self) -> Path:
        return self.folder / "data" / "fedserver.db"

    @property
    def log(self) -> str:
        """What the processes of this node said so far."""
        return (self.folder / "serve.log").read_text(errors="replace")

    def command(self, wrap: Sequence[str] = ()) -> list[str]:
        return [*wrap, sys.executable, "-m", "fedserver", "--config", str(self.file), "serve"]

    def spawn(self, wrap: Sequence[str] = (), env: Mapping[str, str] | None = None, **more: Any) -> None:
        """Start the process under a tool, and do not wait."""
        with (self.folder / "serve.log").open("ab") as log:
            streams = {"stdout": log, "stderr": log} | more
            environment = {**os.environ, "PYTHONPATH": str(PROJECT), **(env or {})}
            self.process = subprocess.Popen(self.command(wrap), cwd=self.folder, env=environment, **streams)

    async def start(self, wrap: Sequence[str] = (), env: Mapping[str, str] | None = None, **more: Any) -> None:
        """Serve; returns when requests are answered."""
        began = time.monotonic()
        self.spawn(wrap, env, **more)
        await self.ready()
        self.starts.append(self.start_seconds(began))

    async def ready(self, seconds: float = START_S) -> None:
        """Wait until the node is well."""
        assert self.process is not None
        end = time.monotonic() + seconds
        async with aiohttp.ClientSession() as session:
            while not await self._answers(session):
                assert self.process.poll() is None, self.log[-4000:]
                assert time.monotonic() < end, f"not well within {seconds} s: {self.log[-4000:]}"
                await asyncio.sleep(0.02)
        self.up.set()

    def refused(self, wrap: Sequence[str] = ()) -> tuple[int, str]:
        """Serve, which has to fail: (exit code, what was said)."""
        environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        done = subprocess.run(self.command(wrap), cwd=self.folder, env=environment, capture_output=True, timeout=60)
        assert done.returncode != 0, done
        return done.returncode, done.stderr.decode(errors="replace")

    def end(self) -> None:
        """Whatever state the process is in, it ends."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()

    async def ask(self, method: str, path: str, *, token: str | None = None, **more: Any) -> Answer:
        """One request on a connection of its own, as alice unless another token is given ('' for nobody)."""
        token = self.made.alice.token if token is None else token
        headers = {**({"Authorization": f"Bearer {token}"} if token else {}), **more.pop("headers", {})}
        began = time.monotonic()
        limit = aiohttp.ClientTimeout(total=more.pop("seconds", ANSWER_S))
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.request(method, self.url + path, headers=headers, **more) as response,
        ):
            body = await response.read()
            found = orjson.loads(body) if "json" in response.content_type else body
            return Answer(response.status, found, response.headers, time.monotonic() - began)

    async def post(self, text: str, **more: Any) -> Answer:
        """A public post of alice's."""
        return await self.ask("POST", "/api/v1/statuses", json={"status": text}, **more)

    async def posted(self, text: str, **more: Any) -> str:
        """A post that has to be taken; its id."""
        answer = await self.post(text, **more)
        assert answer.status == 200, answer
        return str(answer.body["id"])

    async def home(self) -> Answer:
        return await self.ask("GET", "/api/v1/timelines/home?limit=40")

    async def deliver(self, stranger: Stranger, number: int) -> Answer:
        """The stranger's post to alice."""
        body, headers = stranger.signed(stranger.create(number))
        return await self.ask("POST", "/inbox", token="", data=body, headers=headers)

    def sources(self) -> list[str]:
        """The texts of local posts that are stored."""
        return [row[0] for row in self.rows("SELECT source FROM statuses WHERE local = 1")]

    def whole(self) -> None:
        """The file is well."""
        assert self.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.rows("PRAGMA foreign_key_check") == []

    def cpu_seconds(self) -> float:
        """What the process used so far."""
        assert self.process is not None
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def files_open(self) -> int:
        assert self.process is not None
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def resident_bytes(self) -> int:
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Boxes:
    """Makes nodes and ends their processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: list[Box] = []

    def __call__(self, sinks: Sequence[Sinkhole] = (), more: str = "") -> Box:
        name = self.folder if not self._made else self.folder.with_name(f"{self.folder.name}{len(self._made)}")
        self._made.append(Box(name, sinks, more))
        return self._made[-1]

    def end(self) -> None:
        for box in self._made:
            box.end()


class Mounts:
    """Small file systems, gone after the test."""

    def __init__(self) -> None:
        self._made: list[Path] = []

    def small(self, path: Path, options: str) -> None:
        """A tmpfs at ``path``."""
        if os.geteuid() != 0:
            pytest.skip("mounting a small file system needs root")
        path.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", path], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"mounting a small file system is not permitted here: {done.stderr.strip()}")
        self._made.append(path)

    def end(self) -> None:
        for path in reversed(self._made):
            subprocess.run(["umount", "-l", path], check=True)


def tool(name: str) -> str:
    """The path of a program of the platform, or a skip that says what is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"the program {name} is not installed")
    return found


def inject(what: str, *trace: str) -> list[str]:
    """The words that start a program under strace with a fault in its system calls."""
    words = [tool("strace"), "-f", "-D", "-qq", "-o", "/dev/null", "--seccomp-bpf"]
    probe = subprocess.run([*words, "-e", f"trace={trace[0]}", "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"strace may not trace here: {probe.stderr.strip()[:200]}")
    return [*words, "-e", f"trace={','.join(trace)}", "-e", f"inject={what}"]


def fill(folder: Path) -> Path:
    """Write until nothing fits; the file that has to go to make room again."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


@asynccontextmanager
async def peers(*sinks: Sinkhole) -> AsyncIterator[None]:
    """The sinkholes listen."""
    async with AsyncExitStack() as stack:
        for sink in sinks:
            stack.push_async_callback((await sink.start()).cleanup)
        yield


def sinkhole(name: str = "far.test", readers: int = 0) -> Sinkhole:
    """A peer with people who read."""
    made = Sinkhole(name, random.Random(name))
    for number in range(readers):
        made.person(f"reader{number}")
    return made


async def until(wanted: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait for something; what it gave."""
    end = time.monotonic() + seconds
    while not (found := wanted()):
        assert time.monotonic() < end, f"waited {seconds} s"
        await asyncio.sleep(0.05)
    return found
