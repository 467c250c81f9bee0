"""Structured logging that can neither block the server, nor flood the disk, nor tell a secret.

A record is put into words on the thread that logs it, then handed to a bounded list; one daemon thread writes
to the sink. When the sink stands still (a pipe that nobody reads, a full disk) the list fills, further lines are
dropped and counted, and the count is told once the sink moves again. The thread writes with ``os.write``, so it
holds no lock of Python's that the end of the process would wait for.

Code logs with the standard library: ``logging.getLogger(__name__).info("delivered", extra={"host": host})``.
The message is a constant text, the varying part goes in ``extra``: it becomes fields in JSON and ``key=value``
in text, and equal warnings can be counted together.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import orjson

from fedserver.kit.clock import now_ms, to_iso
from fedserver.kit.log_filters import HIDDEN, Repeats, redact, secret_name

Sink = Callable[[bytes], None]
# names and values of a line
Fields = tuple[tuple[str, object], ...]

QUEUE_LINES = 10_000
MAX_LINE = 16_384
BATCH_LINES = 100
# how long a line may wait for others, in seconds
PAUSE_S = 0.05

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")

# lines say the same words over and over: routes, methods, addresses
_SHORT = 100
_redacted = lru_cache(maxsize=1024)(redact)
_APART = re.compile(r'[ "=\n\r]')
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "repeated"}


@contextmanager
def bind(*, request: str | None = None, job: str | None = None) -> Iterator[None]:
    """Mark every line logged inside the block with a request id, a job id or both."""
    tokens = [
        (variable, variable.set(value))
        for variable, value in ((request_id, request), (job_id, job))
        if value is not None
    ]
    try:
        yield
    finally:
        for variable, token in tokens:
            variable.reset(token)


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """The fields of a line: time, level, logger, message, ids of the context, ``extra``, error."""
    fields = _head(int(record.created * 1000), record.levelname.lower(), record.name, record.getMessage())
    given = vars(record)
    for name in [name for name in given if name not in _STANDARD]:
        if not name.startswith("_"):
            fields[name] = HIDDEN if secret_name(name) else _plain(given[name])
    repeated = getattr(record, "repeated", 0)
    if repeated:
        fields["repeated"] = repeated
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = redact(logging.Formatter().formatException(record.exc_info))
    return fields


def _head(ms: int, level: str, logger: str, message: str) -> dict[str, object]:
    """What every line has, and the ids of the context."""
    fields: dict[str, object] = {"time": to_iso(ms), "level": level, "logger": logger, "message": _shown(message)}
    for name, value in (("request", request_id.get()), ("job", job_id.get())):
        if value:
            fields[name] = value
    return fields


def tell(logger: logging.Logger, message: str, ms: float, fields: Fields) -> None:
    """``logger.info(message, extra={"ms": ms, **fields})`` for the line of every request, at a tenth of the cost.

    The standard library makes a record of some twenty fields first. Only our handler shall get the line, so there is
    no record; where others listen too (a test, a tool) it is made as ever. ``fields``: pairs that many lines share,
    which are put into words once.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    handler = _only_handler(logger)
    if handler is None:
        logger.info(message, extra={"ms": ms, **dict(fields)})
    else:
        handler.tell(logger.name, message, ms, fields)


def _only_handler(logger: logging.Logger) -> Handler | None:
    """Our handler, if nothing else is to see or to sift what this logger logs."""
    while logger.parent is not None:
        if logger.handlers or logger.filters or not logger.propagate:
            return None
        logger = logger.parent
    one = logger.handlers[0] if len(logger.handlers) == 1 and not logger.filters else None
    return one if type(one) is Handler and not one.filters and one.level <= logging.INFO else None


def as_json(fields: dict[str, object]) -> str:
    """One JSON object on one line."""
    return orjson.dumps(fields).decode()


def as_text(fields: dict[str, object]) -> str:
    """``time LEVEL logger: message key=value``; an error's traceback follows, indented."""
    rest = dict(fields)
    error = rest.pop("error", None)
    head = f"{rest.pop('time')} {str(rest.pop('level')).upper():7} {rest.pop('logger')}: {rest.pop('message')}"
    pairs = "".join(f" {name}={_quoted(value)}" for name, value in rest.items())
    # A message or a value from outside must not be able to forge a line of its own.
    line = (head + pairs).replace("\r", "\\r").replace("\n", "\\n")
    return line if error is None else line + "\n    " + str(error).replace("\n", "\n    ")


FORMATS: dict[str, Callable[[dict[str, object]], str]] = {"text": as_text, "json": as_json}


@lru_cache(maxsize=4096)
def _shared(form: str, logger: str, message: str, fields: Fields) -> tuple[str, str]:
    """A line of ``tell`` before its request and after its milliseconds: of these every line has its own."""
    shown = {name: HIDDEN if secret_name(name) else _plain(value) for name, value in fields}
    head: dict[str, object] = {"level": "info", "logger": logger, "message": _shown(message)}
    if form == "json":
        return "," + as_json(head)[1:-1], "".join("," + as_json({name: value})[1:-1] for name, value in shown.items())
    before, _, after = as_text({"time": "", **head, "ms": 0, **shown}).partition(" ms=0")
    return before, after


