"""Puts feeds in order in a child of its own, which ends when nobody asked for a while.

NumPy takes 14 MiB that a process never gives back, and 10,000 posts with their signals 25 more; a node that ranks for
a second every few minutes need not hold them in between, nor its requests wait for the interpreter's lock. The child
imports nothing of the node but the language and the ranking, gets a feed with what was read of its candidates, as the
database wrote it, and gives back the order. Both ends are ours, so what passes is pickled.
"""

from __future__ import annotations

import asyncio
import pickle
import struct
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from fedserver.domain.ranking.values import Ranked
from fedserver.edge.parts import Parts
from fedserver.edge.ranker_child import Question
from fedserver.kit.errors import Unavailable

_ROOT: Final = str(Path(__file__).resolve().parents[2])
_START: Final = f"import sys; sys.path.insert(0, {_ROOT!r}); from fedserver.edge.ranker_child import main; main()"
# one thread: the sums are small, and a pool of threads takes longer to start than they do
_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "1", "OPENBLAS_NUM_THREADS": "1"}
_LENGTH: Final = struct.Struct(">Q")
START_S: Final = 10.0
# a feed of 10,000 posts and 200,000 likes takes one
MOST_S: Final = 60.0
IDLE_S: Final = 20.0
RETRY_S: Final = 5.0


class Order(NamedTuple):
    """``inputs``: what the order was made from, to be kept with it (``domain/ranking/inputs.py``), if wanted."""

    ranked: list[Ranked]
    inputs: bytes


class Ranker:
    """One child at most; who comes while it works waits."""

    def __init__(self, idle_s: float = IDLE_S) -> None:
        self._idle_s = idle_s
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._end: asyncio.TimerHandle | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int | None:
        """The child, where there is one."""
        return self._process.pid if self._process is not None else None

    async def order(self, question: Question) -> Order:
        """The order of a feed. ``Unavailable``: the child could not be started, died, or took too long."""
        asked = pickle.dumps(question, pickle.HIGHEST_PROTOCOL)
        async with self._turn:
            if self._end is not None:
                self._end.cancel()
            try:
                process = self._process or await self._start()
                async with asyncio.timeout(MOST_S):
                    answer = await _ask(process, asked)
            except (OSError, EOFError, RuntimeError, TimeoutError) as error:
                await self._stop()
                raise Unavailable(retry_after=RETRY_S, cause=error) from error
            except BaseException:
                # cancelled in the middle: what it would answer next is nobody's any more
                await self._stop()
                raise
            self._end = asyncio.get_running_loop().call_later(self._idle_s, self._rest)
        return _unpickled(answer)

    async def close(self) -> None:
        """End the child."""
        async with self._turn:
            await self._stop()
        await asyncio.gather(*self._ending)

    async def _start(self) -> asyncio.subprocess.Process:
        # asyncio waits for ever where it is cancelled in the middle of a start (CPython 3.11); not with a deadline
        async with asyncio.timeout(START_S):
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-B", "-c", _START),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_ENVIRONMENT,
                cwd="/",
            )
        return self._process

    def _rest(self) -> None:
        """Nobody asked for a while."""

        async def end() -> None:
            if not self._turn.locked():
                async with self._turn:
                    await self._stop()

        task = asyncio.create_task(end())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _stop(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        assert process.stdin is not None
        process.stdin.close()


def of(parts: Parts) -> Ranker:
    """That of this process."""
    found = parts.extra.get("ranker")
    if not isinstance(found, Ranker):
        found = parts.extra["ranker"] = Ranker()
    return found


async def _ask(process: asyncio.subprocess.Process, asked: bytes) -> bytes:
    assert process.stdin is not None and process.stdout is not None  # both are pipes
    process.stdin.write(_LENGTH.pack(len(asked)))
    process.stdin.write(asked)
    await process.stdin.drain()
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    return await process.stdout.readexactly(length)


def _unpickled(answer: bytes) -> Order:
    ranked, inputs = pickle.loads(answer)  # noqa: S301 - of our own child, which reads nobody's bytes but ours
    return Order(ranked, inputs)
