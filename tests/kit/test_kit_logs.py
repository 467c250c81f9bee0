from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from fedserver.kit import logs
from fedserver.kit.clock import ManualClock
from fedserver.kit.log_filters import Repeats, redact


class Lines:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.data = b""

    def __call__(self, data: bytes) -> None:
        self.data += data

    def json(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.data.decode().splitlines()]


class Log:
    """A logger of its own with our handler, apart from pytest's on the root."""

    def __init__(self, form: str, sink: logs.Sink, lines: int = 1000, repeats: Repeats | None = None) -> None:
        self.writer = logs.Writer(sink, lines)
        self.handler = logs.Handler(self.writer, form, repeats)
        self.logger = logging.Logger("fedserver.part")
        self.logger.addHandler(self.handler)

    def stop(self) -> None:
        self.writer.stop()


@pytest.fixture
def sink() -> Lines:
    return Lines()


@pytest.fixture
def log(sink: Lines) -> Iterator[Log]:
    log = Log("json", sink)
    yield log
    log.stop()


def test_json_carries_message_fields_and_the_ids_of_the_context(log: Log, sink: Lines) -> None:
    with logs.bind(request="r1"), logs.bind(job="j1"):
        log.logger.info("delivered %s", "once", extra={"host": "a.test", "status": 202, "big": 2**70})
    log.logger.info("later")
    log.stop()
    first, second = sink.json()
    assert {key: first[key] for key in ("level", "logger", "message", "request", "job", "host", "status", "big")} == {
        "level": "info",
        "logger": "fedserver.part",
        "message": "delivered once",
        "request": "r1",
        "job": "j1",
        "host": "a.test",
        "status": 202,
        "big": str(2**70),
    }
    assert str(first["time"]).endswith("Z")
    assert "request" not in second and "job" not in second


def test_text_stays_on_one_line_whatever_is_in_it(sink: Lines) -> None:
    log = Log("text", sink)
    log.logger.info("name is %s", "a\nERROR forged", extra={"agent": 'x "y"\r\nINFO forged'})
    log.stop()
    text = sink.data.decode()
    assert text.count("\n") == 1
    assert "INFO    fedserver.part: name is a\\nERROR forged agent=" in text


def test_an_error_keeps_its_traceback(sink: Lines) -> None:
    log = Log("text", sink)
    try:
        raise OSError("password=hunter2")
    except OSError:
        log.logger.exception("failed")
    log.stop()
    lines = sink.data.decode().splitlines()
    assert lines[0].endswith("failed")
    assert lines[1] == "    Traceback (most recent call last):"
    assert lines[-1] == "    OSError: password=[hidden]"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("Authorization: Bearer abcdefghijklmn", "abcdefghijklmn"),
        ("sent Bearer abc.def-ghi_jkl", "abc.def-ghi_jkl"),
        ('{"client_secret": "s3cr3t value", "x": 1}', "s3cr3t"),
        ("GET /oauth/token?code=abc123&state=1", "abc123"),
        ("GET /api/v1/streaming?access_token=tok-en", "tok-en"),
        ("password='two words'", "two words"),
        ("postgresql://fed:pa55@db/x", "pa55"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIB\n-----END RSA PRIVATE KEY-----", "MIIB"),
        ("-----BEGIN PRIVATE KEY-----\nMIIB", "MIIB"),
        ("Set-Cookie: session=abcdef", "abcdef"),
        ("X-Api-Key: k3y", "k3y"),
        ("Signature: keyId=zzz", "zzz"),
    ],
)
def test_secrets_are_hidden(line: str, secret: str) -> None:
    assert secret not in redact(line)
    assert "[hidden]" in redact(line)


