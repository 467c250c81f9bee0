"""Demands to take something down: filed without an account, confirmed, hidden, decided, answered, never forgotten."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import node_support
import pytest
from access_support import Browser, MailServer, mail_server, mail_settings
from node_support import Person, RunningNode
from test_web_domains import rows
from test_web_known_bad import data_of, file_of, painting, upload

from fedserver.kit.errors import Conflict
from fedserver.services import takedowns

FORM, QUEUE = "/takedown", "/admin/takedowns"
FIELDS = {
    "category": "intimate",
    "statement": "That is me, and I did not agree.",
    "email": "Some.One+x@example.org",
    "truth": "1",
}


async def posted(person: Person, seed: int = 3) -> tuple[str, str, bytes]:
    """(page, address of the file, bytes)"""
    data = data_of(painting(seed))
    _, medium = await upload(person, data)
    said = await person.post("/api/v1/statuses", json={"status": "look at this", "media_ids": [medium["id"]]})
    return said["url"], said["media_attachments"][0]["url"], data


async def filed(browser: Browser, uris: str, **fields: str) -> str:
    """The path of the filer's page."""
    await browser.go(FORM)
    answer = await browser.submit(FORM, {**FIELDS, "uris": uris, **fields})
    assert answer.status == 303, answer.text
    return answer.location


async def confirmed(mail: MailServer, browser: Browser, count: int = 1) -> str:
    letter = await mail.wait_for("Confirm your demand", count)
    link = re.search(r"(/takedown/[A-Za-z0-9_-]+)", letter.get_content())
    assert link
    page = await browser.go(link[1])
    assert page.status == 200 and "Confirm" in page.text
    assert (await browser.submit(link[1], {"action": "confirm"})).status == 303
    return link[1]


async def visibility(node: RunningNode) -> int:
    return int((await rows(node, "SELECT visibility FROM statuses"))[0][0])


async def test_what_is_intimate_is_hidden_once_the_address_is_confirmed(tmp_path: Path) -> None:
    async with (
        mail_server() as mail,
        node_support.cluster(tmp_path, settings=mail_settings(mail), alpha=("olga", "ann")) as (alpha,),
    ):
        url, address, data = await posted(alpha.ann)
        visitor, olga = Browser(alpha), await Browser(alpha).signed_in("olga")
        mine = await filed(visitor, f"{url}\n{url}\n")
        # not before: anybody can type an address
        assert "Nothing follows before that" in (await visitor.go(mine)).text
        assert (await visitor.submit(mine, {"action": "confirm"})).status == 409
        assert await visibility(alpha) == 0 and await file_of(alpha, address) == 200
        assert "Nobody waits" in (await olga.go(QUEUE)).text
        link = await confirmed(mail, visitor)
        assert await visibility(alpha) == 4 and await file_of(alpha, address) == 404
        # both links show the same; neither is kept by anybody on the way
        for path in (mine, link):
            page = await visitor.go(path)
            assert "hidden until a moderator" in page.text
            assert page.headers["Cache-Control"] == "private, no-store"
            assert page.headers["Referrer-Policy"] == "no-referrer"
        await visitor.go(FORM)
        assert (await visitor.submit(link, {"action": "confirm"})).status == 409
        takedown = (await rows(alpha, "SELECT id FROM takedowns"))[0][0]
        queue = await olga.go(QUEUE)
        assert "hidden meanwhile" in queue.text and f"{QUEUE}/{takedown}" in queue.text
        shown = await olga.go(f"{QUEUE}/{takedown}")
        assert "did not agree" in shown.text and "details class=" in shown.text and "look at this" in shown.text
        # taken down: copies are refused from now on, whoever brings them
        csrf, grant = olga.page.csrf, {"action": "grant", "ban": "1", "answer": "Gone."}
        assert (await olga.submit(f"{QUEUE}/{takedown}", grant)).status == 303
        assert await visibility(alpha) == 4
        decided = await visitor.go(mine)
        assert "was taken down" in decided.text and "Gone." in decided.text
        assert "was decided" in str((await mail.wait_for("was decided"))["Subject"])
        assert (await upload(alpha.olga, data))[0] == 422
        verbs = await rows(alpha, "SELECT verb, source FROM decisions WHERE undone_at IS NULL ORDER BY id")
        assert verbs == [("remove", "moderator"), ("strip-media", "moderator"), ("ban", "moderator")]
        assert (await olga.submit(f"{QUEUE}/{takedown}", {"action": "refuse"}, csrf=csrf)).status == 409


