"""Each ready rule against a scripted flood: what must stop stops, and a bystander's posts stay. An ordinary week of
people elsewhere, and the notes that are published to try readers with, meet none of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flood_support import DAY_MS, HOUR_MS, Stage, ordinary_week, pictures
from rules_support import decided, shadows

from fedserver.db.queries import variations as variation_rows
from fedserver.services import emergency, follows, rules, starters
from fedserver.services.rules import Refused
from protocol.activitystreams.read import read_object
from protocol.activitystreams.values import Media
from protocol.errors import Malformed

# taken by choice, whatever anybody does: they meet ordinary posts, which is what they are for
BY_CHOICE = {"quiet-reply", "quiet-bots", "ai-none"}
ALL = [rule.id for rule in starters.ready_rules().rules]
Flood = Callable[[Stage], list[str]]


@pytest.fixture
def stage(world: Any, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(world, monkeypatch)


def _spam(stage: Stage, text: str, times: int = 6, **more: Any) -> list[str]:
    return [stage.says(stage.stranger(), text, **more) for _ in range(times)]


def _mentioning(stage: Stage, text: str, times: int = 6, **more: Any) -> list[str]:
    return _spam(stage, text, times, mentioned=(stage.ann,), **more)


LINK = '<a href="https://buy.spam.example/now">look</a>'


def _keyword(stage: Stage) -> list[str]:
    return [*_spam(stage, "Claim your FREE  Crypto today"), stage.says(stage.newcomer(), "Casino bonus, only now")]


def _mention_spam(stage: Stage) -> list[str]:
    return _spam(stage, "@ann @ben @friend look", mentioned=(stage.ann, stage.ben, stage.friend))


def _mention_flood(stage: Stage) -> list[str]:
    crowd = [stage.newcomer() for _ in range(26)]
    spammer = stage.stranger()
    found = [stage.says(spammer, f"@{each.username} hello, {i}", mentioned=(each,)) for i, each in enumerate(crowd)]
    return found[20:]


def _copies(stage: Stage) -> list[str]:
    return _mentioning(stage, f"@ann these five words and more {LINK}", 9)[3:]


def _new_server(stage: Stage) -> list[str]:
    crowd = [stage.stranger("wave.test") for _ in range(4)]
    found = [stage.says(crowd[i % 4], f"@ann wave number {i}", mentioned=(stage.ann,)) for i in range(104)]
    return found[100:]


def _reported(stage: Stage) -> list[str]:
    spammer = stage.stranger()
    stage.says(spammer, "something nasty")
    for _ in range(3):
        stage.report(spammer)
    return [stage.says(spammer, f"again {i}") for i in range(3)]


def _hell(stage: Stage, number: int) -> list[str]:
    crowd = tuple(stage.newcomer() for _ in range(number))
    return [stage.says(stage.stranger(), "hear me all", mentioned=crowd) for _ in range(3)]


def _old(stage: Stage) -> list[str]:
    then = stage.clock.at - 9 * DAY_MS
    return [
        stage.says(stage.stranger(), f"@ann old news {i}", mentioned=(stage.ann,), published=then) for i in range(4)
    ]


def _strikes(stage: Stage) -> list[str]:
    from fedserver.services import ledger

    author = stage.newcomer()
    before = stage.picture(author, "no word of it", "file")
    for _ in range(3):
        act = ledger.Act("warn", "account", author.id, author.uri, author.id, reason="Say how")
        stage.world.run(lambda unit, a=act: ledger.decide(unit, a, None))
    assert before not in stage.held("ai-say-so-or-wait")
    return [stage.picture(author, f"again {i}", "file") for i in range(3)]


def _known(stage: Stage, days: int, posts: int, number: int) -> list[str]:
    author = stage.newcomer()
    for i in range(posts):
        stage.says(author, f"before {i}")
    stage.later(days * DAY_MS)
    return pictures(stage, author, number)


def _variations(stage: Stage) -> list[str]:
    author, found = stage.newcomer(), []
    first: int | None = None
    for i in range(11):
        media_id = stage.upload(author)
        first = first or media_id

        def group(unit: Any, media_id: int = media_id, first: int = first) -> None:
            unit.made(variation_rows.add({"media_id": media_id, "pdq": f"{media_id:064x}", "quality": 90}))
            unit.run(variation_rows.join(media_id, first))

        stage.world.run(group)
        found.append(stage.says(author, f"variation {i}", media_ids=[media_id]))
    return found[8:]


FLOODS: dict[str, Flood] = {
    "keyword": _keyword,
    "unlisted-tags": lambda stage: [stage.says(stage.newcomer(), f"#f4f follow me {i}") for i in range(4)],
    "sensitive-tags": lambda stage: [stage.picture(stage.newcomer(), "#nsfw") for _ in range(3)],
    "media-removal": lambda stage: [stage.picture(stage.stranger("media.spam.example"), "x") for _ in range(3)],
    "link-spam": lambda stage: _mentioning(stage, f"@ann {LINK}"),
    "mention-spam": _mention_spam,
    "mention-flood": _mention_flood,
    "new-account": lambda stage: _mentioning(stage, "@ann hi dear"),
    "stranger-direct": lambda stage: _mentioning(stage, f"@ann {LINK}", to=(stage.ann.uri,), cc=()),
    "copies": _copies,
    "new-server-flood": _new_server,
    "reported-often": _reported,
    "hellthread-quiet": lambda stage: _hell(stage, 10),
    "hellthread": lambda stage: _hell(stage, 21),
    "object-age": _old,
    "no-placeholder": lambda stage: [
        stage.says(stage.stranger(), ".", attachments=(Media("Image", f"https://spam.test/{i}.png", "image/png"),))
        for i in range(3)
    ],
    "quiet-reply": lambda stage: [
        stage.says(stage.ben, f"answer {i}", in_reply_to_id=stage.world.value("SELECT MAX(id) FROM statuses"))
        for i in range(3)
    ],
    "quiet-bots": lambda stage: [
        stage.says(stage.stranger("news.test", type="Service"), f"news {i}") for i in range(3)
    ],
    "ai-say-so": lambda stage: [stage.picture(stage.newcomer(), "my photo", "file") for _ in range(3)],
    "ai-say-so-or-wait": _strikes,
    "ai-models": lambda stage: [stage.picture(stage.newcomer(), "x", "author", models=("Secret 9",)) for _ in range(2)],
    "ai-banned-models": lambda stage: [
        stage.picture(stage.newcomer(), "x", "author", models=("Undress",)),
        stage.picture(stage.stranger(), "x", "author", models=("undress",)),
    ],
    "ai-licence": lambda stage: [stage.picture(stage.newcomer(), "x", "author", license="LicenseRef-mine")],
    "ai-none": lambda stage: [
        stage.picture(stage.newcomer(), "x", "file"),
        stage.picture(stage.stranger(), "x", "author"),
        stage.picture(stage.stranger(), "x", "file"),
    ],
    "ai-disputed": lambda stage: [_disputed(stage)],
    "pictures-new": lambda stage: pictures(stage, stage.newcomer(), 24)[20:],
    "pictures-known": lambda stage: _known(stage, 8, 3, 62)[60:],
    "pictures-at-home": lambda stage: _known(stage, 31, 20, 202)[200:],
    "near-duplicates": _variations,
    "first-media": lambda stage: [stage.picture(stage.newcomer(), "first") for _ in range(4)],
}


def _disputed(stage: Stage) -> str:
    author = stage.newcomer()
    media_id = stage.upload(author, "file")
    from fedserver.domain.provenance.declarations import Declaration
    from fedserver.services import provenance

    stage.world.run(lambda unit: provenance.declare(unit, author.id, media_id, Declaration("not_ai")))
    return stage.says(author, "by hand", media_ids=[media_id])


# what these rules refuse leaves no decision about a post: it is counted
REFUSING: dict[str, Callable[[Stage], int]] = {
    "unwanted-links": lambda stage: len(_spam(stage, LINK)),
    "no-empty": lambda stage: len(_spam(stage, "")),
}


def _bystanders(stage: Stage) -> list[str]:
    """People who happen to be there: known ones, and somebody new with a question."""
    somebody = stage.somebody("byron", "quiet.test")
    return [
        stage.says(stage.friend, "A calm day at the lake"),
        stage.picture(stage.friend, "The lake, as a drawing"),
        stage.says(somebody, "@ann which ink is that?", mentioned=(stage.ann,)),
        stage.picture(stage.ben, "A sketch"),
        stage.says(stage.ann, "Good night, all of you out there"),
    ]


@pytest.mark.parametrize("name", [*FLOODS])
def test_a_flood_stops_and_bystanders_stay(stage: Stage, name: str) -> None:
    stage.enact(name)
    before = _bystanders(stage)
    flood = FLOODS[name](stage)
    after = _bystanders(stage)
    held = stage.held(name)
    assert flood and set(flood) <= set(held), [each for each in flood if each not in held]
    assert not set(held) & {*before, *after}
    assert len(held) == len(set(held))


@pytest.mark.parametrize("name", [*REFUSING])
def test_what_is_refused_is_not_stored(stage: Stage, name: str) -> None:
    stage.enact(name)
    before = _bystanders(stage)
    stored = stage.world.value("SELECT COUNT(*) FROM statuses")
    assert stage.refused(name) == 0
    assert REFUSING[name](stage) == stage.refused(name)
    assert stage.world.value("SELECT COUNT(*) FROM statuses") == stored
    kept = {row[0] for row in stage.world.connection.execute("SELECT uri FROM statuses").fetchall()}
    assert {*before, *_bystanders(stage)} <= kept | {
        row[0] for row in stage.world.connection.execute("SELECT uri FROM statuses").fetchall()
    }


def test_follow_bots_and_floods_of_follows(stage: Stage) -> None:
    stage.enact("follow-bot", "follow-flood")
    bot = stage.world.remote("followbot", "spam.test")
    stage.world.run(lambda unit: follows.follow(unit, bot, stage.ann, uri="https://spam.test/f0"))
    assert stage.refused("follow-bot") == 1
    eager, crowd = stage.stranger(), [stage.newcomer() for _ in range(33)]
    made = [
        stage.world.run(lambda unit, o=other, i=i: follows.follow(unit, eager, o, uri=f"https://spam.test/f{i + 1}"))
        for i, other in enumerate(crowd)
    ]
    assert [each.state for each in made] == ["accepted"] * 30 + ["requested"] * 3
    friend = stage.world.run(lambda unit: follows.follow(unit, stage.friend, stage.ann, uri="https://friends.test/f"))
    assert friend.state == "accepted"


def test_reports_of_a_server_that_floods_them(stage: Stage) -> None:
    stage.enact("remote-reports")
    flooding, friend = stage.stranger("reports.spam.example"), stage.friend
    assert stage.world.run(lambda unit: rules.done_by(unit, "report", flooding)) == "reject"
    assert stage.world.run(lambda unit: rules.done_by(unit, "report", friend)) == ""


def test_every_ready_rule_is_tried() -> None:
    tried = {*FLOODS, *REFUSING, "follow-bot", "follow-flood", "remote-reports"}
    assert tried == {*ALL}


def test_an_ordinary_week_meets_no_rule(stage: Stage) -> None:
    stage.enact(*(name for name in ALL if name not in BY_CHOICE))
    seen = list(ordinary_week(stage))
    assert len(seen) > 120
    assert [(each.rule_id, each.target_uri, each.inputs) for each in decided(stage.world)] == []
    assert stage.world.value("SELECT COALESCE(SUM(hits), 0) FROM rule_counts") == 0
    stored = {row[0] for row in stage.world.connection.execute("SELECT uri FROM statuses").fetchall()}
    assert {*seen} <= stored


def test_published_notes_meet_no_rule(stage: Stage) -> None:
    """All notes of fediverse-pasture-inputs, as somebody's whom a person here follows."""
    from fedserver.services import remote

    root = Path(__file__).resolve().parents[2]
    python = Path(sys.prefix) / "suites" / "bin" / "python"
    command = [str(python), "-W", "ignore", str(root / "tools" / "parsing_suites.py")]
    notes = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["pasture"]
    stage.enact(*(name for name in ALL if name not in BY_CHOICE))
    stored = 0
    for number, (name, note) in enumerate(notes.items()):
        given = {
            "type": "Note",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            **{key: value for key, value in note.items() if value is not None},
            "id": f"https://friends.test/notes/{number}",
            "attributedTo": stage.friend.uri,
        }
        given.pop("url", None)
        try:
            obj = read_object(given)
        except Malformed:
            continue
        stage.later(1000)
        status = stage.world.run(lambda unit, o=obj: remote.receive_status(unit, stage.friend, o))
        found = [(each.rule_id, each.inputs) for each in decided(stage.world)]
        assert found == [], name
        stored += status is not None
    refused = stage.world.connection.execute("SELECT rule_id, hits FROM rule_counts").fetchall()
    # a note without any words is what the rule against empty posts is for
    assert {row[0] for row in refused} <= {"no-empty"}
    assert stored + sum(row[1] for row in refused) > 150


