"""The statements of polls, quotes and scheduled posts, through their services, on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

from db_fixtures import Place, add_account

from fedserver.db.queries import media, polls, quotes, scheduled, statuses
from fedserver.db.statement import insert
from fedserver.db.tables import media_attachments
from fedserver.db.unit import Unit
from fedserver.domain.interactions import POLICIES
from fedserver.kit.errors import Invalid
from fedserver.kit.paging import Page
from fedserver.services import polls as poll_service
from fedserver.services import quotes as quote_service
from fedserver.services import scheduled as later
from fedserver.services import statuses as service
from fedserver.services.polls import PollDraft
from fedserver.services.statuses import Draft, Revision

DRAFT = PollDraft(["a", "b"], 600)


def people(unit: Unit) -> None:
    for number in range(1, 9):
        add_account(unit, number)


async def test_a_new_row_is_known_without_reading_it(place: Place) -> None:
    """On both databases: also what a column holds where nobody said anything."""
    short: dict[str, Any] = {"id": 11, "uri": "https://a.test/11", "account_id": 1, "created_at": 5}
    more: dict[str, Any] = {
        **short,
        "id": 12,
        "uri": "https://a.test/12",
        "language": "de",
        "content": "x",
        "limits": "y",
    }
    async with place.opened() as database:
        await database.run(lambda unit: add_account(unit, 1))
        for values in (short, more):
            assert await database.run(lambda unit, row=values: unit.made(statuses.add(row)))  # type: ignore[misc]
            assert await database.one(statuses.by_id(values["id"])) == statuses.added(values)


async def test_votes_side_by_side_are_counted_once_each(place: Place) -> None:
    async with place.opened() as database:
        await database.run(people)
        status_id = await database.run(lambda unit: service.publish(unit, 1, Draft("q", poll=DRAFT)))

        def vote(voter: int) -> Any:
            return database.run(lambda unit: poll_service.vote(unit, voter, status_id, [voter % 2]))

        await asyncio.gather(*(vote(voter) for voter in range(2, 9)))
        results = [await asyncio.gather(vote(voter), return_exceptions=True) for voter in range(2, 9)]
        assert all(isinstance(each, Invalid) for (each,) in results)
        poll = await database.one(polls.by_id(status_id))
        assert poll is not None
        assert ([each.votes for each in poll.choices], poll.votes_count, poll.voters_count) == ([4, 3], 7, 7)
        assert [each.choice for each in await database.all(polls.own(3, [status_id]))] == [1]
        told = await database.run(lambda unit: poll_service.tell_voters(unit, status_id, 5))
        assert told == 8 and await database.all(polls.remote_inboxes(status_id)) == []
        await database.run(lambda unit: unit.run(polls.change(status_id, {"expires_at": unit.now})))
        assert await database.run(lambda unit: poll_service.close(unit, status_id))
        await database.run(lambda unit: service.edit(unit, 1, status_id, Revision("no poll")))
        assert await database.one(polls.by_id(status_id)) is None
        edits = await database.all(statuses.edits(status_id))
        assert [each.poll for each in edits] == ['["a","b"]']


async def test_a_whole_room_votes_at_once(place: Place) -> None:
    """Everybody writes to the same row: nobody is told to come back later, and no vote is lost."""
    async with place.opened() as database:
        room = range(100, 160)

        def enter(unit: Unit) -> None:
            for number in room:
                add_account(unit, number)

        await database.run(people)
        await database.run(enter)
        status_id = await database.run(lambda unit: service.publish(unit, 1, Draft("q", poll=DRAFT)))
        await asyncio.gather(
            *(database.run(lambda unit, v=voter: poll_service.vote(unit, v, status_id, [v % 2])) for voter in room)
        )
        poll = await database.one(polls.by_id(status_id))
        assert poll is not None
        assert ([each.votes for each in poll.choices], poll.votes_count, poll.voters_count) == ([30, 30], 60, 60)


async def test_quotes_are_counted_listed_and_orphaned(place: Place) -> None:
    async with place.opened() as database:
        await database.run(people)
        open_ = POLICIES["public"]
        quoted = await database.run(lambda unit: service.publish(unit, 1, Draft("me", quote_policy=open_)))
        ids = [
            await database.run(lambda unit, n=n: service.publish(unit, n, Draft("q", quoted_status_id=quoted)))
            for n in (2, 3, 4)
        ]
        row = await database.one(statuses.by_id(quoted))
        assert row is not None and row.quotes_count == 3
        assert await database.all(quotes.page_of(quoted, Page(limit=2))) == [ids[2], ids[1]]
        assert await database.all(quotes.page_of(quoted, Page(limit=2, min_id=0))) == ids[:2]
        assert len(await database.all(quotes.local_quoters(quoted))) == 3
        assert await database.all(quotes.pairs(1, [2, 3])) == []
        await database.run(lambda unit: quote_service.revoke(unit, 1, quoted, ids[0]))
        await database.run(lambda unit: service.delete(unit, 3, ids[1]))
        row = await database.one(statuses.by_id(quoted))
        assert row is not None and row.quotes_count == 1
        before = await database.one(statuses.by_id(ids[2]))
        await database.run(lambda unit: service.delete(unit, 1, quoted))
        after = await database.one(statuses.by_id(ids[2]))
        kept = await database.all(quotes.of_statuses([ids[2]]))
        assert before is not None and after is not None and after.version > before.version
        assert kept[0].quoted_status_id is None and kept[0].state == quotes.ACCEPTED


async def test_a_scheduled_post_is_published_once(place: Place) -> None:
    async with place.opened() as database:
        await database.run(people)

        def make(unit: Unit) -> int:
            values = {"id": 77, "account_id": 1, "token": "t", "state": "ready", "created_at": unit.now}
            unit.run(insert(media_attachments, values))
            return later.schedule(unit, 1, Draft("later", media_ids=[77], poll=None), unit.now + 3_600_000)

        scheduled_id = await database.run(make)
        kept = await database.all(scheduled.media_of([scheduled_id]))
        assert [each.medium.id for each in kept] == [77]
        assert await database.all(media.unattached(1 << 60)) == []
        assert [row.id for row in await database.all(scheduled.of_account(1, Page(limit=5)))] == [scheduled_id]
        await database.run(lambda unit: unit.run(scheduled.change(scheduled_id, {"scheduled_at": unit.now - 1})))
        made = await asyncio.gather(*(database.run(lambda unit: later.publish(unit, scheduled_id)) for _ in range(6)))
        published = [each for each in made if each is not None]
        assert len(published) == 1
        assert [each.status_id for each in await database.all(media.of_statuses(published))] == published
