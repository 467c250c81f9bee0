"""Mail on a whole node with a mail server on loopback: confirming, resetting, being told; and F39, when it is dead."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from statistics import median
from typing import Any

import node_support
import pytest
from access_support import Browser, MailServer, Page, mail_server, mail_settings
from node_support import PASSWORD, RunningNode

from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import jobs as job_rows
from fedserver.db.queries import users as rows
from fedserver.domain.letters import Letter, message_of
from fedserver.jobs import upkeep
from fedserver.render.mails import KINDS, About, words_of

NEWEST = (1 << 63) - 1
JOIN = {"agree": "1", "password": "a long enough one", "reason": "pictures"}


async def open_to(node: RunningNode, mode: str) -> None:
    await node.node.db.run(lambda unit: unit.run(community_rows.change(1, {"registration": mode})))


async def joined(node: RunningNode, name: str, address: str) -> tuple[Browser, Page]:
    browser = Browser(node)
    await browser.go("/join")
    return browser, await browser.submit("/join", {**JOIN, "username": name, "email": address})


def link_in(letter: EmailMessage, kind: str) -> str:
    found = re.search(rf"http://alpha\.test(/{kind}/[A-Za-z0-9_-]{{43}})\b", str(letter.get_content()))
    assert found, letter.get_content()
    return found[1]


async def state_of(node: RunningNode, name: str) -> str:
    listed = await node.node.db.all(rows.listing())
    return next(user.state for user in listed if user.username == name)


async def confirm(browser: Browser, link: str) -> Page:
    page = await browser.go(link)
    assert page.status == 200, page.text
    return await browser.submit(link, {})


def database_of(node: RunningNode) -> sqlite3.Connection:
    return sqlite3.connect(node.config.database.url.removeprefix("sqlite:///"), timeout=10)


def stored(node: RunningNode) -> bytes:
    """Everything that stands in the queue of jobs."""
    with closing(database_of(node)) as database:
        return repr(database.execute("SELECT * FROM jobs").fetchall()).encode()


async def until(check: Callable[[], Any], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not await check():
        assert time.monotonic() < end
        await asyncio.sleep(0.05)


async def test_an_address_is_confirmed_before_anything_else(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("olga",)) as (alpha,),
    ):
        await open_to(alpha, "approval")
        browser, answer = await joined(alpha, "nina", "Nina@Example.org")
        assert answer.location == "/settings/email"
        page = await browser.go("/settings/email")
        assert "nina@example.org" in page.text and "Access tokens" not in page.text
        for path in ("/settings/profile", "/settings/tokens", "/settings/two-factor"):
            assert (await browser.go(path)).location == "/settings/email", path
        letter = await mails.wait_for("Confirm your e-mail address")
        assert letter["To"] == "nina@example.org" and mails.recipients == ["nina@example.org"]
        assert letter.get_content_type() == "text/plain" and letter["Auto-Submitted"] == "auto-generated"
        assert letter["From"].addresses[0].addr_spec == "noreply@alpha.test" and "http" not in letter["Subject"]
        assert not any("Requests to join" in each["Subject"] for each in mails.letters)
        link = link_in(letter, "confirm")
        # reading the link (as mail programs do) confirms nothing; another user's browser cannot
        assert (await Browser(alpha).go(link)).status == 200 and await state_of(alpha, "nina") == "unconfirmed"
        olga = await Browser(alpha).signed_in("olga")
        assert (await olga.go(link)).status == 404
        assert (await confirm(browser, link)).location == "/"
        assert await state_of(alpha, "nina") == "pending"
        assert (await browser.go(link)).status == 404
        await mails.wait_for("Somebody asks to join")
        listed = await alpha.node.db.all(rows.listing())
        user = next(each for each in listed if each.username == "nina")
        await olga.go("/admin/registrations")
        await olga.submit(f"/admin/registrations/{user.id}", {"action": "approve"})
        welcome = await mails.wait_for("Welcome to")
        assert welcome["To"] == "nina@example.org" and "nina" in welcome.get_content()
        assert (await Browser(alpha).sign_in("nina@example.org", JOIN["password"])).location == "/"


async def test_another_mail_voids_the_first_link_and_there_are_not_many(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("olga",)) as (alpha,),
    ):
        await open_to(alpha, "open")
        browser, _ = await joined(alpha, "nina", "first@example.org")
        first = link_in(await mails.wait_for("Confirm"), "confirm")
        await browser.go("/settings/email")
        fields = {"email": "second@example.org", "current": JOIN["password"]}
        assert (await browser.submit("/settings/email", {**fields, "current": "wrong"})).status == 422
        await browser.go("/settings/email")
        assert (await browser.submit("/settings/email", fields)).status == 303
        letter = await mails.wait_for("Confirm", 2)
        assert letter["To"] == "second@example.org"
        assert (await browser.go(first)).status == 404
        limited = 0
        for _ in range(8):
            await browser.go("/settings/email")
            answer = await browser.submit("/settings/email/remind", {"action": "remind"})
            limited += answer.status == 429
        assert limited >= 3
        await asyncio.sleep(0.5)
        newest = mails.letters[-1]
        assert (await confirm(browser, link_in(newest, "confirm"))).location == "/settings/email"
        assert await state_of(alpha, "nina") == "active"


async def test_a_taken_address_looks_like_any_other(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("olga", "ann")) as (alpha,),
    ):
        await open_to(alpha, "open")
        _, taken = await joined(alpha, "nina", "ann@example.org")
        _, free = await joined(alpha, "nora", "nobody.has.it@example.org")
        assert (taken.status, taken.location) == (free.status, free.location)
        letter = await mails.wait_for("was given again")
        assert letter["To"] == "ann@example.org" and "/confirm/" not in letter.get_content()
        # two who claim one address: whoever reads the mail has it
        one, _ = await joined(alpha, "max1", "max@example.org")
        two, _ = await joined(alpha, "max2", "max@example.org")
        await until(lambda: _count(mails, "max@example.org", 2))
        links = [link_in(each, "confirm") for each in mails.letters if each["To"] == "max@example.org"]
        assert (await confirm(two, links[1])).status == 303
        assert (await one.submit(links[0], {}, csrf=(await one.go("/settings/email")).csrf)).status == 404


async def _count(mails: MailServer, address: str, count: int) -> bool:
    return sum(each["To"] == address for each in mails.letters) >= count


async def test_the_api_of_confirmation(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("olga",)) as (alpha,),
    ):
        await open_to(alpha, "open")

        async def call(method: str, path: str, token: str = "", **data: Any) -> tuple[int, Any]:
            headers = {"Host": "alpha.test"} | ({"Authorization": f"Bearer {token}"} if token else {})
            async with alpha.http.request(method, alpha.url + path, headers=headers, json=data or None) as answer:
                return answer.status, await answer.json(content_type=None)

        apps = []
        for name in ("one", "two"):
            given = {"client_name": name, "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
            app = (await call("POST", "/api/v1/apps", **given))[1]
            ask = {"grant_type": "client_credentials", "scope": "read write"}
            keys = {key: app[key] for key in ("client_id", "client_secret")}
            apps.append((app, (await call("POST", "/oauth/token", **keys, **ask))[1]["access_token"]))
        person = {"username": "nina", "password": JOIN["password"], "agreement": True, "locale": "en"}
        assert (await call("POST", "/api/v1/accounts", apps[0][1], **person))[0] == 422
        person["email"] = "nina@example.org"
        status, issued = await call("POST", "/api/v1/accounts", apps[0][1], **person)
        assert status == 200
        token = issued["access_token"]
        for method, path in (("GET", "/api/v1/accounts/verify_credentials"), ("GET", "/api/v1/timelines/home")):
            status, told = await call(method, path, token)
            assert (status, told["error"]) == (403, "Your login is missing a confirmed e-mail address")
        assert await call("GET", "/api/v1/emails/check_confirmation", token) == (200, False)
        assert (await call("POST", "/api/v1/emails/confirmations"))[0] == 401
        assert (await call("POST", "/api/v1/emails/confirmations", apps[0][1]))[0] == 422
        status, told = await call("POST", "/api/v1/emails/confirmations", alpha.olga.token)
        only = "This method is only available to the application the user originally signed-up with"
        assert (status, told["error"]) == (403, only)
        assert await call("POST", "/api/v1/emails/confirmations", token, email="nina2@example.org") == (200, {})
        letter = await mails.wait_for("Confirm", 2)
        assert letter["To"] == "nina2@example.org"
        assert (await confirm(Browser(alpha), link_in(letter, "confirm"))).location == "/login"
        assert await call("GET", "/api/v1/emails/check_confirmation", token) == (200, True)
        assert (await call("GET", "/api/v1/accounts/verify_credentials", token))[0] == 200
        status, told = await call("POST", "/api/v1/emails/confirmations", token)
        waiting = "This method is only available while the e-mail is awaiting confirmation"
        assert (status, told["error"]) == (403, waiting)


async def test_a_forgotten_password(tmp_path: Path) -> None:
    async with mail_server() as mails:
        settings = mail_settings(mails) | {"limits": {"throttle_password_reset": "off"}}
        async with node_support.cluster(tmp_path, settings=settings, alpha=("olga", "ann")) as (alpha,):
            ann, visitor = await Browser(alpha).signed_in("ann"), Browser(alpha)
            texts: dict[str, str] = {}
            times: dict[str, list[float]] = {"ann@example.org": [], "nobody@example.org": []}
            for _ in range(10):
                for address, taken in times.items():
                    await visitor.go("/reset")
                    began = time.perf_counter()
                    answer = await visitor.submit("/reset", {"email": address})
                    taken.append(time.perf_counter() - began)
                    assert answer.status == 200
                    texts[address] = answer.text
            assert texts["ann@example.org"] == texts["nobody@example.org"]
            assert abs(median(times["ann@example.org"]) - median(times["nobody@example.org"])) < 0.02, times
            await mails.wait_for("Set a new password")
            await until(lambda: _no_jobs(alpha))
            assert {each["To"] for each in mails.letters} == {"ann@example.org"}
            links = [link_in(each, "reset") for each in mails.letters]
            if len(links) > 1:
                assert (await visitor.go(links[0])).status == 404, "only the newest link works"
            fields = {"password": "another good one", "again": "another good one"}
            await visitor.go(links[-1])
            assert (await visitor.submit(links[-1], fields)).location == "/login"
            assert (await visitor.go(links[-1])).status == 404
            assert (await ann.go("/settings/profile")).location.startswith("/login")
            status, _, _ = await alpha.ann.raw("GET", "/api/v1/accounts/verify_credentials")
            assert status == 401
            assert (await mails.wait_for("password on")).get_content().count("ann") >= 1
            assert (await Browser(alpha).sign_in("ann", "another good one")).location == "/"


async def _no_jobs(node: RunningNode) -> bool:
    return not any(each.name == "mail.send" for each in await node.node.db.all(job_rows.waiting()))


async def test_a_changed_address_is_told_to_the_old_one(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("ann",)) as (alpha,),
    ):
        ann = await Browser(alpha).signed_in("ann")
        await ann.go("/settings/email")
        await ann.submit("/settings/email", {"email": "new@example.org", "current": PASSWORD})
        assert (await Browser(alpha).sign_in("new@example.org")).status == 422
        link = link_in(await mails.wait_for("Confirm"), "confirm")
        assert (await confirm(ann, link)).location == "/settings/email"
        letter = await mails.wait_for("was changed")
        assert letter["To"] == "ann@example.org" and "new@example.org" not in letter.get_content()
        assert (await Browser(alpha).sign_in("new@example.org")).location == "/"
        await ann.go("/settings/email")
        await ann.submit("/settings/email", {"email": "third@example.org", "current": PASSWORD})
        late = link_in(await mails.wait_for("Confirm", 2), "confirm")
        await ann.go("/settings/email")
        await ann.submit("/settings/email/remind", {"action": "withdraw"})
        assert (await ann.go(late)).status == 404


@pytest.mark.parametrize("behaviour", ["hang", "busy", "refuse", "dead"])
async def test_F39_a_mail_server_in_trouble_holds_up_nobody(tmp_path: Path, behaviour: str) -> None:
    async with mail_server() as mails:
        settings = mail_settings(mails)
        if behaviour == "dead":
            settings["mail"]["url"] = f"smtp://127.0.0.1:{node_support.free_port()}"
        else:
            mails.behaviour = behaviour
        async with node_support.cluster(tmp_path, settings=settings, alpha=("olga", "ann")) as (alpha,):
            await open_to(alpha, "open")
            assert alpha.node.parts.mailer is not None
            alpha.node.parts.mailer._timeout_s = 1.0
            began = time.monotonic()
            browser, answer = await joined(alpha, "nina", "nina@example.org")
            assert answer.status == 303 and await state_of(alpha, "nina") == "unconfirmed"
            await browser.go("/reset")
            assert (await browser.submit("/reset", {"email": "ann@example.org"})).status == 200
            assert time.monotonic() - began < 3
            # posts and deliveries go on
            assert (await alpha.ann.post("/api/v1/statuses", json={"status": "hello"}))["id"]
            if behaviour == "refuse":
                # for ever: kept, with a reason that names nobody
                await until(lambda: _dead(alpha, 2))
                buried = await alpha.node.db.all(job_rows.dead(NEWEST, 5))
                failed = next(job for job in buried if "confirm" in job.payload)
                assert "550" in (failed.last_error or "") and "example.org" not in (failed.last_error or "")
                olga = await Browser(alpha).signed_in("olga")
                page = await olga.go("/admin/delivery")
                assert "Try again" in page.text
                mails.behaviour = "accept"
                answer = await olga.submit(f"/admin/delivery/jobs/{failed.id}", {"action": "retry"})
                assert answer.status == 303
                ann = await Browser(alpha).signed_in("ann")
                await ann.go("/settings/profile")
                assert (await ann.submit(f"/admin/delivery/jobs/{failed.id}", {"action": "retry"})).status == 403
            else:
                await until(lambda: _tried(alpha))
                assert not await alpha.node.db.all(job_rows.dead(NEWEST, 5))
                queue = stored(alpha)
                assert b"mail.send" in queue and b"/confirm/" not in queue and b"/reset/" not in queue
                if behaviour == "dead":
                    return
                mails.behaviour = "accept"
                # what is in hand fails once more; then nobody waits for the next turn
                await asyncio.sleep(1.5)
                alpha.node.parts.mailer._down_until = 0.0
                with closing(database_of(alpha)) as database, database:
                    database.execute("UPDATE jobs SET run_at = 0 WHERE name = 'mail.send'")
                alpha.node.jobs.wake()
            await mails.wait_for("Confirm your e-mail", seconds=40)


async def _dead(node: RunningNode, count: int) -> bool:
    return len(await node.node.db.all(job_rows.dead(NEWEST, 5))) >= count


async def _tried(node: RunningNode) -> bool:
    return b"MailFailed" in stored(node)


async def test_without_mail_links_are_made_by_hand(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        await open_to(alpha, "open")
        page = await Browser(alpha).go("/reset")
        assert page.status == 200 and "Ask the people" in page.text and "<form" not in page.text.partition("<main")[2]
        visitor = Browser(alpha)
        await visitor.go("/login")
        assert (await visitor.submit("/reset", {"email": "ann@example.org"})).status == 404
        _, answer = await joined(alpha, "nina", "")
        assert answer.location == "/@nina" and await state_of(alpha, "nina") == "active"
        olga = await Browser(alpha).signed_in("olga")
        await olga.go(f"/admin/people/{alpha.ann.account_id}")
        made = await olga.submit(f"/admin/people/{alpha.ann.account_id}", {"action": "reset"})
        link = re.search(r"/reset/[A-Za-z0-9_-]{43}", made.text)
        assert link and (await Browser(alpha).go(link[0])).status == 200
        ann = await Browser(alpha).signed_in("ann")
        await ann.go("/settings/email")
        assert (await ann.submit("/settings/email", {"email": "new@example.org", "current": PASSWORD})).status == 303
        assert (await Browser(alpha).sign_in("new@example.org")).location == "/"
        assert not any(each.name == "mail.send" for each in await alpha.node.db.all(job_rows.waiting()))


async def test_a_sign_in_from_elsewhere_is_told(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("ann",)) as (alpha,),
    ):
        await Browser(alpha).signed_in("ann")
        # another browser at the same address is nothing new; another address as well is
        other = Browser(alpha)
        await other.go("/login")
        fields = {"login": "ann", "password": PASSWORD}
        await other.submit("/login", fields, **{"User-Agent": "Other/1"})
        with closing(database_of(alpha)) as database, database:
            database.execute("UPDATE sessions SET ip = '203.0.113.9'")
        third = Browser(alpha)
        await third.go("/login")
        await third.submit("/login", fields, **{"User-Agent": "Third/1"})
        letter = await mails.wait_for("A new sign-in")
        assert "Third/1" in letter.get_content() and len(mails.letters) == 1


async def test_a_name_that_nobody_confirmed_is_free_again_after_a_week(tmp_path: Path) -> None:
    async with (
        mail_server() as mails,
        node_support.cluster(tmp_path, settings=mail_settings(mails), alpha=("ann",)) as (alpha,),
    ):
        await open_to(alpha, "open")
        await joined(alpha, "nina", "nina@example.org")
        _, taken = await joined(alpha, "nina", "other@example.org")
        assert taken.status == 422
        week = 8 * 24 * 3600 * 1000
        with closing(database_of(alpha)) as database, database:
            database.execute("UPDATE users SET created_at = created_at - ?", (week,))
        await upkeep.sweep_rows(alpha.node.parts, {})
        assert {user.username for user in await alpha.node.db.all(rows.listing())} == {"ann"}
        _, free = await joined(alpha, "nina", "other@example.org")
        assert free.location == "/settings/email"


EVIL = "Evil\r\nBcc: victim@example.org\r\n\r\nhello\u202e\x00"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nobody_writes_headers_or_turns_text(kind: str) -> None:
    what = "totp-on" if kind == "factor-changed" else EVIL
    words = words_of(kind, About(EVIL, "https://alpha.test", EVIL, "https://alpha.test/x", what, 0))
    message = message_of(
        Letter("ann@example.org", words.subject, words.text, "7.x"), "A <a@alpha.test>", "alpha.test:80", 0
    )
    head, _, body = message.as_bytes().partition(b"\r\n\r\n")
    assert sorted(message.keys()) == sorted(set(message.keys())) and "Bcc" not in message
    assert not re.search(rb"^bcc:", head, re.IGNORECASE | re.MULTILINE)
    assert message["Message-ID"] == "<7.x@alpha.test>" and b"\x00" not in body
    assert "\u202e" not in message.get_content() and "\u202e" not in message["Subject"]
    assert "<img" not in message.get_content() and message.get_content_type() == "text/plain"


@pytest.mark.parametrize("address", ["a@b\r\nBcc: x@y.test", "a b@c.test", "", "a@b>,<c@d", "a@b,c@d", "@b", "a@"])
def test_an_address_is_one_address(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        message_of(Letter(address, "s", "t", "1"), "a@alpha.test", "alpha.test", 0)
