"""Users, tokens, keys, domains: what the commands print, and what is in the database afterwards."""

from __future__ import annotations

import hashlib
import stat

from cli_home import Home

from fedserver.kit.passwords import verify_password


def _make(home: Home, name: str = "ann", role: str = "user") -> None:
    given = ("user", "create", name, "--email", f"{name}@example.org", "--role", role, "--password-stdin")
    assert home.run(*given, input="a password of hers\n").done() == f"@{name}@localhost:1"


def test_user_create(home: Home) -> None:
    _make(home, role="moderator")
    assert home.rows("SELECT email, role, state FROM users WHERE role <> 'owner'") == [
        ("ann@example.org", "moderator", "active")
    ]
    lines = [line.split("\t") for line in home.run("user", "list").done().splitlines()]
    assert [line[:4] for line in lines] == [
        ["founder", "owner", "active", "founder@example.org"],
        ["ann", "moderator", "active", "ann@example.org"],
    ]
    again = ("user", "create", "ANN", "--email", "x@example.org", "--password-stdin")
    assert home.run(*again, input="a password of hers\n").code == 1
    taken = ("user", "create", "bob", "--email", "ANN@example.org", "--password-stdin")
    home.run(*taken, input="a password of his\n").failed(1, "in use")
    home.run("user", "create", "bob", "--email", "bob", "--password-stdin", input="long enough\n").failed(1, "invalid")
    home.run("user", "create", "bob", "--email", "b@c.d", "--password-stdin", input="short\n").failed(1, "at least 8")
    for name, why in (("admin", "reserved"), ("a" * 31, "too long"), ("Bob", "small letters")):
        refused = ("user", "create", name, "--email", "b@c.example", "--password-stdin")
        home.run(*refused, input="a password of his\n").failed(1, why)
    assert home.rows("SELECT count(*) FROM accounts WHERE username IN ('bob', 'ANN', 'Bob', 'admin')") == [(0,)]


def test_suspend_and_back(home: Home) -> None:
    _make(home)
    token = home.run("token", "create", "ann", "--scopes", "read").done()
    home.run("user", "suspend", "@ann").done()
    assert home.rows("SELECT suspended_at IS NOT NULL FROM accounts WHERE username = 'ann'") == [(1,)]
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert home.rows(f"SELECT revoked_at IS NULL FROM oauth_tokens WHERE hex(token_hash) = upper('{digest}')") == [(0,)]
    home.run("token", "create", "ann", "--scopes", "read").failed(1, "worth nothing")
    home.run("user", "unsuspend", "ann").done()
    assert home.rows("SELECT suspended_at FROM accounts WHERE username = 'ann'") == [(None,)]
    log = home.rows("SELECT actor_id, action FROM audit_log WHERE action LIKE 'account.%' ORDER BY id")
    assert log == [(None, "account.suspend"), (None, "account.suspend.undo")]
    for name in ("nobody", "ann@elsewhere.example", "instance.actor", ""):
        for verb in ("suspend", "unsuspend", "delete", "reset-password"):
            home.run("user", verb, name).failed(1, "account" if name != "instance.actor" else "node itself")


def test_delete(home: Home) -> None:
    _make(home)
    home.run("user", "delete", "ann").done()
    assert home.rows("SELECT deleted_at IS NOT NULL FROM accounts WHERE username = 'ann'") == [(1,)]
    assert home.rows("SELECT count(*) FROM users") == [(1,)]
    home.run("user", "delete", "ann").failed(1, "no account named ann")
    again = ("user", "create", "ann", "--email", "ann@example.org", "--password-stdin")
    home.run(*again, input="a password of hers\n").failed(1, "already been taken")
    home.run("user", "delete", "founder").failed(1, "only owner")


def test_reset_password(home: Home) -> None:
    link = home.run("user", "reset-password", "founder").done()
    assert link.startswith("https://localhost:1/reset/") and len(link.rsplit("/", 1)[1]) >= 40
    digest = hashlib.sha256(link.rsplit("/", 1)[1].encode()).hexdigest()
    assert home.rows("SELECT lower(hex(token_hash)), purpose FROM one_time_links") == [(digest, "reset")]
    token = home.run("token", "create", "founder", "--scopes", "read").done()
    done = home.run("user", "reset-password", "founder", "--password-stdin", input="a better password\n")
    assert done.done() == ""
    (stored,) = home.rows("SELECT password_hash FROM users")[0]
    assert verify_password(stored, "a better password") and not verify_password(stored, "correct horse battery")
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert home.rows(f"SELECT revoked_at IS NULL FROM oauth_tokens WHERE hex(token_hash) = upper('{digest}')") == [(0,)]
    home.run("user", "reset-password", "founder", "--password-stdin", input="short\n").failed(1, "at least 8")


