"""Decisions on the web: one's own with an appeal, the ledger and the appeals of moderators, the public log."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from access_support import Browser, mail_server, mail_settings
from node_support import PASSWORD, Person, RunningNode, cluster

from fedserver.db.queries import accounts, communities, jobs, users
from fedserver.db.queries import ledger as rows
from fedserver.domain.moderation.pseudonyms import line
from fedserver.domain.moderation.pseudonyms import place as place_of
from fedserver.domain.policy.read import read_toml
from fedserver.services import ledger, moderation, policy, publiclog, starters
from fedserver.services.ledger import Act

PLACES = ("/moderation-log", "/moderation-log.json", "/moderation-log.atom")


async def _run(node: RunningNode, work: Callable[[Any], Any]) -> Any:
    return await node.node.parts.db.run(work)


async def _promote(node: RunningNode, person: Person, role: str = "moderator") -> None:
    await _run(node, lambda unit: unit.run(users.change(person.user_id, {"role": role})))


async def _decide(node: RunningNode, person: Person, verb: str, by: Person | None, **more: Any) -> tuple[Any, Any]:
    """(the post, the decision) about a new post of somebody."""
    post = await person.post("/api/v1/statuses", json={"status": "A secret picture of the sea"})

    def work(unit: Any) -> Any:
        actor = unit.get(accounts.by_id(by.account_id)) if by is not None else None
        given = {"reason": "Say which model made it", **more}
        return ledger.decide(unit, Act(verb, "status", int(post["id"]), post["uri"], person.account_id, **given), actor)

    return post, await _run(node, work)


async def _publish(node: RunningNode) -> str:
    """A policy; one of its norms."""
    document = read_toml(starters.text_of("open-gallery"))
    await _run(node, lambda unit: policy.publish(unit, node.node.parts.keyring, document, None))
    return document.norms[0].id


async def test_from_the_reason_to_the_appeal(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "mora", "ann", "ben")) as (alpha,):
        await _promote(alpha, alpha.mora)
        norm = await _publish(alpha)
        post, decision = await _decide(alpha, alpha.ann, "hold", alpha.mora, norm=norm, note="only for us")
        ann, ben, mora, alice = [await Browser(alpha).signed_in(name) for name in ("ann", "ben", "mora", "alice")]
        # the notification of any app leads here, with the reason, the rule and the version
        (told,) = [row for row in await alpha.ann.get("/api/v1/notifications") if row["type"] == "moderation_warning"]
        warning = told["moderation_warning"]
        assert (warning["id"], warning["action"]) == (str(decision.id), "delete_statuses")
        assert warning["status_ids"] == [post["id"]] and warning["appeal"] is None
        assert warning["target_account"]["id"] == str(alpha.ann.account_id)
        assert (await ann.go(f"/disputes/strikes/{decision.id}")).location == f"/settings/decisions/{decision.id}"
        page = await ann.go(f"/settings/decisions/{decision.id}")
        assert page.status == 200 and "Say which model made it" in page.text and 'href="/policy/1"' in page.text
        assert "only for us" not in page.text and "mora" not in page.text
        assert (await ben.go(f"/settings/decisions/{decision.id}")).status == 404
        await ben.go("/settings/profile")
        assert (await ben.submit(f"/settings/decisions/{decision.id}/appeal", {"text": "mine"})).status == 404
        assert "Nothing was decided" in (await ben.go("/settings/decisions")).text

        await ann.go(f"/settings/decisions/{decision.id}")
        assert (await ann.submit(f"/settings/decisions/{decision.id}/appeal", {"text": " "})).status == 422
        assert (
            await ann.submit(f"/settings/decisions/{decision.id}/appeal", {"text": "It is a <b>photo</b>"})
        ).status == 303
        page = await ann.go("/settings/decisions")
        assert "It is a &lt;b&gt;photo&lt;/b&gt;" in page.text and "<form method" in page.text
        assert (await ann.submit(f"/settings/decisions/{decision.id}/appeal", {"text": "again"})).status == 422

        # who decided may not answer; somebody else may
        page = await mora.go("/admin/appeals")
        appeal = re.search(r'action="/admin/appeals/(\d+)"', page.text)
        assert appeal is not None and "You decided this yourself" in page.text
        refused = await mora.submit(f"/admin/appeals/{appeal[1]}", {"action": "refuse", "answer": "no"})
        assert refused.status == 403 and "Somebody other" in refused.text
        assert (await ben.go("/admin/appeals")).status == 403
        await alice.go("/admin/appeals")
        assert (await alice.submit(f"/admin/appeals/{appeal[1]}", {"action": "dance"})).status == 422
        granted = await alice.submit(f"/admin/appeals/{appeal[1]}", {"action": "grant", "answer": "You are right"})
        assert granted.status == 303
        page = await ann.go(f"/settings/decisions/{decision.id}")
        assert "taken back" in page.text and "You are right" in page.text and "granted" in page.text
        (told,) = [row for row in await alpha.ann.get("/api/v1/notifications") if row["type"] == "moderation_warning"]
        assert told["moderation_warning"]["action"] == "none"
        assert told["moderation_warning"]["appeal"] == {"text": "It is a <b>photo</b>", "state": "approved"}
        assert "Nobody asks" in (await alice.go("/admin/appeals")).text
        assert "granted" in (await alice.go("/admin/appeals?all=1")).text


async def test_the_ledger_of_moderators(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "mora", "ann")) as (alpha,):
        await _promote(alpha, alpha.mora)
        mora, alice, ann = [await Browser(alpha).signed_in(name) for name in ("mora", "alice", "ann")]
        rule = {"source": "rule", "rule_id": "say-how", "policy_version": 1, "inputs": {"images_24h": 12}}
        _, first = await _decide(alpha, alpha.ann, "hold", alpha.mora)
        hits = [(await _decide(alpha, alpha.ann, "label", None, label="AI", **rule))[1] for _ in range(3)]
        _, own = await _decide(alpha, alpha.mora, "unlist", None, **{**rule, "policy_version": 2})
        _, override = await _decide(alpha, alpha.ann, "hold", alpha.alice, source="override")
        for query, count in (
            ("", 6),
            ("rule=say-how", 4),
            ("rule=say-ho", 0),
            ("account=@ann@alpha.test", 5),
            ("account=ann", 5),
            ("account=nobody", 0),
            ("source=override", 1),
            ("source=chance", 6),
            ("state=standing", 6),
            ("state=undone", 0),
            ("version=1&rule=say-how", 3),
            ("version=x", 6),
            (f"max_id={hits[0].id}", 1),
        ):
            page = await mora.go(f"/admin/ledger?{query}")
            assert page.status == 200 and len(re.findall(r'href="/admin/ledger/\d+"', page.text)) == count, query
        page = await mora.go(f"/admin/ledger/{hits[0].id}")
        assert "images_24h" in page.text and ">12<" in page.text and "@ann@alpha.test" in page.text
        assert (await mora.go("/admin/ledger/77")).status == 404
        for path in ("/admin/ledger", f"/admin/ledger/{first.id}", "/admin/appeals"):
            assert (await ann.go(path)).status == 403
        # nobody frees themselves, and what the owner overrode is the owner's
        for decision in (own, override):
            await mora.go(f"/admin/ledger/{decision.id}")
            answer = await mora.submit(f"/admin/ledger/{decision.id}/undo", {"because": "x"})
            assert answer.status == 403 and 'role="alert"' in answer.text
        await mora.go(f"/admin/ledger/{first.id}")
        assert (await mora.submit(f"/admin/ledger/{first.id}/undo", {"because": "A mistake"})).status == 303
        assert "A mistake" in (await mora.go(f"/admin/ledger/{first.id}")).text
        await mora.go("/settings/profile")
        assert (await mora.submit(f"/admin/ledger/{first.id}/undo", {"because": "again"})).status == 422
        # all of a version: an admin's act, done by a job
        await mora.go("/settings/profile")
        assert (await mora.submit("/admin/ledger/versions/1/undo", {"because": "x"})).status == 403
        page = await alice.go("/admin/ledger?version=1")
        assert "led to 3 decisions, of which 3 stand" in page.text
        assert (await alice.submit("/admin/ledger/versions/9/undo", {"because": "x"})).status == 404
        await alice.go("/admin/ledger?version=1")
        assert (await alice.submit("/admin/ledger/versions/1/undo", {"because": "rolled back"})).status == 303
        await _until(alice, "/admin/ledger?version=1", "of which 0 stand")
        assert [row.standing for row in await alpha.node.parts.db.all(rows.standing("status", own.target_id))] == [True]
        log = (await alice.go("/admin/log")).text
        for action in ("status.hold", "status.hold.undo", "policy.undo"):
            assert action in log


async def test_the_public_log_says_what_and_why_and_not_who(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "mora", "ann")) as (alpha,):
        await _promote(alpha, alpha.mora)
        norm = await _publish(alpha)
        shown = (await _decide(alpha, alpha.ann, "hold", alpha.mora, norm=norm, reason="ann did it again"))[1]
        again = (await _decide(alpha, alpha.ann, "label", None, source="rule", rule_id="r", label="no AI disclosure"))[
            1
        ]
        hidden = (await _decide(alpha, alpha.ann, "remove", alpha.mora, public=False))[1]
        over = (await _decide(alpha, alpha.ann, "unlist", alpha.alice, source="override"))[1]
        bulk = [(await _decide(alpha, alpha.ann, "mark-sensitive", alpha.mora, group_id=shown.id))[1] for _ in range(3)]
        await _run(alpha, lambda unit: ledger.undo(unit, again.id, None, "ann was right"))
        await _run(alpha, lambda unit: moderation.block_domain(unit, "bad.test", None))
        visitor = Browser(alpha)
        texts = {place: (await visitor.go(place)).text for place in PLACES}
        for place, text in texts.items():
            for secret in ("ann", "mora", "bad.test", "secret picture", "did it again", "was right", alpha.ann.handle):
                assert secret not in text.replace("announce", "").replace("anno", ""), (place, secret)
            assert "A post was held back" in text and "no AI disclosure" in text
            assert ("taken back" if not place.endswith("json") else '"undone_at":"20') in text
        entries = json.loads(texts["/moderation-log.json"])["entries"]
        key = await alpha.node.db.run(publiclog.key)
        numbers = {line(key, each.id): str(each.id) for each in (*bulk, over, again, shown, hidden)}
        assert {numbers[each["id"]] for each in entries if each["id"] in numbers} == {
            str(each.id) for each in (*bulk, over, again, shown)
        }
        assert len(entries) == 7 and not [each for each in numbers.values() if each in texts["/moderation-log"]]
        by_id = {numbers.get(each["id"], ""): each for each in entries}
        assert by_id[str(shown.id)]["rule"]["id"] == norm and by_id[str(shown.id)]["rule"]["text"]
        assert by_id[str(shown.id)]["policy"] == {"version": 1, "url": "http://alpha.test/policy/1"}
        assert by_id[str(over.id)]["override"] is True and "override" in texts["/moderation-log"]
        assert by_id[str(again.id)]["undone_at"] is not None
        names = {each["target"]["name"] for each in entries}
        assert len(names) == 7 and all(each["target"]["pseudonym"] for each in entries), "six posts, one server"
        feed = ElementTree.fromstring(texts["/moderation-log.atom"])
        assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == len(entries)
        assert 'href="/moderation-log"' in (await visitor.go("/about")).text
        assert 'href="/moderation-log"' in (await visitor.go("/policy")).text
        # what the community wants to be named
        alice = await Browser(alpha).signed_in("alice")
        await alice.go("/admin/community")
        fields = {"title": "Alpha", "registration": "closed", "log_servers": "1", "log_moderators": "1"}
        assert (await alice.submit("/admin/community", fields)).status == 303
        named = json.loads((await visitor.go("/moderation-log.json")).text)["entries"]
        (server,) = [each["target"] for each in named if each["target"]["type"] == "domain"]
        assert server == {"type": "domain", "name": "bad.test", "pseudonym": False}
        assert {each["moderator"] for each in named if each["source"] == "moderator" and each["id"] in numbers} >= {
            "@mora@alpha.test"
        }
        assert "@ann@alpha.test" not in json.dumps(named)
        # pseudonyms stay what they are
        assert {each["target"]["name"] for each in named if each["target"]["type"] == "status"} <= names
        assert (await alpha.node.parts.db.one(communities.by_id())).log_servers == 1
        older = json.loads((await visitor.go(f"/moderation-log.json?before={place_of(key, shown.id)}")).text)
        assert older["entries"] == [] and older["next"] is None


async def test_who_cannot_sign_in_appeals_by_a_link(tmp_path: Path) -> None:
    async with mail_server() as mails:
        settings = mail_settings(mails)
        async with cluster(tmp_path, settings=settings, alpha=("alice", "ann")) as (alpha,):

            def suspend(unit: Any) -> None:
                actor = unit.get(accounts.by_id(alpha.alice.account_id))
                moderation.suspend(unit, alpha.ann.account_id, actor, reason="Threats")

            await _run(alpha, suspend)
            letter = await mails.wait_for("About your account")
            text = str(letter.get_content())
            link = re.search(r"http://alpha\.test(/appeal/[A-Za-z0-9_-]{43})\b", text)
            assert link is not None and "Threats" in text and "An account was suspended" in text
            ann = Browser(alpha)
            page = await ann.go(link[1])
            assert page.status == 200 and "Threats" in page.text and "noindex" in page.text
            assert (await ann.go(link[1][:-1])).status == 404
            # the right password leads to the same page; a wrong one says nothing
            page = await ann.sign_in("ann", "not the password at all")
            assert page.status == 422 and "/appeal/" not in page.text
            page = await ann.sign_in("ann", PASSWORD)
            assert page.status == 303 and page.location.startswith("/appeal/")
            page = await ann.go(page.location)
            where = re.search(r'action="(/appeal/[^"]+)"', page.text)
            assert where is not None
            assert (await ann.submit(where[1], {"text": "I was hacked"}, csrf="x")).status == 403
            await ann.go(where[1].rsplit("/", 1)[0])
            assert (await ann.submit(where[1].rsplit("/", 1)[0] + "/77", {"text": "x"})).status == 404
            await ann.go(where[1].rsplit("/", 1)[0])
            assert (await ann.submit(where[1], {"text": "I was hacked"})).status == 303
            # the only moderator decided it: they may answer, since there is nobody else
            alice = await Browser(alpha).signed_in("alice")
            page = await alice.go("/admin/appeals")
            appeal = re.search(r'action="/admin/appeals/(\d+)"', page.text)
            assert appeal is not None and "I was hacked" in page.text
            assert (
                await alice.submit(f"/admin/appeals/{appeal[1]}", {"action": "grant", "answer": "Sorry"})
            ).status == 303
            letter = await mails.wait_for("taken back")
            assert "Sorry" in str(letter.get_content()) and "/settings/decisions" in str(letter.get_content())
            assert (await ann.sign_in("ann", PASSWORD)).location == "/"
            assert "there is nobody else" in (await alice.go("/admin/log")).text
            assert await alpha.node.parts.db.all(jobs.buried()) == [] if hasattr(jobs, "buried") else True


async def _until(browser: Browser, path: str, words: str) -> None:
    import asyncio

    for _ in range(300):
        page = await browser.go(path)
        if words in page.text:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{words} is not on {path}")
