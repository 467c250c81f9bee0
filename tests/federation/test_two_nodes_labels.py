"""Labels of a community: in unmodified apps through ``filtered``, read by another community and by single readers."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from node_support import Person, RunningNode, cluster
from sqlalchemy import text

from fedserver.db.queries import labelers as rows
from fedserver.db.queries import statuses
from fedserver.db.statement import Statement, nothing
from fedserver.federation.context import of
from fedserver.federation.fetching.errors import NotFetched
from fedserver.federation.labelers import refresh
from fedserver.federation.proven import proven
from fedserver.kit.errors import Conflict
from fedserver.services import labels, ledger
from fedserver.services.ledger import Act

ACTIVITY = {"Accept": "application/activity+json"}
APPLIED = "http://alpha.test/labels/applied"


async def get(node: RunningNode, path: str) -> tuple[int, Any]:
    async with node.http.get(node.url + path, headers={"Host": f"{node.config.server.domain}", **ACTIVITY}) as answer:
        body = await answer.read()
        return answer.status, orjson.loads(body) if body else None


async def label(node: RunningNode, uri: str, verb: str = "label", title: str = "No AI disclosure", **more: Any) -> Any:
    def work(unit: Any) -> Any:
        found = unit.get(statuses.by_uri(uri))
        act = Act(verb, "status", found.id, found.uri, found.account_id, reason="Rule 1", label=title, **more)
        return ledger.decide(unit, act, None)

    return await node.node.db.run(work)


async def arrived(person: Person, uri: str) -> Any:
    return await person.until("/api/v1/timelines/home", lambda rows: next((r for r in rows if r["uri"] == uri), None))


async def shown(person: Person, status_id: str) -> list[tuple[str, str]]:
    """(title, action) of what ``filtered`` says of a post."""
    post = await person.get(f"/api/v1/statuses/{status_id}")
    return [(each["filter"]["title"], each["filter"]["filter_action"]) for each in post["filtered"]]


async def test_apps_show_what_the_community_says_and_readers_choose(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "anna")) as (alpha,):
        alice, anna = alpha.alice, alpha.anna
        note = await alice.post("/api/v1/statuses", json={"status": "made by hand"})
        await anna.follow(alice)
        assert await shown(anna, note["id"]) == []
        decision = await label(alpha, note["uri"])
        assert await shown(anna, note["id"]) == [("Community: No AI disclosure", "warn")]
        # one's own posts are never veiled, and say what is said of them
        assert await shown(alice, note["id"]) == []
        assert (await alice.get(f"/api/v1/statuses/{note['id']}"))["labels"][0]["value"] == "no-ai-disclosure"
        (home,) = await anna.get("/api/v1/timelines/home")
        assert home["filtered"][0]["status_matches"] == [note["id"]]

        (known,) = await anna.get("/api/v1/labels")
        assert (known["value"], known["labeler"], known["choice"]) == ("no-ai-disclosure", None, None)
        for choice, expected in (("show", []), ("blur", [("Community: No AI disclosure", "warn")])):
            await anna.call("PUT", "/api/v1/labels", json={"value": "no-ai-disclosure", "choice": choice})
            assert await shown(anna, note["id"]) == expected, choice
        await anna.call("PUT", "/api/v1/labels", json={"value": "no-ai-disclosure", "choice": "hide"})
        assert await anna.get("/api/v1/timelines/home") == []
        # what was asked for by itself is shown behind a warning
        assert await shown(anna, note["id"]) == [("Community: No AI disclosure", "warn")]
        await anna.call("PUT", "/api/v1/labels", json={"value": "no-ai-disclosure"})
        assert len(await anna.get("/api/v1/timelines/home")) == 1

        await alpha.node.db.run(lambda unit: ledger.undo(unit, decision.id, None, "a mistake"))
        assert await shown(anna, note["id"]) == []
        assert "labels" not in await anna.get(f"/api/v1/statuses/{note['id']}")


async def test_what_cannot_be_chosen(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",)) as (alpha,):
        alice = alpha.alice
        for body, wanted in (
            ({"value": "x", "choice": "praise"}, 422),
            ({"value": "x", "choice": "hide", "labeler_id": "5"}, 404),
            ({"value": "", "choice": "hide"}, 422),
            ({"value": "x" * 61, "choice": "hide"}, 404),
            ({"choice": "hide"}, 422),
        ):
            assert (await alice.raw("PUT", "/api/v1/labels", json=body))[0] == wanted, body
        for url in ("http://alpha.test/labels/applied", "nonsense", "ftp://beta.test/x", ""):
            assert (await alice.raw("POST", "/api/v1/labelers", json={"url": url}))[0] == 422, url
        assert (await alice.raw("DELETE", "/api/v1/labelers/5"))[0] == 404
        assert (await alice.raw("POST", "/api/v1/admin/labelers", json={"url": "http://beta.test/x"}))[0] == 403


async def test_labels_travel_signed_and_are_taken_back(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben", "bea")) as (alpha, beta):
        ben, bea = beta.ben, beta.bea
        for reader in (ben, bea):
            await reader.follow(alpha.alice)
        note = await alpha.alice.post("/api/v1/statuses", json={"status": "one"})
        other = await alpha.alice.post("/api/v1/statuses", json={"status": "two"})
        hidden = await alpha.alice.post("/api/v1/statuses", json={"status": "for few", "visibility": "private"})
        seen, second = await arrived(ben, note["uri"]), await arrived(ben, other["uri"])
        decision = await label(alpha, note["uri"])
        await label(alpha, other["uri"], "warn", "Copied work")
        await label(alpha, hidden["uri"])

        status, page = await get(alpha, "/labels/applied")
        assert status == 200 and page["attributedTo"] == "http://alpha.test/actor"
        assert [item["type"] for item in page["orderedItems"]] == ["Label", "Label", "Tombstone"]
        first = page["orderedItems"][0]
        assert (first["object"], first["name"], first["shownAs"]) == (note["uri"], "No AI disclosure", "label")
        status, definition = await get(alpha, first["href"].removeprefix("http://alpha.test"))
        assert status == 200 and (definition["type"], definition["name"]) == ("LabelDefinition", "No AI disclosure")
        assert (await get(alpha, first["id"].removeprefix("http://alpha.test")))[1]["object"] == note["uri"]
        assert (await get(alpha, "/labels/applied/1"))[0] == 404
        assert (await get(alpha, "/labels/applied?after=x"))[0] == 404

        # a single reader reads them; the other one is shown nothing
        made = await ben.post("/api/v1/labelers", json={"url": APPLIED})
        await ben.until("/api/v1/labelers", lambda found: found and found[0]["state"] == "fetched")
        assert await shown(ben, seen["id"]) == [("alpha.test: No AI disclosure", "warn")]
        assert await shown(ben, second["id"]) == [("alpha.test: Copied work", "warn")]
        assert await shown(bea, seen["id"]) == [] and await bea.get("/api/v1/labels") == []
        choice = {"value": "copied-work", "labeler_id": made["id"], "choice": "show"}
        await ben.call("PUT", "/api/v1/labels", json=choice)
        assert await shown(ben, second["id"]) == []

        # the community reads them: so does everybody
        await beta.node.db.run(lambda unit: labels.read_for_all(unit, APPLIED, None))
        assert await shown(bea, seen["id"]) == [("alpha.test: No AI disclosure", "warn")]

        # what was taken back there is taken off here
        await alpha.node.db.run(lambda unit: ledger.undo(unit, decision.id, None))
        await refresh(beta.node.parts, {})
        await bea.until(f"/api/v1/statuses/{seen['id']}", lambda post: "labels" not in post)
        assert await shown(ben, seen["id"]) == []
        assert await shown(bea, second["id"]) == [("alpha.test: Copied work", "warn")]

        # read no longer: gone with all that was chosen of it
        await beta.node.db.run(lambda unit: labels.read_no_longer(unit, int(made["id"]), None))
        assert await shown(bea, second["id"]) == []
        await ben.call("DELETE", f"/api/v1/labelers/{made['id']}")
        assert await ben.get("/api/v1/labels") == []


async def test_labels_of_others_end_with_their_time(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        await beta.ben.follow(alpha.alice)
        note = await alpha.alice.post("/api/v1/statuses", json={"status": "one"})
        seen = await arrived(beta.ben, note["uri"])
        await label(alpha, note["uri"], lasts_ms=3_600_000)
        await beta.node.db.run(lambda unit: labels.read_for_all(unit, APPLIED, None))
        await beta.ben.until(f"/api/v1/statuses/{seen['id']}", lambda post: post.get("labels"))
        await beta.node.db.run(
            lambda unit: unit.run(Statement(text("UPDATE status_labels SET expires_at = 1"), nothing)())
        )
        assert await beta.node.db.run(labels.expire) == 1
        assert "labels" not in await beta.ben.get(f"/api/v1/statuses/{seen['id']}")


async def test_nobody_else_speaks_for_a_labeler(tmp_path: Path) -> None:
    """A page that was changed, without a proof, in another name; another signer at the same address."""
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        await beta.ben.follow(alpha.alice)
        note = await alpha.alice.post("/api/v1/statuses", json={"status": "one"})
        seen = await arrived(beta.ben, note["uri"])
        await label(alpha, note["uri"])
        _, page = await get(alpha, "/labels/applied")
        federation = of(beta.node.parts)
        await proven(federation, page, page["id"], page["attributedTo"])
        for change in (
            {"name": "somebody else"},
            {"orderedItems": []},
            {"attributedTo": "http://beta.test/actor"},
            {"proof": None},
        ):
            owner = change.get("attributedTo", page["attributedTo"])
            with pytest.raises(NotFetched):
                await proven(federation, {**page, **change}, page["id"], owner)
        # the same address, signed by another actor than the first time
        made = await beta.node.db.run(lambda unit: labels.read_for_all(unit, APPLIED, None))
        await beta.ben.until(f"/api/v1/statuses/{seen['id']}", lambda post: post.get("labels"))
        other = "http://alpha.test/users/mallory"
        with pytest.raises(Conflict):
            await beta.node.db.run(
                partial(labels.fetched, labeler_id=made.id, actor_uri=other, name="x", items=(), cursor=APPLIED)
            )
        row = await beta.node.db.one(rows.by_id(made.id))
        assert row is not None and row.actor_uri == "http://alpha.test/actor"


async def test_readers_do_not_take_the_places_of_the_community(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with cluster(tmp_path, alpha=("alice",)) as (alpha,):
        monkeypatch.setattr(labels, "MAX_OF_READERS", 3)
        for number in range(3):
            await alpha.alice.post("/api/v1/labelers", json={"url": f"http://b{number}.invalid/labels/applied"})
        status, found, _ = await alpha.alice.raw(
            "POST", "/api/v1/labelers", json={"url": "http://b4.invalid/labels/applied"}
        )
        assert status == 422 and "3 labelers" in found["error"]
        made = await alpha.node.db.run(lambda unit: labels.read_for_all(unit, "http://c.invalid/labels/applied", None))
        assert made.for_all
        # what never answered is forgotten
        sql = "UPDATE labelers SET state = 'failed', created_at = 1"
        await alpha.node.db.run(lambda unit: unit.run(Statement(text(sql), nothing)()))
        await alpha.node.db.run(labels.ask_all)
        assert await alpha.alice.get("/api/v1/labelers") == []
