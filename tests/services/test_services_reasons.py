"""Whoever a decision hits is told what, why and by which rule: once for what belongs together, again when it ends."""

from __future__ import annotations

from typing import Any

import orjson

from fedserver.db.queries import communities as community_rows
from fedserver.db.queries import decisions as read
from fedserver.db.queries import statuses as status_rows
from fedserver.db.queries.accounts import Account
from fedserver.domain.moderation.pseudonyms import pseudonym
from fedserver.domain.policy.read import read_toml
from fedserver.kit.clock import now_ms
from fedserver.render import reasons
from fedserver.services import communities, follows, ledger, removals, reports, starters, statements, statuses
from fedserver.services import moderation as people
from fedserver.services import policy as policies
from fedserver.services.ledger import Act
from fedserver.services.statuses import Draft
from protocol.activitystreams.values import Object

DAY_MS = 24 * 3600 * 1000


def _post(world: Any, author: Account, text: str = "A picture") -> int:
    return world.run(lambda unit: statuses.publish(unit, author.id, Draft(text)))  # type: ignore[no-any-return]


def _decide(world: Any, verb: str, status: int, author: Account, actor: Account | None = None, **more: Any) -> Any:
    given = {"reason": "Say which model made it", **more}
    act = Act(verb, "status", status, f"https://here.test/p/{status}", author.id, **given)
    return world.run(lambda unit: ledger.decide(unit, act, actor))


def _told(world: Any, account: Account) -> list[int]:
    rows = world.connection.execute(
        "SELECT event_id FROM notifications WHERE type = 'moderation_warning' AND account_id = ? ORDER BY id",
        (account.id,),
    )
    return [row[0] for row in rows]


def _warning(world: Any, decision_id: int) -> dict[str, Any]:
    def work(unit: Any) -> dict[str, Any]:
        one = unit.get(read.by_ids([decision_id]))
        group = unit.all(read.told_with(one))
        appeal = next(iter(unit.all(read.appeals_of([each.id for each in group]))), None)
        return reasons.warning(unit.site, group, unit.one(read.version_of(one)), unit.now, appeal)

    return world.run(work)  # type: ignore[no-any-return]


def _remote_post(world: Any, author: Account, number: int = 1) -> int:
    uri = f"{author.uri}/statuses/{number}"
    note = Object(
        id=uri,
        type="Note",
        attributed_to=author.uri,
        url=uri,
        content_html="<p>hello</p>",
        published=now_ms(),
        to=("https://www.w3.org/ns/activitystreams#Public",),
    )
    from fedserver.services import remote

    return world.run(lambda unit: remote.receive_status(unit, author, note)).id  # type: ignore[no-any-return]


def test_the_reason_and_the_rule_and_the_version(world: Any) -> None:
    ann, mod = world.local("ann"), world.local("mod1")
    document = read_toml(starters.text_of("open-gallery"))
    world.run(lambda unit: policies.publish(unit, world.keyring, document, None))
    norm = document.norms[0]
    post = _post(world, ann)
    made = _decide(world, "hold", post, ann, mod, norm=norm.id)
    assert _told(world, ann) == [made.id]
    told = _warning(world, made.id)
    assert told["action"] == "delete_statuses" and told["status_ids"] == [str(post)] and told["appeal"] is None
    for words in (
        "Say which model made it",
        str(next(iter(norm.text.values()))),
        "version 1",
        "/policy/1",
        "appeal until",
    ):
        assert words in told["text"], (words, told["text"])
    # taken back: told again, and the first notification shows what became of it
    world.run(lambda unit: ledger.undo(unit, made.id, mod, "My mistake"))
    assert _told(world, ann) == [made.id]
    told = _warning(world, made.id)
    assert told["action"] == "none" and told["status_ids"] == []
    assert "taken back" in told["text"] and "My mistake" in told["text"]


