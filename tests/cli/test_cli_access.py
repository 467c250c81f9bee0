"""The only owner stays, second factors are removed, what was given up is tried again; a new master key opens all."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from cli_home import Home


def change(home: Home, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(home.folder / "data" / "fedserver.db")) as database, database:
        database.execute(sql, values)


def make(home: Home, name: str, role: str = "user") -> None:
    given = ("user", "create", name, "--email", f"{name}@example.org", "--role", role, "--password-stdin")
    home.run(*given, input="a password of hers\n").done()


def test_the_only_owner_stays(home: Home) -> None:
    for verb in ("suspend", "delete"):
        home.run("user", verb, "founder").failed(1, "The community needs an owner")
    make(home, "second", "owner")
    change(home, "UPDATE users SET state = 'disabled' WHERE email = 'second@example.org'")
    # an owner who cannot sign in is none
    home.run("user", "suspend", "founder").failed(1, "The community needs an owner")
    change(home, "UPDATE users SET state = 'active' WHERE email = 'second@example.org'")
    home.run("user", "suspend", "founder", "--reason", "sold the house").done()
    log = home.rows("SELECT details FROM audit_log WHERE action = 'account.suspend'")
    assert "sold the house" in log[0][0]
    home.run("user", "suspend", "second").failed(1, "The community needs an owner")


def test_second_factors_are_removed_and_survive_a_new_master_key(home: Home) -> None:
    user = home.rows("SELECT id FROM users")[0][0]
    from fedserver.cli import node
    from fedserver.db.queries import factors as rows
    from fedserver.services import factors

    with node.writing(node.settings(home.folder / "config.toml")) as (session, keyring):
        shown = session.run(lambda unit: factors.begin_totp(unit, keyring, user))
    home.run("keys", "reseal", "--new-master-key-file", "data/new.key").done()
    config = home.folder / "config.toml"
    config.write_text(config.read_text().replace("\n[keys]\n", '\n[keys]\nmaster_key_file = "data/new.key"\n'))
    with node.writing(node.settings(config)) as (session, keyring):
        again = session.run(lambda unit: factors.waiting_totp(unit, keyring, user))
        assert again is not None and again.secret == shown.secret
        session.run(lambda unit: unit.run(rows.change_totp(user, {"confirmed_at": 1})))
    assert home.rows("SELECT count(*) FROM totp") == [(1,)]
    home.run("user", "remove-2fa", "founder").done()
    assert home.rows("SELECT count(*) FROM totp") == [(0,)]
    assert home.rows("SELECT count(*) FROM audit_log WHERE action = 'user.factors'") == [(1,)]
    home.run("user", "remove-2fa", "nobody").failed(1, "account")


def test_jobs_and_deliveries_that_were_given_up(home: Home) -> None:
    assert home.run("job", "list").done() == "" and home.run("delivery", "list").done() == ""
    change(
        home,
        "INSERT INTO jobs (id, name, payload, run_at, attempts, lease_until, last_error, dead, created_at)"
        " VALUES (7, 'mail.send', '{}', 0, 10, 0, 'MailFailed: 4' || char(10) || 'x', 1, 0)",
    )
    sender = home.rows("SELECT id FROM accounts WHERE username = 'founder'")[0][0]
    for number, body in ((8, b"{}"), (9, None)):
        change(
            home,
            "INSERT INTO dead_letters (id, sender_id, inbox_url, activity_uri, body, reason, created_at)"
            " VALUES (?, ?, 'https://peer.example/inbox', 'https://localhost:1/a', ?, 'HTTP 410', 0)",
            number,
            sender,
            body,
        )
    line = home.run("job", "list").done().split("\t")
    assert line[:2] == ["7", "mail.send"] and line[3] == "MailFailed: 4 x"
    home.run("job", "retry", "8").failed(1, "not found")
    home.run("job", "retry", "x").failed(2, "ID")
    home.run("job", "retry", "7").done()
    assert home.rows("SELECT dead, attempts FROM jobs WHERE id = 7") == [(0, 0)]
    home.run("job", "retry", "7").failed(1, "not found")
    assert len(home.run("delivery", "list").done().splitlines()) == 2
    home.run("delivery", "retry", "9").failed(1, "cannot be tried again")
    assert "1" in home.run("delivery", "retry").err
    assert home.rows("SELECT id FROM dead_letters") == [(9,)]
    waiting = home.rows(
        "SELECT a.uri, i.url FROM deliveries d JOIN activities a ON a.id = d.activity_id"
        " JOIN inboxes i ON i.id = d.inbox_id"
    )
    assert waiting == [("https://localhost:1/a", "https://peer.example/inbox")]