def test_the_emergency_set_ends_by_itself(stage: Stage) -> None:
    stage.world.run(lambda unit: emergency.switch_on(unit, None, 6, "a wave of mentions"))
    held = _mentioning(stage, "@ann hi dear, number")
    assert set(held) <= set(stage.held("emergency-strangers"))
    known = stage.says(stage.friend, "@ann all well?", mentioned=(stage.ann,))
    assert known not in {each.target_uri for each in decided(stage.world)}
    stage.later(6 * HOUR_MS)
    calm = _mentioning(stage, "@ann hi dear, later", 2)
    assert not set(calm) & {each.target_uri for each in decided(stage.world)}
    assert stage.world.run(emergency.standing) is None


def test_the_emergency_set_is_switched_off(stage: Stage) -> None:
    stage.world.run(lambda unit: emergency.switch_on(unit, None, 6, "a wave of mentions"))
    assert stage.world.run(lambda unit: emergency.switch_off(unit, None))
    calm = _mentioning(stage, "@ann hi dear", 2)
    assert not set(calm) & {each.target_uri for each in decided(stage.world)}
    assert not stage.world.run(lambda unit: emergency.switch_off(unit, None))


def test_a_surge_switches_it_on_and_one_chatterbox_does_not(stage: Stage) -> None:
    chatterbox = stage.stranger()
    for i in range(30):
        stage.says(chatterbox, f"@ann and another thing, {i}", mentioned=(stage.ann,))
    assert not stage.world.run(lambda unit: emergency.watch(unit, 20))
    _mentioning(stage, "@ann hi dear", 12)
    assert not stage.world.run(lambda unit: emergency.watch(unit, 60))
    assert stage.world.run(lambda unit: emergency.watch(unit, 20))
    found = stage.world.run(emergency.standing)
    assert found is not None and found.by_surge
    held = _mentioning(stage, "@ann hi dear, number", 2)
    assert set(held) <= set(stage.held("emergency-strangers"))


@pytest.mark.parametrize("name", ["keyword", "copies", "pictures-new", "mention-flood", "near-duplicates"])
def test_in_shadow_a_rule_sees_what_it_does_when_it_acts(
    stage: Stage, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from conftest import World

    stage.enact(name, state="shadow")
    FLOODS[name](stage)
    _bystanders(stage)
    tried = [uri for _, uri in shadows(stage.world)]
    assert decided(stage.world) == [] and tried
    monkeypatch.undo()
    other = World(tmp_path / "other.db")
    acting = Stage(other, monkeypatch)
    acting.enact(name)
    FLOODS[name](acting)
    _bystanders(acting)
    assert [_place(uri) for uri in acting.held(name)] == [_place(uri) for uri in tried]
    other.connection.close()


def _place(uri: str) -> str:
    """Who and which, whatever number a local post got."""
    return uri if "here.test" not in uri else uri.split("/statuses/")[0]


def test_refused_here_is_an_error_for_its_author(stage: Stage) -> None:
    stage.enact("unwanted-links")
    from rules_support import post

    with pytest.raises(Refused):
        post(stage.world, stage.ann, "see https://spam.example/ now")
