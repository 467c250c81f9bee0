"""Communities with opposite rules federate: each reader sees what their community chose. Floods stop at the door."""

from __future__ import annotations

import asyncio
import io
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from node_support import Person, RunningNode, cluster
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from test_two_nodes import arrived

from fedserver.db.queries import ledger as ledger_rows
from fedserver.domain.policy.read import read_toml
from fedserver.edge.past import tried
from fedserver.kit.paging import Page
from fedserver.services import ledger, policy, rule_life, rules, starters

BARE = """
[community]
name = "here"
default_feed = "newest"
[feed.newest]
title = "Newest"
score = "posted_s"
"""


# of authors themselves: their server writes a hashtag under what it knows to be AI-made
SAY_SO = """
[[norm]]
id = "say-how"
text = "Say when a model made it"
[[rule]]
id = "say-so"
norm = "say-how"
when = "post.ai_evidence and not post.ai_disclosed"
do = "label"
label = "no AI disclosure"
because = "Say when a model made it"
state = "live"
"""


async def enact(node: RunningNode, *ready: str, own: str = "") -> None:
    """Ready rules, and others, in force on a node."""
    document = rule_life.adopted(read_toml(BARE + own), [*ready], "live")
    keyring = node.node.parts.keyring
    await node.node.db.run(partial(policy.publish, keyring=keyring, given=document, actor=None))


async def decisions(node: RunningNode) -> list[Any]:
    """The ledger of a node, oldest first."""
    return list(reversed(await node.node.db.all(ledger_rows.listed(Page(limit=200)))))


async def picture(person: Person, text: str, made: str = "") -> Any:
    """A post with a picture. ``made``: file (its metadata says AI, its author nothing), author, or '' for a photo."""
    info, data = PngInfo(), io.BytesIO()
    if made == "file":
        info.add_text("parameters", "a lake at dawn\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Model: sdxl")
    Image.effect_noise((96, 96), 90).convert("RGB").save(data, "PNG", pnginfo=info)
    form = aiohttp.FormData()
    form.add_field("file", data.getvalue(), filename="made.png", content_type="image/png")
    form.add_field("description", "A lake")
    if made == "author":
        form.add_field("provenance[declared]", "generated")
    medium = await person.post("/api/v2/media", data=form)
    await person.until(f"/api/v1/media/{medium['id']}", lambda row: row["url"])
    return await person.post("/api/v1/statuses", json={"status": text, "media_ids": [medium["id"]]})


async def known(node: RunningNode, uri: str) -> Any:
    """The row of a post on a node, once it is there."""
    from fedserver.db.queries import statuses

    for _ in range(300):
        found = await node.node.db.one(statuses.by_uri(uri))
        if found is not None:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{uri} did not arrive at {node.config.server.domain}")


async def _home(person: Person) -> set[str]:
    return {each["uri"] for each in await person.get("/api/v1/timelines/home")}


async def test_opposite_communities_and_a_third(tmp_path: Path) -> None:
    """alpha asks that AI is named, beta shows no AI-made media, gamma has no rules."""
    people = {"alpha": ("alice",), "beta": ("ben",), "gamma": ("carol", "dave")}
    async with cluster(tmp_path, **people) as (alpha, beta, gamma):
        alice, ben, carol, dave = alpha.alice, beta.ben, gamma.carol, gamma.dave
        await enact(alpha, own=SAY_SO)
        await enact(beta, "ai-none")
        for reader in (alice, ben, dave):
            await reader.follow(carol)
        await ben.follow(alice)
        silent = (await picture(carol, "silent", "file"))["uri"]
        named = (await picture(carol, "named", "author"))["uri"]
        photo = (await picture(carol, "photo"))["uri"]
        theirs = (await picture(alice, "from alpha", "author"))["uri"]

        rows = {uri: await known(beta, uri) for uri in (silent, named, photo, theirs)}
        assert [rows[uri].visibility for uri in (silent, named, photo, theirs)] == [4, 4, 0, 4]
        assert photo in await _home(ben) and not {silent, named, theirs} & await _home(ben)
        for uri in (silent, named, photo):
            await known(alpha, uri)
        assert {silent, named, photo, theirs} <= await _home(alice)
        assert {silent, named, photo} <= await _home(dave)

        at_alpha = {(each.target_uri, each.verb, each.label) for each in await decisions(alpha)}
        assert at_alpha == {(silent, "label", "no AI disclosure")}
        assert {(each.target_uri, each.verb) for each in await decisions(beta)} == {
            (silent, "hold"),
            (named, "hold"),
            (theirs, "hold"),
        }
        assert await decisions(gamma) == []
        # what beta holds appears there when beta changes its mind, and nowhere else anything changes
        (held,) = [each for each in await decisions(beta) if each.target_uri == named]
        await beta.node.db.run(lambda unit: ledger.undo(unit, held.id, None, "a mistake"))
        assert named in await _home(ben)