def test_a_rule_that_hits_often_is_told_once_a_day(world: Any) -> None:
    ann, ben = world.local("ann"), world.local("ben")
    posts = [_post(world, ann) for _ in range(4)]
    rule = {"source": "rule", "rule_id": "say-how", "policy_version": 3}
    made = [_decide(world, "label", post, ann, label="no AI disclosure", **rule) for post in posts[:3]]
    _decide(world, "label", _post(world, ben), ben, label="no AI disclosure", **rule)
    assert _told(world, ann) == [made[0].id] and len(_told(world, ben)) == 1
    assert _warning(world, made[0].id)["status_ids"] == [str(post) for post in posts[:3]]
    # another rule, and another day, are something else
    other = _decide(world, "label", posts[3], ann, label="x", source="rule", rule_id="other")
    world.connection.execute("PRAGMA foreign_keys = OFF")
    world.connection.execute("UPDATE decisions SET id = id - (? << 16) WHERE rule_id = 'say-how'", (DAY_MS,))
    again = _decide(world, "label", posts[3], ann, label="no AI disclosure", **rule)
    assert _told(world, ann)[1:] == [other.id, again.id]


def test_what_is_undone_together_is_told_once(world: Any) -> None:
    ann = world.local("ann")
    rule = {"source": "rule", "rule_id": "flood", "policy_version": 2}
    for post in [_post(world, ann) for _ in range(5)]:
        _decide(world, "hold", post, ann, **rule)
    assert len(_told(world, ann)) == 1
    assert world.run(lambda unit: ledger.undo_version(unit, 2, None, "rolled back", chunk=3)) == 3
    assert world.run(lambda unit: ledger.undo_version(unit, 2, None, "rolled back", chunk=3)) == 2
    assert world.value("SELECT count(*) FROM jobs WHERE name = 'reasons.retell'") == 1
    told = _warning(world, _told(world, ann)[0])
    assert told["action"] == "none" and "rolled back" in told["text"]


def test_a_bulk_act_is_told_once(world: Any) -> None:
    ann, mod = world.local("ann"), world.local("mod1")
    posts = [_post(world, ann) for _ in range(3)]
    first = _decide(world, "remove", posts[0], ann, mod)
    for post in posts[1:]:
        _decide(world, "remove", post, ann, mod, group_id=first.id)
    assert _told(world, ann) == [first.id]
    assert _warning(world, first.id)["status_ids"] == [str(post) for post in posts]


def test_who_is_suspended_finds_the_reason(world: Any) -> None:
    ann, mod = world.local("ann"), world.local("mod1")
    world.run(lambda unit: people.suspend(unit, ann.id, mod, reason="Threats"))
    (event,) = _told(world, ann)
    told = _warning(world, event)
    assert told["action"] == "suspend" and "Threats" in told["text"] and told["status_ids"] == []


def test_an_author_elsewhere_is_told_once_a_day(world: Any) -> None:
    far, mod = world.remote("far"), world.local("mod1")
    first, second, third = (_remote_post(world, far, number) for number in (1, 2, 3))
    one = _decide(world, "hold", first, far, mod)
    two = _decide(world, "remove", second, far, mod, reason="Stop writing to @mod1 and @ben@else.test")
    said = world.run(lambda unit: statements.make(unit, far.id))
    assert said is not None and world.run(lambda unit: statements.make(unit, far.id)) is None
    (inbox, activity) = world.sent()[-1]
    note = activity["object"]
    assert inbox == "https://there.test/inbox" and activity["type"] == "Create"
    assert note["to"] == [far.uri] and note["cc"] == [] and note["attributedTo"] == "https://here.test/actor"
    assert [tag["href"] for tag in note["tag"]] == [far.uri], "nobody else is mentioned"
    machine = note["statementOfReasons"]
    assert [each["decision"] for each in machine] == [str(one.id), str(two.id)]
    assert machine[0]["action"] == "status.hold" and machine[0]["decidedBy"] == "moderator"
    assert "note" not in machine[0] and "Say which model made it" in note["content"]
    assert any(isinstance(part, dict) and "statementOfReasons" in part for part in activity["@context"])
    # the next one waits for tomorrow; what is taken back before that is not told at all
    three = _decide(world, "unlist", third, far, mod)
    sent = len(world.sent())
    assert world.run(lambda unit: statements.make(unit, far.id)) is None
    world.run(lambda unit: ledger.undo(unit, three.id, mod))
    world.run(lambda unit: ledger.undo(unit, one.id, mod, "A mistake"))
    assert len(world.sent()) == sent
    world.connection.execute("UPDATE statements SET created_at = created_at - ?", (DAY_MS,))
    assert world.run(lambda unit: statements.make(unit, far.id)) is not None
    (_, activity) = world.sent()[-1]
    assert [each["decision"] for each in activity["object"]["statementOfReasons"]] == [str(one.id)]
    assert "A mistake" in activity["object"]["content"]


