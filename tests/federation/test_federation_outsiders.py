"""Who is not there for others, who is kept out, and what comes back late: people who wait for approval, suspended and
blocked ones, old words that somebody passes on, names that nobody confirms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from federation_support import AS, Actor, Node, ed25519, node

from fedserver.db.queries import accounts, users
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import FOLLOWERS
from fedserver.db.unit import Unit
from fedserver.federation.fetching.errors import Budget, NotFetched
from fedserver.kit.clock import to_iso
from fedserver.services import blocks, follows, moderation
from fedserver.services import reports as report_service
from protocol.proofs import add_proof

DAY_MS = 24 * 3600 * 1000


async def _wait(n: Node, account: Account) -> None:
    """The account belongs to somebody who still waits for approval."""

    def work(unit: Unit) -> None:
        row = {"id": unit.new_id(), "account_id": account.id, "community_id": 1, "state": "pending"}
        assert unit.made(users.add({**row, "created_at": unit.now, "valid_after": 0}))

    await n.run(work)


async def test_who_waits_for_approval_is_not_there_yet(tmp_path: Path) -> None:
    """ENUM-06: the same answers as for a name that nobody has."""
    async with node(tmp_path) as n:
        bob = await n.local()
        await _wait(n, bob)
        finger = f"/.well-known/webfinger?resource=acct:{{}}@{n.parts.site.domain}"
        for path in ("/users/{}", "/users/{}/outbox", "/users/{}/followers", "/users/{}/collections/featured", finger):
            found, never = await n.get(path.format("bob")), await n.get(path.format("nobody"))
            assert (found.status, found.body) == (404, never.body), path
        alice = n.peer.actor()
        await n.deliver(alice, alice.activity("Follow", bob.uri))
        await n.jobs()
        assert n.count("follows") == 0
        await n.run(lambda unit: unit.run(users.change(n.query("SELECT id FROM users")[0][0], {"state": "active"})))
        assert (await n.get("/users/bob")).status == 200
        await n.deliver(alice, alice.activity("Follow", bob.uri))
        await n.jobs()
        assert n.count("follows") == 1


async def test_who_cannot_see_a_post_cannot_answer_it(tmp_path: Path) -> None:
    """A guessed address, or a block: no reply in the thread, no counter, nothing stored but what names somebody."""
    async with node(tmp_path) as n:
        bob = await n.local()
        eve, friend = n.peer.actor("evil.test", "eve"), n.peer.actor()
        secret, shown = await n.post(bob, "secret", visibility=FOLLOWERS), await n.post(bob)
        rows = {a.uri: await n.federation.actors.store(a.uri, Budget(10)) for a in (eve, friend)}
        await n.run(lambda unit: follows.follow(unit, rows[friend.uri], bob))
        named = {"tag": [{"type": "Mention", "href": bob.uri, "name": "@bob"}]}
        await n.deliver(eve, eve.create(eve.note(1, inReplyTo=secret.uri)))
        await n.deliver(eve, eve.create(eve.note(2, inReplyTo=secret.uri, **named)))
        assert n.query("SELECT uri, in_reply_to_id FROM statuses WHERE local = 0") == [(eve.note(2)["id"], None)]
        await n.run(lambda unit: blocks.block(unit, bob, rows[eve.uri]))
        await n.deliver(eve, eve.create(eve.note(3, inReplyTo=shown.uri)))
        assert n.query("SELECT sum(replies_count) FROM statuses") == [(0,)]
        await n.deliver(friend, friend.create(friend.note(4, inReplyTo=secret.uri, to=[bob.uri], cc=[], **named)))
        await n.deliver(friend, friend.create(friend.note(5, inReplyTo=shown.uri)))
        assert n.query("SELECT count(*) FROM statuses WHERE in_reply_to_id IS NOT NULL") == [(2,)]


async def test_a_suspended_actor_says_nothing_of_itself(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        bob = await n.local(display_name="Buy now", note="<p>spam</p>", fields='[{"name": "shop", "value": "spam"}]')
        before = (await n.get("/users/bob")).json
        assert (before["name"], before["summary"]) == ("Buy now", "<p>spam</p>")
        await n.run(lambda unit: moderation.suspend(unit, bob.id, None))
        after = await n.get("/users/bob")
        assert b"spam" not in after.body and b"Buy now" not in after.body
        assert after.json["suspended"] is True
        assert after.json["publicKey"] == before["publicKey"]


async def test_the_nodes_own_actor_cannot_be_suspended(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        own = await n.account(f"{n.base}/actor")
        assert own is not None
        with pytest.raises(Exception, match="node's own account"):
            await n.run(lambda unit: moderation.suspend(unit, own.id, None))


async def test_in_secure_mode_a_block_holds_for_documents(tmp_path: Path) -> None:
    """VIS-26: whoever is blocked, alone or with a whole server, gets what is not there."""
    async with node(tmp_path, secure=True) as n:
        bob = await n.local()
        post = await n.post(bob)
        alice, mallory, eve = n.peer.actor(), n.peer.actor("evil.test", "mallory"), n.peer.actor("victim.test", "eve")
        rows = {a.uri: await n.federation.actors.store(a.uri, Budget(10)) for a in (alice, mallory, eve)}
        await n.run(lambda unit: blocks.block(unit, bob, rows[mallory.uri]))
        await n.run(lambda unit: blocks.block_domain(unit, bob, "victim.test"))
        paths = [f"/users/bob{tail}" for tail in ("/outbox?page=true", "/followers", "/collections/featured")]
        paths += [post.uri, f"{post.uri}/activity", f"{post.uri}/replies", f"{post.uri}/likes"]
        for path in paths:
            assert (await n.get(path, signer=alice)).status == 200, path
            for kept_out in (mallory, eve):
                assert (await n.get(path, signer=kept_out)).status == 404, (path, kept_out.uri)
        # the keys stay there: the Block itself must be verifiable
        assert (await n.get("/users/bob", signer=mallory)).status == 200


def _multikey(n: Node, actor: Actor, **more: Any) -> dict[str, Any]:
    """The actor's document with an Ed25519 key, as its server shows it now."""
    public = ed25519(actor.uri).public.to_multikey()
    method = {"id": f"{actor.uri}#ed", "type": "Multikey", "controller": actor.uri, "publicKeyMultibase": public}
    document = actor.document(assertionMethod=[method], **more)
    n.peer.pages[actor.uri] = document
    return document


