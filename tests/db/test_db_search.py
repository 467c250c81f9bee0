"""Full text on both databases: what is found, by whom, in what order; and that both find the same."""

from __future__ import annotations

from typing import Any

import pytest
from db_fixtures import Place, add_account

from fedserver.db.database import Database
from fedserver.db.migrate import copy
from fedserver.db.queries import accounts, reactions, search, statuses
from fedserver.db.queries.search import Facets
from fedserver.db.unit import Unit
from fedserver.domain.text import words
from fedserver.services import search as service

VIEWER, AGREEING, SILENT = 1, 2, 3
NOW = 1_800_000_000_000


def post(unit: Unit, id_: int, author: int, content: str, **values: Any) -> None:
    row = {
        "id": id_,
        "uri": f"https://home.example/s/{id_}",
        "account_id": author,
        "content": content,
        "created_at": NOW + id_,
        "visibility": 0,
        **values,
    }
    unit.made(statuses.add(row))
    service.keep(unit, unit.get(statuses.by_id(id_)))


def people(unit: Unit) -> None:
    for each in (VIEWER, AGREEING, SILENT):
        add_account(unit, each)
    unit.run(accounts.change(AGREEING, {"indexable": 1}))


async def found(db: Database, text: str, *, viewer: int = VIEWER, exact: bool = False, **more: Any) -> list[int]:
    facets = Facets(**{name: more.pop(name) for name in list(more) if name in Facets._fields})
    needles = [*words.needles(text, exact=exact), *more.pop("never", [])]
    query = search.find_statuses(db.dialect, viewer, needles, facets, now=NOW, limit=20, **more)
    return await db.all(query)