class Writer:
    """The bounded list of lines and the thread that writes them. ``sink`` may block for as long as it likes.

    Waking a thread costs as much as a small request. So the first line wakes it, and what comes within ``PAUSE_S``
    after that is written together.
    """

    def __init__(self, sink: Sink, lines: int = QUEUE_LINES) -> None:
        self._sink = sink
        self._most = lines
        self._lines: deque[bytes] = deque()
        self._in_hand = 0
        self._dropped = 0
        self._told = 0
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many lines were lost so far because the sink did not keep up."""
        return self._dropped

    def put(self, line: str) -> None:
        """Take a line; never waits."""
        if len(self._lines) + self._in_hand >= self._most:
            self._dropped += 1
            return
        data = line.encode("utf-8", "replace")
        if len(data) > MAX_LINE:
            data = data[:MAX_LINE] + b"...[cut]"
        self._lines.append(data + b"\n")
        if not self._wake.is_set():
            self._wake.set()

    def stop(self, timeout: float = 2.0) -> None:
        """Write what is waiting, for at most ``timeout`` seconds."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        ending = False
        while not ending:
            self._wake.wait()
            ending = self._stopping.wait(PAUSE_S)
            self._wake.clear()
            while self._lines:
                self._write()

    def _write(self) -> None:
        taken = [self._lines.popleft() for _ in range(min(len(self._lines), BATCH_LINES))]
        self._in_hand = len(taken)
        lost = self._dropped - self._told
        if lost:
            self._told += lost
            taken.append(b"fedserver: %d log lines were lost because the log could not be written\n" % lost)
        try:
            self._sink(b"".join(taken))
        except OSError:
            self._dropped += self._in_hand  # A full disk or a closed pipe: keep serving, tell it later.
        self._in_hand = 0


class Handler(logging.Handler):
    """Formats on the caller's thread, holds back repeated warnings, hands the line to the writer."""

    def __init__(self, writer: Writer, form: str, repeats: Repeats | None = None) -> None:
        super().__init__()
        self._writer = writer
        self._form_name, self._form = form, FORMATS[form]
        self._repeats = repeats or Repeats()

    def createLock(self) -> None:  # noqa: N802 - the name is logging.Handler's
        self.lock = None  # The list is thread-safe; a lock would only make threads wait for each other.

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            kind = record.exc_info[0] if record.exc_info else None
            held = self._repeats.admit((record.name, record.levelno, str(record.msg)[:200], kind))
            if held is None:
                return
            record.repeated = held
        self.write(record.name, lambda: fields_of(record))

    def tell(self, logger: str, message: str, ms: float, fields: Fields) -> None:
        """The line of the function of this name."""
        before, after = _shared(self._form_name, logger, message, fields)
        request = request_id.get()
        if self._form_name == "json":
            request = f',"request":"{request}"' if request else ""
            self._writer.put(f'{{"time":"{to_iso(now_ms())}"{before}{request},"ms":{ms}{after}}}')
        else:
            request = f" request={request}" if request else ""
            self._writer.put(f"{to_iso(now_ms())}{before}{request} ms={ms}{after}")

    def write(self, logger: str, fields: Callable[[], dict[str, object]]) -> None:
        """A line of these fields."""
        try:
            line = self._form(fields())
        except Exception as error:  # noqa: BLE001 - a line that cannot be formatted must not stop its caller
            line = f"fedserver: a log line of {logger} could not be formatted ({type(error).__name__})"
        self._writer.put(line)


class Logging:
    """What ``setup`` put in place; ``stop`` writes the rest and takes it away."""

    def __init__(self, handler: Handler, writer: Writer) -> None:
        self.handler = handler
        self.writer = writer

    def stop(self, timeout: float = 2.0) -> None:
        """Flush for at most ``timeout`` seconds and detach from the root logger."""
        logging.getLogger().removeHandler(self.handler)
        self.writer.stop(timeout)


def fd_sink(fd: int) -> Sink:
    """A sink that writes to a file descriptor with no buffer of its own."""

    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(fd, view) :]

    return write


def setup(level: str = "info", form: str = "text", sink: Sink | None = None) -> Logging:
    """Send the root logger's lines of ``level`` and above to ``sink`` (default: standard error).

    ``level``: debug, info, warning, error. ``form``: text or json. Libraries speak up from warnings on.
    """
    # no line tells thread, process or place in the source: finding them out costs half of a line (the standard
    # library's own advice, "Logging HOWTO", section Optimization)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    writer = Writer(sink or fd_sink(sys.__stderr__.fileno() if sys.__stderr__ else 2))
    handler = Handler(writer, form)
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    if level != "debug":
        for name in ("aiohttp", "asyncio", "PIL", "sqlalchemy", "alembic", "libav"):
            logging.getLogger(name).setLevel(logging.WARNING)
    return Logging(handler, writer)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    return _shown(str(value))


def _shown(text: str) -> str:
    return _redacted(text) if len(text) <= _SHORT else redact(text)


def _quoted(value: object) -> str:
    if type(value) is int or type(value) is float:
        return str(value)
    text = str(value)
    return text if text and _APART.search(text) is None else orjson.dumps(text).decode()
