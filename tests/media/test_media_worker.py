"""The child: what it cannot do, and what its death does (nothing)."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from media_files import film, gradient, process, saved

from fedserver.media import worker
from fedserver.media.errors import MediaError, MediaFailed, MediaRefused
from fedserver.media.pipeline import Pipeline
from fedserver.media.settings import MediaSettings

ROOT = Path(worker.__file__).resolve().parents[2]
TRIES = """
import ctypes, json, os, socket, subprocess, sys
from fedserver.media import sandbox
sandbox.limit(1_000_000_000, 10, 1_000_000)
sealed = sandbox.seal()
def attempt(work):
    try:
        work()
    except Exception as error:
        return type(error).__name__
    return "done"
print(json.dumps([sealed, {
    "socket": attempt(socket.socket),
    "pair": attempt(socket.socketpair),
    "read": attempt(lambda: open("/etc/passwd").read()),
    "write": attempt(lambda: open("x", "w")),
    "run": attempt(lambda: subprocess.run(["/bin/true"])),
    "exec": attempt(lambda: os.execv("/bin/true", ["true"])),
    "kill": attempt(lambda: os.kill(1, 0)),
    "remove": attempt(lambda: os.unlink("y")),
    "memory": attempt(lambda: bytearray(2_000_000_000)),
    "compute": attempt(lambda: sum(range(1000))),
}]))
"""


def test_a_sealed_process_can_only_compute(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRIES], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True
    )
    sealed, tried = json.loads(done.stdout)
    if not sealed:
        pytest.skip("this system has no seccomp filter")
    assert tried.pop("compute") == "done"
    assert tried.pop("memory") == "MemoryError"
    assert set(tried.values()) == {"PermissionError"}


def test_pictures_and_films_are_read_in_a_sealed_child(tmp_path: Path) -> None:
    async def main() -> None:
        pipeline = Pipeline(MediaSettings())
        for data in (saved(gradient(), "PNG"), film("mp4")):
            source = tmp_path / "upload"
            source.write_bytes(data)
            form = pipeline.check(source)
            preview = tmp_path / "preview"
            facts, _ = await worker.Worker(MediaSettings()).run(form, source, None, preview)
            assert facts.sealed == sys.platform.startswith("linux")
            preview.unlink()

    asyncio.run(main())


def test_image_libraries_stay_out_of_the_server() -> None:
    code = "import sys, fedserver.media.pipeline, fedserver.media.store, fedserver.media.remote; "
    code += "print([m for m in ('PIL', 'av', 'blurhash', 'c2pa') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


async def child_of(task: asyncio.Task[object]) -> psutil.Process:
    for _ in range(400):
        for child in psutil.Process().children():
            if "fedserver.media.child" in " ".join(child.cmdline()):
                return child
        assert not task.done()
        await asyncio.sleep(0.005)
    raise AssertionError("no child appeared")


@pytest.mark.parametrize("kill", [signal.SIGKILL, signal.SIGSEGV])
def test_a_killed_child_is_a_failure_that_leaves_nothing(kill: signal.Signals, tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(saved(gradient("RGB", (5000, 5000)), "PNG"))

    async def main() -> None:
        pipeline = Pipeline(MediaSettings())
        task = asyncio.create_task(pipeline.process(source, tmp_path))
        child = await child_of(task)
        os.kill(child.pid, kill)
        with pytest.raises(MediaFailed, match="crashed"):
            await task
        assert [path.name for path in tmp_path.iterdir()] == ["upload"]
        assert (await pipeline.process(source, tmp_path)).width == 5000

    asyncio.run(main())


def test_a_child_that_stops_is_ended(tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(saved(gradient("RGB", (3000, 3000)), "PNG"))

    async def main() -> None:
        task = asyncio.create_task(Pipeline(MediaSettings(wall_seconds=1.0)).process(source, tmp_path))
        child = await child_of(task)
        child.suspend()
        started = time.monotonic()
        with pytest.raises(MediaRefused, match="too_slow"):
            await task
        assert time.monotonic() - started < 3
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE

    asyncio.run(main())


def test_a_cancelled_upload_ends_its_child(tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(saved(gradient("RGB", (5000, 5000)), "PNG"))

    async def main() -> None:
        task = asyncio.create_task(Pipeline(MediaSettings()).process(source, tmp_path))
        child = await child_of(task)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not child.is_running()
        assert [path.name for path in tmp_path.iterdir()] == ["upload"]

    asyncio.run(main())


def test_no_more_children_than_allowed(tmp_path: Path) -> None:
    source = tmp_path / "upload"
    source.write_bytes(saved(gradient("RGB", (1500, 1500)), "PNG"))

    async def main() -> None:
        pipeline = Pipeline(MediaSettings(children=1))
        most = 0
        # servers that other tests of this process keep running are children too
        others = {child.pid for child in psutil.Process().children()}
        tasks = [asyncio.create_task(pipeline.process(source, tmp_path)) for _ in range(4)]
        while not all(task.done() for task in tasks):
            most = max(most, len({child.pid for child in psutil.Process().children()} - others))
            await asyncio.sleep(0.01)
        assert most == 1
        assert len({task.result().published for task in tasks}) == 4

    asyncio.run(main())


@pytest.mark.parametrize(
    "answer",
    [b"", b"nonsense", b"[]", b"{}", b'{"ok": {}}', b'{"ok": {"width": "x"}}', b'{"ok": {"width": true}}', b"\xff"],
)
def test_an_answer_of_another_shape_is_a_failure(answer: bytes) -> None:
    with pytest.raises(MediaFailed):
        worker._facts(answer)


def test_statuses() -> None:
    with pytest.raises(MediaRefused, match="too_slow"):
        worker._raise_for(-signal.SIGXCPU)
    for status in (0, 1, -9, -11):
        with pytest.raises(MediaFailed, match="crashed"):
            worker._raise_for(status)


def test_without_pyav_pictures_work_and_films_say_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(worker, "find_spec", lambda name: None)
    assert not worker.video_available()
    assert process(saved(gradient(), "PNG"), tmp_path).kind == "image"
    with pytest.raises(MediaError, match="video_unavailable"):
        process(film("mp4"), tmp_path)
