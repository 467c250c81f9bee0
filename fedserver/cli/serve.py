"""``serve``, ``web`` and ``worker``: the processes that stay."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING

from fedserver.cli import node
from fedserver.cli.console import CommandFailed, UsageError
from fedserver.config import Config
from fedserver.db.database import open_for_command
from fedserver.domain.settings import site_of
from fedserver.kit import logs

if TYPE_CHECKING:
    from fedserver.app import Node

STOP_S = 30.0


def run(arguments: Namespace) -> None:
    """Web and worker in one process."""
    _stay(node.settings(arguments.config), web=True, worker=True)


def run_web(arguments: Namespace) -> None:
    """The doors alone, in one process or in several that share the port."""
    config = node.settings(arguments.config)
    _refuse_sqlite(config, "web")
    if arguments.workers < 1:
        raise UsageError("--workers must be 1 or more")
    if arguments.workers == 1:
        _stay(config, web=True, worker=False)
        return
    _check(config)
    _supervise(arguments)


def run_worker(arguments: Namespace) -> None:
    """Jobs and deliveries alone."""
    config = node.settings(arguments.config)
    _refuse_sqlite(config, "worker")
    _stay(config, web=False, worker=True)


def _refuse_sqlite(config: Config, command: str) -> None:
    if config.database.sqlite:
        raise UsageError(
            f"`fedserver {command}` needs PostgreSQL, and [database] url is SQLite, where one process does everything: "
            "use `fedserver serve`, or move with `fedserver migrate --to`"
        )


def _check(config: Config) -> None:
    """Refuse a database that is missing, of another version or another node's, before anything is started."""
    with open_for_command(config.database.url, site_of(config)) as session:
        session.run(lambda unit: node.check_identity(unit, keep=True))


def _stay(config: Config, *, web: bool, worker: bool) -> None:
    # nothing that is made at the start is garbage: looking for it takes a tenth of the start
    gc.disable()
    from fedserver import app  # the whole program: other commands start faster without it

    _check(config)
    logging = logs.setup(config.log.level, config.log.format)
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(app.serve(config, web=web, worker=worker, ready=_ready, reuse_port=web and not worker))
    finally:
        logging.stop()


def _ready(started: Node) -> None:
    # what is there now stays: collections need not walk over it
    gc.freeze()
    gc.enable()
    if started.web is None:
        _tell("fedserver: working")
        return
    for host, port in started.web.addresses:
        shown = f"[{host}]" if ":" in host else host
        _tell(f"fedserver: {started.site.base_url} is served at http://{shown}:{port}")


def _tell(text: str) -> None:
    """Like ``say``, but a log that cannot be written does not stop a node."""
    with suppress(OSError):
        os.write(sys.stderr.fileno(), f"{text}\n".encode())


def _loop_factory() -> type[asyncio.AbstractEventLoop] | None:
    """uvloop where it runs; None for Python's own loop."""
    with suppress(ImportError):
        import uvloop

        return uvloop.Loop
    return None


def _supervise(arguments: Namespace) -> None:
    """Run ``--workers`` processes that listen on one port. When one ends by itself, all end: a supervisor restarts."""
    command = [sys.executable, "-m", "fedserver"]
    if arguments.config is not None:
        command += ["--config", str(arguments.config)]
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    children = [subprocess.Popen([*command, "web"]) for _ in range(arguments.workers)]  # noqa: S603 - ourselves
    while not stopping and all(child.poll() is None for child in children):
        time.sleep(0.2)
    for child in children:
        if child.poll() is None:
            child.terminate()
    until = time.monotonic() + STOP_S
    for child in children:
        try:
            child.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if not stopping:
        codes = ", ".join(str(child.returncode) for child in children)
        raise CommandFailed(f"A web process ended by itself (exit codes {codes}); the others were stopped.")
