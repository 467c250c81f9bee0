"""ADM: what only moderators and admins may do (the matrix of routes and ranks: test_attacks_matrix)."""

from __future__ import annotations

import re

import pytest
from attack_peers import PUBLIC
from attack_people import Browser, User, act_on, newcomer, signed_in, token
from attack_world import BASE, World

from fedserver.app import all_routes

ADMIN = [route for route in all_routes() if route.path.startswith("/admin")]
METHODS = [route for route in all_routes() if route.path.startswith(("/api/v1/admin/", "/api/v2/admin/"))]


def filled(path: str) -> str:
    return re.sub(r"\{\w+\}", "1", path)


async def test_ADM_01_scope_and_role_are_both_needed(world: World) -> None:
    user, pend = await newcomer(world), world.pend
    tokens = [
        await token(world, each, "admin:read admin:write read write") for each in (user.user_id, pend.user_id, None)
    ]
    for route in ADMIN:
        path = filled(route.path)
        for text in tokens:
            for headers in ({"Authorization": f"Bearer {text}"}, {"Cookie": f"__Host-session={text}"}):
                answer = await world.send(route.method, path, headers=headers)
                assert answer.status in (303, 401, 403), (path, answer.status)
                assert answer.status != 303 or answer.headers["Location"].startswith("/login")
    # a method for moderation apps: the scope without the role, the role without the scope
    judge = await newcomer(world, "owner")
    poor = await token(world, judge.user_id, "read write follow push")
    for route in METHODS:
        path = filled(route.path)
        for text in (*tokens, poor):
            answer = await world.send(route.method, path, token=text)
            assert answer.status in (403, 422), (path, answer.status)
            assert answer.status == 403 or text == tokens[-1], path
        assert (await world.send(route.method, path)).status == 401, path


async def test_ADM_03_nobody_rises_or_reaches_above_their_rank(world: World) -> None:
    ranks = ("user", "moderator", "admin", "owner")
    people: dict[str, User] = {rank: await newcomer(world, rank) for rank in ranks}
    peers: dict[str, User] = {rank: await newcomer(world, rank) for rank in ranks}
    before = world.query("SELECT id, role, state, password_hash FROM users ORDER BY id")
    links = world.count("one_time_links")
    for rank in ("moderator", "admin"):
        browser = await signed_in(people[rank])
        mine = ranks.index(rank)
        for other in ranks:
            for target in (peers[other], people[rank]):
                above = target is people[rank] or ranks.index(other) >= mine
                for role in ranks[mine:]:
                    answer = await act_on(browser, target, "role", role=role)
                    assert answer.status == 403, (rank, other, role)
                if above:
                    for action in ("reset", "disable", "suspend", "limit", "role"):
                        answer = await act_on(browser, target, action, role="user")
                        assert answer.status in (403, 422), (rank, other, action)
    browser = await signed_in(people["moderator"])
    assert (await act_on(browser, peers["user"], "role", role="moderator")).status == 403
    assert world.query("SELECT id, role, state, password_hash FROM users ORDER BY id") == before
    assert world.count("one_time_links") == links
    assert world.count("accounts", "suspended_at IS NOT NULL") == 1


