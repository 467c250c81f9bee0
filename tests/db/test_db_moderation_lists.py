"""Policies towards domains, lists of them, known-bad media and take-downs: their statements on both databases."""

from __future__ import annotations

from typing import Any

from db_fixtures import Place, add_account

from fedserver.db.queries import accounts, relations
from fedserver.db.queries import domain_lists as list_rows
from fedserver.db.queries import domains as domain_rows
from fedserver.db.queries import federation as federation_rows
from fedserver.db.queries import known_bad as bad_rows
from fedserver.db.queries import takedowns as takedown_rows
from fedserver.db.queries import trends as trend_rows
from fedserver.db.statement import insert
from fedserver.db.tables import communities, media_attachments, statuses
from fedserver.db.unit import Unit
from fedserver.domain.moderation.domains import Terms
from fedserver.domain.moderation.hashes import Hashed
from fedserver.domain.moderation.lists import Listed
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.kit.paging import Page
from fedserver.services import domain_lists, domains, known_bad, ledger, takedowns
from fedserver.services.keyring import KeyRing
from fedserver.services.takedowns import Demand
from keys.sealing import MasterKey

HERE, THERE, FAR = 1, 11, 12
CUT = Page(limit=10)


def _furnish(unit: Unit) -> None:
    times = {"created_at": unit.now, "updated_at": unit.now}
    unit.run(insert(communities, {"id": 1, "slug": "main", "title": "Main", **times}))
    add_account(unit, HERE)
    add_account(unit, THERE, domain="there.example")
    add_account(unit, FAR, domain="part.of.there.example:8443")
    for number, (one, other) in enumerate(((HERE, THERE), (THERE, HERE), (FAR, HERE))):
        row = {"id": 100 + number, "account_id": one, "target_id": other, "state": "accepted", "created_at": unit.now}
        unit.made(relations.add_follow({**row, "uri": f"https://there.example/f/{number}", "local": int(one == HERE)}))
    file = {"id": 500, "account_id": THERE, "token": "x", "local": 0, "kind": "image", "state": "ready"}
    unit.run(insert(media_attachments, {**file, "role": "attachment", "created_at": unit.now, "digest": "zQmX"}))


async def test_domains_and_lists_of_them(place: Place) -> None:
    async with place.opened(dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))) as db:
        await db.run(_furnish)
        met = await db.run(lambda unit: domains.impact(unit, "there.example"))
        assert met[:4] == (2, 2, 1, 2) and met.media == 1
        made = await db.run(lambda unit: domains.decide(unit, "there.example", Terms("suspend", no_trends=True), None))

        def apply(unit: Unit) -> None:
            domains.apply_policy(unit, [unit.get(accounts.by_id(each)) for each in (THERE, FAR)])

        await db.run(apply)
        assert sum(each.number for each in await db.all(domain_rows.severed_tally(made.id))) == 3
        assert [row.domain for row in await db.all(domain_rows.page(CUT, allowed=False))] == ["there.example"]
        assert await db.all(domain_rows.page(CUT, allowed=True)) == []
        first = await db.one(federation_rows.policy_stamp())
        assert await db.one(federation_rows.refusals()) == [("there.example", "suspend", False)]
        assert await db.all(trend_rows.popular_statuses(0, 1, 10)) == []
        await db.run(lambda unit: ledger.undo(unit, made.id, None))
        assert await db.one(federation_rows.policy_stamp()) == (0, 0) != first
        await db.run(apply)
        outcomes = {each.outcome: each.number for each in await db.all(domain_rows.severed_tally(made.id))}
        assert outcomes == {"asked": 1, "restored": 2}
        assert [each.standing for each in await db.all(domain_rows.history("there.example"))] == [False]

        def follow(unit: Unit) -> int:
            list_id = domain_lists.subscribe(unit, "ours", None, mode="enforce", drafts=False, most_follows=0)
            entries = [Listed("there.example", "suspend"), Listed("other.example", "limit")]
            assert domain_lists.take(unit, list_id, entries).waiting == 1
            return list_id

        list_id = await db.run(follow)
        assert await db.one(list_rows.draft_count()) == 1
        found = await db.run(lambda unit: domain_lists.project(unit, list_id))
        assert (found.entries, found.accounts, found.follows) == (2, 2, 2)
        await db.run(lambda unit: domain_lists.confirm_all(unit, list_id, None))
        while await db.run(lambda unit: domain_lists.align(unit, list_id, 1)):
            pass
        assert {row.state: row.number for row in await db.all(list_rows.counts())} == {"confirmed": 2}
        assert len(await db.run(domain_lists.ours)) == 2
        assert await db.run(lambda unit: domains.unblock_domain(unit, "there.example", None))
        await db.run(lambda unit: domain_lists.unsubscribe(unit, list_id, None))
        while await db.run(lambda unit: domain_lists.align(unit, list_id, 1)):
            pass
        assert await db.all(list_rows.lists()) == [] and await db.run(domain_lists.ours) == []
        assert await db.all(list_rows.ids()) == []