async def test_a_counter_notice_is_the_appeal_and_brings_everything_back(tmp_path: Path) -> None:
    from fedserver.services import appeals

    async with node_support.cluster(tmp_path, alpha=("olga", "ann", "mia")) as (alpha,):
        url, address, data = await posted(alpha.ann)
        visitor, olga = Browser(alpha), await Browser(alpha).signed_in("olga")
        # without mail nobody can confirm: a moderator looks, and nothing is hidden before
        mine = await filed(visitor, url, category="minors")
        assert await visibility(alpha) == 0
        assert "not confirmed" in (await visitor.go(mine)).text
        takedown = (await rows(alpha, "SELECT id FROM takedowns"))[0][0]
        await olga.go(f"{QUEUE}/{takedown}")
        assert (await olga.submit(f"{QUEUE}/{takedown}", {"action": "grant", "ban": "1"})).status == 303
        assert await visibility(alpha) == 4
        # of minors nothing is public, and nobody elsewhere is told
        assert await rows(alpha, "SELECT COUNT(*) FROM decisions WHERE public = 1") == [(0,)]
        assert await rows(alpha, "SELECT category, forwarded FROM reports") == [("minors", 0)]
        removed = (await rows(alpha, "SELECT id FROM decisions WHERE verb = 'remove'"))[0][0]

        def appeal(unit: Any) -> int:
            account = unit.get(_account(alpha.ann.account_id))
            return int(appeals.file(unit, account, removed, "It is a painting of mine.").id)

        appeal_id = await alpha.node.db.run(appeal)
        assert "Its author has answered" in (await visitor.go(mine)).text
        assert "a painting of mine" in (await olga.go(f"{QUEUE}/{takedown}")).text
        await alpha.node.db.run(lambda unit: unit.run(_owner(alpha.mia.user_id)))
        await alpha.node.db.run(
            lambda unit: appeals.grant(unit, appeal_id, unit.get(_account(alpha.mia.account_id)), "agreed") and None
        )
        assert await visibility(alpha) == 0 and await file_of(alpha, address) == 200
        assert "shown again" in (await visitor.go(mine)).text
        assert await rows(alpha, "SELECT COUNT(*) FROM bad_hashes") == [(0,)]
        assert (await upload(alpha.mia, data))[0] == 200


async def test_a_refusal_shows_it_again_and_bad_faith_is_remembered(tmp_path: Path) -> None:
    async with (
        mail_server() as mail,
        node_support.cluster(tmp_path, settings=mail_settings(mail), alpha=("olga", "ann")) as (alpha,),
    ):
        url, address, _ = await posted(alpha.ann)
        visitor, olga = Browser(alpha), await Browser(alpha).signed_in("olga")
        mine = await filed(visitor, url)
        await confirmed(mail, visitor)
        assert await visibility(alpha) == 4
        takedown = (await rows(alpha, "SELECT id FROM takedowns"))[0][0]
        await olga.go(f"{QUEUE}/{takedown}")
        fields = {"action": "bad-faith", "answer": "This is a landscape."}
        assert (await olga.submit(f"{QUEUE}/{takedown}", fields)).status == 303
        assert await visibility(alpha) == 0 and await file_of(alpha, address) == 200
        assert "was refused" in (await visitor.go(mine)).text
        # the same mailbox by another spelling, and the same network with another mailbox
        for email in ("someone@example.org", "else@example.org"):
            await visitor.go(FORM)
            again = await visitor.submit(FORM, {**FIELDS, "uris": url, "email": email})
            assert again.status == 403, email
        kept = await rows(alpha, "SELECT kind, hash FROM bad_filers ORDER BY kind")
        assert [row[0] for row in kept] == ["address", "email"] and all(len(row[1]) == 64 for row in kept)
        # nothing that was decided is decided by withdrawing
        await visitor.go(FORM)
        assert (await visitor.submit(mine, {"action": "withdraw"})).status == 409


async def test_forty_eight_hours_escalate_and_decide_nothing(tmp_path: Path) -> None:
    async with (
        mail_server() as mail,
        node_support.cluster(tmp_path, settings=mail_settings(mail), alpha=("olga", "ann")) as (alpha,),
    ):
        url, _, _ = await posted(alpha.ann)
        visitor, olga = Browser(alpha), await Browser(alpha).signed_in("olga")
        mine = await filed(visitor, url, category="copyright")
        await confirmed(mail, visitor)
        assert await visibility(alpha) == 0
        db = alpha.node.db
        assert await db.run(takedowns.tick) == 0
        await db.run(lambda unit: unit.run(_changed("UPDATE takedowns SET due_at = due_at - 48 * 3600000 - 1")))
        assert await db.run(takedowns.tick) == 1
        # once a day, for as long as nobody decides
        assert await db.run(takedowns.tick) == 0
        await db.run(lambda unit: unit.run(_changed("UPDATE takedowns SET escalated_at = escalated_at - 24 * 3600000")))
        assert await db.run(takedowns.tick) == 1
        assert await rows(alpha, "SELECT state, escalations FROM takedowns") == [("open", 2)]
        late = await mail.wait_for("A demand to take something down waits", 2)
        assert "/admin/takedowns/" in late.get_content()
        assert "late:" in (await olga.go(QUEUE)).text
        assert "longer than 48 hours" in (await visitor.go(mine)).text
        assert await rows(alpha, "SELECT COUNT(*) FROM reports") == [(3,)]
        await visitor.go(mine)
        assert (await visitor.submit(mine, {"action": "withdraw"})).status == 303
        assert await rows(alpha, "SELECT state FROM takedowns") == [("withdrawn",)]
        await db.run(lambda unit: unit.run(_changed("UPDATE takedowns SET decided_at = decided_at - 31 * 86400000")))
        assert await db.run(takedowns.tick) == 0
        assert await rows(alpha, "SELECT email, name FROM takedowns") == [("", "")]


