"""Signs a cleaned file with C2PA, the upload as its parent: what was removed breaks the upload's own manifest, and this
keeps its chain readable. Decided in `serving`, done in a limited child (`resign_child`) that never holds the key: it
hands over what is to be signed, once, and gets the signature.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any, Final, Protocol

from fedserver.media.errors import MediaFailed
from fedserver.media.probe import Format
from fedserver.media.settings import MediaSettings

_ROOT: Final = str(Path(__file__).resolve().parents[2])
_START: Final = f"import sys; sys.path.insert(0, {_ROOT!r}); from fedserver.media.resign_child import main; main()"
_LINE_BYTES: Final = 64 * 1024
# what is signed is a COSE structure around the digest of a claim (RFC 9052, section 4.4): a few hundred bytes
_MAX_SIGNED: Final = 16 * 1024


class MediaSigner(Protocol):
    """A certificate with its key. ``algorithm`` is C2PA's name (ES256, ES384, Ed25519)."""

    @property
    def algorithm(self) -> str: ...

    @property
    def chain(self) -> str:
        """PEM, the signer's own certificate first."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The raw signature as COSE has it (r || s for ECDSA)."""
        ...


async def resign(
    settings: MediaSettings,
    form: Format,
    upload: Path,
    cleaned: Path,
    target: Path,
    signer: MediaSigner,
    *,
    software: tuple[str, str],
    no_training: bool = False,
) -> None:
    """Writes `cleaned`, signed, to `target`, which must not exist. ``software``: name and version of this program;
    ``no_training``: its author does not want models to be trained with it (CAWG training and data mining 1.1).

    Raises `MediaFailed`; then there is no `target`.
    """
    files: list[Any] = []
    try:
        files += [upload.open("rb"), cleaned.open("rb"), target.open("xb+")]
        numbers = [file.fileno() for file in files]
        job = {
            "files": numbers,
            "mime": form.mime,
            "algorithm": signer.algorithm,
            "chain": signer.chain,
            "software": list(software),
            "no_training": no_training,
            "memory": settings.memory,
            "cpu_seconds": settings.cpu_seconds,
            "file_bytes": 2 * max(settings.max_image_bytes, settings.max_video_bytes) + 1_000_000,
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-B", "-c", _START),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LINE_BYTES,
            pass_fds=numbers,
            env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            cwd="/",
        )
        await _talk(process, job, signer, settings.wall_seconds)
    except BaseException as error:
        _remove(target)
        if isinstance(error, OSError):
            raise MediaFailed("start") from error
        raise
    finally:
        for file in files:
            file.close()


def _remove(target: Path) -> None:
    """Not in a thread: it must also happen while the task is being cancelled."""
    target.unlink(missing_ok=True)


async def _talk(process: asyncio.subprocess.Process, job: dict[str, Any], signer: MediaSigner, seconds: float) -> None:
    """One question for a signature, one answer, one word at the end; whatever happens, the child is gone after."""
    assert process.stdin is not None and process.stdout is not None  # both are pipes
    try:
        async with asyncio.timeout(seconds):
            process.stdin.write(json.dumps(job).encode() + b"\n")
            await process.stdin.drain()
            asked = base64.b64decode(_field(await process.stdout.readline(), "sign"), validate=True)
            if not 0 < len(asked) <= _MAX_SIGNED:
                raise MediaFailed("crashed")
            signature = base64.b64encode(await asyncio.to_thread(signer.sign, asked))
            process.stdin.write(signature + b"\n")
            await process.stdin.drain()
            if _field(await process.stdout.readline(), "done") != "yes":
                raise MediaFailed("crashed")
    except (TimeoutError, ValueError, ConnectionError, RuntimeError) as error:
        raise MediaFailed("crashed") from error
    finally:
        process.stdin.close()
        if process.returncode is None:
            process.kill()
            await process.wait()


def _field(line: bytes, name: str) -> str:
    found = json.loads(line)
    value = found.get(name) if isinstance(found, dict) else None
    if not isinstance(value, str):
        raise MediaFailed("crashed")
    return value
