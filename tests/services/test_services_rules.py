"""Rules at work: what they do to posts from here and from elsewhere, once, and what they leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from rules_support import arrive, decided, enact, post, rule, shadows, status

from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import statuses as status_rows
from fedserver.domain.interactions import POLICIES
from fedserver.domain.provenance.declarations import Saying
from fedserver.kit.errors import NotFound
from fedserver.services import follows, ledger, rules, statuses
from fedserver.services.rules import Refused
from fedserver.services.statuses import Draft, Revision

CASINO = "has_any(post.text, sets.bad)"


def _home(world: Any, account_id: int) -> list[int]:
    rows = world.connection.execute("SELECT status_id FROM home_entries WHERE account_id = ?", (account_id,))
    return [row[0] for row in rows.fetchall()]


def _edit(world: Any, author: Any, status_id: int, text: str, **more: Any) -> None:
    world.run(lambda unit: statuses.edit(unit, author.id, status_id, Revision(text, **more)))


def test_without_rules_nothing_is_written(world: Any) -> None:
    ann = world.local("ann")
    assert status(world, post(world, ann, "the best casino")).visibility == 0
    assert decided(world) == []


@pytest.mark.parametrize(
    ("do", "visibility", "sensitive", "labels"),
    [
        ("label", 0, 0, ["label"]),
        ("blur", 0, 0, ["blur"]),
        ("warn", 0, 0, ["warn"]),
        ("mark-sensitive", 0, 1, []),
        ("unlist", 1, 0, []),
        ("hold", 4, 0, []),
        ("remove", 4, 0, []),
        ("notify-moderators", 0, 0, []),
    ],
)
@pytest.mark.parametrize("local", [True, False])
def test_each_action(world: Any, do: str, visibility: int, sensitive: int, labels: list[str], local: bool) -> None:
    enact(world, rule("keyword", CASINO, do))
    author = world.local("ann") if local else world.remote("rob")
    if local:
        hit, other = post(world, author, "The CASINO!"), post(world, author, "The cinema")
    else:
        first, second = arrive(world, author, "1", "The CASINO!"), arrive(world, author, "2", "The cinema")
        assert first is not None and second is not None
        hit, other = first.id, second.id
    found, spared = status(world, hit), status(world, other)
    assert (found.visibility, found.sensitive) == (visibility, sensitive)
    assert (spared.visibility, spared.sensitive) == (0, 0)
    shown = world.run(lambda unit: unit.all(ledger_rows.labels_of([hit, other])))
    assert [(each.status_id, each.shown) for each in shown] == [(hit, each) for each in labels]
    (decision,) = decided(world)
    assert (decision.verb, decision.source, decision.rule_id, decision.norm) == (do, "rule", "keyword", "norm")
    assert decision.reason == "Because of keyword" and decision.policy_version == 1 and decision.policy_hash
    assert decision.inputs == '{"post.text":["casino"]}'
    reports = world.value("SELECT count(*) FROM reports")
    assert reports == (1 if do == "notify-moderators" else 0)
    assert world.value("SELECT hits FROM rule_counts WHERE rule_id = 'keyword'") == 1
    world.run(lambda unit: ledger.undo(unit, decision.id, None, "a mistake"))
    again = status(world, hit)
    assert (again.visibility, again.sensitive) == (0, 0)


def test_limit_is_of_the_author(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "limit"))
    rob = world.remote("rob")
    assert arrive(world, rob, "1", "casino") is not None
    assert arrive(world, rob, "2", "casino") is not None
    assert world.again(rob).limited_at is not None
    (decision,) = decided(world)
    assert (decision.target, decision.target_id) == ("account", rob.id)


def test_what_is_rejected_is_not_stored(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "reject"))
    ann, rob = world.local("ann"), world.remote("rob")
    with pytest.raises(Refused) as caught:
        post(world, ann, "Come to the casino")
    assert caught.value.message == "This was not accepted: Because of keyword"
    assert "keyword" in (caught.value.description or "")
    assert arrive(world, rob, "1", "Come to the casino") is None
    assert world.value("SELECT count(*) FROM statuses") == 0
    assert world.again(rob).statuses_count == 0
    assert world.value("SELECT sum(hits) FROM rule_counts WHERE verb = 'reject'") == 1
    assert decided(world) == []
    for _ in range(3):
        world.run(caught.value.record)
    (decision,) = decided(world)
    assert (decision.verb, decision.target_id, decision.account_id) == ("reject", None, ann.id)
    # there is nothing to give back, and that is no error
    world.run(lambda unit: ledger.undo(unit, decision.id, None))


def test_a_rejected_post_leaves_nothing_behind(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "reject"))
    ann, rob = world.local("ann"), world.remote("rob")
    parent = post(world, ann, "Hello")
    answered = status(world, parent)
    assert arrive(world, rob, "1", "casino @ann", in_reply_to=answered.uri, mentioned=(ann,)) is None
    assert status(world, parent).replies_count == 0
    assert world.value("SELECT count(*) FROM notifications") == 0
    assert world.value("SELECT count(*) FROM mentions") == 0


def test_a_post_held_at_birth_goes_out_when_it_is_released(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold"))
    ann, ben, rob = world.local("ann"), world.local("ben"), world.remote("rob")
    world.run(lambda unit: follows.follow(unit, ben, ann))
    world.run(lambda unit: follows.follow(unit, rob, ann, uri="https://there.test/f1"))
    parent = post(world, ben, "Who knows?")
    before = len(world.sent())
    held = post(world, ann, "@ben the casino #luck", in_reply_to_id=parent)
    assert status(world, held).visibility == 4
    assert held not in _home(world, ben.id) and held not in _home(world, ann.id)
    assert world.value("SELECT count(*) FROM notifications WHERE type = 'mention'") == 0
    assert len(world.sent()) == before
    assert status(world, parent).replies_count == 0
    assert not any(type(each).__name__ == "Posted" and each.status_id == held for each in world.afters)
    (decision,) = decided(world)
    world.run(lambda unit: ledger.undo(unit, decision.id, None, "fine"))
    now = status(world, held)
    assert now.visibility == 0 and held in _home(world, ben.id)
    assert world.value("SELECT count(*) FROM notifications WHERE type = 'mention'") == 1
    assert [each["type"] for _, each in world.sent()[before:]] == ["Create"]
    assert status(world, parent).replies_count == 1
    assert now.created_at >= decision.created_at


def test_a_held_post_that_nobody_saw_is_deleted_without_a_word(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold"))
    ann, rob = world.local("ann"), world.remote("rob")
    world.run(lambda unit: follows.follow(unit, rob, ann, uri="https://there.test/f1"))
    before = world.kinds()
    held = post(world, ann, "the casino")
    world.run(lambda unit: statuses.delete(unit, ann.id, held))
    assert world.kinds() == before


def test_released_in_whatever_order_it_is_published_once(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold"), rule("quiet", CASINO, "unlist"))
    ann, rob = world.local("ann"), world.remote("rob")
    world.run(lambda unit: follows.follow(unit, rob, ann, uri="https://there.test/f1"))
    held = post(world, ann, "the casino")
    first, quiet = decided(world)
    act = ledger.Act("remove", "status", held, "x", ann.id, reason="no")
    second = world.run(lambda unit: ledger.decide(unit, act, None))
    world.run(lambda unit: ledger.undo(unit, first.id, None))
    assert status(world, held).visibility == 4 and "Create" not in world.kinds()
    world.run(lambda unit: ledger.undo(unit, second.id, None))
    assert status(world, held).visibility == 1 and world.kinds().count("Create") == 1
    # it is out now: what is held again was seen
    third = world.run(lambda unit: ledger.decide(unit, act, None))
    world.run(lambda unit: ledger.undo(unit, third.id, None))
    world.run(lambda unit: ledger.undo(unit, quiet.id, None))
    assert status(world, held).visibility == 0 and world.kinds().count("Create") == 1


def test_an_edit_frees_nothing(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold"), rule("mark", CASINO, "mark-sensitive", state="draft"))
    ann, rob = world.local("ann"), world.remote("rob")
    world.run(lambda unit: follows.follow(unit, rob, ann, uri="https://there.test/f1"))
    held = post(world, ann, "the casino")
    sent = len(world.sent())
    _edit(world, ann, held, "the cinema")
    assert status(world, held).visibility == 4 and len(world.sent()) == sent
    act = ledger.Act("mark-sensitive", "status", held, "x", ann.id)
    marked = world.run(lambda unit: ledger.decide(unit, act, None))
    _edit(world, ann, held, "the cinema again", sensitive=False)
    assert status(world, held).sensitive == 1
    world.run(lambda unit: ledger.undo(unit, marked.id, None))
    assert status(world, held).sensitive == 0


def test_an_edit_while_it_is_held_is_told_on_release(world: Any) -> None:
    ann, rob = world.local("ann"), world.remote("rob")
    world.run(lambda unit: follows.follow(unit, rob, ann, uri="https://there.test/f1"))
    seen = post(world, ann, "the casino")
    held = world.run(lambda unit: ledger.decide(unit, ledger.Act("hold", "status", seen, "x", ann.id), None))
    kinds = world.kinds()
    _edit(world, ann, seen, "the cinema")
    assert world.kinds() == kinds
    world.run(lambda unit: ledger.undo(unit, held.id, None))
    assert world.kinds()[len(kinds) :] == ["Update"]


def test_edits_are_asked_too_and_labels_come_off_by_themselves(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "label", label="gambling"), rule("no-links", "post.links > 0", "reject"))
    ann = world.local("ann")
    one = post(world, ann, "the cinema")
    _edit(world, ann, one, "the casino")
    assert [each.title for each in world.run(lambda unit: unit.all(ledger_rows.labels_of([one])))] == ["gambling"]
    _edit(world, ann, one, "the casino, changed")
    assert len(decided(world)) == 1
    _edit(world, ann, one, "the cinema")
    assert world.run(lambda unit: unit.all(ledger_rows.labels_of([one]))) == []
    with pytest.raises(Refused):
        _edit(world, ann, one, "see https://spam.example/ now")
    assert "cinema" in status(world, one).content


def test_a_remote_edit_that_would_be_rejected_is_held(world: Any) -> None:
    from protocol.activitystreams.values import Object

    enact(world, rule("keyword", CASINO, "reject"))
    rob = world.remote("rob")
    first = arrive(world, rob, "1", "the cinema")
    assert first is not None
    new = Object(
        id=first.uri,
        url=first.uri,
        type="Note",
        attributed_to=rob.uri,
        content_html="<p>the casino</p>",
        to=("https://www.w3.org/ns/activitystreams#Public",),
        updated=first.created_at + 5000,
    )
    from fedserver.services import remote

    world.run(lambda unit: remote.edit_status(unit, rob, first, new, ()))
    assert status(world, first.id).visibility == 4
    assert [each.verb for each in decided(world)] == ["hold"]


def test_what_people_took_back_a_rule_does_not_do_again(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "unlist"))
    ann = world.local("ann")
    one = post(world, ann, "the casino")
    (decision,) = decided(world)
    world.run(lambda unit: ledger.undo(unit, decision.id, None, "a poem"))
    _edit(world, ann, one, "the casino, a poem")
    assert status(world, one).visibility == 0 and len(decided(world)) == 1


def test_shadow_records_once_and_does_nothing(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold", state="shadow"), rule("never", CASINO, "hold", state="draft"))
    ann = world.local("ann")
    one = post(world, ann, "the casino")
    _edit(world, ann, one, "the casino, changed")
    assert status(world, one).visibility == 0 and decided(world) == []
    assert shadows(world) == [("keyword", status(world, one).uri)]
    assert world.value("SELECT sum(hits) FROM rule_counts WHERE mode = 'shadow'") == 1


def test_expired_rules_do_nothing(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold", expires="2020-01-01"))
    assert status(world, post(world, world.local("ann"), "the casino")).visibility == 0


def test_phrases_and_letters(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "label"))
    ann = world.local("ann")
    for text, hit in (
        ("Get FREE crypto today", True),
        ("crypto is not free", False),
        ("free, crypto!", True),
        ("the cafe", True),
        ("le Café", True),
        ("cafeteria", False),
    ):
        one = post(world, ann, text)
        assert bool(world.run(lambda unit, i=one: unit.all(ledger_rows.labels_of([i])))) is hit, text


def test_follows_profiles_reports_and_boosts(world: Any) -> None:
    enact(
        world,
        rule("bots", "event == 'follow' and author.bot", "reject"),
        rule("shy", "event == 'follow' and author.name == 'shy'", "hold"),
        rule("names", "event == 'profile' and author.name == 'badname'", "unlist"),
        rule("boosts", "event == 'boost' and author.bot", "reject"),
        rule("reports", "event == 'report' and author.bot", "reject"),
    )
    ann, bot, shy = world.local("ann"), world.remote("bot", type="Service"), world.remote("shy")
    world.run(lambda unit: follows.follow(unit, bot, ann, uri="https://there.test/f1"))
    assert world.kinds() == ["Reject"] and world.value("SELECT count(*) FROM follows") == 0
    asked = world.run(lambda unit: follows.follow(unit, shy, ann, uri="https://there.test/f2"))
    assert asked.state == "requested"
    assert world.remote("badname").limited_at is not None
    local_bot = world.local("robot", bot=1)
    with pytest.raises(Refused):
        world.run(lambda unit: follows.follow(unit, local_bot, shy))
    from fedserver.services import boosts

    one = post(world, ann, "Hello")
    with pytest.raises(Refused):
        world.run(lambda unit: boosts.boost(unit, local_bot.id, one))
    assert status(world, one).reblogs_count == 0
    assert world.run(lambda unit: rules.done_by(unit, "report", bot)) == "reject"
    assert world.run(lambda unit: rules.done_by(unit, "report", shy)) == ""


def test_a_rule_that_does_not_ask_for_the_event_is_about_posts(world: Any) -> None:
    enact(world, rule("undescribed", "not post.described", "limit"), rule("all-bots", "author.bot", "reject"))
    ann, bot = world.local("ann"), world.remote("bot", type="Service")
    assert world.run(lambda unit: follows.follow(unit, bot, ann, uri="https://there.test/f1")).state == "accepted"
    assert bot.limited_at is None


def test_what_is_held_is_nobody_elses(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold"))
    ann, ben = world.local("ann"), world.local("ben")
    held = post(world, ann, "@ben the casino")
    for viewer in (ben.id, None):
        assert world.run(lambda unit, v=viewer: unit.one(status_rows.visible(held, v))) is None
    from fedserver.services import boosts

    with pytest.raises(NotFound):
        world.run(lambda unit: boosts.boost(unit, ben.id, held))


def test_a_held_quote_asks_nobody_until_it_is_released(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold"))
    ann, rob = world.local("ann"), world.remote("rob")
    quoted = arrive(world, rob, "1", "A lake")
    assert quoted is not None
    anybody = {"quote_policy": POLICIES["public"]}
    world.run(lambda unit: unit.run(status_rows.change(quoted.id, anybody)))
    sent = world.kinds()
    work = Draft("the casino", quoted_status_id=quoted.id)
    held = world.run(lambda unit: statuses.publish(unit, ann.id, work))
    assert status(world, held).visibility == 4 and world.kinds() == sent
    (decision,) = decided(world)
    world.run(lambda unit: ledger.undo(unit, decision.id, None))
    assert "QuoteRequest" in world.kinds()


def test_a_held_remix_tells_nobody(world: Any) -> None:
    enact(world, rule("keyword", CASINO, "hold"))
    ann, ben = world.local("ann"), world.local("ben")
    original = post(world, ben, "A lake")
    work = Draft("the casino", saying=Saying(based_on=(str(original),)))
    world.run(lambda unit: statuses.publish(unit, ann.id, work))
    assert world.value("SELECT count(*) FROM notifications WHERE account_id = ?", ben.id) == 0
