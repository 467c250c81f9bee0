"""The process that reads one file of a stranger: `python -c` starts `main`.

It gets an open input, up to two open outputs, the lists of trusted certificates and a job as JSON on standard input. It
answers with two lines of JSON on standard output and ends: what the picture or film is, as soon as the outputs are
written, and then what the file says about how it was made (`provenance`). Whatever breaks while it reads for the
second line cannot take the first one back. It never sees a path, and after `seal` it could not open one.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
from typing import Any, BinaryIO, Final

from fedserver.media import sandbox
from fedserver.media.errors import MediaRefused
from fedserver.media.probe import FORMATS, Format
from fedserver.media.provenance import read
from fedserver.media.provenance.answer import dump
from fedserver.media.provenance.manifests import TrustLists
from fedserver.media.provenance.seen import Seen

OUTPUTS: Final = ("published", "preview")
MAX_LIST: Final = 8 * 1024 * 1024
"""Bytes of one list of certificates."""
NO_FACTS: Final[dict[str, Any]] = {
    "width": 0,
    "height": 0,
    "small_width": 0,
    "small_height": 0,
    "frames": 0,
    "blurhash": None,
}


def main() -> None:
    """Reads the job, gives everything up, does it. The first line is `{"ok": {...}}` or `{"refused": reason}`."""
    job: dict[str, Any] = json.loads(sys.stdin.buffer.read())
    form = FORMATS[job["format"]]
    source = os.fdopen(job["source"], "rb", buffering=0)
    outputs = [None if job[name] is None else os.fdopen(job[name], "wb+", buffering=0) for name in OUTPUTS]
    seen = Seen()
    try:
        work = _prepare(form, looks=job["preview"] is None)
        data = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
        has_c2pa = read.prepare(data)
        lists = TrustLists(*(_trust(number, has_c2pa) for number in job["trust"]))
        sandbox.limit(job["memory"], job["cpu_seconds"], job["file_bytes"])
        sealed = sandbox.seal()
        facts, seen = work(form, job, source, *outputs)
        answer: dict[str, Any] = {"ok": {**facts, "sealed": sealed}}
    except MediaRefused as error:
        answer = {"refused": error.reason}
    except MemoryError:
        answer = {"refused": "memory"}
    _say(json.dumps(answer).encode() + b"\n")
    if "ok" in answer:
        _say(dump(read.read(form, data, source, has_c2pa, lists, seen)))
    os._exit(0)  # no clean-up code of libraries runs over what a file may have broken


def _trust(number: int | None, wanted: bool) -> str:
    """A list of certificates; it is read only where a manifest may ask for it."""
    if number is None or not wanted:
        return ""
    with os.fdopen(number, "rb") as file:
        return file.read(MAX_LIST).decode("utf-8", "replace")


def _say(answer: bytes) -> None:
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


def _prepare(form: Format, *, looks: bool) -> Any:
    """Imports all that the work needs, while files can still be opened."""
    if not form.decoder:
        return _nothing
    if form.still:
        from fedserver.media import stills

        stills.preload()
        return stills.look if looks else stills.process
    if looks:
        return _nothing
    try:
        from fedserver.media import moving
    except ImportError as error:
        raise MediaRefused("video_unavailable") from error
    moving.preload()
    return moving.process


def _nothing(form: Format, job: dict[str, Any], source: BinaryIO, *outputs: BinaryIO) -> tuple[dict[str, Any], Seen]:
    """Only what the file says is asked for."""
    return dict(NO_FACTS), Seen()


def write_all(target: BinaryIO, data: bytes) -> None:
    """Unbuffered files may write less than they are given."""
    view = memoryview(data)
    while view:
        view = view[target.write(view) :]
