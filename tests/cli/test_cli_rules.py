"""``fedserver policy backtest|rule|adopt|hits`` and ``emergency``: what is printed, what holds afterwards."""

from __future__ import annotations

import json

from cli_home import Home

from fedserver.domain.policy.read import read_toml


def test_a_ready_rule_from_draft_to_live(home: Home) -> None:
    home.run("policy", "adopt", "keyword", "copies", "--note", "Against spam").done()
    document = read_toml(home.run("policy", "show").done())
    assert {each.id: each.state for each in document.rules} | {"keyword": "draft", "copies": "draft"} == {
        each.id: each.state for each in document.rules
    }
    assert {"no-spam"} <= {each.id for each in document.norms} and "unwanted" in document.sets
    tried = home.run("policy", "backtest", "--rule", "keyword", "--days", "7")
    assert tried.done().split("\t") == ["keyword", "hold", *["0"] * 6]
    found = json.loads(home.run("policy", "backtest", "ready-rules", "--json").done())
    assert found["posts"] == 0 and len(found["rules"]) > 30 and "author.trust" in found["approximate"]
    home.run("policy", "rule", "keyword", "shadow").done()
    home.run("policy", "rule", "keyword", "live", "--expires", "2030-01-01").done()
    (live,) = (each for each in read_toml(home.run("policy", "show").done()).rules if each.id == "keyword")
    assert (live.state, live.expires) == ("live", "2030-01-01")
    home.run("policy", "rule", "keyword", "live", "--expires", "never").done()
    (live,) = (each for each in read_toml(home.run("policy", "show").done()).rules if each.id == "keyword")
    assert live.expires is None
    assert home.run("policy", "hits").done() == ""


def test_what_is_refused(home: Home) -> None:
    home.run("policy", "backtest", "--rule", "nothing").failed(1, "There is no rule nothing")
    home.run("policy", "rule", "nothing", "live").failed(1, "no rule of this name")
    home.run("policy", "rule", "nothing", "dead").failed(2, "invalid choice")
    home.run("policy", "adopt", "nothing").failed(1, "no ready rule nothing")
    home.run("emergency", "on", "--hours", "9999").failed(1, "14 days")
    home.run("emergency", "on", "--hours", "0").failed(1, "14 days")


def test_an_emergency_is_switched_on_and_off(home: Home) -> None:
    assert home.run("emergency", "show").err.startswith("off")
    home.run("emergency", "on", "--hours", "2", "--because", "a wave of mentions").done()
    shown = home.run("emergency", "show")
    assert "on until" in shown.err and "a wave of mentions" in shown.err
    assert "emergency-strangers\thold\t" in shown.done()
    log = home.rows("SELECT action FROM audit_log WHERE action LIKE 'emergency.%'")
    assert log == [("emergency.on",)]
    assert "is over" in home.run("emergency", "off").err
    assert "no emergency" in home.run("emergency", "off").err
