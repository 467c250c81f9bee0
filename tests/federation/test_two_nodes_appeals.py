"""An author on another server reads why their post was held, answers, and moderators here look at it again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from access_support import Browser
from node_support import Person, RunningNode, cluster
from sqlalchemy import select

from fedserver.db.queries import accounts, statuses, users
from fedserver.db.queries import ledger as rows
from fedserver.db.statement import Statement
from fedserver.db.tables import statuses as status_table
from fedserver.db.tables import tellings
from fedserver.federation.context import of
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.services import ledger
from fedserver.services.ledger import Act


async def _copy(node: RunningNode, uri: str) -> Any:
    """The post of another server as it arrived here."""
    for _ in range(300):
        found = await node.node.parts.db.all(statuses.by_uri(uri))
        if found:
            return found[0]
        await asyncio.sleep(0.05)
    raise AssertionError(f"{uri} did not arrive")


async def _hold(node: RunningNode, moderator: Person, status: Any, reason: str) -> Any:
    def work(unit: Any) -> Any:
        actor = unit.get(accounts.by_id(moderator.account_id))
        act = Act("hold", "status", status.id, status.uri, status.account_id, reason=reason)
        return ledger.decide(unit, act, actor)

    return await node.node.parts.db.run(work)


async def test_told_answered_granted(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "mora"), beta=("ben", "bea")) as (alpha, beta):
        alice, mod, ben, bea = alpha.alice, alpha.mora, beta.ben, beta.bea
        await alice.follow(ben)
        await alpha.node.parts.db.run(lambda unit: _promote(unit, mod))
        posted = await ben.post("/api/v1/statuses", json={"status": "A picture of the sea"})
        copy = await _copy(alpha, posted["uri"])
        assert (await alice.get(f"/api/v1/statuses/{copy.id}"))["id"] == str(copy.id)

        decision = await _hold(alpha, alice, copy, "Say which model made it")
        code, _, _ = await alice.raw("GET", f"/api/v1/statuses/{copy.id}")
        assert code == 404

        # Mastodon keeps private mentions of strangers apart until they are accepted; so does this node
        await ben.until("/api/v1/notifications/requests", lambda found: found)
        (asked,) = await ben.get("/api/v1/notifications/requests")
        assert asked["account"]["acct"] == "alpha.test@alpha.test"
        await ben.post(f"/api/v1/notifications/requests/{asked['id']}/accept")
        (told,) = [row for row in await ben.get("/api/v1/notifications") if row["type"] == "mention"]
        message = told["status"]
        assert message["visibility"] == "direct"
        for words in ("Say which model made it", posted["uri"].rsplit("/", 1)[1], "answer this message"):
            assert words in message["content"], message["content"]
        assert [each["acct"] for each in message["mentions"]] == ["ben"]
        # nobody else on that server sees it, and nobody fetches it without their server's signature
        code, _, _ = await bea.raw("GET", f"/api/v1/statuses/{message['id']}")
        assert code == 404
        number = message["uri"].rsplit("/", 1)[1]
        headers = {"Accept": "application/activity+json", "Host": "alpha.test"}
        async with alpha.http.get(f"{alpha.url}/statements/{number}", headers=headers) as answer:
            assert answer.status == 404

        # somebody else's answer is no appeal, and a message that does not exist is none
        await bea.post("/api/v1/statuses", json={"status": "@alpha.test@alpha.test me too", "visibility": "direct"})
        await ben.post(
            "/api/v1/statuses",
            json={
                "status": "@alpha.test@alpha.test It is a photo, not AI",
                "in_reply_to_id": message["id"],
                "visibility": "direct",
            },
        )
        browser = await Browser(alpha).signed_in("mora")
        page = await _until(browser, "/admin/appeals", "It is a photo, not AI")
        assert page.count("<article") == 1 and "@ben@beta.test" in page and "@alpha.test@" not in page
        appeal = page.split('action="/admin/appeals/')[1].split('"')[0]
        answered = await browser.submit(f"/admin/appeals/{appeal}", {"action": "grant", "answer": "You are right"})
        assert answered.status == 303

        shown = await alice.get(f"/api/v1/statuses/{copy.id}")
        assert shown["id"] == str(copy.id)
        (row,) = await alpha.node.parts.db.all(rows.by_id(decision.id))
        assert not row.standing and row.undone_because == "You are right"
        # the answer was no post here
        assert await alpha.node.parts.db.all(_texts("It is a photo")) == []
        # one message a day: what became of it is told tomorrow
        waiting = await alpha.node.parts.db.all(_tellings())
        assert sorted(waiting) == [("decided", True), ("undone", False)]


async def test_the_message_as_another_server_gets_it(tmp_path: Path) -> None:
    """What travels, and that the addressee's server may fetch it again."""
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",), gamma=("gil",)) as (alpha, beta, gamma):
        alice, ben = alpha.alice, beta.ben
        await alice.follow(ben)
        posted = await ben.post("/api/v1/statuses", json={"status": "one"})
        copy = await _copy(alpha, posted["uri"])
        await _hold(alpha, alice, copy, "Rule 1")
        await ben.until("/api/v1/notifications/requests", lambda found: found)
        (asked,) = await ben.get("/api/v1/notifications/requests")
        uri = asked["last_status"]["uri"]
        found = await of(beta.node.parts).fetcher.document(uri, Budget(3))
        (reason,) = found.value["statementOfReasons"]
        assert reason["object"] == posted["uri"] and reason["reason"] == "Rule 1"
        assert found.value["to"] == [f"http://beta.test/users/{ben.name}"]
        # a server that has nothing to do with it gets nothing, with a good signature as well
        with pytest.raises(NotFetched):
            await of(gamma.node.parts).fetcher.document(uri, Budget(3))


def _promote(unit: Any, person: Person) -> None:
    unit.run(users.change(person.user_id, {"role": "moderator"}))


async def _until(browser: Browser, path: str, words: str) -> str:
    for _ in range(300):
        page = await browser.go(path)
        assert page.status == 200, page.text[:500]
        if words in page.text:
            return page.text
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words} is not on {path}: {page.text[:2000]}")


def _texts(words: str) -> Any:
    return Statement(select(status_table.c.id).where(status_table.c.content.contains(words)), lambda row: int(row[0]))()


def _tellings() -> Any:
    columns = (tellings.c.what, tellings.c.statement_id)
    return Statement(select(*columns), lambda row: (str(row[0]), row[1] is not None))()
