"""Everything that rules ask for, on both databases; rules at work on PostgreSQL too."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account

from fedserver.db.queries import accounts, ledger, replay, ruling, statuses, upkeep
from fedserver.db.statement import insert
from fedserver.db.tables import communities, policy_versions
from fedserver.db.unit import Unit
from fedserver.domain.moderation.conditions import SIGNALS
from fedserver.domain.moderation.facts import Facts
from fedserver.domain.policy.canonical import canonical_bytes, hash_of
from fedserver.domain.policy.read import read_toml
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.kit.paging import Page
from fedserver.services import backtest, rule_life, starters
from fedserver.services import ledger as decisions
from fedserver.services import statuses as service
from fedserver.services.keyring import KeyRing
from fedserver.services.rule_signals import Signals, author_of, read_post
from fedserver.services.statuses import Draft
from keys.sealing import MasterKey

BARE = '[community]\nname = "here"\n[feed.newest]\ntitle = "Newest"\nscore = "posted_s"\n'


def _enact(unit: Unit, *ready: str) -> None:
    """Ready rules in force, without the signature that nothing here asks for."""
    document = rule_life.adopted(read_toml(BARE), [*ready], "live")
    values = {"id": unit.new_id(), "community_id": 1, "version": 1, "hash": hash_of(document), "parent": None}
    values |= {"document": canonical_bytes(document).decode(), "source": "", "signed": "{}", "note": ""}
    unit.run(insert(policy_versions, {**values, "actor_id": None, "created_at": unit.now, "enacted_at": unit.now}))


def _start(unit: Unit) -> None:
    row = {"id": 1, "slug": "main", "title": "Here", "created_at": unit.now, "updated_at": unit.now}
    unit.run(insert(communities, row))
    add_account(unit, 10)
    add_account(unit, 11, domain="there.example", inbox="https://there.example/inbox")
    _enact(unit, "keyword", "copies", "hellthread")


async def test_every_signal_is_found(place: Place) -> None:
    """Each one is asked of a post with an answer on either database."""

    def work(unit: Unit) -> dict[str, Any]:
        _start(unit)
        status_id = service.publish(unit, 10, Draft("Hello there, all of you https://elsewhere.example/ #art"))
        status, account = unit.get(statuses.by_id(status_id)), unit.get(accounts.by_id(11))
        post = read_post(unit, status, 0)
        post.has_media, post.mentioned, post.mentioned_here, post.answered_id = True, [10], [10], 10
        signals = Signals(unit, Facts("post", unit.now, author_of(account), post))
        return {name: signals[name] for name in SIGNALS}

    async with place.opened(dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))) as database:
        found = await database.run(work)
    assert found["post.tags"] == ("art",) and found["post.links"] == 1.0
    assert found["author.domain"] == "there.example" and found["relation.replied"] is True
    assert all(type(found[name]) in (float, bool, str, tuple) for name in found)


async def test_rules_act_and_are_tried_on_the_past(place: Place) -> None:
    def work(unit: Unit) -> int:
        _start(unit)
        return service.publish(unit, 10, Draft("A crypto giveaway for you"))

    def again(unit: Unit, status_id: int) -> tuple[Any, ...]:
        rules = [*starters.ready_rules().rules, *starters.emergency().rules]
        found = backtest.run(lambda queries: backtest.read_in(unit, queries), rules, unit.now + 1000, 5)
        (decision,) = unit.all(ledger.listed(Page(limit=9)))
        held = unit.get(statuses.by_id(status_id)).visibility
        decisions.undo(unit, decision.id, None, "a joke")
        now = unit.get(statuses.by_id(status_id)).visibility
        hits = {one.rule.id: one.hits for one in found.outcomes if one.hits}
        return held, now, decision.rule_id, hits, unit.all(ruling.hits(0))

    async with place.opened(dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))) as database:
        status_id = await database.run(work)
        held, now, rule_id, hits, counted = await database.run(lambda unit: again(unit, status_id))
        assert (held, now, rule_id, hits) == (4, 0, "keyword", {"keyword": 1})
        assert [(each.rule_id, each.mode, each.hits) for each in counted] == [("keyword", "enforce", 1)]


async def test_shadows_stay_few(place: Place) -> None:
    def work(unit: Unit) -> tuple[int, int]:
        values = {"community_id": 1, "rule_id": "r", "policy_hash": "h", "verb": "hold", "target": "status"}
        row = {"id": 1, "slug": "main", "title": "Here", "created_at": unit.now, "updated_at": unit.now}
        unit.run(insert(communities, row))
        for i in [*range(20), *range(20)]:
            more = {"id": unit.new_id(), "target_id": i, "target_uri": f"u{i}", "account_id": None, "inputs": "{}"}
            unit.made(ledger.add_hit({**values, **more, "created_at": unit.now}))
        kept = len(unit.all(ledger.hits("r", Page(limit=100))))
        unit.run(upkeep.shadow_hits(unit.now)._replace(params={"most": 5, "chunk": 100}))
        for query in upkeep.EXPIRY:
            unit.run(query(unit.now))
        return kept, len(unit.all(ledger.hits("r", Page(limit=100))))

    async with place.opened() as database:
        assert await database.run(work) == (20, 5)


async def test_every_statement_of_the_past_runs(place: Place) -> None:
    async with place.opened() as database:
        for name in replay.BESIDE:
            assert await database.all(replay.beside(name, 0)) == []
        for name in replay.OF_POSTS:
            assert await database.all(replay.of_posts(name, 0, 9)) == []
        assert await database.all(replay.posts(0, 9, 5, with_text=True)) == []
