"""A community publishes its policy; another one subscribes to it, and takes nothing that is not signed by the first."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from node_support import RunningNode, cluster

from fedserver.db.queries import policy as rows
from fedserver.domain.policy.canonical import hash_of, plain
from fedserver.domain.policy.read import from_plain, read_toml
from fedserver.federation.context import of
from fedserver.federation.fetching.errors import NotFetched
from fedserver.federation.packs import refresh, verified
from fedserver.services import packs, policy, starters
from keys.algorithms import Algorithm
from keys.pair import PrivateKey
from protocol.proofs import add_proof

ACTIVITY = {"Accept": "application/activity+json"}
PAGE = {"Accept": "text/html"}


async def publish(node: RunningNode, document: Any) -> rows.Version:
    keyring = node.node.parts.keyring
    return await node.node.db.run(partial(policy.publish, keyring=keyring, given=document, actor=None))


async def get(node: RunningNode, path: str, **headers: str) -> tuple[int, str, bytes]:
    async with node.http.get(node.url + path, headers={"Host": f"{node.config.server.domain}", **headers}) as answer:
        return answer.status, answer.content_type, await answer.read()


async def test_the_policy_is_published_at_stable_addresses(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",)) as (alpha,):
        for path in ("/policy", "/policy.toml", "/policy.json", "/policy/1", "/policy/x", "/policy/1.toml"):
            assert (await get(alpha, path, **PAGE))[0] == 404, path
        first = await publish(alpha, starters.starter("disclosure-required"))
        values = plain(policy.document_of(first))
        values["feed"]["best"]["diversity"] = 0.7
        second = await publish(alpha, from_plain(values))

        status, kind, body = await get(alpha, "/policy.toml")
        assert (status, kind) == (200, "application/toml")
        assert hash_of(read_toml(body.decode())) == second.hash
        status, kind, body = await get(alpha, "/policy/1.json")
        assert (status, kind) == (200, "application/json") and hash_of(from_plain(orjson.loads(body))) == first.hash
        status, kind, body = await get(alpha, "/policy/1", **ACTIVITY)
        assert (status, kind) == (200, "application/activity+json")
        assert orjson.loads(body)["id"] == "http://alpha.test/policy/1"
        assert orjson.loads((await get(alpha, "/policy", **ACTIVITY))[2])["policyHash"] == second.hash

        status, kind, body = await get(alpha, "/policy", **PAGE)
        text = body.decode()
        assert status == 200 and "Best this week" in text and "feed.best.diversity = 0.7" in text
        assert "post.ai_evidence and not post.ai_disclosed" in text and "<script" not in text
        status, _, body = await get(alpha, "/policy/1", **PAGE, **{"Accept-Language": "fr"})
        assert status == 200 and "no longer in force" in body.decode()


async def test_another_community_subscribes_and_hears_of_new_versions(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        first = await publish(alpha, starters.starter("disclosure-required"))
        address = "http://alpha.test/policy"
        await beta.node.db.run(
            partial(policy.subscribe, address=address, mode="shadow", priority=1, excludes=(), actor=None)
        )
        row = await until(beta, lambda row: row.state == "fetched")
        assert (row.name, row.version, row.hash) == ("alpha.test", 1, first.hash)
        assert row.actor_uri == "http://alpha.test/actor"
        assert hash_of(from_plain(orjson.loads(row.document or ""))) == first.hash

        values = plain(policy.document_of(first))
        values["rule"][0]["state"] = "shadow"
        second = await publish(alpha, from_plain(values))
        await beta.node.db.run(partial(policy.ask, subscription_id=row.id))
        row = await until(beta, lambda row: row.version == 2)
        assert row.hash == second.hash


async def test_a_pack_acts_until_its_community_takes_it_back(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        first = await publish(alpha, starters.starter("disclosure-required"))
        await publish(beta, starters.starter("open-gallery"))
        address = "http://alpha.test/policy"
        await beta.node.db.run(
            partial(policy.subscribe, address=address, mode="enforce", priority=1, excludes=("sensitive",), actor=None)
        )
        await until(beta, lambda row: row.state == "fetched")
        rules = {rule.id for rule in policy.document_of(first).rules}
        own = {one.rule.id for one in await running(beta) if one.layer != "pack"}
        taken = [one for one in await running(beta) if one.layer == "pack"]
        assert taken and {one.rule.id for one in taken} == rules - own
        assert {(one.policy_hash, one.pack, one.community) for one in taken} == {(first.hash, address, "alpha.test")}
        text = (await get(beta, "/policy", **PAGE))[2].decode()
        assert "in force, below this community" in text and "without sensitive" in text
        assert taken[0].rule.because["en"].split("'")[0] in text and "<script" not in text

        gone = orjson.dumps({"id": "http://alpha.test/policy/1", "type": "Tombstone"}).decode()
        await alpha.node.db.run(lambda unit: unit.run(rows.change(first.id, {"signed": gone})))
        await refreshed(beta)
        row = await until(beta, lambda row: row.state == "retracted")
        assert (row.document, row.version, row.actor_uri) == (None, 1, "http://alpha.test/actor")
        assert [one for one in await running(beta) if one.layer == "pack"] == []
        assert "took it back" in (await get(beta, "/policy", **PAGE))[2].decode()

        await alpha.node.db.run(lambda unit: unit.run(rows.change(first.id, {"signed": first.signed})))
        await refreshed(beta)
        await until(beta, lambda row: row.state == "fetched")
        assert [one for one in await running(beta) if one.layer == "pack"] == taken


async def test_what_cannot_be_fetched_leaves_what_was_there_and_says_why(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        first = await publish(alpha, starters.starter("disclosure-required"))
        address = "http://alpha.test/policy"
        await beta.node.db.run(
            partial(policy.subscribe, address=address, mode="advise", priority=0, excludes=(), actor=None)
        )
        await until(beta, lambda row: row.state == "fetched")
        assert not [one for one in await running(beta) if one.layer == "pack"], "advice does nothing"
        advice = await beta.node.db.run(packs.advice)
        assert advice and {one.mode for one in advice} == {"advise"}
        tampered = orjson.dumps({**orjson.loads(first.signed), "policyVersion": 9}).decode()
        await alpha.node.db.run(lambda unit: unit.run(rows.change(first.id, {"signed": tampered})))
        await refreshed(beta)
        row = await until(beta, lambda row: row.state == "failed")
        assert row.problem and (row.version, row.hash) == (1, first.hash)
        assert await beta.node.db.run(packs.advice) == advice
        await publish(beta, starters.starter("open-gallery"))
        text = (await get(beta, "/policy", **PAGE))[2].decode()
        assert "nothing follows from it" in text and "could not be fetched" in text


async def running(node: RunningNode) -> tuple[packs.EffectiveRule, ...]:
    return await node.node.db.run(packs.effective_rules)


async def refreshed(node: RunningNode) -> None:
    """What the daily job does."""
    await refresh(node.node.parts, {})


async def until(node: RunningNode, wanted: Any) -> rows.Subscription:
    import asyncio
    import time

    end = time.monotonic() + 15
    while time.monotonic() < end:
        found = await node.node.db.all(rows.subscriptions())
        if found and wanted(found[0]):
            return found[0]
        await asyncio.sleep(0.05)
    raise AssertionError(found)


def another_key(document: dict[str, Any]) -> dict[str, Any]:
    bare = {key: value for key, value in document.items() if key != "proof"}
    proof = document["proof"]
    key = PrivateKey.generate(Algorithm.ED25519)
    return add_proof(bare, key, proof["verificationMethod"], proof["created"], with_context=True)


def changed(document: dict[str, Any]) -> dict[str, Any]:
    document["policyVersion"] = 9
    return document


def unsigned(document: dict[str, Any]) -> dict[str, Any]:
    del document["proof"]
    return document


def elsewhere(document: dict[str, Any]) -> dict[str, Any]:
    document["attributedTo"] = "http://beta.test/actor"
    return document


def strange_address(document: dict[str, Any]) -> dict[str, Any]:
    document["id"] = "http://gamma.test/policy/1"
    return document


def wrong_hash(document: dict[str, Any]) -> dict[str, Any]:
    document["policyHash"] = "sha256:" + "0" * 64
    return document


def hostile(document: dict[str, Any]) -> dict[str, Any]:
    document["policy"]["feed"]["best"]["score"] = "__import__(1)"
    return document


def a_note(document: dict[str, Any]) -> dict[str, Any]:
    document["type"] = "Note"
    return document


TAMPERED = (another_key, changed, unsigned, elsewhere, strange_address, wrong_hash, hostile, a_note)


@pytest.mark.parametrize("tamper", TAMPERED, ids=lambda one: one.__name__)
async def test_what_the_first_community_did_not_sign_is_not_taken(tmp_path: Path, tamper: Any) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("ben",)) as (alpha, beta):
        version = await publish(alpha, starters.starter("open-gallery"))
        assert (await verified(of(beta.node.parts), "http://alpha.test/policy")).digest == version.hash
        wrong = orjson.dumps(tamper(orjson.loads(version.signed))).decode()
        await alpha.node.db.run(lambda unit: unit.run(rows.change(version.id, {"signed": wrong})))
        with pytest.raises(NotFetched):
            await verified(of(beta.node.parts), "http://alpha.test/policy")
