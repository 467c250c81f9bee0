"""Followers synchronisation (FEP-8fcf) between two whole nodes, and who may read the partial collection."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from node_support import Person, cluster

from fedserver.db.queries import accounts, jobs, relations
from fedserver.db.unit import Unit
from fedserver.federation.context import of
from fedserver.federation.fetching.errors import Budget
from fedserver.services.synchronisation import JOB, compare
from protocol.synchronisation import Synchronisation, digest


async def _drop(person: Person, follower: str, target: str) -> None:
    """One side loses a follow without a word."""

    def work(unit: Unit) -> None:
        found = {uri: unit.get(accounts.by_uri(uri)) for uri in (follower, target)}
        unit.run(relations.drop_follow(found[follower].id, found[target].id))

    await person.node.node.db.run(work)


def _uri(person: Person) -> str:
    return f"{person.node.node.site.base_url}/users/{person.handle[1:].partition('@')[0]}"


async def _following(person: Person, account_id: str) -> bool:
    rows = await person.get(f"/api/v1/accounts/relationships?id[]={account_id}")
    return bool(rows[0]["following"])


async def _private(person: Person, text: str) -> Any:
    return await person.post("/api/v1/statuses", json={"status": text, "visibility": "private"})


async def test_a_follow_that_the_author_does_not_know_ends(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("bob", "ben")) as (alpha, beta):
        alice, bob, ben = alpha.alice, beta.bob, beta.ben
        seen = await bob.follow(alice)
        await ben.follow(alice)
        await _drop(alice, _uri(bob), _uri(alice))
        # ben is still followed by nobody's mistake: the post goes out to beta, with a digest of ben alone
        await _private(alice, "for followers")
        await bob.until(f"/api/v1/accounts/relationships?id[]={seen['id']}", lambda rows: not rows[0]["following"])
        assert await _following(ben, (await ben.find(alice.handle))["id"])


async def test_a_follow_that_was_lost_here_is_taken_back_there(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("bob", "ben")) as (alpha, beta):
        alice, bob, ben = alpha.alice, beta.bob, beta.ben
        await bob.follow(alice)
        await ben.follow(alice)
        await _drop(bob, _uri(bob), _uri(alice))
        me = await alice.get("/api/v1/accounts/verify_credentials")
        await _private(alice, "for followers")
        followers = f"/api/v1/accounts/{me['id']}/followers"
        await alice.until(followers, lambda rows: [row["acct"].partition("@")[0] for row in rows] == ["ben"])


async def test_only_another_digest_asks_for_the_list(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("bob",)) as (alpha, beta):
        seen = await beta.bob.follow(alpha.alice)
        part = f"{_uri(alpha.alice)}/followers_synchronization"

        def asked(claimed: str) -> Any:
            def work(unit: Unit) -> list[str]:
                target = unit.get(accounts.by_uri(_uri(alpha.alice)))
                compare(unit, target, Synchronisation(target.followers_uri or "", part, claimed))
                return unit.all(jobs.keys_between(f"{JOB}:", f"{JOB};"))

            return beta.node.db.run(work)

        assert await asked(digest([_uri(beta.bob)])) == []
        # a list of another digest than the one that was announced changes nothing
        assert len(await asked("0" * 64)) == 1
        await asyncio.sleep(1.0)
        assert await _following(beta.bob, seen["id"])


async def test_only_a_server_that_signs_reads_its_part(tmp_path: Path) -> None:
    async with cluster(tmp_path, alpha=("alice",), beta=("bob",)) as (alpha, beta):
        await beta.bob.follow(alpha.alice)
        url = f"{_uri(alpha.alice)}/followers_synchronization"
        direct = f"{alpha.url}/users/alice/followers_synchronization"
        async with alpha.http.get(direct, headers={"Accept": "application/activity+json"}) as response:
            assert response.status == 401
        document = (await of(beta.node.parts).fetcher.document(url, Budget(3))).value
        assert document["orderedItems"] == [_uri(beta.bob)]
        assert document["type"] == "OrderedCollection"