async def test_an_old_profile_that_is_passed_on_changes_nothing(tmp_path: Path) -> None:
    """A proof stays good: whoever kept an old Update could otherwise bring back the profile, and the keys, of then."""
    async with node(tmp_path) as n:
        bob = await n.local()
        vera, mallory = n.peer.actor("victim.test", "vera"), n.peer.actor("evil.test", "mallory")
        old = _multikey(n, vera, name="Vera of then")
        _multikey(n, vera, name="Vera of now")
        await n.follow(bob, vera)
        update = vera.activity("Update", {key: value for key, value in old.items() if key != "@context"})
        signed = add_proof(update, ed25519(vera.uri), f"{vera.uri}#ed", to_iso(n.parts.clock.now_ms() - DAY_MS))
        assert await n.deliver(mallory, signed) == 202
        assert n.query("SELECT display_name FROM accounts WHERE username = 'vera'") == [("Vera of now",)]
        n.peer.pages[vera.uri] = {**old, "name": "Vera of tomorrow"}
        assert await n.jobs() == ["remote.refresh_actor"]
        assert n.query("SELECT display_name FROM accounts WHERE username = 'vera'") == [("Vera of tomorrow",)]
        own = vera.activity("Update", {**n.peer.pages[vera.uri], "name": "By herself"})
        assert await n.deliver(vera, own) == 202
        assert n.query("SELECT display_name FROM accounts WHERE username = 'vera'") == [("By herself",)]


@pytest.mark.parametrize(("days", "status"), [(1, 202), (6, 202), (8, 401), (400, 401)])
async def test_what_is_passed_on_late_is_refused(tmp_path: Path, days: int, status: int) -> None:
    """Activities are remembered for 14 days: a proof without end must not outlive that."""
    async with node(tmp_path) as n:
        bob = await n.local()
        vera, mallory = n.peer.actor("victim.test", "vera"), n.peer.actor("evil.test", "mallory")
        _multikey(n, vera)
        await n.follow(bob, vera)
        when = to_iso(n.parts.clock.now_ms() - days * DAY_MS)
        signed = add_proof(vera.create(vera.note()), ed25519(vera.uri), f"{vera.uri}#ed", when)
        assert await n.deliver(mallory, signed) == status
        assert n.count("statuses") == (1 if status == 202 else 0)


async def test_a_name_that_nobody_confirms_is_taken_from_nobody(tmp_path: Path) -> None:
    """ORG-09: an actor calls itself vera; WebFinger of its host says that vera is somebody else."""
    async with node(tmp_path) as n:
        vera = n.peer.actor("victim.test", "vera")
        row = await n.federation.actors.store(vera.uri, Budget(10))
        usurper = n.peer.actor("victim.test", "other")
        n.peer.pages[usurper.uri] = usurper.document(preferredUsername="vera")
        with pytest.raises(NotFetched, match="handle_taken"):
            await n.federation.actors.store(usurper.uri, Budget(10))
        found = await n.parts.db.one(accounts.by_handle("vera", "victim.test"))
        assert found is not None and found.id == row.id
        # who is confirmed gets it: the account was made anew on its own server
        n.peer.finger("victim.test", "vera", usurper.uri)
        n.federation.actors._failed.clear()
        heir = await n.federation.actors.store(usurper.uri, Budget(10))
        found = await n.parts.db.one(accounts.by_handle("vera", "victim.test"))
        assert found is not None and found.id == heir.id != row.id


async def test_reports_of_one_server_are_bounded_whoever_sends_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ADM-11."""
    monkeypatch.setattr(report_service, "PER_DAY_AND_SERVER", 3)
    async with node(tmp_path) as n:
        bob = await n.local()
        crowd = [n.peer.actor("evil.test", f"m{i}") for i in range(5)]
        for actor in crowd:
            assert await n.deliver(actor, {"@context": AS, **actor.activity("Flag", [bob.uri], content="bad")}) == 202
            await n.jobs()
        assert n.count("reports") == 3
        alice = n.peer.actor()
        await n.deliver(alice, alice.activity("Flag", [bob.uri], content="bad"))
        await n.jobs()
        assert n.count("reports") == 4
