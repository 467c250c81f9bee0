"""The statements of people (the admin API's lists, figures, roles, blocks, notes), run on both databases."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account

from fedserver.db.queries import admin_accounts, admin_reports, measures, moderation, people, roles, signup, users
from fedserver.db.statement import insert
from fedserver.db.tables import communities
from fedserver.db.unit import Unit
from fedserver.kit.ids import floor_of
from fedserver.kit.paging import Page

DAY_MS = 24 * 3600 * 1000
START = 20_000 * DAY_MS
PAGE = Page(limit=10)


def _fill(unit: Unit) -> None:
    unit.run(insert(communities, {"id": 1, "slug": "m", "title": "M", "created_at": 1, "updated_at": 1}))
    for each in (1, 2):
        add_account(unit, each)
    role = {"id": 7, "community_id": 1, "name": "R", "position": 5, "permissions": 16, "created_at": 1, "updated_at": 1}
    unit.run(roles.add(role))
    row = {"id": floor_of(START), "account_id": 1, "community_id": 1, "created_at": START, "valid_after": 0}
    unit.run(users.add({**row, "email": "a@b.test", "role_id": 7, "sign_up_ip": "192.0.2.1"}))
    report = {"id": floor_of(START) + 1, "community_id": 1, "account_id": 1, "target_id": 2, "created_at": START}
    unit.run(moderation.add_report({**report, "updated_at": START}))
    block = {"id": 3, "network": "192.0.2.0/24", "severity": "no_access", "created_at": 1, "updated_at": 1}
    unit.run(signup.add("ip", block))
    unit.run(signup.add("email_domain", {"id": 4, "domain": "trash.test", "created_at": 1}))
    unit.run(signup.add("canonical_email", {"id": 5, "digest": "ab", "created_at": 1}))
    unit.run(signup.add("username", {"id": 6, "username": "x", "folded": "x", "created_at": 1}))
    for number in (8, 9):
        unit.run(signup.hit(number, "email_domain", 4, START))
    unit.run(people.add_note({"id": 1, "target": "account", "target_id": 1, "text": "n", "created_at": 1}))


def _asked(unit: Unit) -> dict[str, Any]:
    every = dict.fromkeys(admin_accounts.CONDITIONS, True)
    valued = {**every, "username": "a%", "display_name": "%", "by_domain": "x", "email": "a@b.test", "ip": "192.0.2.1"}
    valued |= {"invited_by": 1, "role": (["user"], [7])}
    found: dict[str, Any] = {name: unit.all(admin_accounts.page({name: valued[name]}, PAGE)) for name in valued}
    unit.all(admin_accounts.page(valued, Page(limit=5, min_id=0)))
    assert [each.id for each in unit.all(admin_accounts.users_of([1, 2]))] == [floor_of(START)]
    assert unit.all(admin_accounts.seen([1])) == [] and unit.all(admin_accounts.invited([1])) == []
    given = {"open": 1, "account_id": 1, "target_id": 2, "unassigned": 1, "category": "other"}
    assert len(unit.all(admin_reports.page(given, PAGE))) == 1
    assert unit.all(admin_reports.page({"resolved": 1, "assigned_id": 1}, PAGE)) == []
    report = floor_of(START) + 1
    assert unit.all(admin_reports.named([report])) == [] and unit.all(admin_reports.decisions_of(report)) == []
    assert unit.all(admin_reports.waiting([2]))[0].reports == 1 and unit.all(admin_reports.posts(1, [1])) == []
    for key in measures.MEASURES:
        about = {"tag_id": 1} if key.startswith("tag") else {"domain": "x"} if key.startswith("inst") else {}
        days = unit.all(measures.by_day(key, START, START + DAY_MS, **about))
        total = unit.get(measures.total(key, START, START + DAY_MS, **about))
        assert total == sum(each.value for each in days), key
        if key in ("new_users", "opened_reports"):
            assert [(each.day, each.value) for each in days] == [(START, 1)], key
    for key in measures.DIMENSIONS[:-2]:
        about = {"tag_id": 1} if key.startswith("tag") else {"domain": "x"} if key.startswith("inst") else {}
        unit.all(measures.most(key, START, START + DAY_MS, 5, **about))
    assert unit.get(measures.media_bytes()) == 0 and len(unit.all(measures.joined(START, START + 1))) == 1
    return found


async def test_every_statement(place: Place) -> None:
    async with place.opened() as database:
        await database.run(_fill)
        found = await database.run(_asked)
        assert {name for name, ids in found.items() if ids == [1]} >= {"active", "email", "ip", "role"}

        def rest(unit: Unit) -> None:
            assert [each.id for each in unit.all(roles.listed())] == [7]
            assert unit.get(roles.of_accounts([1])).permissions == 16 and unit.all(roles.staff()) == []
            unit.run(roles.set_rank(7, "moderator"))
            assert [each.user_id for each in unit.all(roles.staff())] == [floor_of(START)]
            for kind in ("ip", "email_domain", "canonical_email", "username"):
                assert len(unit.all(signup.page(kind, PAGE))) == 1
            assert len(unit.all(signup.ips_in_force(5))) == 1 and unit.get(signup.any_email_domain()) == 4
            assert [each.id for each in unit.all(signup.email_domains(["trash.test", "x"]))] == [4]
            assert [each.uses for each in unit.all(signup.hits("email_domain", [4], 0))] == [2]
            assert unit.get(signup.joined_since(START - 1)) == 1 and unit.get(signup.team_seen()) == START
            assert [each.text for each in unit.all(people.notes_about("account", 1))] == ["n"]
            unit.run(roles.drop(7))
            assert unit.get(roles.of_accounts([1])).role_id is None

        await database.run(rest)
