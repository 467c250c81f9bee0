"""The attack cases of origin and authority, and what must stay possible."""

from __future__ import annotations

from typing import Any

import pytest

from protocol.activitystreams.read import read_activity, read_actor, read_object
from protocol.activitystreams.values import Activity
from protocol.authority import (
    Known,
    Outcome,
    Verdict,
    Why,
    check_embedded,
    check_fetched,
    check_key,
    check_move,
    check_object,
    may_act,
)

EVIL = "https://evil.test/users/eve"
VICTIM = "https://victim.test/users/vic"
GOOD = "https://good.test/users/gil"
ALICE = "https://home.test/users/alice"


def note(object_id: str, author: str, **more: Any) -> dict[str, Any]:
    return {"id": object_id, "type": "Note", "attributedTo": author, "content": "x", **more}


def act(kind: str, actor: str, obj: Any, **more: Any) -> Activity:
    return read_activity({"id": f"{actor}#{kind}", "type": kind, "actor": actor, "object": obj, **more})


def outcome(verdict: Verdict) -> tuple[str, Why | None]:
    return verdict.outcome.value, verdict.why


def actor(actor_id: str, **more: Any) -> Any:
    return read_actor(
        {"id": actor_id, "type": "Person", "preferredUsername": "x", "inbox": f"{actor_id}/inbox", **more}
    )


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete", "Like", "Announce", "Follow", "Undo", "Whatever"])
def test_the_activitys_own_id_must_be_the_actors(kind: str) -> None:
    forged = read_activity({"id": "https://victim.test/1", "type": kind, "actor": EVIL, "object": EVIL})
    assert outcome(may_act(forged)) == ("refuse", Why.ACTIVITY_ORIGIN)


def test_create_of_ones_own_is_allowed() -> None:
    assert may_act(act("Create", GOOD, note("https://good.test/1", GOOD))).allowed
    both = note("https://good.test/1", GOOD)
    both["attributedTo"] = [{"type": "Person", "id": GOOD}, {"type": "Group", "id": "https://good.test/g"}]
    assert may_act(act("Create", GOOD, both)).allowed


def test_org_01_create_of_another_origins_object_is_a_hint() -> None:
    verdict = may_act(act("Create", EVIL, note("https://victim.test/1", VICTIM)))
    assert verdict == Verdict(Outcome.FETCH, Why.OBJECT_ORIGIN, "https://victim.test/1")


def test_org_02_an_author_of_another_origin() -> None:
    doc = note("https://evil.test/1", VICTIM)
    assert outcome(may_act(act("Create", EVIL, doc))) == ("refuse", Why.AUTHOR_ORIGIN)
    assert outcome(check_object(read_object(doc))) == ("refuse", Why.AUTHOR_ORIGIN)
    mixed = note("https://evil.test/1", EVIL, actor=VICTIM)
    assert outcome(may_act(act("Create", EVIL, mixed))) == ("refuse", Why.AUTHOR_ORIGIN)


def test_org_03_a_page_elsewhere_is_not_the_objects_page() -> None:
    obj = read_object(note("https://evil.test/1", EVIL, url="https://victim.test/@vic/1"))
    assert obj.url == "https://evil.test/1"


def test_org_04_07_08_a_document_bears_the_id_that_was_asked_for() -> None:
    asked = "https://evil.test/n"
    assert outcome(check_fetched(asked, asked, "https://victim.test/n")) == ("refuse", Why.WRONG_ID)
    redirect = "https://victim.test/redirect?to=evil"
    assert check_fetched(redirect, "https://evil.test/n", redirect).refused
    assert check_fetched(redirect, "https://evil.test/n", "https://evil.test/n").refused
    assert check_fetched(asked, asked, asked).allowed
    page = "https://good.test/@gil/1"
    assert check_fetched(page, page, "https://good.test/1") == Verdict(
        Outcome.FETCH, Why.WRONG_ID, "https://good.test/1"
    )
    assert check_fetched(page, "https://good.test/1", "https://good.test/1").allowed
    assert check_fetched(page, page, "javascript:1").refused


