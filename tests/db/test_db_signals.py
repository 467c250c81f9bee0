"""What is counted where it happens is what counting anew gives, whatever happened, on both databases."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from db_fixtures import Place, add_account
from sqlalchemy import select

from fedserver.db.database import Database
from fedserver.db.queries import accounts, signals, statuses
from fedserver.db.queries.accounts import Account
from fedserver.db.queries.statuses import Status
from fedserver.db.statement import Statement, insert
from fedserver.db.tables import accounts as account_rows
from fedserver.db.tables import communities, favourites
from fedserver.db.tables import statuses as status_rows
from fedserver.db.unit import Unit
from fedserver.domain.ranking.rows import Counts
from fedserver.effects.table import dispatcher
from fedserver.effects.tools import Tools
from fedserver.kit.errors import Failure
from fedserver.services import boosts, expiry, ledger, moderation
from fedserver.services import favourites as favourite_service
from fedserver.services import signals as service
from fedserver.services import statuses as posts
from fedserver.services.keyring import KeyRing
from fedserver.services.ledger import Act
from fedserver.services.statuses import NewStatus
from keys.sealing import MasterKey

LOCAL, REMOTE, GROUP = (1, 2, 3), (11, 12, 13), 14
PEOPLE = (*LOCAL, *REMOTE, GROUP)
_ACCOUNTS: Statement[Any] = Statement(
    select(*(account_rows.c[n] for n in ("id", "domain", "actor_type", "suspended_at", "deleted_at"))), tuple
)
_STATUSES: Statement[Any] = Statement(
    select(*(status_rows.c[n] for n in ("id", "account_id", "reblog_of_id", "in_reply_to_id", "visibility"))), tuple
)
_FAVOURITES: Statement[Any] = Statement(select(favourites.c.account_id, favourites.c.status_id), tuple)


def counted(unit: Unit) -> dict[int, Counts]:
    """What the table says."""
    return {one.status_id: one for one in unit.all(signals.since(0)) if any(one[1:])}


def expected(unit: Unit) -> dict[int, Counts]:
    """The same, counted here from the rows of the verbs themselves."""
    people = {
        number: domain == ""
        for number, domain, kind, suspended, deleted in unit.all(_ACCOUNTS())
        if kind not in ("Group", "Application") and suspended is None and deleted is None
    }
    rows = unit.all(_STATUSES())
    author = {row[0]: row[1] for row in rows}
    did: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))

    def note(verb: str, status_id: int | None, person: int) -> None:
        if status_id is not None and person in people and author[status_id] != person:
            did[status_id][verb].add(person)

    for person, status_id in unit.all(_FAVOURITES()):
        note("likes", status_id, person)
    for _, person, boosted, answered, visibility in rows:
        if visibility <= 3:
            note("boosts", boosted, person)
        if visibility <= 1:
            note("replies", answered, person)
    return {
        status_id: Counts(
            status_id,
            *(
                sum(people[person] == here for person in verbs[verb])
                for verb in ("likes", "boosts", "replies")
                for here in (True, False)
            ),
            len(set().union(*verbs.values())),
        )
        for status_id, verbs in did.items()
    }


class History:
    """Things that happen, picked at random."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.late: list[str] = []
        self.changed: list[int] = []
        self.held: list[int] = []

    def step(self, unit: Unit) -> None:
        verbs: list[tuple[int, Callable[[Unit], None]]] = [
            (6, self.post),
            (5, self.answer),
            (6, self.like),
            (2, self.unlike),
            (5, self.boost),
            (2, self.unboost),
            (1, self.delete),
            (1, self.orphan),
            (1, self.parent),
            (1, self.forget),
            (1, self.suspend),
            (1, self.become_a_group),
            (1, self.edit),
            (2, self.hold),
        ]
        (act,) = self.random.choices([act for _, act in verbs], [weight for weight, _ in verbs])
        try:
            act(unit)
        except Failure:
            # blocked, not visible, not allowed: nothing happened
            assert not unit.events

    def someone(self, unit: Unit) -> Account:
        return unit.get(accounts.by_id(self.random.choice(PEOPLE)))

    def some_post(self, unit: Unit) -> Status | None:
        ids = [row[0] for row in unit.all(_STATUSES()) if row[2] is None]
        return unit.get(statuses.by_id(self.random.choice(ids))) if ids else None

    def store(self, unit: Unit, author: Account, uri: str | None = None, **more: Any) -> None:
        status_id = unit.new_id()
        home = author.domain or "home.example"
        posts.store(
            unit,
            NewStatus(
                id=status_id,
                uri=uri or f"https://{home}/s/{status_id}",
                url=None,
                author=author,
                visibility=self.random.choice((0, 0, 0, 1, 2)),
                content="<p>x</p>",
                created_at=unit.now,
                **more,
            ),
        )

    def post(self, unit: Unit) -> None:
        self.store(unit, self.someone(unit))

    def answer(self, unit: Unit) -> None:
        parent = self.some_post(unit)
        if parent is not None:
            self.store(unit, self.someone(unit), parent=parent, in_reply_to_uri=parent.uri)

    def orphan(self, unit: Unit) -> None:
        uri = f"https://far.example/late/{unit.new_id()}"
        self.late.append(uri)
        for _ in range(2):
            self.store(unit, self.someone(unit), in_reply_to_uri=uri)

    def parent(self, unit: Unit) -> None:
        if self.late:
            self.store(unit, unit.get(accounts.by_id(REMOTE[0])), self.late.pop())

    def like(self, unit: Unit) -> None:
        status = self.some_post(unit)
        if status is not None:
            favourite_service.favourite(unit, self.someone(unit), status)

    def unlike(self, unit: Unit) -> None:
        rows = unit.all(_FAVOURITES())
        if rows:
            person, status_id = self.random.choice(rows)
            account = unit.get(accounts.by_id(person))
            favourite_service.unfavourite(unit, account, unit.get(statuses.by_id(status_id)))

    def boost(self, unit: Unit) -> None:
        status, account = self.some_post(unit), self.someone(unit)
        if status is not None:
            number = unit.new_id()
            uri = f"https://{account.domain or 'home.example'}/b/{number}"
            boosts.store(unit, account, status, number, uri, 0, unit.now, fresh=True)

    def unboost(self, unit: Unit) -> None:
        rows = [row for row in unit.all(_STATUSES()) if row[2] is not None]
        if rows:
            _, person, status_id, *_ = self.random.choice(rows)
            boosts.unboost(unit, person, status_id)

    def delete(self, unit: Unit) -> None:
        status = self.some_post(unit)
        if status is not None:
            posts.remove(unit, status)

    def edit(self, unit: Unit) -> None:
        status = self.some_post(unit)
        if status is not None:
            author = unit.get(accounts.by_id(status.account_id))
            posts.replace(unit, status, author, {"content": "<p>y</p>"}, (), ())

    def forget(self, unit: Unit) -> None:
        ids = [row[0] for row in unit.all(_STATUSES())]
        expiry.forget(unit, self.random.sample(ids, min(2, len(ids))))

    def suspend(self, unit: Unit) -> None:
        account = self.someone(unit)
        act = moderation.suspend if account.suspended_at is None else moderation.unsuspend
        act(unit, account.id, None)
        self.changed.append(account.id)

    def hold(self, unit: Unit) -> None:
        """A moderator holds a post or a boost, or releases the last one that was held."""
        if self.held and self.random.random() < 0.5:
            ledger.undo(unit, self.held.pop(), None, "")
            return
        ids = [row[0] for row in unit.all(_STATUSES()) if row[4] < 4]
        if ids:
            status = unit.get(statuses.by_id(self.random.choice(ids)))
            act = Act("hold", "status", status.id, status.uri, status.account_id)
            self.held.append(ledger.decide(unit, act, None).id)

    def become_a_group(self, unit: Unit) -> None:
        account = unit.get(accounts.by_id(self.random.choice(REMOTE)))
        kind = "Person" if account.actor_type == "Group" else "Group"
        unit.run(accounts.change(account.id, {"actor_type": kind}))
        service.people_changed(unit, account.id)
        self.changed.append(account.id)