def test_of_whom_nobody_elsewhere_is_told(world: Any) -> None:
    far, blocked, mod = world.remote("far"), world.remote("bad", "bad.test"), world.local("mod1")
    quiet = [
        {"source": "rule", "rule_id": "r"},
        {"source": "list"},
        {"public": False},
        {"norm": "spam"},
        {"report_id": world.run(lambda unit: reports.file(unit, mod, far, category="spam"))},
    ]
    for number, more in enumerate(quiet):
        actor = mod if more.get("source", "moderator") == "moderator" else None
        _decide(world, "hold", _remote_post(world, far, number), far, actor, **more)
    _decide(world, "label", _remote_post(world, far, 20), far, mod, label="x")
    _decide(world, "mark-sensitive", _remote_post(world, far, 21), far, mod)
    post = _remote_post(world, blocked)
    world.run(lambda unit: people.block_domain(unit, "bad.test", mod))
    _decide(world, "hold", post, blocked, mod)
    assert world.value("SELECT count(*) FROM tellings") == 0
    assert world.value("SELECT count(*) FROM jobs WHERE name = 'reasons.tell'") == 0


def _visible(world: Any) -> str:
    """What anybody could see of posts, accounts and labels, as one text."""
    tables = (
        "SELECT id, visibility, sensitive, content, spoiler, provenance FROM statuses ORDER BY id",
        "SELECT status_id, value, shown, title FROM status_labels ORDER BY status_id, value",
        "SELECT id, suspended_at IS NULL, limited_at IS NULL, sensitized_at IS NULL FROM accounts ORDER BY id",
        "SELECT id, withheld_at IS NULL FROM media_attachments ORDER BY id",
    )
    return orjson.dumps([[list(row) for row in world.connection.execute(sql)] for sql in tables]).decode()


def test_undoing_a_version_restores_every_row(world: Any) -> None:
    ann, ben, far = world.local("ann"), world.local("ben"), world.remote("far")
    world.run(lambda unit: follows.follow(unit, far, ann))
    posts = [_post(world, each) for each in (ann, ben, ann, ben)] + [_remote_post(world, far)]
    owner = dict(zip(posts, (ann, ben, ann, ben, far), strict=True))
    # one decision of before stands through it all
    _decide(world, "unlist", posts[0], ann)
    before = _visible(world)
    version = {"source": "rule", "rule_id": "r", "policy_version": 7}
    for verb in ("hold", "label", "mark-sensitive", "blur", "remove", "warn", "unlist"):
        for post in posts:
            _decide(world, verb, post, owner[post], label="L", **version)
    for account in (ben, far):
        for verb in ("limit", "force-sensitive"):
            act = Act(verb, "account", account.id, account.uri, account.id, **version)
            world.run(lambda unit, a=act: ledger.decide(unit, a, None))
    assert _visible(world) != before
    while world.run(lambda unit: ledger.undo_version(unit, 7, None, "rolled back", chunk=4)):
        pass
    assert _visible(world) == before
    counted = world.run(lambda unit: unit.get(read.counted(7)))
    assert counted.standing == 0 and counted.total == 7 * 5 + 4


