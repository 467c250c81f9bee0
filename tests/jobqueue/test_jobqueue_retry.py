"""The class table of answers, and its copy for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedserver.jobqueue import retry
from fedserver.jobqueue.retry import DAY, HOUR, MINUTE, SECOND, Verdict

DOCS = Path(__file__).resolve().parents[2] / "docs" / "delivery.md"


def test_the_documentation_shows_the_table() -> None:
    rows = [
        tuple(cell.strip() for cell in line.strip("|").split("|"))
        for line in DOCS.read_text(encoding="utf-8").splitlines()
        if line.startswith("|")
    ]
    expected = [
        (f"{c.first}" if c.first == c.last else f"{c.first}-{c.last}", c.verdict.value, c.why) for c in retry.CLASSES
    ]
    expected.append((retry.NO_ANSWER, Verdict.HOST.value, retry.NO_ANSWER_WHY))
    assert rows[2:] == expected


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DELIVERED),
        (202, Verdict.DELIVERED),
        (301, Verdict.HOST),
        (307, Verdict.HOST),
        (400, Verdict.REFUSED),
        (401, Verdict.RETRY),
        (403, Verdict.REFUSED),
        (404, Verdict.REFUSED),
        (408, Verdict.HOST),
        (410, Verdict.REFUSED),
        (413, Verdict.REFUSED),
        (429, Verdict.WAIT),
        (451, Verdict.REFUSED),
        (500, Verdict.RETRY),
        (501, Verdict.REFUSED),
        (502, Verdict.HOST),
        (503, Verdict.HOST),
        (522, Verdict.HOST),
        (101, Verdict.HOST),
        (700, Verdict.HOST),
    ],
)
def test_verdicts(status: int, verdict: Verdict) -> None:
    assert retry.judge(status) is verdict


def test_a_503_that_names_a_time_is_obeyed() -> None:
    assert retry.judge(503, 1000) is Verdict.WAIT
    assert retry.judge(502, 1000) is Verdict.HOST


def test_delays() -> None:
    expected = [15 * SECOND, MINUTE, 4 * MINUTE, 16 * MINUTE, 64 * MINUTE, 256 * MINUTE, 6 * HOUR, 6 * HOUR]
    assert [retry.delay(n, 0.0) for n in range(1, 9)] == expected
    assert retry.delay(1, 1.0) == 15 * SECOND * 5 // 4
    assert retry.delay(10**9, 0.0) == 6 * HOUR
    assert retry.delay(0, 0.0) == 15 * SECOND


def test_retry_after_holds_if_longer_and_at_most_a_day() -> None:
    assert retry.delay(1, 0.0, HOUR) == HOUR
    assert retry.delay(3, 0.0, 1000) == 4 * MINUTE
    assert retry.delay(1, 0.0, 30 * DAY) == DAY
    assert retry.delay(1, 0.0, 0) == 15 * SECOND


def test_nothing_expires_untried() -> None:
    assert not retry.expired(0, 30 * DAY, tried=False)
    assert retry.expired(0, 7 * DAY, tried=True)
    assert not retry.expired(0, 7 * DAY - 1, tried=True)