async def recounted(database: Database, people: list[int]) -> None:
    """What the job does that was asked for."""
    while people:
        one, after = [people.pop()], 0
        while after is not None:
            after = await database.run(lambda unit, one=one, after=after: service.recount_some(unit, one, after, 3))


def begin(unit: Unit) -> None:
    row = {"id": 1, "slug": "main", "title": "Here", "created_at": unit.now, "updated_at": unit.now}
    unit.run(insert(communities, row))
    for number in PEOPLE:
        add_account(unit, number, domain="" if number in LOCAL else "far.example")
    unit.run(accounts.change(GROUP, {"actor_type": "Group"}))


@pytest.mark.parametrize("seed", range(6))
async def test_any_history_is_counted_as_it_would_be_anew(place: Place, seed: int) -> None:
    dispatch = dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))
    async with place.opened(dispatch) as database:
        await database.run(begin)
        history, seen = History(seed), 0
        for step in range(160):
            await database.run(history.step)
            await recounted(database, history.changed)
            if step % 8 == 7:
                found, right = await database.run(lambda unit: (counted(unit), expected(unit)))
                assert found == right, step
                seen += len(right)
        assert seen > 40, "the history is about something"
        done = await database.run(lambda unit: service.rebuild_some(unit, 0, 1000))
        assert done.wrong == 0 and await database.run(counted) == right