async def test_known_bad_media_and_take_downs(place: Place) -> None:
    async with place.opened(dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))) as db:
        await db.run(_furnish)
        hashes = [Hashed("sha256", "a" * 64, "other", 0), Hashed("pdq", "b" * 64, "other", 31)]
        assert await db.run(lambda unit: known_bad.add_list(unit, "ours", hashes, None)) == 2
        assert await db.run(lambda unit: known_bad.add_list(unit, "ours", hashes, None)) == 0
        (bad,) = await db.all(bad_rows.by_sha(["a" * 64, "c" * 64]))
        mark = await db.one(bad_rows.mark())
        assert mark is not None and mark.number == 1
        assert [value for _, value in await db.one(bad_rows.pdq_above(0)) or []] == ["b" * 64]
        assert len(await db.all(bad_rows.lists())) == 2

        def withhold(unit: Unit) -> None:
            (medium,) = unit.all(bad_rows.media_above(0, 10))
            known_bad.withhold(unit, medium, known_bad.Found(bad, 0, ("a" * 64,)))

        await db.run(withhold)
        (match,) = await db.all(bad_rows.matches(CUT))
        assert await db.one(bad_rows.open_count()) == 1
        await db.run(lambda unit: known_bad.judge(unit, match.id, None, confirmed=False))
        assert await db.all(bad_rows.mistaken(["a" * 64])) == ["a" * 64]
        assert await db.run(lambda unit: known_bad.drop_list(unit, "ours", None)) == 2

        demand = Demand("copyright", ["https://home.example/@nobody/1"], "mine", "a.b+c@d.example", "192.0.2.1")
        token = await db.run(lambda unit: takedowns.file(unit, demand))
        found = await db.run(lambda unit: takedowns.behind(unit, token))
        assert found.state == "open" and await db.one(takedown_rows.open_count()) == 1
        assert [each.id for each in await db.all(takedown_rows.page(CUT))] == [found.id]
        assert await db.run(takedowns.tick) == 0

        def late(unit: Unit) -> None:
            unit.run(takedown_rows.change(found.id, {"due_at": unit.now - 1}))

        await db.run(late)
        assert await db.run(takedowns.tick) == 1 and await db.run(takedowns.tick) == 0
        await db.run(lambda unit: takedowns.refuse(unit, found.id, None, bad_faith=True))

        def again(unit: Unit) -> Any:
            digest = takedowns.keyed(unit, "email", "ab@d.example")
            return unit.get(takedown_rows.is_bad(digest, "", unit.now))

        assert await db.run(again) == 1


async def test_nothing_trends_of_a_domain_that_shall_not(place: Place) -> None:
    async with place.opened(dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))) as db:
        await db.run(_furnish)

        def write(unit: Unit) -> None:
            for number, author in enumerate((THERE, FAR)):
                unit.run(accounts.change(author, {"discoverable": 1}))
                made = {"id": 900 + number, "account_id": author, "uri": f"https://there.example/p/{number}"}
                values = {"visibility": 0, "local": 0, "content": "x", "favourites_count": 9, "created_at": unit.now}
                unit.run(insert(statuses, {**made, **values}))

        await db.run(write)
        popular, silent = trend_rows.popular_statuses(0, 1, 10), Terms("none", no_trends=True)
        assert len(await db.all(popular)) == 2
        await db.run(lambda unit: domains.decide(unit, "part.of.there.example:8443", silent, None))
        assert [row[0] for row in await db.all(popular)] == [900]
        made = await db.run(lambda unit: domains.decide(unit, "there.example", silent, None))
        assert await db.all(popular) == [] and await db.all(trend_rows.used_tags(0, 1 << 62, 10)) == []
        assert await db.all(trend_rows.used_links(0, 1 << 62, 10)) == []
        await db.run(lambda unit: ledger.undo(unit, made.id, None))
        assert [row[0] for row in await db.all(popular)] == [900]