def test_removed_posts_are_deleted_once_nobody_can_appeal(world: Any) -> None:
    ann, far = world.local("ann"), world.remote("far")
    world.run(lambda unit: follows.follow(unit, far, ann))
    late, soon, now, appealed = (_post(world, ann, text) for text in ("a", "b", "c", "d"))
    _decide(world, "remove", late, ann)
    _decide(world, "remove", now, ann, appeal_ms=0)
    undone = _decide(world, "remove", soon, ann, appeal_ms=1)
    kept = _decide(world, "remove", appealed, ann)
    from fedserver.services import appeals

    world.run(lambda unit: appeals.file(unit, ann, kept.id, "please"))
    world.connection.execute("UPDATE decisions SET appeal_until = 5 WHERE id = ?", (kept.id,))
    world.run(lambda unit: ledger.undo(unit, undone.id, None))
    assert world.run(removals.delete_ripe) == 1
    left = world.run(
        lambda unit: [unit.one(status_rows.by_id(post)) is not None for post in (late, soon, now, appealed)]
    )
    assert left == [True, True, False, True]
    deletes = [activity for inbox, activity in world.sent() if activity["type"] == "Delete"]
    assert [each["object"]["id"].rsplit("/", 1)[1] for each in deletes] == [str(now)]
    assert world.value("SELECT count(*) FROM tombstones") == 1
    assert world.value("SELECT count(*) FROM audit_log WHERE action = 'status.delete'") == 1
    # the decision stays, and undoing it is harmless
    gone = world.value("SELECT id FROM decisions WHERE target_id = ?", now)
    world.run(lambda unit: ledger.undo(unit, gone, None))
    assert world.run(removals.delete_ripe) == 0


def test_what_rules_saw_is_forgotten_when_nobody_can_appeal(world: Any) -> None:
    from fedserver.db.queries import ledger as rows

    ann = world.local("ann")
    rule = {"source": "rule", "rule_id": "r", "inputs": {"images_24h": 12}}
    kept, old = (_decide(world, "hold", _post(world, ann), ann, **rule) for _ in range(2))
    world.connection.execute("UPDATE decisions SET appeal_until = 5 WHERE id = ?", (old.id,))
    world.run(lambda unit: unit.run(rows.forget_inputs(unit.now)))
    assert world.run(lambda unit: [unit.get(rows.by_id(each.id)).inputs for each in (kept, old)]) == [
        '{"images_24h":12}',
        None,
    ]


def test_pseudonyms_depend_on_the_key_alone() -> None:
    ann, ben = "https://here.test/users/ann", "https://here.test/users/ben"
    assert pseudonym(b"k" * 32, ann) == pseudonym(b"k" * 32, ann) != pseudonym(b"k" * 32, ben)
    assert pseudonym(b"k" * 32, ann) != pseudonym(b"j" * 32, ann)
    assert len({pseudonym(b"k" * 32, f"{ann}{number}") for number in range(2000)}) == 2000


def test_what_answers_a_report_names_its_rule(world: Any) -> None:
    ann, ben, mod = world.local("ann"), world.local("ben"), world.local("mod1")
    world.run(lambda unit: communities.set_rules(unit, [("Be quiet", "")], None))
    (typed,) = world.run(lambda unit: unit.all(community_rows.rules_of()))

    def reported(rule_id: int) -> int:
        report: int = world.run(
            lambda unit: reports.file(unit, ben, ann, category="violation", rule_ids=[rule_id], comment="x")
        )
        return report

    made = _decide(world, "hold", _post(world, ann), ann, mod, report_id=reported(typed.id))
    assert made.norm == "" and made.reason == "Say which model made it\n\nBe quiet"
    document = read_toml(starters.text_of("open-gallery"))
    world.run(lambda unit: policies.publish(unit, world.keyring, document, None))
    rule = world.run(lambda unit: unit.all(community_rows.rules_of()))[0]
    made = _decide(world, "hold", _post(world, ann), ann, mod, report_id=reported(rule.id))
    assert (made.norm, made.reason) == (document.norms[0].id, "Say which model made it")
    assert f"Rule: {rule.text}" in _warning(world, made.id)["text"]