async def test_a_rebuild_mends_what_is_wrong_and_says_how_much(place: Place) -> None:
    dispatch = dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))
    async with place.opened(dispatch) as database:
        await database.run(begin)
        history = History(7)
        for _ in range(80):
            await database.run(history.step)
        await recounted(database, history.changed)
        right = await database.run(expected)

        def spoil(unit: Unit) -> int:
            first, second, *_ = sorted(right)
            unit.run(signals.clear([first]))
            unit.run(signals.liked(second, 0, local=1, by=5))
            return 2

        spoilt = await database.run(spoil)
        after, wrong = 0, 0
        while True:
            done = await database.run(lambda unit, after=after: service.rebuild_some(unit, after, 7))
            if done.last is None:
                break
            after, wrong = done.last, wrong + done.wrong
        assert wrong == spoilt and await database.run(counted) == right


async def test_likes_at_the_same_time_are_all_counted(place: Place) -> None:
    dispatch = dispatcher(Tools(KeyRing(MasterKey(b"k" * 32))))
    async with place.opened(dispatch) as database:
        await database.run(begin)
        author = await database.run(lambda unit: unit.get(accounts.by_id(LOCAL[0])))
        await database.run(lambda unit: History(0).store(unit, author))
        (status_id,) = await database.run(lambda unit: unit.all(signals.posts(0, 5)))
        await database.run(lambda unit: unit.run(statuses.change(status_id, {"visibility": 0})))

        def like(unit: Unit, person: int) -> None:
            account, status = unit.get(accounts.by_id(person)), unit.get(statuses.by_id(status_id))
            favourite_service.favourite(unit, account, status)

        def boost(unit: Unit, person: int) -> None:
            boosts.boost(unit, person, status_id)

        acts = [(act, person) for act in (like, boost) for person in LOCAL[1:]]
        recounts = [database.run(lambda unit: service.recount(unit, [status_id])) for _ in range(4)]
        await asyncio.gather(
            *(database.run(lambda unit, act=act, person=person: act(unit, person)) for act, person in acts), *recounts
        )
        found = await database.run(counted)
        assert found == await database.run(expected)
        assert found[status_id] == Counts(status_id, 2, 0, 2, 0, 0, 0, 2)