async def test_what_is_no_demand(tmp_path: Path) -> None:
    settings = {"limits": {"throttle_takedown": "30/1h"}}
    async with node_support.cluster(tmp_path, settings=settings, alpha=("olga", "ann"), beta=("ben",)) as (alpha, beta):
        url, address, _ = await posted(alpha.ann)
        far, _, _ = await posted(beta.ben)
        visitor, ann = Browser(alpha), await Browser(alpha).signed_in("ann")
        await visitor.go(FORM)
        for wrong in (
            {"uris": ""},
            {"uris": "what"},
            {"uris": "javascript:alert(1)"},
            {"uris": far},
            {"uris": "http://alpha.test.evil.test/@ann/1"},
            {"uris": " ".join(f"{url}?{number}" for number in range(11))},
            {"category": "boring"},
            {"email": "nobody"},
            {"email": "a@b.c\r\nBcc: x@y.z"},
            {"statement": ""},
            {"statement": "x" * 5001},
            {"truth": "0"},
        ):
            answer = await visitor.submit(FORM, {**FIELDS, "uris": url, **wrong})
            assert answer.status == 422, (wrong, answer.status)
        assert (await visitor.submit(FORM, {**FIELDS, "uris": url}, csrf="x")).status == 403
        crossed = await visitor.go(FORM)
        assert crossed.status == 200
        answer = await visitor.submit(FORM, {**FIELDS, "uris": url}, Origin="https://evil.test")
        assert answer.status == 403
        assert await rows(alpha, "SELECT COUNT(*) FROM takedowns") == [(0,)]
        for path in ("/takedown/x", "/takedown/" + "a" * 43):
            assert (await visitor.go(path)).status == 404
        # whether there is a post that not everybody may see is told to nobody
        private = await alpha.ann.post("/api/v1/statuses", json={"status": "for few", "visibility": "private"})
        said = []
        for each in (private["url"], private["url"].rpartition("/")[0] + "/123456789", address):
            mine = await filed(visitor, each, email=f"m{len(said)}@example.org")
            said.append(re.sub(r"[0-9:/. -]", "", (await visitor.go(mine)).text.partition("<h2>")[0]))
        assert said[0] == said[1] == said[2]
        # one mailbox, five a day
        for number in range(5):
            await filed(visitor, url, email=f"o.ne+{number}@example.net")
        await visitor.go(FORM)
        over = await visitor.submit(FORM, {**FIELDS, "uris": url, "email": "one@example.net"})
        assert over.status == 429
        for path in (QUEUE, f"{QUEUE}/1"):
            assert (await ann.go(path)).status == 403
        with pytest.raises(Conflict):
            await alpha.node.db.run(lambda unit: takedowns.refuse(unit, _first(unit), None) or _refused_again(unit))


async def test_an_address_may_file_only_so_often(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        url, _, _ = await posted(alpha.ann)
        visitor = Browser(alpha)
        for number in range(5):
            await filed(visitor, url, email=f"n{number}@example.org")
        await visitor.go(FORM)
        assert (await visitor.submit(FORM, {**FIELDS, "uris": url, "email": "n9@example.org"})).status == 429


def _account(account_id: int) -> Any:
    from fedserver.db.queries import accounts

    return accounts.by_id(account_id)


def _owner(user_id: int) -> Any:
    from fedserver.db.queries import users

    return users.change(user_id, {"role": "admin"})


def _changed(sql: str) -> Any:
    from sqlalchemy import text

    from fedserver.db.statement import Statement, nothing

    return Statement(text(sql), nothing)()


def _first(unit: Any) -> int:
    from fedserver.db.queries import takedowns as queries

    return int(unit.all(queries.open_ones(0, 1))[0].id)


def _refused_again(unit: Any) -> None:
    from fedserver.db.queries import takedowns as queries
    from fedserver.kit.paging import Page

    closed = next(each for each in unit.all(queries.page(Page(limit=40))) if each.state == "refused")
    takedowns.refuse(unit, closed.id, None)
