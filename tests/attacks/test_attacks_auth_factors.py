"""AUTH-23 and AUTH-24: confirming addresses; one-time codes are not repeated, tried out or gone round."""

from __future__ import annotations

import asyncio
import base64
import re
from pathlib import Path

import node_support
from access_support import Browser as MailBrowser
from access_support import MailServer, mail_server, mail_settings
from attack_people import PASSWORD, Browser, app_token, client, newcomer, signed_in
from attack_world import World

from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import users as user_rows
from fedserver.db.unit import Unit
from fedserver.domain import otp
from fedserver.kit.clock import now_ms
from fedserver.services import factors

WORLD = {"settings": {"limits": {"throttle_login": "off"}}}
JOIN = {"agree": "1", "password": "a long enough one"}


async def test_AUTH_23_an_address_is_confirmed_by_its_reader_alone(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("olga", "eve")) as (alpha,),
    ):
        await alpha.node.db.run(lambda unit: unit.run(community_rows.change(1, {"registration": "open"})))
        victim, eve = MailBrowser(alpha), await MailBrowser(alpha).signed_in("eve")
        await victim.go("/join")
        await victim.submit("/join", {**JOIN, "username": "vera", "email": "vera@example.org"})
        first = await _link(mails, 1)
        # another user's browser, a made-up link, a reset link used as one: nothing
        assert (await eve.go(first)).status == 404
        assert (await eve.submit(first, {}, csrf=(await eve.go("/settings/email")).csrf)).status == 404
        for path in ("/confirm/" + "A" * 43, first.replace("/confirm/", "/reset/"), first[:-1]):
            assert (await MailBrowser(alpha).go(path)).status == 404, path
        # changed, then the old one: refused, also after the change was confirmed
        await victim.go("/settings/email")
        fields = {"email": "vera2@example.org", "current": JOIN["password"]}
        assert (await victim.submit("/settings/email", fields)).status == 303
        second = await _link(mails, 2)
        assert (await victim.go(first)).status == 404
        page = await victim.go(second)
        answers = await asyncio.gather(*[victim.submit(second, {}, csrf=page.csrf) for _ in range(5)])
        assert sorted(answer.status for answer in answers) == [303, 404, 404, 404, 404]
        for link in (first, second):
            assert (await victim.go(link)).status == 404
        listed = await alpha.node.db.all(user_rows.listing())
        assert {user.username: user.email for user in listed}["vera"] == "vera2@example.org"
        # no unlimited sending
        await victim.go("/settings/email")
        sent = len(mails.letters)
        statuses = []
        for number in range(12):
            await victim.go("/settings/email")
            fields = {"email": f"spam{number}@example.org", "current": JOIN["password"]}
            statuses.append((await victim.submit("/settings/email", fields)).status)
        assert statuses.count(429) >= 6
        await asyncio.sleep(1)
        assert len(mails.letters) - sent <= 6


async def _link(mails: MailServer, count: int) -> str:
    letter = await mails.wait_for("Confirm", count)
    found = re.search(r"/confirm/[A-Za-z0-9_-]{43}", str(letter.get_content()))
    assert found
    return found[0]


async def guarded(world: World, user_id: int) -> tuple[bytes, list[str]]:
    """One-time codes of a user, set up: (secret, recovery codes)."""
    keyring = world.node.keyring
    shown = await world.node.db.run(lambda unit: factors.begin_totp(unit, keyring, user_id))
    secret = base64.b32decode(shown.secret + "=" * (-len(shown.secret) % 8))
    first = otp.code_at(secret, otp.step_of(now_ms()) - 1)
    return secret, await world.node.db.run(lambda unit: factors.confirm_totp(unit, keyring, user_id, first))


def check_at(world: World, user_id: int, code: str, moved_ms: int) -> factors.Verdict:
    """Judge a code as the node will at another time."""

    def work(unit: Unit) -> factors.Verdict:
        unit.now += moved_ms
        return factors.check_code(unit, world.node.keyring, user_id, code)

    return world.node.db.run(work)  # type: ignore[return-value]