def test_org_13_update_of_somebody_elses_note() -> None:
    assert outcome(may_act(act("Update", EVIL, note("https://victim.test/1", VICTIM)))) == ("refuse", Why.OBJECT_ORIGIN)
    assert outcome(may_act(act("Update", EVIL, "https://victim.test/1"))) == ("refuse", Why.OBJECT_ORIGIN)
    neighbour = act("Update", "https://victim.test/users/other", note("https://victim.test/1", VICTIM))
    assert outcome(may_act(neighbour, Known(author=VICTIM))) == ("refuse", Why.NOT_AUTHOR)
    assert outcome(may_act(neighbour)) == ("fetch", Why.NOT_AUTHOR)


def test_org_15_the_author_never_changes() -> None:
    claimed = act(
        "Update", "https://victim.test/users/other", note("https://victim.test/1", "https://victim.test/users/other")
    )
    assert may_act(claimed).allowed
    assert may_act(claimed, Known(author=VICTIM)).refused


def test_update_of_the_actor_itself() -> None:
    assert may_act(act("Update", GOOD, {"id": GOOD, "type": "Person"})).allowed
    assert may_act(act("Update", EVIL, {"id": VICTIM, "type": "Person"})).refused
    # Only the id: there is nothing to act on, but the actor may be fetched anew.
    assert outcome(may_act(act("Update", GOOD, GOOD))) == ("fetch", Why.NOT_EMBEDDED)
    neighbour = act("Update", "https://victim.test/users/other", {"id": VICTIM, "type": "Person"})
    assert not may_act(neighbour).allowed


def test_org_16_create_of_a_known_id_by_somebody_else() -> None:
    again = act(
        "Create", "https://victim.test/users/other", note("https://victim.test/1", "https://victim.test/users/other")
    )
    assert outcome(may_act(again, Known(author=VICTIM))) == ("refuse", Why.NOT_AUTHOR)


@pytest.mark.parametrize("target", ["https://victim.test/1", VICTIM, ALICE, "https://home.test/users/alice/statuses/1"])
def test_org_17_delete_of_others(target: str) -> None:
    assert outcome(may_act(act("Delete", EVIL, target))) == ("refuse", Why.OBJECT_ORIGIN)
    assert may_act(act("Delete", EVIL, {"type": "Tombstone", "id": target}), Known(author=VICTIM)).refused


def test_delete_of_ones_own() -> None:
    assert may_act(act("Delete", GOOD, GOOD)).allowed
    assert may_act(act("Delete", GOOD, "https://good.test/1")).allowed
    assert may_act(act("Delete", GOOD, "https://good.test/1"), Known(author=GOOD)).allowed
    assert outcome(
        may_act(act("Delete", GOOD, "https://good.test/1"), Known(author="https://good.test/users/other"))
    ) == (
        "refuse",
        Why.NOT_AUTHOR,
    )
    assert may_act(act("Delete", GOOD, {"type": "Note"})).refused


def test_org_19_20_what_an_announce_embeds_of_others_is_fetched() -> None:
    embedded = note("https://victim.test/1", VICTIM)
    expected = Verdict(Outcome.FETCH, Why.OBJECT_ORIGIN, "https://victim.test/1")
    assert may_act(act("Announce", EVIL, embedded)) == expected
    inner = {"id": "https://victim.test/1", "type": "Delete", "actor": VICTIM, "object": VICTIM}
    assert may_act(act("Announce", EVIL, inner)) == expected
    assert may_act(act("Announce", EVIL, {"type": "Delete", "actor": VICTIM, "object": VICTIM})).refused
    forged = {"id": "https://evil.test/x", "type": "Delete", "actor": VICTIM, "object": VICTIM}
    assert outcome(may_act(act("Announce", EVIL, forged))) == ("refuse", Why.AUTHOR_ORIGIN)
    assert may_act(act("Announce", GOOD, note("https://good.test/1", GOOD))).allowed
    assert may_act(act("Announce", EVIL, "https://victim.test/1")).allowed


@pytest.mark.parametrize("kind", ["Accept", "Reject"])
def test_org_22_25_only_the_one_who_was_asked_answers(kind: str) -> None:
    request = {"id": f"{ALICE}#follow", "type": "Follow", "actor": ALICE, "object": VICTIM}
    assert outcome(may_act(act(kind, EVIL, request))) == ("refuse", Why.NOT_TARGET)
    assert may_act(act(kind, ALICE, request)).refused
    assert may_act(act(kind, VICTIM, request)).allowed
    # The record decides, whatever is embedded.
    lied = {**request, "object": EVIL}
    assert outcome(may_act(act(kind, EVIL, lied), Known(target=VICTIM))) == ("refuse", Why.NOT_TARGET)
    assert may_act(act(kind, VICTIM, f"{ALICE}#follow"), Known(target=VICTIM)).allowed
    assert outcome(may_act(act(kind, VICTIM, f"{ALICE}#follow"))) == ("refuse", Why.NOT_EMBEDDED)


