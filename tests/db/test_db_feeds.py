"""Feeds and policies on both databases: what a feed is ranked by, frozen orders, versions, subscriptions."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account

from fedserver.db.queries import accounts, feeds, places, policy, ranking, signals, statuses
from fedserver.db.statement import insert
from fedserver.db.tables import blocks, communities, domain_policies, favourites, media_attachments, media_provenance
from fedserver.db.unit import Unit
from fedserver.domain.policy.signals import RANKED
from fedserver.domain.ranking.rows import as_rows
from fedserver.kit.paging import Page
from fedserver.services.ranking import packed, queries
from fedserver.services.starters import presets

AUTHOR, FAN, OTHER, GROUP, SHY = 1, 2, 3, 4, 5


def post(unit: Unit, author: int, **more: Any) -> int:
    status_id = unit.new_id()
    values: dict[str, Any] = {
        "id": status_id,
        "uri": f"https://home.example/s/{status_id}",
        "account_id": author,
        "local": 1,
        "content": "<p>hello</p>",
        "created_at": unit.now,
        **more,
    }
    assert unit.one(statuses.add(values)) is not None
    return status_id


def people(unit: Unit) -> None:
    row = {"id": 1, "slug": "main", "title": "Here", "created_at": unit.now, "updated_at": unit.now}
    unit.run(insert(communities, row))
    for number in (AUTHOR, FAN, OTHER, GROUP, SHY):
        add_account(unit, number)
        unit.run(accounts.change(number, {"discoverable": 1, "actor_type": "Group" if number == GROUP else "Person"}))
    unit.run(accounts.change(SHY, {"note": "please #NoBot"}))


async def test_what_a_feed_is_ranked_by(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            people(unit)
            first = post(unit, AUTHOR, language="en", spoiler="cw")
            post(unit, SHY)
            post(unit, AUTHOR, visibility=1)
            post(unit, AUTHOR, limits='{"announce": []}')
            boost = post(unit, FAN, reblog_of_id=first)
            post(unit, GROUP, reblog_of_id=first)
            answer = post(unit, OTHER, in_reply_to_id=first, in_reply_to_uri="x", local=0)
            for i, account_id in enumerate((FAN, OTHER, GROUP)):
                values = {"id": 100 + i, "account_id": account_id, "status_id": first, "created_at": unit.now}
                unit.run(insert(favourites, values))
            medium = {"id": 9, "account_id": AUTHOR, "status_id": first, "kind": "image", "token": "t"}
            unit.run(insert(media_attachments, {**medium, "created_at": unit.now, "description": "a cat"}))
            unit.run(insert(media_provenance, {"media_id": 9, "label": "ai-generated", "models": '["flux"]'}))

            found = unit.all(ranking.candidates(0, 10, GROUP, local=False, with_text=True))
            assert [row.id for row in found] == [answer, first]
            assert (found[1].sensitive, found[1].language, found[1].content) == (1, "en", "<p>hello</p>")
            assert (found[0].is_reply, found[0].local, found[1].is_reply) == (1, 0, 0)
            assert [row.id for row in unit.all(ranking.candidates(0, 10, None, local=True, with_text=False))] == [first]
            unit.run(signals.rebuild([first, answer]))
            assert unit.all(signals.since(0)) == [(first, 2, 0, 1, 0, 1, 0, 2)]
            assert sorted(unit.all(signals.likes_since(0))) == [(first, FAN), (first, OTHER)]
            assert unit.all(signals.likes_of([answer])) == []
            (made,) = unit.all(ranking.media(0))
            assert (made.status_id, made.kind, made.described, made.label) == (first, "image", 1, "ai-generated")
            assert (made.models, made.group_id, made.disclosed) == ('["flux"]', None, 0)
            assert {row[0]: row[1:] for row in unit.all(ranking.authors_day(0))}[AUTHOR] == (3, 1)
            assert unit.all(ranking.tags(0)) == [] and unit.all(ranking.mentions(0)) == []
            assert boost not in {row.id for row in found}
            # the process that ranks gets the same as text
            every = {signal.name: signal for signal in RANKED}
            asked = queries(presets().feeds[0], every, unit.now, GROUP)
            texts = {name: unit.get(query) for name, query in packed(asked).items()}
            assert as_rows(texts) == {name: unit.all(query) for name, query in asked.items()}
            assert len(asked) == 7 and as_rows(texts)["candidates"] == found
            # a server whose policy keeps it out of trends is in no feed that others see, nor is one below it
            policy_of = {"id": 60, "community_id": 1, "domain": "far.example", "severity": "none", "no_trends": 1}
            everybody = ranking.candidates(0, 10, None, local=False, with_text=False)
            unit.run(accounts.change(OTHER, {"domain": "on.far.example"}))
            assert [row.id for row in unit.all(everybody)] == [answer, first]
            unit.run(insert(domain_policies, {**policy_of, "created_at": unit.now}))
            assert [row.id for row in unit.all(everybody)] == [first]
            unit.run(accounts.change(OTHER, {"domain": "notfar.example"}))
            # who blocks the feed's group is out of this feed and in others
            blocked = {"id": 50, "account_id": OTHER, "target_id": GROUP, "created_at": unit.now}
            unit.run(insert(blocks, blocked))
            for group, left in ((GROUP, [first]), (FAN, [answer, first]), (None, [answer, first])):
                posts = unit.all(ranking.candidates(0, 10, group, local=False, with_text=False))
                assert [row.id for row in posts] == left

        await database.run(work)


async def test_frozen_orders(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            people(unit)
            unit.run(feeds.add({"id": 7, "community_id": 1, "name": "best", "title": "{}", "created_at": unit.now}))
            unit.run(feeds.change(7, {"actor_id": GROUP}))
            assert unit.get(feeds.by_name("best")).actor_id == GROUP and unit.get(feeds.by_id(7)).name == "best"
            assert unit.made(feeds.subscribe({"id": 70, "account_id": FAN, "feed_id": 7, "created_at": unit.now}))
            assert not unit.made(feeds.subscribe({"id": 71, "account_id": FAN, "feed_id": 7, "created_at": unit.now}))
            assert [row.id for row in unit.all(feeds.subscribed(FAN))] == [70]
            assert unit.one(feeds.subscription(OTHER, 70)) is None
            first, second = post(unit, AUTHOR), post(unit, OTHER)
            for number, age in ((1000, 90), (2000, 1)):
                values = {"id": number, "feed_id": 7, "policy_hash": "h", "size": 2, "inputs": b"\0\1"}
                unit.run(feeds.add_snapshot({**values, "created_at": age}))
                for place_, status_id in ((1, first), (2, second)):
                    entry = {"id": number + 10 - place_, "snapshot_id": number, "place": place_, "reasons": "{}"}
                    unit.run(feeds.add_entry({**entry, "status_id": status_id}))
            assert unit.get(feeds.latest_id(7)) == 2000 and bytes(unit.get(feeds.inputs(2000))) == b"\0\1"
            assert [row.status_id for row in unit.all(feeds.page(2000, Page()))] == [first, second]
            assert [row.place for row in unit.all(feeds.page(2000, Page(max_id=2009)))] == [2]
            assert [row.place for row in unit.all(feeds.page(2000, Page(min_id=2008)))] == [1]
            assert unit.get(feeds.entry(2009))[1] == 7 and unit.get(places.inner(2008, None)) == second
            assert unit.get(feeds.entry_of(2000, second)).place == 2
            assert unit.all(feeds.not_boosted(2000, GROUP, 20)) == [first, second]
            post(unit, GROUP, reblog_of_id=first)
            assert unit.all(feeds.not_boosted(2000, GROUP, 20)) == [second]
            assert unit.get(feeds.boosts_since(GROUP, 0)) == 1
            # minds that changed since the order was made
            unit.run(accounts.change(OTHER, {"note": "please #nobot"}))
            assert unit.all(feeds.not_boosted(2000, GROUP, 20)) == []
            unit.run(accounts.change(OTHER, {"note": ""}))
            assert unit.all(feeds.not_boosted(2000, GROUP, 20)) == [second]
            unit.run(insert(blocks, {"id": 50, "account_id": OTHER, "target_id": GROUP, "created_at": unit.now}))
            assert unit.all(feeds.not_boosted(2000, GROUP, 20)) == []
            unit.run(feeds.sweep(100))
            assert unit.one(feeds.snapshot(1000)) is None and unit.get(feeds.snapshot(2000)).size == 2
            assert unit.run(feeds.unsubscribe(OTHER, 70)) == 0 and unit.run(feeds.unsubscribe(FAN, 70)) == 1

        await database.run(work)


async def test_versions_and_subscriptions(place: Place) -> None:
    async with place.opened() as database:

        def work(unit: Unit) -> None:
            people(unit)
            for number, digest, enacted in ((1, "a", 5), (2, "b", None), (2, "c", 6)):
                values = {"id": unit.new_id(), "community_id": 1, "version": number, "hash": digest, "parent": None}
                more = {"document": "{}", "source": "", "signed": "{}", "created_at": 1, "enacted_at": enacted}
                assert unit.made(policy.add({**values, **more}))
            assert unit.get(policy.current()).hash == "c" and unit.get(policy.current_number()) == 2
            assert unit.get(policy.by_version(2)).hash == "c" and unit.get(policy.by_hash("b")).enacted_at is None
            assert [row.hash for row in unit.all(policy.listed())] == ["c", "a"]
            for number, priority in ((1, 0), (2, 9)):
                values = {"id": number, "community_id": 1, "uri": f"https://x/{number}", "mode": "advise"}
                assert unit.made(policy.subscribe({**values, "priority": priority, "created_at": 1}))
            assert [row.id for row in unit.all(policy.subscriptions())] == [2, 1]
            assert unit.all(policy.subscription_ids()) == [1, 2]
            unit.run(policy.change_subscription(1, {"state": "failed"}))
            assert unit.get(policy.subscription_to("https://x/1")).state == "failed"
            unit.run(policy.unsubscribe(1))
            assert unit.one(policy.subscription(1)) is None

        await database.run(work)
