"""Commands, each in a process of its own, without waiting a second for the same imports every time.

``run_command`` is what ``python -m fedserver`` does, in a process that is forked from one in which the program has been
imported and nothing else has happened: its arguments, folder, environment and three streams are its own, and it ends as
any process does. What belongs to starting Python itself (``serve``, ``init`` on a terminal, an installed wheel) is
tested with real starts. ``run_program`` does the same with other programs in Python, of which the libraries are there.
"""

from __future__ import annotations

import importlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_FORKS = multiprocessing.get_context("forkserver")
# ours, and the libraries of toot
_FORKS.set_forkserver_preload(["fedserver.cli.main", "requests", "bs4", "click", "urwid", "wcwidth"])


class Ended(NamedTuple):
    """The exit code, and what was said where."""

    code: int
    out: str
    err: str


def run_command(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], given: str = "") -> Ended:
    """Run a command of ours to its end, with ``given`` on standard input."""
    return run_program("fedserver.cli.main:main", arguments, folder, environment, given)


def run_program(
    entry: str,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    given: str = "",
    *,
    seconds: float = 120,
) -> Ended:
    """Run a program to its end. ``entry`` (``module:function``) is what its script would call."""
    with tempfile.TemporaryDirectory() as name:
        streams = [Path(name) / stream for stream in ("in", "out", "err")]
        for path in streams:
            path.write_text(given if path is streams[0] else "")
        process = _FORKS.Process(target=_become, args=(entry, arguments, folder, dict(environment), streams))
        process.start()
        process.join(seconds)
        try:
            assert process.exitcode is not None, f"{arguments} did not end within {seconds} s"
            return Ended(process.exitcode, streams[1].read_text(), streams[2].read_text())
        finally:
            if process.exitcode is None:
                process.kill()
                process.join()
            process.close()


def _become(
    entry: str, arguments: Sequence[str], folder: Path, environment: dict[str, str], streams: list[Path]
) -> None:
    """In the new process."""
    for number, path in enumerate(streams):
        opened = os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout = os.fdopen(0, closefd=False), os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    module, _, function = entry.partition(":")
    sys.argv = [module.partition(".")[0], *arguments]
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    raise SystemExit(getattr(importlib.import_module(module), function)())
