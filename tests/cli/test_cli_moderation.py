"""``fedserver moderation log|audit`` and ``policy undo``: what is listed, what is taken back, what is refused."""

from __future__ import annotations

from cli_home import Home

PASSWORD = "correct horse battery staple\n"


def _person(home: Home, name: str) -> None:
    home.run("user", "create", name, "--email", f"{name}@example.org", "--password-stdin", input=PASSWORD).done()


def test_what_was_decided_is_listed_and_taken_back(home: Home) -> None:
    for name in ("annie", "benno"):
        _person(home, name)
        home.run("user", "suspend", name).done()
    newer, older = [line.split("\t") for line in home.run("moderation", "log").done().splitlines()]
    assert [line[4] for line in (newer, older)] == ["account.suspend"] * 2 and older[5].endswith("/users/annie")
    assert (newer[2], newer[8]) == ("moderator", "standing")
    assert len(home.run("moderation", "log", "--limit", "1").done().splitlines()) == 1
    assert home.run("moderation", "log", "--source", "rule").done() == ""
    undone = home.run("policy", "undo", "--decision", older[0], "--because", "A mistake")
    assert undone.done() == older[0] and "account.suspend" in undone.err
    assert home.rows("SELECT count(*) FROM accounts WHERE suspended_at IS NOT NULL") == [(1,)]
    assert home.run("moderation", "log", "--state", "undone").done().split("\t")[0] == older[0]
    home.run("policy", "undo", "--decision", older[0]).failed(1, "no longer holds")
    home.run("policy", "undo", "--decision", "7").failed(1, "")
    audit = home.run("moderation", "audit").done().splitlines()
    assert "account.suspend.undo" in audit[0] and "A mistake" in audit[0] and audit[0].split("\t")[1] == "-"


def test_a_version_is_taken_back_as_one(home: Home) -> None:
    for name in ("annie", "benno", "carla"):
        _person(home, name)
        home.run("user", "suspend", name).done()
    home.execute("UPDATE decisions SET policy_version = 3, source = 'rule'")
    home.run("policy", "undo").failed(2, "name a version")
    home.run("policy", "undo", "3", "--decision", "5").failed(2, "name a version")
    home.run("policy", "undo", "4").failed(1, "Nothing stands by version 4")
    undone = home.run("policy", "undo", "3", "--because", "rolled back")
    assert undone.done() == "3" and "3 of 3 taken back" in undone.err
    assert home.rows("SELECT count(*) FROM accounts WHERE suspended_at IS NOT NULL") == [(0,)]
    home.run("policy", "undo", "3").failed(1, "Nothing stands by version 3")
