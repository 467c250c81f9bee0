"""F08 and F09: what a power cut or a bad disk leaves of the database's files."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from faults_world import Box, Boxes, inject, tool, until

from fedserver.db.database import check_sqlite
from fedserver.db.errors import CannotOpen
from fedserver.db.wal import ALERT_BYTES

CUTS = 100
PAGE = 4096
_CALL = re.compile(r"^(\d+)\s+([\d.]+) (.*)$")
_WRITE = re.compile(r'^pwrite64\(\d+<([^>]*)>, "([^"]*)", \d+, (\d+)\)\s*= (\d+)')
_SYNC = re.compile(r"^f(?:data)?sync\(\d+<([^>]*)>\)\s*= 0")
_CUT = re.compile(r"^ftruncate\(\d+<([^>]*)>, (\d+)\)\s*= 0")


class Act(NamedTuple):
    """What the process did to a file at a time. ``kind``: write, sync or cut."""

    at: float
    kind: str
    name: str
    offset: int = 0
    data: bytes = b""


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))


def _plain(text: str) -> str:
    return _bytes(text).decode() if text.startswith("\\x") else text


def acts(trace: Path) -> Iterator[Act]:
    """The trace of strace, calls that were interrupted by another thread's put together again."""
    open_calls: dict[str, str] = {}
    for line in trace.read_text().splitlines():
        match = _CALL.match(line)
        if match is None:
            continue
        thread, at, call = match[1], float(match[2]), match[3]
        if call.endswith("<unfinished ...>"):
            open_calls[thread] = call.removesuffix("<unfinished ...>").rstrip()
            continue
        if call.startswith("<... "):
            call = open_calls.pop(thread, "") + call.partition("resumed>")[2]
        if found := _WRITE.match(call):
            yield Act(at, "write", Path(_plain(found[1])).name, int(found[3]), _bytes(found[2])[: int(found[4])])
        elif found := _SYNC.match(call):
            yield Act(at, "sync", Path(_plain(found[1])).name)
        elif found := _CUT.match(call):
            yield Act(at, "cut", Path(_plain(found[1])).name, int(found[2]))


class Disk:
    """Files of which only what was synced survives: the worst that a power cut can do."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.safe = {name: bytearray(data) for name, data in files.items()}
        self._pending: dict[str, list[Act]] = {}

    def do(self, act: Act) -> None:
        if act.kind != "sync":
            self._pending.setdefault(act.name, []).append(act)
            return
        content = self.safe.setdefault(act.name, bytearray())
        for earlier in self._pending.pop(act.name, []):
            if earlier.kind == "cut":
                del content[earlier.offset :]
                continue
            content.extend(b"\0" * (earlier.offset - len(content)))
            content[earlier.offset : earlier.offset + len(earlier.data)] = earlier.data

    def write(self, folder: Path) -> Path:
        folder.mkdir()
        for name in ("fedserver.db", "fedserver.db-wal"):
            if name in self.safe:
                (folder / name).write_bytes(self.safe[name])
        return folder / "fedserver.db"


@pytest.mark.slow
async def test_F08_power_cut(boxes: Boxes, tmp_path: Path) -> None:
    """A cut right after each of a hundred acknowledgements."""
    tool("strace")
    inject("fdatasync:error=EIO:when=1000000", "fdatasync")  # skips where strace may not trace
    box = boxes()
    data = box.folder / "data"
    assert not (data / "fedserver.db-wal").exists()
    disk = Disk({"fedserver.db": box.database.read_bytes()})
    trace = tmp_path / "trace"
    calls = "trace=pwrite64,fdatasync,fsync,ftruncate"
    await box.start(
        [tool("strace"), "-f", "-D", "-qq", "-ttt", "-y", "-xx", "-s", "200000", "-o", str(trace), "-e", calls]
    )
    acked = []
    for number in range(CUTS):
        text = f"post {number}"
        await box.posted(text)
        acked.append((time.time(), text))
    box.kill()
    await asyncio.sleep(0.5)
    done = sorted(acts(trace), key=lambda act: act.at)
    assert sum(act.kind == "sync" and act.name.endswith("-wal") for act in done) >= CUTS, "the trace is not whole"
    place = 0
    for number, (at, _) in enumerate(acked):
        while place < len(done) and done[place].at <= at:
            disk.do(done[place])
            place += 1
        found = _texts(disk.write(tmp_path / f"cut{number}"))
        assert set(found) >= {text for _, text in acked[: number + 1]}, f"lost at cut {number}"
        assert len(found) == len(set(found))


def _texts(path: Path) -> list[str]:
    """The texts of a database that has to be well."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return [row[0] for row in connection.execute("SELECT source FROM statuses WHERE local = 1 ORDER BY id")]


async def _killed(box: Box, posts: int) -> list[str]:
    """Post, and be killed with a WAL that nobody has copied back."""
    await box.start()
    texts = [f"post {number}" for number in range(posts)]
    for text in texts:
        await box.posted(text)
    box.kill()
    return texts


def _copy(box: Box, target: Path) -> tuple[Path, Path]:
    target.mkdir()
    for name in ("fedserver.db", "fedserver.db-wal"):
        shutil.copy(box.database.with_name(name), target / name)
    return target / "fedserver.db", target / "fedserver.db-wal"


