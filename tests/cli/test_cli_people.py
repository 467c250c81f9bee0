"""``user role|act|lift``, ``warning ...``, ``registration``: what they print, and what the database says then."""

from __future__ import annotations

from cli_home import Home


def _user(home: Home, name: str, role: str = "user") -> None:
    given = ("--email", f"{name}@mail.test", "--role", role, "--password-stdin")
    home.run("user", "create", name, *given, input="correct horse battery staple\n").done()


def test_decisions_and_their_undoing(home: Home) -> None:
    _user(home, "ann")
    for verb in ("limit", "disable", "warn"):
        home.run("user", "act", "ann", verb, "--reason", "Rule 1").done()
    assert home.rows("SELECT verb, reason, actor_id FROM decisions ORDER BY id") == [
        ("limit", "Rule 1", None),
        ("disable", "Rule 1", None),
        ("warn", "Rule 1", None),
    ]
    assert home.rows("SELECT state FROM users WHERE email = 'ann@mail.test'") == [("disabled",)]
    home.run("user", "lift", "ann", "disable", "--reason", "a mistake").done()
    assert home.rows("SELECT state FROM users WHERE email = 'ann@mail.test'") == [("active",)]
    assert home.rows("SELECT undone_because FROM decisions WHERE verb = 'disable'") == [("a mistake",)]
    assert home.run("user", "act", "ann", "explode").code == 2
    assert home.run("user", "act", "nobody", "limit").code == 1


def test_roles(home: Home) -> None:
    _user(home, "ann")
    home.run("user", "role", "ann", "moderator").done()
    assert home.rows("SELECT role FROM users WHERE email = 'ann@mail.test'") == [("moderator",)]
    home.run("user", "role", "ann", "painter").failed(1, "no role")
    _user(home, "boss", "owner")
    owners = home.rows("SELECT count(*) FROM users WHERE role = 'owner'")
    if owners == [(1,)]:
        home.run("user", "role", "boss", "user").failed(1, "owner")


def test_words_of_warnings(home: Home) -> None:
    first = home.run("warning", "add", "Please be kind.", "--title", "Kind").done()
    second = home.run("warning", "add", "-", input="Less of it.\n").done()
    lines = [line.split("\t") for line in home.run("warning", "list").done().splitlines()]
    assert sorted(lines) == sorted([[first, "Kind", "Please be kind."], [second, "-", "Less of it."]])
    home.run("warning", "remove", first).done()
    assert home.rows("SELECT text FROM warning_presets") == [("Less of it.",)]
    home.run("warning", "add", " ").failed(1, "characters")


def test_registration(home: Home) -> None:
    home.run("registration", "closed").done()
    assert home.run("registration").done() == "closed"
    assert home.run("registration", "sometimes").code == 2
