"""``fedserver policy`` and ``init --policy``: what is printed, what is in force afterwards, what is refused."""

from __future__ import annotations

import json
import time
from pathlib import Path

from cli_home import Home

from fedserver.domain.policy.canonical import hash_of
from fedserver.domain.policy.read import from_plain, read_toml
from fedserver.services.starters import starter


def test_init_puts_a_starter_in_force(home: Home) -> None:
    shown = read_toml(home.run("policy", "show").done())
    assert (shown.name, shown.version, shown.feeds) == ("localhost:1", 1, starter("open-gallery").feeds)
    assert home.rows("SELECT count(*) FROM rules") == [(len(shown.norms),)]
    assert home.rows("SELECT description LIKE 'A place for%' FROM communities") == [(1,)]


def test_init_lets_one_choose(empty: Home) -> None:
    given = ("--owner", "founder", "--owner-email", "f@example.org", "--password-stdin")
    empty.run("init", "--domain", "localhost:1", "--policy", "nothing", *given, input="x\n").failed(2, "invalid choice")
    first = ("init", "--domain", "localhost:1", "--policy", "disclosure-required", *given)
    empty.run(*first, input="correct horse battery\n").done()
    assert "say-what-made-it" in empty.run("policy", "show").done()
    again = empty.run(*first, input="correct horse battery\n")
    assert again.code == 0 and "its policy is kept" in again.err


def test_a_document_is_checked_without_a_node(empty: Home) -> None:
    assert empty.run("policy", "check", "presets").done() == hash_of(starter("presets"))
    file = empty.folder / "p.toml"
    file.write_text("[community]\nname = 'x'\n[feed.best]\ntitle = 'x'\nscore = '1 + like'\n")
    empty.run("policy", "check", "p.toml").failed(1, "feed.best.score: unknown signal `like`; did you mean")
    assert "\n1 + like\n    ^ unknown signal" in empty.run("policy", "check", "p.toml").err
    assert empty.run("policy", "check", "-", input=file.read_text().replace("like", "2")).done().startswith("sha256:")
    empty.run("policy", "check", "missing.toml").failed(1, "missing.toml")
    file.write_bytes(b"\xff\xfe")
    empty.run("policy", "check", "p.toml").failed(1, "not UTF-8")
    file.write_bytes(b"#" * 300_000)
    empty.run("policy", "check", "p.toml").failed(1, "larger than")
    empty.run("policy", "check", ".").failed(1, "directory")


def test_a_version_follows_another(home: Home) -> None:
    file = home.folder / "p.toml"
    text = home.run("policy", "show").done()
    file.write_text(text.replace("diversity = 0.3", "diversity = 0.6"))
    assert home.run("policy", "diff", "p.toml").done() == "- feed.best.diversity = 0.3\n+ feed.best.diversity = 0.6"
    signed = json.loads(home.run("policy", "sign", "p.toml").done())
    assert signed["policyVersion"] == 2 and signed["proof"]["verificationMethod"].endswith("/actor#ed25519-key")
    assert read_toml(home.run("policy", "show").done()).version == 1
    home.run("policy", "show", "--version", "2").failed(1, "no version 2")
    published = home.run("policy", "publish", "p.toml", "--note", "More of everything")
    assert published.done() == signed["policyHash"] and "+ feed.best.diversity = 0.6" in published.err
    assert (
        hash_of(from_plain(json.loads(home.run("policy", "show", "--format", "json").done()))) == published.out.strip()
    )
    assert json.loads(home.run("policy", "show", "--format", "signed").done()) == signed
    assert home.run("policy", "diff", "2", "1").done() == "- feed.best.diversity = 0.6\n+ feed.best.diversity = 0.3"
    assert home.run("policy", "show", "--version", "1").done() == text
    home.run("policy", "publish", "p.toml").failed(1, "`fedserver policy show`")
    file.write_text(home.run("policy", "show").done())
    home.run("policy", "publish", "p.toml").failed(1, "changes nothing")
    home.run("policy", "diff", "99999999999", "1").failed(2, "not the number")
    log = home.rows("SELECT action, target FROM audit_log WHERE action LIKE 'policy.%' ORDER BY id")
    assert log[-2:] == [("policy.sign", "policy:2"), ("policy.publish", "policy:2")]


