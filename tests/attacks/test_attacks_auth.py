"""AUTH: applications, sign-in, sessions, tokens. What needs limits of its own is in test_attacks_auth_limits."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import re
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlencode

import node_support
import pytest
from attack_people import (
    PASSWORD,
    Browser,
    User,
    act_on,
    app_token,
    change,
    client,
    code_for,
    exchange,
    listen,
    newcomer,
    signed_in,
    subscriptions,
    timed,
    token,
)
from attack_world import Reply, World

from fedserver.api.routes import ROUTES

BACK = "https://client.test/back?x=%3A%2F%2F"
ME = "/api/v1/accounts/verify_credentials"
# what a forwarder that "normalises" would take for the registered address
OTHER_ADDRESSES = (
    BACK + "/more",
    BACK + "&y=1",
    BACK + "#f",
    "https://client.test:443/back?x=%3A%2F%2F",
    "https://client.test:8443/back?x=%3A%2F%2F",
    "https://me@client.test/back?x=%3A%2F%2F",
    "https://client.test/BACK?x=%3A%2F%2F",
    "https://client.test./back?x=%3A%2F%2F",
    "https://client.test/a/../back?x=%3A%2F%2F",
    "https://client.test/back?x=://",
    "https://client.test/bac",
    "https://client.test/",
    "https://client.test.evil.test/back?x=%3A%2F%2F",
    "https://evil.test/",
    "//evil.test/",
    "",
)


def code_request(app: dict[str, str], redirect: str = "https://client.test/back", **more: str) -> str:
    asked = {"client_id": app["client_id"], "redirect_uri": redirect, "response_type": "code", "scope": "read", **more}
    return f"/oauth/authorize?{urlencode(asked)}"


async def test_AUTH_01_only_the_exact_registered_address(world: World) -> None:
    app = await client(world, BACK)
    browser = await signed_in(await newcomer(world))
    assert (await browser.go(code_request(app, BACK))).status == 200
    for address in OTHER_ADDRESSES:
        answer = await browser.go(code_request(app, address))
        assert answer.status == 400 and "Location" not in answer.headers, address
        assert "client.test/back" not in answer.text.partition("<main")[2], address
    twice = await browser.go(f"{code_request(app, BACK)}&redirect_uri={quote('https://evil.test/', safe='')}")
    assert twice.status == 400 and "Location" not in twice.headers
    # the form is judged anew: what stands in it is the browser's word
    await browser.go(code_request(app, BACK))
    fields = {"client_id": app["client_id"], "response_type": "code", "scope": "read", "answer": "allow"}
    answer = await browser.submit("/oauth/authorize", {**fields, "redirect_uri": "https://evil.test/"})
    assert answer.status == 400 and "Location" not in answer.headers
    assert world.count("oauth_codes") == 0


async def test_AUTH_02_addresses_that_run_code_cannot_be_registered(world: World) -> None:
    before = world.count("oauth_apps")
    refused = [
        f"{scheme}:alert(1)" for scheme in ("javascript", "JavaScript", "data", "vbscript", "file", "blob", "about")
    ]
    refused += ["data:text/html,<script>", "https://ok.test/\njavascript:alert(1)", "https://ok.test/ data:x", "x"]
    refused += ["https://ok.test/#f", "https://me@ok.test/", "https://ok.test/\u202e", "https://" + "a" * 10_240]
    for text in refused:
        given = {"client_name": "x", "redirect_uris": text, "scopes": "read"}
        assert (await world.send("POST", "/api/v1/apps", json=given)).status == 422, text[:60]
        assert (await world.send("POST", "/api/v1/apps", json={**given, "redirect_uris": [text]})).status == 422
        assert (await world.send("POST", "/api/v1/apps", data=given)).status == 422
    many = {"client_name": "x", "redirect_uris": [f"https://ok.test/{n}" for n in range(500)]}
    assert (await world.send("POST", "/api/v1/apps", json=many)).status == 422
    assert world.count("oauth_apps") == before


async def test_AUTH_04_no_code_without_a_session_and_its_own_form(world: World) -> None:
    app = await client(world)
    path = code_request(app)
    fields = {
        "client_id": app["client_id"],
        "redirect_uri": "https://client.test/back",
        "response_type": "code",
        "scope": "read",
        "answer": "allow",
    }
    visitor = Browser(world)
    answer = await visitor.go(path)
    assert answer.status == 303 and answer.headers["Location"].startswith("/login?next=%2Foauth%2Fauthorize")
    assert (await visitor.submit("/oauth/authorize", fields, csrf="x")).status in (401, 403)
    one, other = await signed_in(await newcomer(world)), await signed_in(await newcomer(world))
    await other.go(path)
    await one.go(path)
    for given in ("", "x", other.hidden):
        assert (await one.submit("/oauth/authorize", fields, csrf=given)).status == 403, given
    for headers in ({"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        assert (await one.submit("/oauth/authorize", fields, csrf=one.hidden, headers=headers)).status == 403, headers
    # signing somebody in under the attacker's name
    user, fresh = await newcomer(world), Browser(world)
    values = {"login": user.name, "password": PASSWORD}
    assert (await fresh.submit("/login", values, csrf="")).status == 403
    await fresh.go("/login")
    assert (await fresh.submit("/login", values, headers={"Sec-Fetch-Site": "cross-site"})).status == 403
    borrowed = Browser(world)
    await borrowed.go("/login")
    assert (await Browser(world).submit("/login", values, csrf=borrowed.hidden)).status == 403
    assert world.count("oauth_codes") == 0


async def test_AUTH_05_consent_cannot_be_framed(world: World) -> None:
    browser = await signed_in(await newcomer(world))
    app = await client(world)
    for path in (code_request(app), "/oauth/authorize/native?code=x", "/login?force=1"):
        answer = await browser.go(path)
        assert answer.status == 200, path
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Frame-Options"] == "DENY", path


async def test_AUTH_07_a_code_used_twice_takes_back_what_it_gave(world: World) -> None:
    user, app = await newcomer(world), await client(world)
    code = await code_for(user, app)
    first = await exchange(world, app, code)
    assert (await world.get(ME, token=first.json["access_token"])).status == 200
    second = await exchange(world, app, code)
    assert (second.status, second.json["error"]) == (400, "invalid_grant")
    assert (await world.get(ME, token=first.json["access_token"])).status == 401
    # twenty at once: at most one of them works, and only until the second came
    code = await code_for(user, app)
    answers = await asyncio.gather(*[exchange(world, app, code) for _ in range(20)])
    given = [answer.json["access_token"] for answer in answers if answer.status == 200]
    assert len(given) <= 1
    for text in given:
        assert (await world.get(ME, token=text)).status == 401


async def test_AUTH_08_a_code_is_for_one_client_one_address_and_ten_minutes(world: World) -> None:
    user, app, thief = await newcomer(world), await client(world), await client(world)
    code = await code_for(user, app)
    stolen = await exchange(world, thief, code)
    assert (stolen.status, stolen.json["error"]) == (400, "invalid_grant")
    wrong = await exchange(world, {**app, "client_secret": thief["client_secret"]}, code)
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    assert (await exchange(world, app, code)).status == 200
    for address in ("https://client.test/Back", "https://client.test/back/", ""):
        answer = await exchange(world, app, await code_for(user, app), redirect_uri=address)
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant"), address
    late = await code_for(user, app)
    assert {row[0] for row in world.query("SELECT expires_at - created_at FROM oauth_codes")} == {600_000}
    change(world, "UPDATE oauth_codes SET expires_at = 1 WHERE used_at IS NULL")
    assert (await exchange(world, app, late)).json["error"] == "invalid_grant"


async def test_AUTH_10_pkce_is_s256_alone_and_cannot_be_left_out(world: World) -> None:
    user, app = await newcomer(world), await client(world)
    verifier = "v" * 43
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    browser = await signed_in(user)
    for challenge, method in ((verifier, "plain"), ("", "S256"), (digest, ""), (digest, "s256"), (digest[:-1], "S256")):
        path = code_request(app, code_challenge=challenge, code_challenge_method=method)
        assert (await browser.go(path)).status == 400, (challenge, method)
    assert (await browser.go(code_request(app, code_challenge=verifier))).status == 400
    fixed = {"code_challenge": digest, "code_challenge_method": "S256"}
    for given in ({}, {"code_verifier": ""}, {"code_verifier": "w" * 43}, {"code_verifier": digest}):
        # a wrong answer uses the code up: there is no second guess
        code = await code_for(user, app, **fixed)
        answer = await exchange(world, app, code, **given)
        assert (answer.status, answer.json["error"]) == (400, "invalid_grant"), given
        assert (await exchange(world, app, code, code_verifier=verifier)).status == 400
    assert (await exchange(world, app, await code_for(user, app, **fixed), code_verifier=verifier)).status == 200
    plain = await code_for(user, app)
    assert (await exchange(world, app, plain, code_verifier=verifier)).json["error"] == "invalid_grant"


async def test_AUTH_12_never_more_than_was_registered(world: World) -> None:
    user, app = await newcomer(world), await client(world, scopes="read:statuses")
    browser = await signed_in(user)
    for scope in ("admin:write", "read", "write", "READ:STATUSES", "read:statuses admin:read", "nonsense", "profile"):
        answer = await browser.go(code_request(app, scope=scope))
        assert answer.status == 400 and "Location" not in answer.headers, scope
        given = {**app, "grant_type": "client_credentials", "scope": scope}
        refused = await world.send("POST", "/oauth/token", json=given)
        assert (refused.status, refused.json["error"]) == (400, "invalid_scope"), scope
    code = await code_for(user, app, scope="read:statuses read:statuses")
    answer = await exchange(world, app, code, scope="read write admin:write")
    assert answer.json["scope"] == "read:statuses"
    assert (await world.get(ME, token=answer.json["access_token"])).status == 403
    assert (await world.send("POST", "/api/v1/apps", json={"client_name": "x", "scopes": "sudo"})).status == 422


async def test_AUTH_13_an_applications_own_token_is_no_user(world: World) -> None:
    app = await client(world, scopes="read write follow push")
    asked = {**app, "grant_type": "client_credentials", "scope": "read write follow push"}
    own = (await world.send("POST", "/oauth/token", json=asked)).json["access_token"]
    alice = await newcomer(world)
    post = await alice.publish("x")
    effects = world.effects()
    for method, path in (
        ("GET", "/api/v1/timelines/home"),
        ("GET", "/api/v1/scheduled_statuses"),
        ("GET", "/api/v1/notifications"),
        ("GET", "/api/v1/bookmarks"),
        ("POST", "/api/v1/statuses"),
        ("POST", "/api/v1/media"),
        ("POST", f"/api/v1/statuses/{post['id']}/favourite"),
        ("DELETE", f"/api/v1/statuses/{post['id']}"),
        ("POST", f"/api/v1/accounts/{alice.account_id}/follow"),
        ("PATCH", "/api/v1/accounts/update_credentials"),
        ("GET", "/oauth/userinfo"),
        ("GET", ME),
    ):
        assert (await world.send(method, path, token=own)).status in (401, 403, 422), path
    assert world.effects() == effects
    assert (await world.get("/api/v1/apps/verify_credentials", token=own)).status == 200


async def test_AUTH_16_tokens_stay_out_of_addresses_and_logs(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "fedserver")
    alice = await newcomer(world)
    for path in (ME, "/api/v1/timelines/home", "/api/v1/notifications"):
        assert (await world.get(f"{path}?access_token={alice.token}")).status == 401
    assert (
        await world.send("POST", "/api/v1/statuses", data={"status": "x", "access_token": alice.token})
    ).status == 401
    # the one exception: streams, because browsers give sockets no headers
    async with listen(world, f"access_token={alice.token}&stream=user"):
        pass
    assert (await alice.get(f"/api/v1/timelines/public?access_token={alice.token}")).status == 200
    linked = (await alice.get(f"/api/v1/timelines/public?access_token={alice.token}")).headers.get("Link", "")
    assert alice.token not in linked
    await exchange(world, await client(world), "a-code-that-is-secret")
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "fedserver.access" in told and alice.token not in told and "a-code-that-is-secret" not in told
    browser = await signed_in(alice)
    for path in ("/", "/settings/access", "/login?force=1", f"/@{alice.name}"):
        assert (await browser.go(path)).headers["Referrer-Policy"] == "same-origin", path


async def test_AUTH_17_revocation_is_the_clients_own_and_at_once(world: World) -> None:
    user = await newcomer(world)
    app, text = await app_token(world, user)
    thief = await client(world)
    for credentials in (thief, {"client_id": app["client_id"], "client_secret": "x"}, {}):
        answer = await world.send("POST", "/oauth/revoke", json={**credentials, "token": text})
        assert answer.status == 403, answer.text
        assert (await world.get(ME, token=text)).status == 200
    async with listen(world, f"access_token={text}&stream=user") as socket:
        await subscriptions(world, 1)
        assert (await world.send("POST", "/oauth/revoke", json={**app, "token": text})).status == 200
        assert await socket.closed() == 1008
    assert (await world.get(ME, token=text)).status == 401
    assert (await world.send("POST", "/oauth/revoke", json={**app, "token": "unknown"})).status == 200


@pytest.mark.parametrize("how", ["password", "reset link", "disabled", "suspended"])
async def test_AUTH_18_what_was_signed_in_before_is_dead_at_once(world: World, how: str) -> None:
    user = await newcomer(world)
    app, granted = await app_token(world, user)
    pending = await code_for(user, app)
    elsewhere, here = await signed_in(user), await signed_in(user)
    admin = await signed_in(await newcomer(world, "admin"))
    if how == "password":
        await here.go("/settings/password")
        fields = {"current": PASSWORD, "password": "another good one", "again": "another good one"}
        assert (await here.submit("/settings/password", fields)).status == 303
        assert (await here.go("/settings/profile")).status == 200
    elif how == "reset link":
        page = await act_on(admin, user, "reset")
        link = page.text.partition("/reset/")[2].partition('"')[0].partition("<")[0]
        visitor = Browser(world)
        assert (await visitor.go(f"/reset/{link}")).status == 200
        fields = {"password": "another good one", "again": "another good one"}
        assert (await visitor.submit(f"/reset/{link}", fields)).status == 303
        assert (await visitor.go(f"/reset/{link}")).status == 404
    else:
        assert (await act_on(admin, user, {"disabled": "disable", "suspended": "suspend"}[how])).status == 303
    for text in (granted, user.token):
        assert (await world.get(ME, token=text)).status in (401, 403), how
    assert (await elsewhere.go("/settings/profile")).status == 303
    assert (await exchange(world, app, pending)).json["error"] == "invalid_grant"
    visitor = Browser(world)
    answer = await visitor.sign_in(user.name)
    # whoever was locked out by moderators may say something against it, and is signed in nowhere
    assert answer.status == 422 or answer.headers["Location"].startswith("/appeal/")
    assert (await visitor.go("/settings/profile")).status == 303


async def test_AUTH_21_who_is_a_member_does_not_show(world: World) -> None:
    """Bodies, statuses and work. The limit on the difference is wide, because the machine is shared."""
    user = await newcomer(world)
    known, unknown = Browser(world), Browser(world)
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for _ in range(15):
        times["known"].append(await timed(lambda: known.sign_in(user.name, "not the password")))
        times["unknown"].append(await timed(lambda: unknown.sign_in("n" + user.name[1:], "not the password")))
    assert known.page is not None and unknown.page is not None
    assert (known.page.status, unknown.page.status) == (422, 422)
    plain = [
        page.text.replace(user.name, "NAME").replace("n" + user.name[1:], "NAME") for page in (known.page, unknown.page)
    ]
    assert _without_hidden(plain[0]) == _without_hidden(plain[1])
    assert abs(median(times["known"]) - median(times["unknown"])) < 0.02, times
    # an address that somebody uses is not told apart from a free one
    change(world, "UPDATE communities SET registration = 'open'")
    app = await client(world, scopes="read write")
    own = (
        await world.send(
            "POST", "/oauth/token", json={**app, "grant_type": "client_credentials", "scope": "read write"}
        )
    ).json
    given = {"password": PASSWORD, "agreement": True}
    taken = {**given, "username": f"{user.name}x", "email": f"{user.name}@example.org"}
    free = {**given, "username": f"{user.name}y", "email": "nobody.has.it@example.org"}
    answers = [
        await world.send("POST", "/api/v1/accounts", json=each, token=own["access_token"]) for each in (taken, free)
    ]
    assert [answer.status for answer in answers] == [200, 200], answers[0].text
    assert answers[0].json.keys() == answers[1].json.keys()


def _without_hidden(text: str) -> str:
    return re.sub(r'name="csrf" value="[^"]*"', "", text)


async def test_AUTH_27_cookies_are_strict_and_new_at_each_sign_in(world: World) -> None:
    user, browser = await newcomer(world), Browser(world)
    seen: list[str] = []
    planted = "planted-by-somebody-else"
    browser.jar["__Host-session"] = planted
    for _ in range(2):
        await browser.go("/login?force=1")
        answer = await browser.submit("/login", {"login": user.name, "password": PASSWORD})
        lines: list[str] = answer.headers.getall("Set-Cookie")  # type: ignore[attr-defined]
        line = next(each for each in lines if each.startswith("__Host-session="))
        flags = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags and not any("domain" in f for f in flags)
        seen.append(browser.jar["__Host-session"])
    assert planted not in seen and seen[0] != seen[1] and len(seen[0]) >= 22
    # the session of before is gone
    old = Browser(world)
    old.jar["__Host-session"] = seen[0]
    assert (await old.go("/settings/profile")).status == 303
    for lines in ([f"__Host-session={seen[1]}; __Host-session={seen[0]}"], [f"session={seen[1]}"]):
        answer = await world.get("/settings/profile", headers={"Cookie": lines[0]})
        assert answer.status == 303, lines


async def test_AUTH_29_users_who_wait_or_are_shut_out_reach_nothing(world: World) -> None:
    gone = await newcomer(world)
    admin = await signed_in(await newcomer(world, "admin"))
    assert (await act_on(admin, gone, "disable")).status == 303
    again = await token(world, gone.user_id)
    for given in (world.pend.token, world.susp.token, gone.token, again):
        for route in ROUTES:
            if route.auth == "none" or route.kind != "api" or route.pending:
                continue
            path = route.path.replace("{id}", "1").replace("{name}", "glass")
            answer = await world.send(route.method, path, token=given)
            assert answer.status in (401, 403), (route.path, answer.status)
        assert (await world.get("/oauth/userinfo", token=given)).status in (401, 403)
    # the documented few: confirming one's address
    open_to_them = {route.path for route in ROUTES if route.pending}
    assert open_to_them == {"/api/v1/emails/confirmations", "/api/v1/emails/check_confirmation"}
    assert (await world.send("POST", "/api/v1/emails/confirmations", token=world.pend.token)).status == 403
    moved = await newcomer(world)
    change(world, "UPDATE accounts SET moved_to_id = ? WHERE id = ?", gone.account_id, moved.account_id)
    assert (await moved.get("/api/v1/timelines/home")).status == 200
    assert (await moved.post("/api/v1/statuses", json={"status": "still here"})).status == 422


async def _keyed(user: User, key: str, text: str) -> Reply:
    return await user.post("/api/v1/statuses", json={"status": text}, headers={"Idempotency-Key": key})


async def test_AUTH_30_one_post_for_one_key(world: World) -> None:
    one, other = await newcomer(world), await newcomer(world)
    first = await _keyed(one, "k", "hello")
    assert (await _keyed(one, "k", "hello")).json["id"] == first.json["id"]
    changed = await _keyed(one, "k", "something else")
    assert changed.status in (409, 422)
    theirs = await _keyed(other, "k", "hello")
    assert theirs.status == 200 and theirs.json["id"] != first.json["id"]
    answers = await asyncio.gather(*[_keyed(one, "parallel", "once") for _ in range(20)])
    assert {answer.status for answer in answers} <= {200, 409}
    assert len({answer.json["id"] for answer in answers if answer.status == 200}) == 1
    assert world.count("statuses", "account_id = ?", one.account_id) == 2
    for key in ("x" * 5000, "ключ".encode().decode("latin-1"), " "):
        assert (await _keyed(one, key, "odd key")).status < 500


async def test_AUTH_30_the_key_outlives_a_restart(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("alice",)) as (alpha,):
        headers = {"Idempotency-Key": "k"}
        first = await alpha.alice.post("/api/v1/statuses", json={"status": "hello"}, headers=headers)
        await alpha.stop()
        await alpha.start()
        again = await alpha.alice.post("/api/v1/statuses", json={"status": "hello"}, headers=headers)
        assert again["id"] == first["id"]
        assert (await alpha.alice.raw("POST", "/api/v1/statuses", json={"status": "b"}, headers=headers))[0] in (
            409,
            422,
        )
