"""``provenance verify``: what people read of a report."""

from __future__ import annotations

from cli_home import Home

from fedserver.cli.provenance_verify import as_json, as_text
from fedserver.federation.verifying import FAILED, OPEN, PASSED, Report


def test_every_step_is_a_line_and_chains_stand_below_theirs() -> None:
    report = Report("https://a.test/1")
    report.step("post", PASSED, "https://a.test/1, fetched from a.test")
    link = {"relation": "parentOf", "depth": 1, "by": "A Company", "source_types": ["composite"], "integrity": "intact"}
    report.step("medium 1: manifest", PASSED, "A Company signed composite: intact", evidence={"chain": [link]})
    lines = as_text(report).splitlines()
    assert lines[0] == "ok    post: https://a.test/1, fetched from a.test"
    assert lines[2].strip() == "parentOf: A Company (composite; intact)"
    assert lines[-1].startswith("Verified")
    assert as_json(report)["steps"][1]["detail"]["evidence"] == {"chain": [link]}


def test_the_worst_step_decides() -> None:
    report = Report("https://a.test/1")
    assert report.verdict == "verified"
    report.step("proof", OPEN, "there is none")
    assert report.verdict == "unproven"
    report.step("medium 1: digest", FAILED, "other bytes")
    assert report.verdict == "broken"
    assert "FAIL  medium 1: digest" in as_text(report)
    report.step("post", FAILED, "gone")
    assert report.verdict == "unreachable"


def test_an_address_that_is_none(home: Home) -> None:
    done = home.run("provenance", "verify", "javascript:alert(1)")
    assert (done.code, "no address of a post" in done.out) == (1, True)
    assert "Traceback" not in done.err
