"""Members change the policy on the web: proposed, voted about once each, adopted; labels do what readers choose."""

from __future__ import annotations

import html
from dataclasses import replace
from functools import partial
from pathlib import Path

import node_support
from access_support import Browser
from node_support import RunningNode
from sqlalchemy import text

from fedserver.db.queries import statuses
from fedserver.db.statement import Statement, nothing
from fedserver.db.unit import Unit
from fedserver.domain.policy.document import DAY_MS, Document, Norm, Procedure, Vote
from fedserver.domain.policy.write import to_toml
from fedserver.services import ledger, policy, starters
from fedserver.services.ledger import Act

VOTE = Procedure("vote", "two-moderators", "vote", Vote(quorum=0.5, majority=0.5, period_ms=7 * DAY_MS))


async def start(node: RunningNode, procedure: Procedure) -> Document:
    await node.node.db.run(lambda unit: unit.run(Statement(text("UPDATE users SET created_at = 1"), nothing)()))
    document = replace(starters.starter("open-gallery"), procedure=procedure)
    keyring = node.node.parts.keyring
    made = await node.node.db.run(partial(policy.publish, keyring=keyring, given=document, actor=None))
    return policy.document_of(made)


def with_norm(document: Document) -> str:
    return to_toml(replace(document, norms=(*document.norms, Norm("be-kind", {"en": "Be kind"}, {}))))


async def test_a_vote_on_the_web(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        document = await start(alpha, replace(VOTE, rules="vote"))
        ann, ben = [await Browser(alpha).signed_in(f"{name}@alpha.test") for name in ("ann", "ben")]
        visitor = Browser(alpha)
        assert "Nothing was proposed yet" in (await visitor.go("/proposals")).text
        form = html.unescape((await ann.go("/proposals/new")).text)
        assert "[procedure]" in form
        # what is wrong is said, with what was typed kept
        wrong = await ann.submit("/proposals", {"document": "community = 1", "note": "A <b>try</b>"})
        assert wrong.status == 422 and 'role="alert"' in wrong.text and "A &lt;b&gt;try&lt;/b&gt;" in wrong.text
        assert (await ann.submit("/proposals", {"document": with_norm(document)}, csrf="x")).status == 403
        await ann.go("/proposals/new")
        made = await ann.submit("/proposals", {"document": with_norm(document), "note": "Be <i>kind</i>"})
        assert made.status == 303
        here = made.location
        page = await ann.go(here)
        assert "Be &lt;i&gt;kind&lt;/i&gt;" in page.text and "norm.be-kind.text.en" in page.text
        assert "Sign in to vote" in (await visitor.go(here)).text
        assert (await visitor.submit(f"{here}/vote", {"choice": "0"})).status in (302, 303, 401, 403)
        assert (await ann.submit(f"{here}/vote", {"choice": "7"})).status == 422
        await ann.go(here)
        assert (await ann.submit(f"{here}/vote", {"choice": "0"}, csrf="x")).status == 403
        await ann.go(here)
        assert (await ann.submit(f"{here}/vote", {"choice": "0"})).location == here
        assert "You have voted" in (await ann.go(here)).text
        csrf = (await ann.go("/proposals/new")).csrf
        again = await ann.submit(f"{here}/vote", {"choice": "1"}, csrf=csrf)
        assert again.status == 422 and "You have voted already" in html.unescape(again.text)
        assert "Result" not in (await ben.go(here)).text
        assert (await ben.submit(f"{here}/approve", {})).status == 403
        await ben.go(here)
        await ben.submit(f"{here}/vote", {"choice": "0"})
        await alpha.ann.until(f"/api/v1{here}", lambda row: row["state"] == "enacted")
        page = await visitor.go(here)
        assert "Adopted: version 2" in page.text and "2 / 2" in page.text
        assert "adopted" in (await visitor.go("/proposals")).text
        assert (await visitor.go("/proposals/5")).status == 404


async def test_two_of_the_team_on_the_web(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        document = await start(alpha, VOTE)
        await alpha.node.db.run(lambda unit: unit.run(Statement(text("UPDATE users SET role = 'owner'"), nothing)()))
        ann, ben = [await Browser(alpha).signed_in(f"{name}@alpha.test") for name in ("ann", "ben")]
        await ann.go("/proposals/new")
        made = await ann.submit("/proposals", {"document": with_norm(document), "note": "Be kind"})
        page = (await ben.go(made.location)).text
        assert "two moderators" in page and "@ann (owner)" in page and "Your ballot" not in page
        await ann.go(made.location)
        assert (await ann.submit(f"{made.location}/withdraw", {})).location == made.location
        assert "Taken back" in (await ben.go(made.location)).text
        await ann.go("/proposals/new")
        again = await ann.submit("/proposals", {"document": with_norm(document), "note": "Be kind"})
        await ben.go(again.location)
        assert (await ben.submit(f"{again.location}/approve", {})).location == again.location
        assert "Adopted: version 2" in (await ann.go(again.location)).text


async def test_what_labels_do_is_chosen_on_the_web(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        note = await alpha.ann.post("/api/v1/statuses", json={"status": "one"})

        def work(unit: Unit) -> None:
            row = unit.get(statuses.by_id(int(note["id"])))
            act = Act("label", "status", row.id, row.uri, row.account_id, label="Not <b>said</b>", reason="Rule 1")
            ledger.decide(unit, act, None)

        ben = await Browser(alpha).signed_in("ben@alpha.test")
        assert "No post bears a label yet" in (await ben.go("/settings/labels")).text
        await alpha.node.db.run(work)
        page = (await ben.go("/settings/labels")).text
        assert "Not &lt;b&gt;said&lt;/b&gt;" in page and 'name="0-not-b-said-b"' in page
        assert (await ben.submit("/settings/labels", {"0-not-b-said-b": "hide"}, csrf="x")).status == 403
        await ben.go("/settings/labels")
        assert (await ben.submit("/settings/labels", {"0-not-b-said-b": "praise"})).status == 422
        assert (await ben.submit("/settings/labels", {"0-not-b-said-b": "warn"})).location == "/settings/labels"
        assert '<option value="warn" selected>' in (await ben.go("/settings/labels")).text
        shown = await alpha.ben.get(f"/api/v1/statuses/{note['id']}")
        assert shown["filtered"][0]["filter"]["filter_action"] == "warn"
        wrong = await ben.submit("/settings/labels/labelers", {"url": "http://alpha.test/labels/applied"})
        assert wrong.status == 422 and 'role="alert"' in wrong.text
        assert (await ben.submit("/settings/labels/labelers/7/remove", {})).status == 404
        assert (await Browser(alpha).go("/settings/labels")).status in (302, 303)