def _prefix(found: list[str], texts: list[str]) -> None:
    assert found == texts[: len(found)], "not what was committed first"


async def test_F09_short_wal(boxes: Boxes, tmp_path: Path) -> None:
    """The WAL ends at each page, a byte before and a byte after."""
    box = boxes()
    texts = await _killed(box, 6)
    length = box.database.with_name("fedserver.db-wal").stat().st_size
    seen = set()
    pages = list(range(0, length, PAGE))
    for number, cut in enumerate(
        cut for page in pages[:: max(1, len(pages) // 60)] for cut in (page - 1, page, page + 1)
    ):
        if cut < 0:
            continue
        path, wal = _copy(box, tmp_path / f"cut{number}")
        with wal.open("r+b") as file:
            file.truncate(cut)
        check_sqlite(path)
        found = _texts(path)
        _prefix(found, texts)
        seen.add(len(found))
        shutil.rmtree(path.parent)
    assert len(seen) > 3, "every cut gave the same: this proves nothing"
    # and the node itself, on what a torn WAL leaves
    with box.database.with_name("fedserver.db-wal").open("r+b") as file:
        file.truncate(length * 2 // 3 + 1)
    await box.start()
    _prefix(box.sources(), texts)
    await box.posted("it goes on")
    box.whole()


async def test_F09_flipped_bits_in_the_wal(boxes: Boxes, tmp_path: Path) -> None:
    box = boxes()
    texts = await _killed(box, 6)
    rng = random.Random(9)
    length = box.database.with_name("fedserver.db-wal").stat().st_size
    for number in range(60):
        path, wal = _copy(box, tmp_path / f"flip{number}")
        _flip(wal, rng.randrange(length), 1 << rng.randrange(8))
        _prefix(_texts(path), texts)
        shutil.rmtree(path.parent)


def _flip(path: Path, place: int, bits: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(1)[0]
        file.seek(place)
        file.write(bytes([old ^ bits]))


async def test_F09_flipped_bits_in_the_database(boxes: Boxes, tmp_path: Path) -> None:
    """SQLite keeps no checksums of pages: a flip in a text is not seen. What is seen is told, and nothing is empty."""
    box = boxes()
    texts = await _killed(box, 6)
    with closing(sqlite3.connect(box.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = box.database.read_bytes()
    rng = random.Random(99)
    refused = 0
    places = [0, 16, 18, 20, 100, 101, 103] + [rng.randrange(len(whole)) for _ in range(60)]
    for number, place in enumerate(places):
        folder = tmp_path / f"flip{number}"
        folder.mkdir()
        path = folder / "fedserver.db"
        path.write_bytes(whole)
        _flip(path, place, 0xFF)
        try:
            check_sqlite(path)
        except CannotOpen as error:
            assert str(path) in str(error)
            refused += 1
            assert path.stat().st_size == len(whole)
        shutil.rmtree(folder)
    assert refused >= 2
    # the node itself: the first page is ruined, then a page in the middle
    for place in (0, 103):
        box.database.write_bytes(whole)
        _flip(box.database, place, 0xFF)
        code, said = box.refused()
        assert code and "Traceback" not in said and str(box.database) in said, said
    box.database.write_bytes(whole)
    await box.start()
    assert box.sources() == texts


@pytest.mark.slow
async def test_F15_the_wal_is_bounded(boxes: Boxes) -> None:
    """While somebody reads nothing can be copied back; once they stop the WAL starts again from its beginning."""
    box = boxes()
    await box.start()
    wal = box.database.with_name("fedserver.db-wal")
    reader = sqlite3.connect(f"file:{box.database}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM statuses").fetchone()
    number = 0

    async def more(until_bytes: int, most: int) -> None:
        nonlocal number
        for _ in range(most):
            if wal.stat().st_size >= until_bytes:
                return
            await asyncio.gather(*(box.posted(f"{n} {'x' * 4000}") for n in range(number, number + 8)))
            number += 8

    await more(ALERT_BYTES + (1 << 20), 2000)
    grown = wal.stat().st_size
    assert grown > ALERT_BYTES > 10_000 * PAGE, "the load was too small to prove anything"
    # whoever looks after the node hears of it
    await until(lambda: "the write-ahead log is long" in box.log)
    assert await _shown_bytes(box) > ALERT_BYTES
    reader.execute("ROLLBACK")
    reader.close()
    await box.posted("the reader is gone")
    for _ in range(3):
        await box.posted("more")
    await more(1 << 40, 40)
    assert wal.stat().st_size <= ALERT_BYTES
    await asyncio.sleep(1.5)
    assert await _shown_bytes(box) <= ALERT_BYTES
    box.whole()
    assert await box.stop() == 0
    assert not wal.exists() or wal.stat().st_size == 0


async def _shown_bytes(box: Box) -> float:
    shown = (await box.ask("GET", "/metrics")).body.decode()
    (line,) = [line for line in shown.splitlines() if line.startswith("fedserver_database_wal_bytes ")]
    return float(line.split()[1])
