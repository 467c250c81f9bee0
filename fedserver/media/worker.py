"""Starts one limited child for each file and believes only the shape of its answer.

The answer is two lines: the facts, with which the file is good to go, and then what it says about its making. A child
that dies, hangs or babbles over the second line has done its work: the findings are then `UNREADABLE`.

One process for each file, not a pool: what a hostile file did to it ends with it, its memory goes back to
the system, and 0.15 s to start are little beside the decoding.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, cast

from fedserver.media.errors import MediaFailed, MediaRefused
from fedserver.media.findings import UNREADABLE, Findings
from fedserver.media.probe import Format
from fedserver.media.provenance.answer import MAX_BYTES, load
from fedserver.media.settings import MediaSettings

_ROOT: Final = str(Path(__file__).resolve().parents[2])
_START: Final = f"import sys; sys.path.insert(0, {_ROOT!r}); from fedserver.media.child import main; main()"
_START_SECONDS: Final = 5.0
_ANSWER_BYTES: Final = 16 * 1024
_FIELDS: Final[dict[str, tuple[type, ...]]] = {
    "width": (int,),
    "height": (int,),
    "small_width": (int,),
    "small_height": (int,),
    "frames": (int,),
    "blurhash": (str, type(None)),
    "sealed": (bool,),
    "duration": (int,),
    "bitrate": (int,),
    "frame_rate": (float, int),
    "has_audio": (bool,),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the child found. Sizes in pixels, 0 where there is none; duration in ms; bitrate in bit/s."""

    width: int
    height: int
    small_width: int
    small_height: int
    frames: int
    blurhash: str | None
    sealed: bool
    duration: int | None = None
    bitrate: int | None = None
    frame_rate: float | None = None
    has_audio: bool = False


def video_available() -> bool:
    """Whether PyAV is installed. Without it pictures work, and videos and sound are refused by that name."""
    return find_spec("av") is not None


class Worker:
    """Runs at most `settings.children` children at once; others wait their turn."""

    def __init__(self, settings: MediaSettings) -> None:
        self._settings = settings
        self._turn = asyncio.Semaphore(settings.children)

    async def run(
        self, form: Format, source: Path, published: Path | None, preview: Path | None, *, untouched: bool = False
    ) -> tuple[Facts, Findings]:
        """Reads `source`; creates `published` and `preview` where they are named; neither may exist.

        Without a preview the file is only looked at: what cannot be decoded is no error then.
        Raises `MediaRefused` or `MediaFailed`; whatever goes wrong, neither file is left.
        """
        if not form.still and preview is not None and not video_available():
            raise MediaRefused("video_unavailable")
        made = [path for path in (published, preview) if path is not None]
        try:
            async with self._turn:
                return await self._run(form, source, published, preview, untouched)
        except BaseException:
            _remove(made)
            raise

    async def _run(
        self, form: Format, source: Path, published: Path | None, preview: Path | None, untouched: bool
    ) -> tuple[Facts, Findings]:
        lists = (self._settings.claim_signers, self._settings.time_stampers)
        files = await asyncio.to_thread(_open_files, source, (published, preview), lists)
        try:
            numbers = [None if file is None else file.fileno() for file in files]
            job = self._job(form, numbers, untouched)
            # asyncio waits for ever where it is cancelled in the middle of a start (CPython 3.11); not with a deadline
            async with asyncio.timeout(_START_SECONDS):
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-B", "-c", _START),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.DEVNULL,
                    pass_fds=[number for number in numbers if number is not None],
                    env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
                    cwd="/",
                )
        except OSError as error:
            raise MediaFailed("start") from error
        finally:
            for file in files:
                if file is not None:
                    file.close()
        return await self._talk(process, json.dumps(job).encode())

    async def _talk(self, process: asyncio.subprocess.Process, job: bytes) -> tuple[Facts, Findings]:
        """Sends the job, reads a bounded answer; whatever happens, the child is gone after."""
        assert process.stdin is not None and process.stdout is not None  # both are pipes
        try:
            async with asyncio.timeout(self._settings.wall_seconds):
                try:
                    process.stdin.write(job)
                    await process.stdin.drain()
                except (ConnectionError, RuntimeError):
                    pass  # it died already (uvloop's word for a closed pipe is RuntimeError); its status says why
                process.stdin.close()
                first, rest = await _line(process.stdout)
                if not first:
                    _raise_for(await process.wait())
            return _facts(first), await self._findings(process, rest)
        except TimeoutError as error:
            raise MediaRefused("too_slow") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    async def _findings(self, process: asyncio.subprocess.Process, answer: bytes) -> Findings:
        """The second line. Nothing that goes wrong here concerns the upload."""
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._settings.reading_seconds):
                while len(answer) <= MAX_BYTES and (part := await process.stdout.read(_ANSWER_BYTES)):
                    answer += part
                if len(answer) <= MAX_BYTES:
                    await process.wait()
        except TimeoutError:
            return UNREADABLE
        return load(answer)

    def _job(self, form: Format, numbers: list[int | None], untouched: bool) -> dict[str, Any]:
        settings = self._settings
        return {
            "format": form.name,
            "source": numbers[0],
            "published": numbers[1],
            "preview": numbers[2],
            "trust": numbers[3:],
            "untouched": untouched,
            "memory": settings.memory,
            "cpu_seconds": settings.cpu_seconds,
            "file_bytes": 2 * max(settings.max_image_bytes, settings.max_video_bytes) + 1_000_000,
            "max_pixels": settings.max_image_pixels if form.still else settings.max_video_pixels,
            "max_frames": settings.max_frames,
            "max_animation_pixels": settings.max_animation_pixels,
            "max_duration": settings.max_duration,
            "max_frame_rate": settings.max_frame_rate,
            "preview_side": settings.preview_side,
        }


def _open_files(source: Path, made: tuple[Path | None, ...], lists: tuple[Path | None, ...]) -> list[Any]:
    files: list[Any] = [source.open("rb")]
    files += [None if path is None else path.open("xb+") for path in made]
    for path in lists:
        try:
            files.append(None if path is None else path.open("rb"))
        except OSError:
            files.append(None)  # `doctor` tells of it; here it only means that nobody is trusted
    return files


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


async def _line(stdout: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The first line, b"" where the child ended without one, and what was read behind it."""
    answer = b""
    while b"\n" not in answer[:_ANSWER_BYTES]:
        part = await stdout.read(_ANSWER_BYTES)
        if not part:
            return b"", b""
        answer += part
        if len(answer) > _ANSWER_BYTES and b"\n" not in answer[:_ANSWER_BYTES]:
            raise MediaFailed("crashed")
    first, _, rest = answer.partition(b"\n")
    return first, rest


def _raise_for(status: int) -> None:
    """Raises for a child that said nothing."""
    if status == -signal.SIGXCPU:
        raise MediaRefused("too_slow")
    raise MediaFailed("crashed")


def _facts(answer: bytes) -> Facts:
    """The first line as a value. A child that was broken into can lie about a picture, not about types."""
    try:
        found = json.loads(answer)
    except ValueError as error:
        raise MediaFailed("crashed") from error
    if isinstance(found, dict) and isinstance(found.get("refused"), str):
        raise MediaRefused(found["refused"][:40])
    facts = found.get("ok") if isinstance(found, dict) else None
    if not isinstance(facts, dict) or not all(
        name in _FIELDS and type(value) in _FIELDS[name] for name, value in facts.items()
    ):
        raise MediaFailed("crashed")
    try:
        return Facts(**cast(dict[str, Any], facts))
    except TypeError as error:
        raise MediaFailed("crashed") from error