async def test_a_flood_between_nodes(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "ann"), beta=("spammer", "ben")) as (alpha, beta):
        alice, spammer, ben = alpha.alice, beta.spammer, beta.ben
        await enact(alpha, "keyword", "unwanted-links", "copies")
        await alice.follow(ben)
        await alice.follow(spammer)
        words = [
            (await spammer.post("/api/v1/statuses", json={"status": f"free crypto for you, number {i}"}))["uri"]
            for i in range(4)
        ]
        links = [
            (await spammer.post("/api/v1/statuses", json={"status": f"https://spam.example/{i} look at it"}))["uri"]
            for i in range(3)
        ]
        copies = [
            (await spammer.post("/api/v1/statuses", json={"status": f"{alice.handle} these five words of mine again"}))
            for i in range(7)
        ]
        calm = (await ben.post("/api/v1/statuses", json={"status": "A calm day at the lake"}))["uri"]
        assert (await arrived(alice, calm))["uri"] == calm
        held = [await known(alpha, uri) for uri in words]
        assert {each.visibility for each in held} == {4}
        shown = [(await known(alpha, each["uri"])).visibility for each in copies]
        assert shown == [0, 0, 0, 4, 4, 4, 4]
        assert not {*words, *links} & await _home(alice)
        from fedserver.db.queries import statuses

        assert [await alpha.node.db.one(statuses.by_uri(uri)) for uri in links] == [None] * 3
        mentioned = await alice.get("/api/v1/notifications?types[]=mention")
        assert len(mentioned) == 3
        # the same rule, tried on this past beside the serving node
        (wanted,) = (each for each in starters.ready_rules().rules if each.id == "keyword")
        found = await tried(alpha.node.parts, [wanted], 5)
        assert (found.outcomes[0].hits, found.outcomes[0].authors) == (4, 1)
        assert {each.uri for each in found.outcomes[0].examples} <= set(words)


async def test_a_local_post_is_refused_with_its_reason(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice", "ann")) as (alpha,):
        await enact(alpha, "unwanted-links")
        status, body, _ = await alpha.ann.raw("POST", "/api/v1/statuses", json={"status": "https://spam.example/ look"})
        assert status == 422 and body["error"].startswith("This was not accepted: It links to a site")
        assert "unwanted-links" in body["error_description"]
        assert await alpha.ann.get(f"/api/v1/accounts/{alpha.ann.account_id}/statuses") == []
        (decision,) = await decisions(alpha)
        assert (decision.verb, decision.target_id, decision.account_id) == ("reject", None, alpha.ann.account_id)
        assert issubclass(rules.Refused, Exception)
        fine = await alpha.ann.post("/api/v1/statuses", json={"status": "https://elsewhere.example/ look"})
        assert fine["visibility"] == "public"


async def test_what_is_withheld_is_not_served(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        await beta.ben.follow(alpha.alice)
        note = await picture(alpha.alice, "A lake")
        seen = await arrived(beta.ben, note["uri"])
        before = await alpha.alice.get(f"/api/v1/statuses/{note['id']}")
        paths = [before["media_attachments"][0][name].split(".test", 1)[1] for name in ("url", "preview_url")]

        async def answers(node: RunningNode, asked: list[str]) -> list[int]:
            found = []
            for path in asked:
                async with node.http.get(node.url + path) as response:
                    found.append(response.status)
            return found

        copies = [seen["media_attachments"][0][name].split(".test", 1)[1] for name in ("url", "preview_url")]
        assert await answers(alpha, paths) == [200, 200] and await answers(beta, copies) == [200, 200]
        act = ledger.Act("strip-media", "status", int(note["id"]), note["uri"], alpha.alice.account_id)
        made = await alpha.node.db.run(lambda unit: ledger.decide(unit, act, None))
        theirs = ledger.Act("strip-media", "status", int(seen["id"]), note["uri"], None)
        await beta.node.db.run(lambda unit: ledger.decide(unit, theirs, None))
        assert await answers(alpha, paths) == [404, 404] and await answers(beta, copies) == [404, 404]
        assert (await alpha.alice.get(f"/api/v1/statuses/{note['id']}"))["media_attachments"] == []
        async with alpha.http.get(
            alpha.url + note["uri"].split(".test", 1)[1], headers={"Accept": "application/activity+json"}
        ) as response:
            assert not (await response.json(content_type=None)).get("attachment")
        await alpha.node.db.run(lambda unit: ledger.undo(unit, made.id, None))
        assert await answers(alpha, paths) == [200, 200]
        assert len((await alpha.alice.get(f"/api/v1/statuses/{note['id']}"))["media_attachments"]) == 1
