"""The process that reads one file of a stranger: `python -c` starts `main`.

It gets an open input, one or two open outputs and a job as JSON on standard input; it answers with one JSON
object on standard output and ends. It never sees a path, and after `seal` it could not open one.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

from fedserver.media import sandbox
from fedserver.media.errors import MediaRefused
from fedserver.media.probe import FORMATS


def main() -> None:
    """Reads the job, gives everything up, does it. The answer is `{"ok": {...}}` or `{"refused": reason}`."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    form = FORMATS[job["format"]]
    source = os.fdopen(job["source"], "rb", buffering=0)
    published = None if job["published"] is None else os.fdopen(job["published"], "wb+", buffering=0)
    preview = os.fdopen(job["preview"], "wb+", buffering=0)
    try:
        work = _prepare(form.still)
        sandbox.limit(job["memory"], job["cpu_seconds"], job["file_bytes"])
        sealed = sandbox.seal()
        answer: dict[str, Any] = {"ok": {**work(form, job, source, published, preview), "sealed": sealed}}
    except MediaRefused as error:
        answer = {"refused": error.reason}
    except MemoryError:
        answer = {"refused": "memory"}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    os._exit(0)  # no clean-up code of libraries runs over what a file may have broken


def _prepare(still: bool) -> Any:
    """Imports all that the work needs, while files can still be opened."""
    if still:
        from fedserver.media import stills

        stills.preload()
        return stills.process
    try:
        from fedserver.media import moving
    except ImportError as error:
        raise MediaRefused("video_unavailable") from error
    moving.preload()
    return moving.process


def write_all(target: BinaryIO, data: bytes) -> None:
    """Unbuffered files may write less than they are given."""
    view = memoryview(data)
    while view:
        view = view[target.write(view) :]
