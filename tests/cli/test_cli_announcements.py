"""``announcement list|create|delete``: what the commands print, and what is in the database afterwards."""

from __future__ import annotations

from cli_home import Home


def test_from_a_text_to_nothing(home: Home) -> None:
    times = ("--starts-at", "2030-12-24T18:00Z", "--ends-at", "2030-12-26", "--all-day")
    first = home.run("announcement", "create", "Tea\nfor all", *times).done()
    second = home.run("announcement", "create", "later", "--publish-at", "2031-01-01T00:00+02:00").done()
    lines = [line.split("\t") for line in home.run("announcement", "list").done().splitlines()]
    assert lines == [
        [second, "waiting", "-", "later"],
        [first, "waiting", "2030-12-26T00:00:00.000Z", "Tea for all"],
    ]
    assert home.rows("SELECT all_day, starts_at FROM announcements ORDER BY id LIMIT 1") == [(1, 1924365600000)]
    # a node that runs publishes it: the commands leave it a job
    jobs = home.rows("SELECT once, run_at FROM jobs WHERE name = 'announcement.publish' ORDER BY id")
    assert [once for once, _ in jobs] == [f"announcement.publish:{each}" for each in (first, second)]
    assert jobs[1][1] == 1924984800000
    home.run("announcement", "delete", first).done()
    assert home.rows("SELECT text FROM announcements") == [("later",)]
    log = home.rows("SELECT actor_id, action FROM audit_log WHERE action LIKE 'announcement.%' ORDER BY id")
    assert log == [(None, "announcement.create"), (None, "announcement.create"), (None, "announcement.delete")]


def test_what_is_refused(home: Home) -> None:
    home.run("announcement", "create", " ").failed(1, "blank")
    home.run("announcement", "create", "x", "--ends-at", "2030-01-01").failed(1, "beginning")
    home.run("announcement", "create", "x", "--starts-at", "tomorrow").failed(2, "--starts-at is not a time")
    assert home.run("announcement", "delete", "17").code == 1
    assert home.run("announcement", "delete", "x").code == 2
    assert home.rows("SELECT count(*) FROM announcements") == [(0,)]
