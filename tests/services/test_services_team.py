"""Who of the team hears of reports, of newcomers and of closing doors: by permission, once for many at once."""

from __future__ import annotations

from typing import Any

import orjson

from fedserver.db.queries import accounts, communities
from fedserver.domain.site import Limits, Site
from fedserver.services import registration, reports, roles, users


def _user(world: Any, name: str, role: str = "user") -> Any:
    keys = world.keyring.generate()
    given = {"username": name, "keys": keys, "email": f"{name}@mail.test", "password_hash": "x", "role": role}
    return world.run(lambda unit: users.create(unit, world.keyring, **given))


def _mails(world: Any) -> list[tuple[str, int]]:
    rows = world.connection.execute("SELECT payload FROM jobs WHERE name = 'mail.send' ORDER BY id").fetchall()
    found = [orjson.loads(row[0]) for row in rows]
    return [(each["kind"], each["user_id"]) for each in found]


def _told(world: Any, kind: str) -> set[int]:
    return {row[0] for row in world.connection.execute("SELECT account_id FROM notifications WHERE type = ?", (kind,))}


def test_each_hears_of_what_they_look_after(world: Any) -> None:
    world.site = Site("here.test", "https://here.test", mail=True, limits=Limits(surge_per_hour=1))
    mona, boss, greeter, ann = (
        _user(world, "mona", "moderator"),
        _user(world, "boss", "admin"),
        _user(world, "greeter"),
        _user(world, "ann"),
    )

    def compose(unit: Any) -> None:
        made = roles.save(unit, None, name="Greeters", permissions=0x400, position=5, actor=None)
        roles.give(unit, greeter.user_id, str(made), None)

    world.run(compose)
    far = world.remote("far")
    for _ in range(3):
        world.run(lambda unit: reports.file(unit, far, unit.get(accounts.by_id(ann.account_id))))
    assert _told(world, "admin.report") == {mona.account_id, boss.account_id}
    assert _mails(world) == [("reported", mona.user_id), ("reported", boss.user_id)]
    world.run(lambda unit: unit.run(communities.change(1, {"registration": "open"})))
    world.connection.execute("UPDATE users SET sign_up_ip = '192.0.2.1'")
    assert world.run(registration.mode) == "approval"
    assert _mails(world)[2:] == [("registration-surge", boss.user_id)]


def test_whom_a_report_is_about_is_not_told_of_it(world: Any) -> None:
    world.site = Site("here.test", "https://here.test", mail=True)
    mona, boss = _user(world, "mona", "moderator"), _user(world, "boss", "admin")
    far = world.remote("far")
    world.run(lambda unit: reports.file(unit, far, unit.get(accounts.by_id(mona.account_id))))
    assert _told(world, "admin.report") == {boss.account_id}
    assert _mails(world) == [("reported", boss.user_id)]