async def test_ADM_05_forms_of_other_sites_do_nothing(world: World) -> None:
    browser, target = await signed_in(await newcomer(world, "owner")), await newcomer(world)
    await browser.go(f"/admin/people/{target.account_id}")
    hidden = browser.hidden
    assert hidden
    log, effects = world.count("audit_log"), world.effects()
    fields = {"action": "suspend", "domain": "x.test", "severity": "suspend", "note": "x", "title": "x"}
    for route in ADMIN:
        if route.method != "POST":
            continue
        path = filled(route.path).replace("/people/1", f"/people/{target.account_id}")
        for given in ("", "x", hidden[:-1], hidden.swapcase()):
            assert (await browser.submit(path, fields, csrf=given)).status == 403, path
        for headers in (
            {"Origin": "https://evil.test"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ):
            assert (await browser.submit(path, fields, csrf=hidden, headers=headers)).status == 403, (path, headers)
        answer = await browser._send("POST", path, json={**fields})
        assert answer.status in (403, 415), path
        text = await browser._send("POST", path, data="action=suspend", headers={"Content-Type": "text/plain"})
        assert text.status in (403, 415), path
        got = await browser.go(f"{path}?action=suspend&csrf={hidden}")
        assert got.status in (200, 404, 405), path
    assert world.count("audit_log") == log and world.effects() == effects
    assert world.count("accounts", "id = ? AND suspended_at IS NULL", target.account_id) == 1


async def test_ADM_07_only_what_a_form_offers_is_changed(world: World) -> None:
    user = await newcomer(world)
    columns = "id, username, domain, uri, followers_count, suspended_at, limited_at, created_at, moved_to_id"
    rows = (
        ("SELECT * FROM users WHERE id = ?", user.user_id),
        (f"SELECT {columns} FROM accounts WHERE id = ?", user.account_id),
    )
    keys = world.query("SELECT * FROM account_keys WHERE account_id = ?", user.account_id)
    before = [world.query(*row)[0] for row in rows]
    extra = {
        "role": "owner",
        "admin": True,
        "approved": True,
        "state": "active",
        "id": "1",
        "user_id": "1",
        "account_id": "1",
        "domain": "evil.test",
        "created_at": "2000-01-01",
        "private_key": "x",
        "uri": "https://evil.test/",
        "username": "root",
        "followers_count": 10**6,
        "source": {"role": "owner"},
    }
    answer = await user.send("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "me", **extra})
    assert answer.status == 200 and answer.json["display_name"] == "me" and answer.json["username"] == user.name
    browser = await signed_in(user)
    await browser.go("/settings/profile")
    flat = {name: str(value) for name, value in extra.items()}
    assert (await browser.submit("/settings/profile", {"display_name": "me", **flat})).status == 303
    after = [world.query(*row)[0] for row in rows]
    names = [row[1] for row in world.query("PRAGMA table_info(users)")]
    own = {"last_active_at", "locale"}
    assert [v for n, v in zip(names, before[0], strict=True) if n not in own] == [
        v for n, v in zip(names, after[0], strict=True) if n not in own
    ]
    assert before[1] == after[1]
    assert world.query("SELECT * FROM account_keys WHERE account_id = ?", user.account_id) == keys
    post = await user.publish(
        "x", id="5", account_id="1", created_at="2000-01-01", visibility="public", uri="https://evil.test/"
    )
    assert post["account"]["username"] == user.name and post["uri"].startswith(f"{BASE}/users/{user.name}/")


async def test_ADM_09_every_act_is_written_down_and_stays(world: World) -> None:
    admin, target = await newcomer(world, "admin"), await newcomer(world)
    browser = await signed_in(admin)
    before = world.count("audit_log")
    for action in ("limit", "unlimit", "suspend", "unsuspend", "disable", "enable", "reset"):
        await act_on(browser, target, action)
    await act_on(browser, target, "role", role="moderator")
    await browser.go("/admin/domains")
    await browser.submit("/admin/domains", {"domain": "logged.test", "severity": "limit"})
    await browser.go("/admin/domains")
    await browser.submit("/admin/domains/remove", {"domain": "logged.test"})
    rows = world.query("SELECT actor_id, action, target, created_at FROM audit_log ORDER BY id")[before:]
    assert len(rows) == 10, rows
    assert all(row[0] == admin.account_id and row[1] and row[2] and row[3] for row in rows)
    kept = world.query("SELECT * FROM audit_log ORDER BY id")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for path in ("/admin/log", "/admin/log/1", "/api/v1/admin/log"):
            headers = {"Cookie": browser.cookie(), "Accept": "text/html"}
            assert (await world.send(method, path, headers=headers)).status in (403, 404, 405), (method, path)
    assert world.query("SELECT * FROM audit_log ORDER BY id") == kept
    assert "logged.test" in (await browser.go("/admin/log")).text


@pytest.mark.slow
async def test_ADM_11_a_flood_of_reports_is_capped(world: World) -> None:
    target = await newcomer(world)
    sender = world.evil.actor("adm11")
    flag = sender.activity("Flag", [target.uri], content="x")
    before = world.count("reports")
    for number in range(130):
        same = {**flag, "id": f"{sender.uri}/flags/{number // 2}"}
        assert (await world.deliver(sender, same)).status in (202, 429)
    await world.settled(30)
    made = world.count("reports") - before
    assert 0 < made <= 100, made
    browser = await signed_in(await newcomer(world, "moderator"))
    page = await browser.go("/admin")
    assert page.status == 200 and page.text.count('href="/admin/reports/') <= 120


async def test_ADM_12_a_blocked_server_is_cut_off_once_and_can_come_back(world: World) -> None:
    alice = await newcomer(world)
    fan = world.victim.actor("adm12")
    assert (await world.deliver(fan, fan.activity("Follow", alice.uri))).status == 202
    await world.settled()
    row = world.query("SELECT id FROM accounts WHERE uri = ?", fan.uri)[0][0]
    # what waits for it when it is blocked
    world.victim.pages["/inbox"] = 503
    world.victim.pages[f"{fan.uri}/inbox"] = 503
    await alice.publish("waits for victim")
    await world.until(lambda: world.count("deliveries") > 0)
    browser = await signed_in(await newcomer(world, "admin"))
    for _ in range(2):
        await browser.go("/admin/domains")
        answer = await browser.submit("/admin/domains", {"domain": "VICTIM.test.", "severity": "suspend"})
        assert answer.status == 303, answer.text[:300]
    await world.until(lambda: world.count("deliveries") == 0)
    await world.until(lambda: world.count("follows", "account_id = ?", row) == 0)
    assert world.count("domain_policies", "domain = 'victim.test'") == 1
    await world.settled()
    asked = world.victim.asked(method="POST")
    await alice.publish("not for victim")
    note = fan.note("adm12", cc=[alice.uri, PUBLIC])
    assert (await world.deliver(fan, fan.create(note))).status in (202, 401, 403)
    await world.settled()
    assert world.victim.asked(method="POST") == asked
    assert world.count("statuses", "uri = ?", note["id"]) == 0
    await browser.go("/admin/domains")
    assert (await browser.submit("/admin/domains/remove", {"domain": "victim.test"})).status == 303
    await world.until(lambda: world.count("accounts", "id = ? AND suspended_at IS NULL", row) == 1)
    # its server was never told that the follow ended: it stands again, once
    await world.until(lambda: world.count("follows", "account_id = ? AND state = 'accepted'", row) == 1)
    assert world.count("severed_follows", "target_id = ? AND outcome = 'restored'", row) == 1


async def test_ADM_14_no_spelling_opens_the_workings(world: World) -> None:
    user = await signed_in(await newcomer(world))
    spellings = (
        "/admin/delivery",
        "/admin/delivery/",
        "/ADMIN/delivery",
        "/admin/..;/admin/delivery",
        "/admin%2fdelivery",
    )
    spellings += (
        "/admin/%64elivery",
        "//admin/delivery",
        "/./admin/delivery",
        "/x/../admin/delivery",
        "/admin\\delivery",
    )
    spellings += ("/admin/delivery;x=1", "/admin/delivery%00", "/queue/..;/admin", "/sidekiq", "/jobs", "/admin/jobs")
    for path in spellings:
        for asker in (user, Browser(world)):
            answer = await asker.go(path)
            assert answer.status in (303, 400, 403, 404), (path, answer.status)
            assert answer.status != 303 or answer.headers["Location"].startswith("/login")
    for path in ("/metrics", "/METRICS", "/metrics/"):
        hidden = await world.get(path, headers={"X-Forwarded-For": "203.0.113.9"})
        assert hidden.status == 404, path
    admin = await signed_in(await newcomer(world, "admin"))
    assert (await admin.go("/admin/delivery")).status == 200
