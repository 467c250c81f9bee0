"""A backtest: the same hits as the rule had when the posts came, what was decided anyhow, and nothing written."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flood_support import DAY_MS, Stage, pictures
from rules_support import enact, post, rule, shadows

from fedserver.domain.policy.read import read_toml
from fedserver.kit.errors import Failure
from fedserver.services import backtest, ledger, rule_life, starters
from fedserver.services.backtest import Backtest
from fedserver.services.replay import APPROXIMATE

# what depends on when a post came, or on what the author was then, cannot be had any more
TIMELESS = [
    "keyword",
    "copies",
    "mention-flood",
    "hellthread",
    "sensitive-tags",
    "pictures-new",
    "near-duplicates",
    "ai-say-so",
    "reported-often",
    "quiet-bots",
]


@pytest.fixture
def stage(world: Any, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(world, monkeypatch)


def _run(world: Any, rules: Any, days: int = 30) -> Backtest:
    def work(unit: Any) -> Backtest:
        return backtest.run(lambda queries: backtest.read_in(unit, queries), rules, unit.now, days)

    found: Backtest = world.run(work)
    return found


@pytest.mark.parametrize("name", TIMELESS)
def test_the_past_as_it_was(stage: Stage, name: str) -> None:
    from test_services_ready_rules import FLOODS

    stage.enact(name, state="shadow")
    FLOODS[name](stage)
    pictures(stage, stage.friend, 3)
    stage.later(DAY_MS // 2)
    hit = {uri for _, uri in shadows(stage.world)}
    (wanted,) = (each for each in starters.ready_rules().rules if each.id == name)
    found = _run(stage.world, [wanted])
    (outcome,) = found.outcomes
    uris = {stage.world.value("SELECT uri FROM statuses WHERE id = ?", each) for each in outcome.hit_ids}
    assert uris == hit and outcome.hits == len(hit) > 0
    assert outcome.examples and outcome.authors >= 1 and outcome.busiest[0][1] >= 1
    assert set(found.approximate) == set(wanted.when.signals) & APPROXIMATE


def test_what_was_decided_anyhow(world: Any) -> None:
    ann, ben = world.local("ann"), world.local("ben")
    hits = [post(world, ann, "the casino") for _ in range(3)] + [post(world, ben, "the casino")]
    post(world, ben, "the cinema")

    def decide(status_id: int) -> Any:
        act = ledger.Act("hold", "status", status_id, "x", ann.id)
        return world.run(lambda unit: ledger.decide(unit, act, None))

    decide(hits[0])
    taken_back = decide(hits[1])
    world.run(lambda unit: ledger.undo(unit, taken_back.id, None))
    act = ledger.Act("limit", "account", ben.id, ben.uri, ben.id)
    world.run(lambda unit: ledger.decide(unit, act, None))
    enact(world, rule("keyword", "has_any(post.text, sets.bad)", "hold", state="draft"))
    from fedserver.services import policy

    document = world.run(policy.in_force)
    before = world.connection.total_changes
    found = _run(world, document.rules)
    assert world.connection.total_changes == before
    (outcome,) = found.outcomes
    assert (outcome.hits, outcome.local, outcome.authors) == (4, 4, 2)
    assert (outcome.decided, outcome.taken_back, outcome.punished) == (1, 1, 1)
    assert outcome.busiest == [("ann", 3), ("ben", 1)]
    assert found.posts == 5 and found.by_people == 1 and not found.cut
    assert {each.acct for each in outcome.examples} == {"ann", "ben"}
    assert dict(outcome.examples[0].saw) == {"post.text": ["casino"]}


def test_only_the_days_that_are_asked_for(stage: Stage) -> None:
    old = stage.says(stage.friend, "the casino bonus, long ago")
    stage.later(5 * DAY_MS)
    stage.says(stage.stranger(), "the casino bonus, now")
    (wanted,) = (each for each in starters.ready_rules().rules if each.id == "keyword")
    assert old
    assert [_run(stage.world, [wanted], days).outcomes[0].hits for days in (1, 30)] == [1, 2]


def test_all_ready_rules_at_once(stage: Stage) -> None:
    pictures(stage, stage.friend, 3)
    found = _run(stage.world, [*starters.ready_rules().rules, *starters.emergency().rules])
    assert {one.rule.id for one in found.outcomes if one.hits} <= {"quiet-reply", "quiet-bots"}


def test_the_life_of_a_rule() -> None:
    document = starters.ready_rules()
    live = rule_life.with_state(document, "keyword", "live", "2030-01-01", today=date(2029, 1, 1))
    (found,) = (each for each in live.rules if each.id == "keyword")
    assert (found.state, found.expires) == ("live", "2030-01-01")
    assert len(live.rules) == len(document.rules)
    for wrong in (("nothing", "live", ""), ("keyword", "dead", ""), ("keyword", "live", "tomorrow")):
        with pytest.raises(Failure):
            rule_life.with_state(document, *wrong, today=date(2029, 1, 1))


def test_ready_rules_bring_their_words(world: Any) -> None:
    enact(world)
    from fedserver.services import policy

    mine = world.run(policy.in_force)
    with_rules = rule_life.adopted(mine, ["keyword", "ai-say-so"], "shadow")
    assert {each.id for each in with_rules.rules} == {"keyword", "ai-say-so"}
    assert {"unwanted", "disclosing", "bad"} <= with_rules.sets.keys() and "unwanted_links" not in with_rules.sets
    world.run(lambda unit: policy.publish(unit, world.keyring, with_rules, None))
    assert {one.rule.id for one in world.run(rule_life.running)} >= {"keyword", "ai-say-so"}
    assert read_toml(starters.text_of("ready-rules")) == starters.ready_rules()
