"""Reads many damaged files as the media child does, faster: ``python mutants.py FOLDER START STOP``.

What the child imports is imported once; then each file gets a fork, which runs the child's own ``main`` with its limits
and its seal. Prints one JSON object: how often each end was met, and the longest time.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from fedserver.domain.provenance.labels import label
from fedserver.media import child, moving, stills, worker
from fedserver.media.errors import MediaError
from fedserver.media.probe import HEAD_BYTES, sniff_any
from fedserver.media.provenance import manifests
from fedserver.media.provenance.answer import load
from fedserver.media.settings import MediaSettings

LIMITS = MediaSettings(cpu_seconds=10)
LONGEST_S = 30.0
LENGTHS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\x80\0\0\0", b"\xff\xff")


def mutated(files: list[bytes], seed: int) -> bytes:
    """One of the files, damaged in one to eight places; mostly near its head, where the structures are."""
    dice = random.Random(seed)
    data = bytearray(dice.choice(files))
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(min(len(data), dice.choice((64, 1000, 20_000, 1 << 30))))
        kind = dice.randrange(7)
        if kind == 0:
            data[at] ^= 1 << dice.randrange(8)
        elif kind == 1:
            data[at] = dice.randrange(256)
        elif kind == 2:
            length = dice.choice(LENGTHS)
            data[at : at + len(length)] = length
        elif kind == 3:
            del data[at : at + dice.randint(1, 200)]
        elif kind == 4:
            data[at:at] = dice.randbytes(dice.randint(1, 200))
        elif kind == 5:
            piece = data[at : at + dice.randint(4, 2000)]
            data[at:at] = piece * dice.randint(1, 20)
        else:
            other = dice.choice(files)
            place = dice.randrange(len(other))
            data[at : at + 400] = other[place : place + 400]
        data = data or bytearray(b"\xff")
    return bytes(data[: dice.randint(1, len(data))] if dice.random() < 0.1 else data)


def read(data: bytes, *, preview: bool) -> tuple[str, float]:
    """How the reading of one file ended, and how long it took."""
    form = sniff_any(data[:HEAD_BYTES])
    if form is None or (preview and not form.decoder):
        return "no format", 0.0
    started = time.monotonic()
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as small:
        source.write(data)
        source.flush()
        numbers = [source.fileno(), None, small.fileno() if preview else None, None, None]
        job = worker.Worker(LIMITS)._job(form, numbers, False)
        status = _fork(job, out.fileno(), source.fileno())
        out.seek(0)
        first, _, second = out.read().partition(b"\n")
    took = time.monotonic() - started
    assert took < LONGEST_S, "a file held its reader up"
    if not first:
        return f"ended by {status}", took
    try:
        worker._facts(first)
    except MediaError as error:
        return error.reason, took
    found = load(second)
    return f"{found.reading}: {label(found.claims)}", took


def _fork(job: dict[str, Any], out: int, source: int) -> int:
    given, gives = os.pipe()
    process = os.fork()
    if process == 0:
        os.dup2(given, 0)
        os.dup2(out, 1)
        os.close(gives)
        os.lseek(source, 0, os.SEEK_SET)
        sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
        child.main()
    os.close(given)
    os.write(gives, json.dumps(job).encode())
    os.close(gives)
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    os.kill(process, 9)
    os.waitpid(process, 0)
    return -9


def main(folder: Path, start: int, stop: int) -> None:
    stills.preload()
    moving.preload()
    manifests.preload()
    files = [path.read_bytes() for path in sorted(folder.iterdir())]
    ends: Counter[str] = Counter()
    longest = 0.0
    for seed in range(start, stop):
        end, took = read(mutated(files, seed), preview=seed % 2 == 0)
        ends[end] += 1
        longest = max(longest, took)
    print(json.dumps({"ends": ends, "longest": longest}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