async def test_words_phrases_and_beginnings(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            post(unit, 10, AGREEING, "<p>The quick brown <b>Robot</b></p>")
            post(unit, 11, AGREEING, "<p>robots are brown, quick they are not</p>")
            post(unit, 12, AGREEING, "<p>Ein schöner Bär</p>", spoiler="tiere")
            post(unit, 13, AGREEING, "<p>大きな猫が好きです</p>")

        await db.run(work)
        assert await found(db, "robot") == [11, 10]
        assert await found(db, "robots") == [11]
        assert await found(db, "quick brown") == [11, 10]
        assert await found(db, "quick brown", exact=True) == [10]
        assert await found(db, "robot", exact=True) == [11, 10]
        assert await found(db, "ro") == []
        assert await found(db, "SCHONER bar") == [12]
        assert await found(db, "tiere") == [12]
        assert await found(db, "猫") == [13]
        assert await found(db, "好き") == [13]
        assert await found(db, "猫が好き") == [13]
        assert await found(db, "犬") == []
        assert await found(db, "brown", never=words.needles("robots", wanted=False)) == [10]
        assert await found(db, "", never=words.needles("brown", wanted=False)) == [13, 12]


async def test_the_marks_and_the_notation_cannot_be_typed(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            post(unit, 10, AGREEING, "<p>plain words</p>")

        await db.run(work)
        for text in (
            '"',
            "'",
            "plain' | 'x",
            'plain" OR "x',
            "NEAR(",
            "\ue000",
            "\ue0002",
            "%",
            "_",
            "*",
            "\\",
            "a:b",
            "-",
        ):
            needles = words.needles(text)
            if needles:
                assert await found(db, text) in ([], [10])
        assert words.needles("\ue0002") == words.needles("2")
        assert await found(db, "pl%in") == []


async def test_who_finds_what(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            post(unit, 10, AGREEING, "<p>apple</p>")
            post(unit, 11, SILENT, "<p>apple</p>")
            post(unit, 12, AGREEING, "<p>apple</p>", visibility=1)
            post(unit, 13, VIEWER, "<p>apple</p>", visibility=3)
            post(unit, 14, SILENT, "<p>apple</p>")
            post(unit, 15, SILENT, "<p>apple</p>")
            post(unit, 16, SILENT, "<p>apple</p>", visibility=3)
            unit.made(
                reactions.add_favourite({"id": 90, "account_id": VIEWER, "status_id": 14, "uri": "u", "created_at": 1})
            )
            unit.made(reactions.add_bookmark({"id": 91, "account_id": VIEWER, "status_id": 15, "created_at": 1}))
            unit.made(statuses.add_mention(16, VIEWER))

        await db.run(work)
        assert await found(db, "apple") == [16, 15, 14, 13, 10]
        assert await found(db, "apple", public=False) == [16, 15, 14, 13]
        assert await found(db, "apple", library=False) == [10]
        assert await found(db, "apple", viewer=SILENT) == [16, 15, 14, 11, 10]
        # consent is asked at the search: taken back, it bites at once
        await db.run(lambda unit: unit.run(accounts.change(AGREEING, {"indexable": 0})))
        assert await found(db, "apple", library=False) == []
        assert await found(db, "apple", authors=(SILENT,)) == [16, 15, 14]
        assert await found(db, "", authors=(SILENT, VIEWER)) == [16, 15, 14, 13]
        assert await found(db, "apple", not_authors=(SILENT,)) == [13]


async def test_facets(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            post(unit, 10, AGREEING, '<p>pear <a href="https://x.example/">x</a></p>', language="fr")
            post(unit, 11, AGREEING, "<p>pear</p>", sensitive=1, language="en")
            post(unit, 12, AGREEING, "<p>pear</p>", in_reply_to_uri="https://x.example/1")

        await db.run(work)
        assert await found(db, "pear", link=1) == [10]
        assert await found(db, "pear", link=-1) == [12, 11]
        assert await found(db, "pear", sensitive=1) == [11]
        assert await found(db, "pear", sensitive=-1) == [12, 10]
        assert await found(db, "pear", reply=1) == [12]
        assert await found(db, "pear", languages=("fr", "de")) == [10]
        assert await found(db, "pear", not_languages=("fr",)) == [12, 11]
        assert await found(db, "pear", since=NOW + 11) == [12, 11]
        assert await found(db, "pear", until=NOW + 11) == [10]
        assert await found(db, "pear", media=1) == []
        assert await found(db, "pear", below=12, above=10) == [11]


async def test_edits_and_deletions_leave_nothing_behind(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            post(unit, 10, AGREEING, "<p>secret plum</p>")
            post(unit, 11, AGREEING, "<p>plum</p>")

        await db.run(work)

        def edit(unit: Unit) -> None:
            unit.run(statuses.change(10, {"content": "<p>plum</p>"}))
            service.changed(unit, unit.get(statuses.by_id(10)))

        await db.run(edit)
        assert await found(db, "secret") == []
        assert await found(db, "plum") == [11, 10]
        await db.run(lambda unit: unit.run(statuses.remove(10)))
        assert await found(db, "plum") == [11]
        # a failed unit leaves the index as it was
        with pytest.raises(ZeroDivisionError):
            await db.run(lambda unit: (post(unit, 12, AGREEING, "<p>plum</p>"), 1 // 0))
        assert await found(db, "plum") == [11]


async def test_accounts_by_their_names(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            for each, name in ((VIEWER, "Ann"), (AGREEING, "Zoë Müller"), (SILENT, "Zoe Nobody")):
                unit.run(accounts.change(each, {"display_name": name, "followers_count": each}))
                service.keep_account(unit, unit.get(accounts.by_id(each)))

        await db.run(work)

        async def names(text: str) -> list[int]:
            query = search.find_accounts(db.dialect, VIEWER, words.needles(text), limit=5, skip=0, only_followed=False)
            return [row.id for row in await db.all(query)]

        assert await names("zoe") == [SILENT, AGREEING]
        assert await names("muller zoe") == [AGREEING]
        assert await names("u3") == [SILENT] or await names("u3") == []
        await db.run(lambda unit: unit.run(accounts.change(SILENT, {"suspended_at": 1})))
        assert await names("zoe") == [AGREEING]


@pytest.mark.postgres
async def test_the_words_move_to_the_other_kind_of_database(sqlite_place: Place, postgres_place: Place) -> None:
    async with sqlite_place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            post(unit, 10, AGREEING, "<p>one two three</p>")

        await db.run(work)
    copy(sqlite_place.url, postgres_place.url)
    async with postgres_place.opened() as db:
        assert await found(db, "two three", exact=True) == [10]
        assert await found(db, "three two", exact=True) == []