async def test_AUTH_24_a_code_works_once_and_only_around_its_time(world: World) -> None:
    user = await newcomer(world)
    secret, recovery = await guarded(world, user.user_id)
    assert len(recovery) == 10
    base = 100 * otp.STEP_MS
    now = now_ms()
    step = otp.step_of(now + base)
    for distance in (-3, -2, 2, 3):
        assert await check_at(world, user.user_id, otp.code_at(secret, step + distance), base) is factors.Verdict.WRONG
    # one step behind, then the present one, then one ahead: each once, and never back
    for distance in (-1, 0, 1):
        code = otp.code_at(secret, step + distance)
        assert await check_at(world, user.user_id, code, base) is factors.Verdict.RIGHT, distance
        assert await check_at(world, user.user_id, code, base) is factors.Verdict.WRONG, distance
    assert await check_at(world, user.user_id, otp.code_at(secret, step), base) is factors.Verdict.WRONG
    # twenty at once: one
    code = otp.code_at(secret, step + 10)
    verdicts = await asyncio.gather(
        *[check_at(world, user.user_id, code, base + 10 * otp.STEP_MS) for _ in range(5)],
    )
    assert verdicts.count(factors.Verdict.RIGHT) == 1
    # another user's secret and recovery codes are worth nothing
    other = await newcomer(world)
    theirs, more = await guarded(world, other.user_id)
    for text in (otp.code_at(theirs, step + 50), more[0], recovery[0] + more[0]):
        assert await check_at(world, user.user_id, text, base + 50 * otp.STEP_MS) is not factors.Verdict.RIGHT


async def test_AUTH_24_ten_tries_then_an_hour(world: World) -> None:
    user = await newcomer(world)
    secret, recovery = await guarded(world, user.user_id)
    browsers = []
    for _ in range(3):
        browser = Browser(world)
        assert (await browser.sign_in(user.name)).headers["Location"] == "/login/second"
        await browser.go("/login/second")
        browsers.append(browser)
    for number in range(10):
        answer = await browsers[number % 3].submit("/login/second", {"code": f"{number:06}"})
        assert answer.status == 422
    for browser in browsers:
        for right in (otp.code_at(secret, otp.step_of(now_ms())), recovery[0]):
            answer = await browser.submit("/login/second", {"code": right})
            assert answer.status == 422 and "__Host-session" not in browser.jar
    hour = factors.LOCK_MS + 1000
    # after the hour one wrong code is enough to wait for another
    assert await check_at(world, user.user_id, "000000", hour) is factors.Verdict.LOCKED
    assert await check_at(world, user.user_id, recovery[0], hour) is factors.Verdict.LOCKED
    assert await check_at(world, user.user_id, recovery[0], 2 * hour) is factors.Verdict.RIGHT


async def test_AUTH_24_no_way_round(world: World) -> None:
    user = await newcomer(world)
    app, granted = await app_token(world, user)
    await guarded(world, user.user_id)
    # the password grant does not exist
    asked = {**app, "grant_type": "password", "username": user.name, "password": PASSWORD, "scope": "read"}
    for kind in ("password", "urn:ietf:params:oauth:grant-type:jwt-bearer", "implicit"):
        answer = await world.send("POST", "/oauth/token", json={**asked, "grant_type": kind})
        assert (answer.status, answer.json["error"]) == (400, "unsupported_grant_type"), kind
    # half a sign-in opens nothing: no page, no consent, no code
    half = Browser(world)
    await half.sign_in(user.name)
    fresh = await client(world)
    query = f"client_id={fresh['client_id']}&redirect_uri=https://client.test/back&response_type=code&scope=read"
    for path in (f"/oauth/authorize?{query}", "/settings/two-factor", "/settings/tokens", "/admin"):
        answer = await half.go(path)
        assert answer.status == 303 and answer.headers["Location"].startswith("/login?next="), path
    codes = world.count("oauth_codes")
    await half.go("/login/second")
    fields = {"client_id": fresh["client_id"], "redirect_uri": "https://client.test/back", "response_type": "code"}
    assert (await half.submit("/oauth/authorize", {**fields, "scope": "read", "answer": "allow"})).status in (401, 403)
    assert world.count("oauth_codes") == codes
    # a reset link sets a password; the second factor is still asked for
    admin = await signed_in(await newcomer(world, "admin"))
    await admin.go(f"/admin/people/{user.account_id}")
    page = await admin.submit(f"/admin/people/{user.account_id}", {"action": "reset"})
    link = re.search(r"/reset/[A-Za-z0-9_-]+", page.text)
    assert link
    visitor = Browser(world)
    await visitor.go(link[0])
    await visitor.submit(link[0], {"password": "another good one", "again": "another good one"})
    assert (await visitor.sign_in(user.name, "another good one")).headers["Location"] == "/login/second"
    # the cookie of the second step is a secret like a session's
    lines: list[str] = visitor.page.headers.getall("Set-Cookie")  # type: ignore[union-attr, attr-defined]
    line = next(each for each in lines if each.startswith("__Host-step="))
    flags = {part.strip().lower() for part in line.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= flags
    assert (await world.get("/api/v1/accounts/verify_credentials", token=granted)).status == 401
