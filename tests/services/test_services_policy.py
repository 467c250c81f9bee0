"""A community's document: put in force, followed by the next, forked; and those of others that it subscribes to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from fedserver.db.queries import accounts, communities
from fedserver.db.queries import policy as rows
from fedserver.domain.policy.canonical import hash_of, plain
from fedserver.domain.policy.document import Document
from fedserver.domain.policy.read import from_plain
from fedserver.kit.errors import Conflict, Invalid, NotFound
from fedserver.services import policy, starters
from fedserver.services.keyring import public_key
from protocol.activitystreams.policies import PolicyObject, digest_of, read_policy
from protocol.errors import Malformed, Reason, Refusal
from protocol.proofs import ProofVerified, check_proof

if TYPE_CHECKING:
    from tests.services.conftest import World


def begin(world: World, name: str = "open-gallery") -> Document:
    version = world.run(lambda u: policy.publish(u, world.keyring, starters.starter(name), None))
    return policy.document_of(version)


def changed(document: Document, **feed: Any) -> Document:
    values = plain(document)
    values["feed"]["best"].update(feed)
    return from_plain(values)


def test_a_starter_becomes_a_fork_and_its_words_are_those_of_the_community(world: World) -> None:
    document = begin(world, "disclosure-required")
    assert (document.name, document.version) == ("here.test", 1)
    assert document.parent == hash_of(starters.starter("disclosure-required"))
    community = world.run(lambda u: u.get(communities.by_id(1)))
    assert community.description.startswith("A place for works made with AI") and "appeal" in community.terms
    assert "\n" not in community.description.replace("\n\n", ""), "lines of the file are no lines of the page"
    shown = world.run(lambda u: u.all(communities.rules_of(1)))
    assert [rule.text for rule in shown] == [norm.text["en"] for norm in document.norms]
    assert world.value("SELECT count(*) FROM audit_log WHERE action = 'policy.publish'") == 1


def test_the_words_are_in_the_community_s_language(world: World) -> None:
    world.run(lambda u: u.run(communities.change(1, {"languages": '["fr"]'})))
    begin(world)
    assert world.run(lambda u: u.get(communities.by_id(1))).description.startswith("Un lieu")
    assert world.run(lambda u: u.all(communities.rules_of(1)))[0].text.startswith("Traitez")


def test_each_version_follows_the_one_before_and_is_kept(world: World) -> None:
    first = begin(world)
    second = world.run(lambda u: policy.publish(u, world.keyring, changed(first, diversity=0.5), None, " why \n"))
    assert (second.version, second.parent, second.note) == (2, hash_of(first), "why")
    assert world.run(lambda u: u.get(rows.current())).hash == second.hash
    assert [one.version for one in world.run(lambda u: u.all(rows.listed()))] == [2, 1]
    back = world.run(
        lambda u: policy.publish(u, world.keyring, changed(policy.document_of(second), diversity=0.3), None)
    )
    assert back.version == 3 and policy.document_of(back).feeds == first.feeds and back.hash != hash_of(first)
    with pytest.raises(Conflict):
        world.run(lambda u: policy.publish(u, world.keyring, changed(first, diversity=0.9), None))
    with pytest.raises(Invalid, match="changes nothing"):
        world.run(lambda u: policy.publish(u, world.keyring, policy.document_of(back), None))


def test_what_is_signed_is_not_in_force_until_it_is_published(world: World) -> None:
    first = begin(world)
    draft = changed(first, diversity=0.5)
    signed = world.run(lambda u: policy.sign(u, world.keyring, draft, None))
    assert signed.enacted_at is None and world.run(lambda u: u.get(rows.current_number())) == 1
    assert world.run(lambda u: u.one(rows.by_version(2))) is None
    assert world.run(lambda u: policy.sign(u, world.keyring, draft, None)).id == signed.id
    other = world.run(lambda u: policy.publish(u, world.keyring, changed(first, diversity=0.6), None))
    assert other.version == 2
    with pytest.raises(Conflict):
        world.run(lambda u: policy.publish(u, world.keyring, policy.document_of(signed), None))
    assert world.run(lambda u: u.get(rows.current_number())) == 2


def test_another_community_s_document_becomes_a_fork_in_its_place(world: World) -> None:
    begin(world)
    theirs = replace(starters.starter("disclosure-required"), name="there.test", version=40)
    made = world.run(lambda u: policy.publish(u, world.keyring, theirs, None))
    mine = policy.document_of(made)
    assert (mine.name, mine.version, mine.feeds) == ("here.test", 2, theirs.feeds)


def test_the_object_is_signed_by_the_community_s_key(world: World) -> None:
    begin(world)
    version = world.run(lambda u: u.get(rows.current()))
    document = orjson.loads(version.signed)
    keys = world.run(lambda u: u.all(accounts.keys_of(u.get(accounts.by_handle("instance.actor")).id)))
    key = next(public_key(row) for row in keys if row.algorithm == "ed25519")
    assert isinstance(check_proof(document, key, version.created_at), ProofVerified)
    found = read_policy(document)
    assert (found.version, found.digest, found.parent) == (1, version.hash, version.parent)
    assert found.attributed_to == "https://here.test/actor" and found.id == "https://here.test/policy/1"
    assert hash_of(from_plain(found.policy)) == version.hash
    document["policy"]["feed"]["best"]["score"] = "1"
    verdict = check_proof(document, key, version.created_at)
    assert isinstance(verdict, Refusal) and verdict.reason is Reason.BAD_SIGNATURE
    with pytest.raises(Malformed, match="hash"):
        read_policy(document)


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "Note"},
        {"attributedTo": None},
        {"policy": "x"},
        {"policy": {"a": float("inf")}},
        {"policyVersion": 0},
        {"policyVersion": True},
        {"policyVersion": "1"},
        {"policyHash": "sha256:" + "0" * 64},
        {"policyHash": None},
        {"policyParent": "x"},
        {"id": ""},
    ],
    ids=str,
)
def test_what_is_no_policy_is_refused(world: World, changed: dict[str, Any]) -> None:
    begin(world)
    document = orjson.loads(world.run(lambda u: u.get(rows.current())).signed)
    with pytest.raises(Malformed):
        read_policy({**document, **changed})


def fetched(name: str = "there.test", version: int = 3, actor: str = "https://there.test/actor") -> PolicyObject:
    values = plain(replace(starters.starter("open-gallery"), name=name, version=version))
    return PolicyObject(
        id=f"https://there.test/policy/{version}",
        attributed_to=actor,
        name=name,
        version=version,
        digest=digest_of(values),
        parent=None,
        policy=values,
    )


def subscribe(world: World, address: str = "https://there.test/policy", **more: Any) -> rows.Subscription:
    given = {"mode": "advise", "priority": 0, "excludes": (), **more}
    return world.run(lambda u: policy.subscribe(u, address, actor=None, **given))


def test_a_subscription_is_fetched_by_a_job_and_can_be_changed_and_ended(world: World) -> None:
    made = subscribe(world)
    assert (made.mode, made.state, made.excludes) == ("advise", "waiting", "[]")
    assert world.value("SELECT count(*) FROM jobs WHERE name = 'policy.fetch'") == 1
    again = subscribe(world, mode="enforce", priority=5, excludes=("first-week-flood", "first-week-flood"))
    assert (again.id, again.mode, again.priority) == (made.id, "enforce", 5)
    assert orjson.loads(again.excludes) == ["first-week-flood"]
    world.run(lambda u: policy.fetched(u, made.id, fetched()))
    (row,) = world.run(lambda u: u.all(rows.subscriptions()))
    assert (row.state, row.name, row.version) == ("fetched", "there.test", 3) and row.document
    world.run(lambda u: policy.not_fetched(u, made.id, "gone"))
    (row,) = world.run(lambda u: u.all(rows.subscriptions()))
    assert (row.state, row.problem, row.version) == ("failed", "gone", 3) and row.document
    world.run(lambda u: policy.unsubscribe(u, "https://there.test/policy", None))
    assert world.run(lambda u: u.all(rows.subscriptions())) == []
    with pytest.raises(NotFound):
        world.run(lambda u: policy.unsubscribe(u, "https://there.test/policy", None))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "[::1]", "192.0.2.7", "localhost", "a.localhost"])
def test_a_policy_is_subscribed_to_by_a_public_name(world: World, host: str) -> None:
    with pytest.raises(Invalid, match="public name"):
        subscribe(world, f"http://{host}/policy")
    assert world.run(lambda u: u.all(rows.subscriptions())) == []


def test_a_subscribed_document_changes_neither_its_signer_nor_back(world: World) -> None:
    made = subscribe(world)
    world.run(lambda u: policy.fetched(u, made.id, fetched(version=3)))
    world.run(lambda u: policy.fetched(u, made.id, fetched(version=4)))
    for wrong in (
        fetched(version=3),
        fetched(version=4, name="else.test"),
        fetched(5, actor="https://evil.test/actor"),
    ):  # type: ignore[arg-type]
        with pytest.raises(Conflict):
            world.run(lambda u, wrong=wrong: policy.fetched(u, made.id, wrong))
    assert world.run(lambda u: u.get(rows.subscription(made.id))).version == 4


@pytest.mark.parametrize(
    ("address", "more"),
    [
        ("there.test", {}),
        ("javascript:alert(1)", {}),
        ("https://here.test/policy", {}),
        ("https://there.test/policy", {"mode": "obey"}),
        ("https://there.test/policy", {"priority": 10**9}),
        ("https://there.test/policy", {"excludes": ["x" * 41]}),
        ("https://there.test/policy", {"excludes": ["x"] * 201}),
    ],
    ids=str,
)
def test_what_cannot_be_subscribed_to(world: World, address: str, more: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        subscribe(world, address, **more)


def test_subscriptions_are_limited(world: World) -> None:
    for i in range(policy.MAX_SUBSCRIPTIONS):
        subscribe(world, f"https://there.test/policy/{i}")
    with pytest.raises(Invalid, match="already"):
        subscribe(world, "https://there.test/one-more")
    subscribe(world, "https://there.test/policy/1", mode="shadow")


def test_norms_are_rules_in_every_language_that_they_have(world: World) -> None:
    given = starters.starter("open-gallery")
    world.run(lambda unit: policy.publish(unit, world.keyring, given, None))
    for rule in world.run(lambda unit: unit.all(communities.rules_of())):
        told = orjson.loads(rule.translations)
        assert {"en", "fr"} <= set(told), rule.text
        assert told["en"]["text"] == rule.text and told["fr"]["text"] != rule.text