@pytest.mark.parametrize("kind", ["Follow", "Like", "Announce", "Block"])
def test_org_27_undo_of_others(kind: str) -> None:
    inner = {"id": f"{VICTIM}#1", "type": kind, "actor": VICTIM, "object": ALICE}
    assert outcome(may_act(act("Undo", EVIL, inner))) == ("refuse", Why.OBJECT_ORIGIN)
    assert may_act(act("Undo", EVIL, {**inner, "id": f"{EVIL}#1"})).refused
    assert may_act(act("Undo", EVIL, {**inner, "id": f"{EVIL}#1", "actor": EVIL}), Known(author=VICTIM)).refused
    assert may_act(act("Undo", EVIL, f"{VICTIM}#1")).refused
    assert outcome(may_act(act("Undo", EVIL, f"{EVIL}#1"))) == ("refuse", Why.NOT_EMBEDDED)
    assert may_act(act("Undo", VICTIM, inner)).allowed
    assert may_act(act("Undo", VICTIM, f"{VICTIM}#1"), Known(author=VICTIM)).allowed
    assert may_act(act("Undo", VICTIM, {**inner, "id": None})).allowed


def test_org_29_a_move_needs_both() -> None:
    new = "https://new.test/users/gil"
    source, target = actor(GOOD, movedTo=new), actor(new, alsoKnownAs=[GOOD])
    assert check_move(source, target).allowed
    assert outcome(check_move(source, actor(new))) == ("refuse", Why.NO_CONSENT)
    assert check_move(actor(GOOD), target).refused
    assert check_move(actor(GOOD, movedTo=GOOD, alsoKnownAs=[GOOD]), actor(GOOD, alsoKnownAs=[GOOD])).refused
    assert may_act(act("Move", GOOD, GOOD, target=new)).allowed
    assert may_act(act("Move", EVIL, VICTIM, target=EVIL)).refused


def test_org_33_add_and_remove_touch_ones_own_collections_only() -> None:
    featured = f"{GOOD}/featured"
    known = Known(collections=frozenset({featured}))
    assert may_act(act("Add", GOOD, "https://good.test/1", target=featured), known).allowed
    assert may_act(act("Remove", GOOD, "https://victim.test/1", target=featured), known).allowed
    foreign = act("Add", EVIL, "https://evil.test/1", target=featured)
    assert outcome(may_act(foreign, Known(collections=frozenset({f"{EVIL}/featured"})))) == (
        "refuse",
        Why.NOT_OWN_COLLECTION,
    )
    assert may_act(foreign, known).refused
    assert outcome(may_act(act("Add", GOOD, "https://victim.test/1", target=featured), known)) == (
        "refuse",
        Why.OBJECT_ORIGIN,
    )
    others = Known(author="https://good.test/users/other", collections=frozenset({featured}))
    assert outcome(may_act(act("Add", GOOD, "https://good.test/1", target=featured), others)) == (
        "refuse",
        Why.NOT_AUTHOR,
    )
    assert may_act(act("Add", GOOD, "https://good.test/1")).refused


def test_sig_18_a_key_must_be_listed_by_its_owner_on_its_origin() -> None:
    key = {"id": f"{GOOD}#main-key", "owner": GOOD, "publicKeyPem": "PEM"}
    found = check_key(actor(GOOD, publicKey=key), f"{GOOD}#main-key")
    assert found is not None
    assert found.pem == "PEM"
    assert check_key(actor(GOOD, publicKey=key), f"{GOOD}#other") is None
    assert check_key(actor(GOOD), f"{GOOD}#main-key") is None
    assert check_key(actor(EVIL, publicKey={**key, "id": f"{EVIL}#k", "owner": VICTIM}), f"{EVIL}#k") is None
    assert check_key(actor(EVIL, publicKey={**key, "owner": EVIL}), f"{GOOD}#main-key") is None


def test_embedded_documents() -> None:
    assert check_embedded(note("https://good.test/1", GOOD), GOOD).allowed
    assert check_embedded({"id": "https://good.test/c", "type": "Collection"}, GOOD).allowed
    assert check_embedded({"type": "Note"}, GOOD).refused