def test_subscriptions_are_rows_until_they_are_fetched(home: Home, tmp_path: Path) -> None:
    address = "https://example.org/policy"
    made = home.run("policy", "subscribe", address, "--mode", "shadow", "--priority", "3", "--exclude", "no-floods")
    assert made.done() == f"{address}\tshadow\t3"
    assert home.run("policy", "subscriptions").done() == f"{address}\tshadow\t3\tno-floods\t\t0\twaiting"
    home.run("policy", "subscribe", address, "--mode", "obey").failed(2, "invalid choice")
    home.run("policy", "subscribe", "example.org").failed(1, "not the address")
    home.run("policy", "subscribe", "http://127.0.0.1/policy").failed(1, "127.0.0.1 is none")
    home.run("policy", "unsubscribe", address).done()
    home.run("policy", "unsubscribe", address).failed(1, "not found")
    assert home.run("policy", "subscriptions").done() == ""


def test_a_changed_feed_is_shown_beside_the_one_in_force_and_an_order_is_proven(home: Home) -> None:
    token = home.run("token", "create", "founder", "--scopes", "read write").done()
    with home.running() as node:
        ids = [node.post("/api/v1/statuses", token, {"status": text})[1]["id"] for text in ("a", "bbbb", "cc")]
    text = home.run("policy", "show").done()
    file = home.folder / "p.toml"
    file.write_text(text.replace('score = "posted_s"', 'score = "text_length"'))
    shown = home.run("policy", "preview", "p.toml", "--feed", "newest")
    lines = [line.split("\t") for line in shown.done().splitlines()]
    assert [line[:3] for line in lines] == [["1", "2", "4.0000"], ["2", "1", "2.0000"], ["3", "3", "1.0000"]]
    assert [line[3].rpartition("/")[2] for line in lines] == [ids[1], ids[2], ids[0]]
    assert "2 moved, 0 entered, 0 left" in shown.err
    file.write_text(text.replace('score = "posted_s"', 'score = "posted_s"\nwhere = "text_length > 1"'))
    assert "left\t3\t" in home.run("policy", "preview", "p.toml", "--feed", "newest").done()
    home.run("policy", "preview", "p.toml", "--feed", "nothing").failed(1, "no feed 'nothing'")

    home.run("policy", "replay", "1").failed(1, "no order 1")
    home.execute("UPDATE jobs SET run_at = 0 WHERE name = 'feeds.compute'")
    with home.running() as node:
        found = None
        for _ in range(100):
            status, found = node.get(f"/api/v1/statuses/{ids[0]}/why?feed=newest", token)
            if status == 200:
                break
            time.sleep(0.2)
        assert found and found["place"] == 3, found
    snapshot = found["snapshot"]["id"]
    assert home.run("policy", "replay", snapshot).done() == f"newest\t1\t{found['policy']['hash']}\tequal"
    home.execute("UPDATE feed_entries SET reasons = replace(reasons, '\"score\":1', '\"score\":2') WHERE place = 2")
    home.run("policy", "replay", snapshot).failed(1, "first at place 2")


def test_counts_are_made_anew_beside_a_running_node(home: Home) -> None:
    token = home.run("token", "create", "founder", "--scopes", "read write").done()
    with home.running() as node:
        posted = node.post("/api/v1/statuses", token, {"status": "a"})[1]
        node.post("/api/v1/statuses", token, {"status": "b", "in_reply_to_id": posted["id"]})
        assert home.run("feeds", "rebuild").done() == "2\t0"
        home.execute(f"INSERT INTO post_signals (status_id, likes_local, people) VALUES ({posted['id']}, 7, 7)")
        spoilt = home.run("feeds", "rebuild")
        assert spoilt.done() == "2\t1" and "counted anew" in spoilt.err
        assert home.run("feeds", "rebuild").done() == "2\t0"