def test_token_create_prints_the_token_alone(home: Home) -> None:
    done = home.run("token", "create", "founder", "--scopes", "read write follow push")
    token = done.done()
    assert done.out == token + "\n" and " " not in token and len(token) >= 43
    digest = hashlib.sha256(token.encode()).hexdigest()
    assert home.rows("SELECT lower(hex(token_hash)), scopes FROM oauth_tokens") == [(digest, "read write follow push")]
    assert token not in home.database.read_bytes().decode("latin-1")


def test_keys_rotate(home: Home) -> None:
    assert home.run("keys", "rotate", "founder").done() == "founder"
    lines = [line.split("\t") for line in home.run("keys", "list").done().splitlines()]
    states = [(line[0], line[1], line[2]) for line in lines if line[0] == "founder"]
    rsa, ed25519 = "rsa-v1_5-sha256", "ed25519"
    assert sorted(states) == [
        ("founder", ed25519, "active"),
        ("founder", ed25519, "retired"),
        ("founder", rsa, "active"),
        ("founder", rsa, "retired"),
    ]
    assert home.run("keys", "rotate").done().split() == ["instance.actor", "founder"]
    home.run("keys", "rotate", "nobody").failed(1, "no account named nobody")


def test_keys_reseal(home: Home) -> None:
    before = {line.split("\t")[4] for line in home.run("keys", "list").done().splitlines()}
    assert home.run("keys", "reseal", "--new-master-key-file", "data/new.key").done() == "4"
    new = home.folder / "data" / "new.key"
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    after = {line.split("\t")[4] for line in home.run("keys", "list").done().splitlines()}
    assert len(after) == 1 and after != before
    found = home.run("doctor")
    assert found.code == 1 and "sealed with another master key" in found.out
    home.set("master_key_file", '"data/new.key"')
    home.run("keys", "rotate", "founder").done()
    assert "error" not in home.run("doctor").done()


def test_a_key_file_that_is_open_to_others_is_refused(home: Home) -> None:
    (home.folder / "data" / "master.key").chmod(0o644)
    home.run("keys", "rotate").failed(1, "chmod 600")


def test_relays(home: Home) -> None:
    url = "https://relay.example/inbox"
    assert home.run("relay", "join", url).done() == f"{url}\tpending"
    assert home.run("relay", "join", url).done() == f"{url}\tpending"
    assert [line.split("\t")[:2] for line in home.run("relay", "list").done().splitlines()] == [[url, "pending"]]
    assert home.rows("SELECT count(*) FROM deliveries") == [(2,)]
    home.run("relay", "leave", url).done()
    home.run("relay", "leave", url).failed(1, "")
    home.run("relay", "join", "relay.example").failed(1, "address of its inbox")
    assert home.run("relay", "list").done() == ""


def test_domains(home: Home) -> None:
    assert home.run("domain", "block", "Bad.Example.").done() == "bad.example\tsuspend"
    assert home.run("domain", "block", "dull.example", "--severity", "limit").done() == "dull.example\tlimit"
    assert home.run("domain", "allow", "good.example").done() == "good.example\tallow"
    lines = [line.split("\t")[:2] for line in home.run("domain", "list").done().splitlines()]
    assert lines == [["bad.example", "suspend"], ["dull.example", "limit"], ["good.example", "allow"]]
    home.run("domain", "unblock", "bad.example").done()
    home.run("domain", "unblock", "bad.example").failed(1, "no policy")
    home.run("domain", "block", "localhost:1").failed(1, "our own")
    home.run("domain", "block", "not a domain").failed(1, "not a valid domain")


def test_every_command_that_writes_tells_the_running_node(home: Home) -> None:
    def changes() -> int:
        return int(home.rows("SELECT value FROM meta WHERE key = 'changes'")[0][0])

    before = changes()
    home.run("domain", "block", "bad.example").done()
    assert changes() > before
