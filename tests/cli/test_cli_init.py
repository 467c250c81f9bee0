"""``init`` creates everything, once; everything else creates nothing."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

from cli_home import Home

OWNER = ("--owner", "founder", "--owner-email", "a@example.org", "--password-stdin")
PASSWORD = "correct horse battery\n"


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_everything(empty: Home) -> None:
    done = empty.run(
        *("init", "--domain", "Example.ORG", "--base-url", "https://social.example.org", "--listen", "127.0.0.1:9999"),
        *("--data-dir", "store", *OWNER),
        input=PASSWORD,
    )
    assert done.done() == ""
    server = tomllib.loads(empty.config.read_text())["server"]
    assert server == {
        "domain": "Example.ORG",
        "base_url": "https://social.example.org",
        "listen": "127.0.0.1:9999",
        "data_dir": "store",
    }
    store = empty.folder / "store"
    for private in (empty.config, store / "fedserver.db", store / "master.key"):
        assert _mode(private) == 0o600, private
    assert _mode(store) == 0o700
    for line in ("reverse_proxy 127.0.0.1:9999", "proxy_pass http://127.0.0.1:9999;", "example.org {"):
        assert line in done.err
    assert "https://social.example.org/login" in done.err
    there = empty.run("init")
    there.done()
    assert "is kept" in there.err


def test_init_writes_the_rows_that_a_node_stands_on(home: Home) -> None:
    names = dict(home.rows("SELECT key, value FROM meta WHERE key IN ('domain', 'base_url')"))
    assert names == {"domain": "localhost:1", "base_url": "https://localhost:1"}
    actor = home.rows("SELECT actor_type, uri FROM accounts WHERE username = 'instance.actor'")
    assert actor == [("Application", "https://localhost:1/actor")]
    assert home.rows("SELECT id, title, registration FROM communities") == [(1, "localhost:1", "approval")]
    assert home.rows("SELECT count(*) FROM rules")[0][0] >= 3
    assert home.rows("SELECT email, role, state FROM users") == [("founder@example.org", "owner", "active")]
    assert home.rows("SELECT count(*) FROM account_keys WHERE sealed IS NOT NULL") == [(4,)]
    (stored,) = home.rows("SELECT password_hash FROM users")[0]
    assert stored.startswith("$argon2id$")


def test_init_again_changes_nothing(home: Home) -> None:
    config, key = home.config.read_bytes(), (home.folder / "data" / "master.key").read_bytes()
    query = "SELECT uri FROM accounts UNION SELECT uri FROM account_keys UNION SELECT password_hash FROM users"
    rows = home.rows(query)
    again = home.run("init", "--domain", "localhost:1", "--listen", "127.0.0.1:1", *OWNER, input="another password\n")
    again.done()
    assert "was not used" in again.err and "nothing about users was changed" in again.err
    assert home.config.read_bytes() == config
    assert (home.folder / "data" / "master.key").read_bytes() == key
    assert home.rows(query) == rows


def test_init_goes_on_where_it_was_interrupted(home: Home) -> None:
    for table in ("users", "account_keys", "accounts", "rules", "communities"):
        home.execute(f"DELETE FROM {table}")
    home.run("init", *OWNER, input=PASSWORD).done()
    assert home.rows("SELECT count(*) FROM accounts") == [(2,)]
    assert home.rows("SELECT count(*) FROM users") == [(1,)]


def test_init_asks_nothing_without_a_terminal(empty: Home) -> None:
    empty.run("init").failed(2, "--domain")
    empty.run("init", "--domain", "example.org", "--owner", "ann").failed(2, "--owner-email")
    given = ("init", "--domain", "example.org", "--owner", "ann", "--owner-email", "a@example.org")
    empty.run(*given).failed(2, "--password-stdin")
    empty.run(*given, "--password-stdin").failed(2, "no password")
    empty.run("init", "--domain", "example.org", "--owner-email", "a@example.org").failed(2, "--owner is missing")
    assert list(empty.folder.iterdir()) == []


def test_init_checks_before_it_makes_anything(empty: Home) -> None:
    given = ("init", "--domain", "example.org", "--owner-email", "a@example.org", "--password-stdin", "--owner")
    empty.run(*given, "Ann!", input=PASSWORD).failed(2, "--owner")
    empty.run(*given, "ann", input="short\n").failed(1, "at least 8")
    empty.run("init", "--domain", "exa mple").failed(2, "domain")
    empty.run("init", "--domain", "example.org", "--base-url", "ftp://x").failed(2, "base_url")
    assert list(empty.folder.iterdir()) == []


def test_init_without_an_owner_says_how_to_make_one(empty: Home) -> None:
    done = empty.run("init", "--domain", "example.org")
    done.done()
    assert "fedserver user create" in done.err
    assert "nobody is the owner" in empty.run("doctor").out


def test_the_domain_cannot_change(home: Home) -> None:
    home.run("init", "--domain", "other.example").failed(2, "contradicts")
    home.set("domain", '"other.example"')
    for command in (("serve",), ("user", "list"), ("init",), ("backup", "b"), ("domain", "block", "bad.example")):
        home.run(*command).failed(1, "It cannot change after the first start")
    assert not (home.folder / "b").exists()
    home.set("domain", '"localhost:1"')
    home.set("base_url", '"https://elsewhere.example"')
    home.run("serve").failed(1, "base_url")


def test_a_lost_master_key_is_not_made_anew(home: Home) -> None:
    (home.folder / "data" / "master.key").unlink()
    home.run("init").failed(1, "put the old one back")
    assert not (home.folder / "data" / "master.key").exists()
    home.run("serve").failed(1, "master key")


def test_settings_from_the_environment_alone(empty: Home) -> None:
    env = {"FEDSERVER_SERVER__DOMAIN": "example.org", "FEDSERVER_SERVER__DATA_DIR": str(empty.folder / "store")}
    empty.run("init", env=env).done()
    assert sorted(os.listdir(empty.folder)) == ["store"]
    assert empty.run("user", "list", env=env).done() == ""


def test_a_key_from_the_environment_is_written_nowhere(empty: Home) -> None:
    env = {"FEDSERVER_KEYS__MASTER_KEY": "ab" * 32}
    empty.run("init", "--domain", "example.org", env=env).done()
    assert not (empty.folder / "data" / "master.key").exists()
    empty.run("keys", "rotate", env=env).done()
    empty.run("keys", "rotate").failed(1, "master key")
