"""Second factors on a whole node: one-time codes, recovery codes, passkeys; and everything that must not sign in."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path

import node_support
import pytest
from access_support import Authenticator, Browser, Page, mail_server, mail_settings
from node_support import PASSWORD, RunningNode

from fedserver.db.queries import factors as rows
from fedserver.domain import otp
from fedserver.kit.clock import now_ms

HERE = "/settings/two-factor"


def secret_of(page: Page) -> bytes:
    found = re.search(r"secret=([A-Z2-7]+)", html.unescape(page.text))
    assert found
    return base64.b32decode(found[1] + "=" * (-len(found[1]) % 8))


async def set_up(browser: Browser) -> tuple[bytes, list[str]]:
    """One-time codes as a person sets them up: (secret, recovery codes)."""
    await browser.go(HERE)
    begun = await browser.submit(f"{HERE}/codes/begin", {"current": PASSWORD})
    assert begun.status == 303, begun.text
    page = await browser.go(begun.location)
    assert "<svg" in page.text and "style=" not in page.text
    secret = secret_of(page)
    done = await browser.submit(f"{HERE}/codes", {"code": otp.code_at(secret, otp.step_of(now_ms()) - 1)})
    assert done.status == 200, done.text
    return secret, re.findall(r"<code>([a-z2-7-]{19})</code>", done.text)


async def add_key(browser: Browser, device: Authenticator, name: str = "blue key") -> Page:
    await browser.go(HERE)
    begun = await browser.submit(f"{HERE}/passkey/begin", {"current": PASSWORD, "name": name})
    assert begun.status == 303, begun.text
    page = await browser.go(begun.location)
    return await browser.submit(f"{HERE}/passkey", {"credential": device.create(page.options)})


def device_of(node: RunningNode) -> Authenticator:
    return Authenticator(node.config.server.base_url, node.config.server.domain)


async def test_one_time_codes_guard_the_sign_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        browser = await Browser(alpha).signed_in("ann")
        secret, recovery = await set_up(browser)
        assert len(recovery) == len(set(recovery)) == 10
        stored = await alpha.node.db.one(rows.totp_of(alpha.ann.user_id))
        assert stored is not None and secret not in stored.sealed
        # the password alone is no session, whatever page is asked for
        other = Browser(alpha)
        half = await other.sign_in("ann", target="/settings/tokens")
        assert half.status == 303 and half.location == "/login/second" and "session" not in other.jar
        for path in ("/settings/profile", "/oauth/authorize?client_id=x", "/admin"):
            assert (await other.go(path)).location.startswith("/login?next="), path
        await other.go("/login/second")
        for wrong in (
            "000000",
            "",
            "abc",
            "1" * 40,
            otp.code_at(secret, otp.step_of(now_ms()) - 1),
            "12345678901234567",
        ):
            assert (await other.submit("/login/second", {"code": wrong})).status == 422, wrong
        code = otp.code_at(secret, otp.step_of(now_ms()))
        done = await other.submit("/login/second", {"code": f"{code[:3]} {code[3:]}"})
        assert done.status == 303 and done.location == "/settings/tokens" and "session" in other.jar
        # the same code does not work again, not even for another sign-in
        third = Browser(alpha)
        await third.sign_in("ann")
        await third.go("/login/second")
        assert (await third.submit("/login/second", {"code": code})).status == 422
        # a recovery code works once
        right = await third.submit("/login/second", {"code": recovery[0].upper().replace("-", " ")})
        assert right.status == 303
        fourth = Browser(alpha)
        await fourth.sign_in("ann")
        await fourth.go("/login/second")
        assert (await fourth.submit("/login/second", {"code": recovery[0]})).status == 422
        assert await alpha.node.db.one(rows.codes_left(alpha.ann.user_id)) == 9
        # somebody else's cookie of the second step is no way around the password
        assert (await (Browser(alpha)).go("/login/second")).location == "/login"
        told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
        assert otp.secret_text(secret) not in told and recovery[0] not in told and code not in told


async def test_turning_codes_off_asks_for_the_password(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",)) as (alpha,):
        browser = await Browser(alpha).signed_in("ann")
        for path in ("codes/begin", "passkey/begin", "recovery"):
            await browser.go(HERE)
            answer = await browser.submit(f"{HERE}/{path}", {"current": "wrong", "name": "x"})
            assert answer.status == 422, path
        await set_up(browser)
        await browser.go(HERE)
        assert (await browser.submit(f"{HERE}/codes/drop", {"current": "wrong"})).status == 422
        await browser.go(HERE)
        assert (await browser.submit(f"{HERE}/codes/drop", {"current": PASSWORD}, csrf="x")).status == 403
        await browser.go(HERE)
        shown = await browser.submit(f"{HERE}/recovery", {"current": PASSWORD})
        assert shown.status == 200 and len(re.findall(r"<code>", shown.text)) == 10
        await browser.go(HERE)
        assert (await browser.submit(f"{HERE}/codes/drop", {"current": PASSWORD})).status == 303
        await Browser(alpha).signed_in("ann")
        assert await alpha.node.db.one(rows.codes_left(alpha.ann.user_id)) == 0


async def test_wrong_codes_lock_and_the_owner_is_told(tmp_path: Path) -> None:
    async with mail_server() as mails:
        settings = mail_settings(mails) | {"limits": {"throttle_login": "off"}}
        async with node_support.cluster(tmp_path, settings=settings, alpha=("ann",)) as (alpha,):
            browser = await Browser(alpha).signed_in("ann")
            secret, recovery = await set_up(browser)
            thief = Browser(alpha)
            await thief.sign_in("ann")
            await thief.go("/login/second")
            for number in range(10):
                page = await thief.submit("/login/second", {"code": "999999"})
                assert page.status == 422, number
            # even the right ones are refused now, with this sign-in and any other
            for code in (otp.code_at(secret, otp.step_of(now_ms())), recovery[0]):
                assert (await thief.submit("/login/second", {"code": code})).status == 422
            assert (await thief.sign_in("ann")).location == "/login/second"
            await thief.go("/login/second")
            assert (await thief.submit("/login/second", {"code": recovery[1]})).status == 422
            letter = await mails.wait_for("Somebody knows your password")
            assert "ann@example.org" in letter["To"]
            assert sum("Somebody knows" in each["Subject"] for each in mails.letters) == 1


async def test_passkeys_sign_in_alone_and_as_a_second_factor(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        browser, device = await Browser(alpha).signed_in("ann"), device_of(alpha)
        first = await add_key(browser, device, "<b>blue</b> key")
        assert first.status == 200 and len(re.findall(r"<code>", first.text)) == 10
        page = await browser.go(HERE)
        assert "&lt;b&gt;blue" in page.text and "<b>blue" not in page.text
        # after the password
        second = Browser(alpha)
        assert (await second.sign_in("ann")).location == "/login/second"
        asked = await second.go("/login/second")
        assert "script-src 'self'" in asked.headers["Content-Security-Policy"] and "One-time code" not in asked.text
        done = await second.submit("/login/second", {"credential": device.get(asked.options, verifies=False)})
        assert done.status == 303 and "session" in second.jar
        # without one
        alone = Browser(alpha)
        await alone.go("/login")
        begun = await alone.submit("/login/passkey", {"next": "/settings/access"})
        assert begun.location == "/login/second"
        asked = await alone.go("/login/second")
        assert asked.options["allowCredentials"] == [] and asked.options["userVerification"] == "required"
        answer = device.get(asked.options)
        done = await alone.submit("/login/second", {"credential": answer})
        assert done.status == 303 and done.location == "/settings/access"
        assert "ann" in (await alone.go("/settings/access")).text
        # the same answer again, in the same browser and in another
        for thief in (alone, Browser(alpha)):
            await thief.go("/login?force=1")
            await thief.submit("/login/passkey", {})
            await thief.go("/login/second")
            assert (await thief.submit("/login/second", {"credential": answer})).status == 422
        # removal asks for the password
        key = (await alpha.node.db.all(rows.passkeys_of(alpha.ann.user_id)))[0]
        assert key.sign_count == 2
        await browser.go(HERE)
        assert (await browser.submit(f"{HERE}/passkeys/{key.id}/drop", {"current": "wrong"})).status == 422
        ben = await Browser(alpha).signed_in("ben")
        await ben.go(HERE)
        assert (await ben.submit(f"{HERE}/passkeys/{key.id}/drop", {"current": PASSWORD})).status == 404
        await browser.go(HERE)
        assert (await browser.submit(f"{HERE}/passkeys/{key.id}/drop", {"current": PASSWORD})).status == 303
        await Browser(alpha).signed_in("ann")


WRONG_ANSWERS: tuple[dict[str, object], ...] = (
    {"origin": "http://evil.test"},
    {"origin": "http://alpha.test.evil.test"},
    {"rp_id": "evil.test"},
    {"challenge": "AAAA"},
    {"step": 0},
    {"verifies": False},
    {"handle": "AAAAAAAAAAE"},
)


@pytest.mark.parametrize("wrong", WRONG_ANSWERS, ids=lambda wrong: str(next(iter(wrong))))
async def test_a_passkeys_answer_is_for_here_for_now_and_for_one(tmp_path: Path, wrong: dict[str, object]) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",)) as (alpha,):
        browser, device = await Browser(alpha).signed_in("ann"), device_of(alpha)
        await add_key(browser, device)
        # a first use, so that a counter that does not move is seen
        alone = Browser(alpha)
        for values, expected in (({}, 303), (wrong, 422)):
            await alone.go("/login?force=1")
            await alone.submit("/login/passkey", {})
            asked = await alone.go("/login/second")
            answer = await alone.submit("/login/second", {"credential": device.get(asked.options, **values)})
            assert answer.status == expected, values


async def test_a_passkey_is_registered_only_as_it_was_asked_for(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        browser, device = await Browser(alpha).signed_in("ann"), device_of(alpha)
        await browser.go(HERE)
        begun = await browser.submit(f"{HERE}/passkey/begin", {"current": PASSWORD, "name": "key"})
        page = await browser.go(begun.location)
        options = page.options
        bad = [device.create(options, **wrong) for wrong in ({"origin": "http://evil.test"}, {"rp_id": "evil.test"})]
        bad += [
            device.create(options, challenge="AAAA"),
            "",
            "{",
            "[]",
            '{"id": 7}',
            '{"id": "a", "response": 1}',
            "x" * 30_000,
        ]
        for answer in bad:
            refused = await browser.submit(f"{HERE}/passkey", {"credential": answer}, csrf=page.csrf)
            assert refused.status == 422, answer[:60]
        # another user's browser cannot finish it
        ben = await Browser(alpha).signed_in("ben")
        ben.jar["step"] = browser.jar["step"]
        await ben.go(HERE)
        assert (await ben.submit(f"{HERE}/passkey", {"credential": device.create(options)})).location == HERE
        assert (await alpha.node.db.all(rows.passkeys_of(alpha.ben.user_id))) == []
        right = device.create(options)
        assert (await browser.submit(f"{HERE}/passkey", {"credential": right}, csrf=page.csrf)).status == 200
        # one credential is one user's
        await ben.go(HERE)
        begun = await ben.submit(f"{HERE}/passkey/begin", {"current": PASSWORD, "name": "key"})
        await ben.go(begun.location)
        assert (await ben.submit(f"{HERE}/passkey", {"credential": right})).status == 422


async def test_a_new_password_voids_a_sign_in_half_done_and_admins_help_who_lost_everything(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        browser, device = await Browser(alpha).signed_in("ann"), device_of(alpha)
        await add_key(browser, device)
        thief = Browser(alpha)
        await thief.sign_in("ann")
        asked = await thief.go("/login/second")
        await browser.go("/settings/password")
        fields = {"current": PASSWORD, "password": "another good one", "again": "another good one"}
        assert (await browser.submit("/settings/password", fields)).status == 303
        late = await thief.submit("/login/second", {"credential": device.get(asked.options)})
        assert late.location == "/login" and "session" not in thief.jar
        olga = await Browser(alpha).signed_in("olga")
        page = await olga.go(f"/admin/people/{alpha.ann.account_id}")
        assert "Remove second factors" in page.text
        answer = await olga.submit(f"/admin/people/{alpha.ann.account_id}", {"action": "factors"})
        assert answer.status == 303
        assert (await Browser(alpha).sign_in("ann", "another good one")).location == "/"