@pytest.mark.parametrize(
    "line",
    ["status code 404", "https://a.test/users/b", "delivered to a.test:443", "tokens are fine", "postcode: 75001"],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redact(line) == line


def test_hiding_takes_linear_time() -> None:
    start = time.process_time()
    for hostile in (
        "a" * 50_000,
        "://" * 20_000,
        "password" * 6000,
        "-----BEGIN PRIVATE KEY-----" * 2000,
        "a-" * 20_000,
    ):
        redact(hostile)
    assert time.process_time() - start < 5


def test_the_line_of_every_request_is_the_same_with_and_without_a_record(
    log: Log, sink: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, logger = logging.getLogger(), logging.getLogger("fedserver.test_tell")
    fields = (("status", 200), ("client", 'a "b\n'), ("token", "hush"), ("text", "password=hush"), ("big", 2**70))
    monkeypatch.setattr(root, "handlers", [log.handler])
    logger.setLevel(logging.INFO)
    heard: list[logging.LogRecord] = []
    other = logging.Handler()
    other.emit = heard.append  # type: ignore[assignment,method-assign]
    with logs.bind(request="r1"):
        logs.tell(logger, "answered", 1.5, fields)
        logger.addHandler(other)
        logs.tell(logger, "answered", 1.5, fields)
        logger.removeHandler(other)
        logger.setLevel(logging.WARNING)
        logs.tell(logger, "answered", 1.5, fields)
    log.stop()
    one, two = sink.json()
    assert list(one) == list(two) and one | {"time": ""} == two | {"time": ""}
    assert "hush" not in sink.data.decode() and one["request"] == "r1" and one["status"] == 200
    assert [record.getMessage() for record in heard] == ["answered"]


def test_secret_fields_are_hidden_by_name(log: Log, sink: Lines) -> None:
    log.logger.info("x", extra={"access_token": "abc", "password": "def", "host": "a.test"})
    log.stop()
    assert b"abc" not in sink.data and b"def" not in sink.data and b"a.test" in sink.data


def test_a_flood_of_equal_warnings_is_counted_not_written(sink: Lines) -> None:
    clock = ManualClock()
    log = Log("json", sink, repeats=Repeats(burst=5, window=10, clock=clock))
    for number in range(10_000):
        log.logger.warning("bad request from %s", number)
    log.logger.warning("another thing")
    for _ in range(20):
        log.logger.info("information is not held back")
    clock.advance(10)
    log.logger.warning("bad request from %s", "x")
    log.stop()
    warnings = [line for line in sink.json() if line["level"] == "warning"]
    assert [line["message"] for line in warnings[:5]] == [f"bad request from {number}" for number in range(5)]
    assert warnings[5]["message"] == "another thing"
    assert (warnings[6]["message"], warnings[6]["repeated"]) == ("bad request from x", 9995)
    assert len(sink.json()) == 7 + 20


def test_the_memory_for_repeats_is_bounded() -> None:
    repeats = Repeats(burst=1, keys=10)
    for number in range(1000):
        assert repeats.admit(number) == 0
    assert len(repeats._seen) == 10


def test_a_blocked_sink_never_blocks_the_one_who_logs() -> None:
    gate = threading.Event()
    written = Lines()

    def blocked(data: bytes) -> None:
        gate.wait(30)
        written(data)

    log = Log("json", blocked, lines=100)
    start = time.monotonic()
    for number in range(2000):
        log.logger.info("line %d", number)
    assert time.monotonic() - start < 5
    assert log.writer.dropped >= 1890
    gate.set()
    log.stop()
    assert b"log lines were lost" in written.data


def test_a_full_disk_does_not_stop_the_writer() -> None:
    calls = []

    def broken(data: bytes) -> None:
        calls.append(data)
        if len(calls) < 3:
            raise OSError(28, "No space left on device")

    log = Log("json", broken)
    for number in range(3):
        log.logger.info("x")
        while len(calls) <= number:
            time.sleep(0.01)
    log.stop()
    assert len(calls) == 3 and log.writer.dropped == 2
    assert b"2 log lines were lost" in calls[2] or b"1 log lines were lost" in calls[2]


def test_lines_that_come_together_are_written_together_and_in_order() -> None:
    calls: list[bytes] = []
    log = Log("json", calls.append)
    for number in range(250):
        log.logger.info("line", extra={"number": number})
    log.stop()
    assert len(calls) <= 6
    assert [json.loads(line)["number"] for line in b"".join(calls).splitlines()] == list(range(250))


def test_a_process_whose_standard_error_nobody_reads_still_runs_and_ends() -> None:
    script = (
        "import logging; from fedserver.kit import logs\n"
        "log = logs.setup('info', 'text')\n"
        "for n in range(30000): logging.getLogger('a').info('x' * 500)\n"
        "print('done', flush=True); log.stop(0.2)\n"
    )
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=writer, timeout=60, check=True
        )
    finally:
        os.close(writer)
        os.close(reader)
    assert done.stdout == b"done\n"


def test_a_line_that_cannot_be_formatted_is_told_not_raised(log: Log, sink: Lines) -> None:
    log.logger.info("%d apples", "no")
    log.stop()
    assert b"could not be formatted (TypeError)" in sink.data


def test_a_long_line_is_cut(log: Log, sink: Lines) -> None:
    log.logger.info("x" * 1_000_000)
    log.stop()
    assert len(sink.data) < logs.MAX_LINE + 200


def test_setup_sends_the_root_logger_and_stop_takes_it_away(sink: Lines) -> None:
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    running = logs.setup("warning", "json", sink)
    try:
        logging.getLogger("fedserver.setup").warning("seen")
        logging.getLogger("fedserver.setup").info("not seen")
    finally:
        running.stop()
        root.setLevel(level)
    assert [line["message"] for line in sink.json()] == ["seen"]
    assert root.handlers == handlers
