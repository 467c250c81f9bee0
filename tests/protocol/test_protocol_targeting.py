"""From addressing to deliveries."""

from __future__ import annotations

from protocol.activitystreams.vocabulary import PUBLIC
from protocol.targeting import Inbox, Target, collapse, recipients, without_blind

ALICE = "https://home.test/users/alice"
FOLLOWERS = f"{ALICE}/followers"
BOB, CAROL, DAVE = (f"https://far.test/users/{name}" for name in ("bob", "carol", "dave"))


def test_everybody_addressed_is_a_recipient_once() -> None:
    found = recipients(
        {
            "actor": ALICE,
            "to": "as:Public",
            "cc": [FOLLOWERS, BOB, ALICE],
            "bto": CAROL,
            "object": {"to": [BOB], "bcc": [DAVE], "attributedTo": ALICE},
        },
        followers=FOLLOWERS,
    )
    assert found.actors == {BOB, CAROL, DAVE}
    assert found.followers
    assert found.public


def test_a_direct_message_reaches_only_those_named() -> None:
    found = recipients({"actor": ALICE, "to": [BOB], "object": "https://home.test/1"}, followers=FOLLOWERS)
    assert found == (frozenset({BOB}), False, False)


def test_rubbish_addresses_are_nobody() -> None:
    found = recipients({"to": [None, 7, "javascript:1", {}, []], "cc": {"id": BOB}})
    assert found == (frozenset({BOB}), False, False)


def test_blind_recipients_are_never_written() -> None:
    document = {"to": [BOB], "bto": [CAROL], "object": {"bcc": [DAVE], "content": "x"}}
    stripped = without_blind(document)
    assert stripped == {"to": [BOB], "object": {"content": "x"}}
    assert document["bto"] == [CAROL]


def test_shared_inboxes_collapse_and_own_or_refused_hosts_get_nothing() -> None:
    shared = "https://far.test/inbox"
    found = collapse(
        [
            Inbox(BOB, f"{BOB}/inbox", shared),
            Inbox(CAROL, f"{CAROL}/inbox", shared),
            Inbox("https://solo.test:8443/u", "https://solo.test:8443/u/inbox"),
            Inbox(ALICE, f"{ALICE}/inbox", "https://HOME.test:443/inbox"),
            Inbox("https://blocked.test/u", "https://blocked.test/u/inbox"),
        ],
        own_hosts={"home.test"},
        refused_hosts={"blocked.test"},
    )
    assert found == (Target(shared, "far.test"), Target("https://solo.test:8443/u/inbox", "solo.test:8443"))


def test_dlv_13_one_malformed_inbox_costs_nobody_else_a_delivery() -> None:
    good = [Inbox(f"https://s{i}.test/u", f"https://s{i}.test/inbox") for i in range(999)]
    bad = [Inbox("x", "javascript:alert(1)"), Inbox("y", "https://[", "file:///x"), Inbox("z", "")]
    assert len(collapse([*bad, *good], own_hosts=())) == 999


def test_a_malformed_shared_inbox_falls_back_to_the_personal_one() -> None:
    assert collapse([Inbox(BOB, f"{BOB}/inbox", "nonsense")], own_hosts=()) == (Target(f"{BOB}/inbox", "far.test"),)


def test_public_alone_is_no_inbox() -> None:
    assert recipients({"to": [PUBLIC]}).actors == frozenset()
