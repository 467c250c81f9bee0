"""Claims, labels, lineage and groups on both databases; and that search finds the same by how something was made."""

from __future__ import annotations

from typing import Any

import pytest
from db_fixtures import Place, add_account

from fedserver.db.database import Database
from fedserver.db.queries import accounts, media, provenance, search, statuses, variations
from fedserver.db.queries.search import Facets
from fedserver.db.unit import Unit
from fedserver.domain.provenance.claims import Basis, Claim, Integrity, Signature, State, Trust
from fedserver.domain.provenance.declarations import Declaration, Saying
from fedserver.domain.text.operators import understand
from fedserver.kit.errors import Invalid
from fedserver.kit.paging import Page
from fedserver.media.findings import Findings, Look, Reading
from fedserver.services import communities, lineage
from fedserver.services import provenance as service
from fedserver.services import search as search_service
from fedserver.services import variations as variation_service

VIEWER, AUTHOR = 1, 2
NOW = 1_800_000_000_000
SIGNED = State(Integrity.INTACT, Signature.VALID, Trust.UNTRUSTED)
MODEL = Claim(Basis.TOOL, "trainedAlgorithmicMedia", tool="ComfyUI", models=("Flux.1-dev", "detail_tweaker"))


def people(unit: Unit) -> None:
    for each in (VIEWER, AUTHOR):
        add_account(unit, each)
    unit.run(accounts.change(AUTHOR, {"indexable": 1}))


def post(unit: Unit, id_: int, media_id: int | None = None, **values: Any) -> None:
    row = {
        "id": id_,
        "uri": f"https://home.example/s/{id_}",
        "account_id": AUTHOR,
        "content": "<p>harbour</p>",
        "created_at": NOW + id_,
        "visibility": 0,
        "local": 1,
        **values,
    }
    unit.made(statuses.add(row))
    if media_id is not None:
        attach = {"id": media_id, "account_id": AUTHOR, "status_id": id_, "token": "t", "created_at": NOW}
        unit.run(media.add({**attach, "state": "ready", "kind": "image", "local": 1}))
    search_service.keep(unit, unit.get(statuses.by_id(id_)))


async def found(db: Database, text: str) -> list[int]:
    wanted = understand(text)
    facets = Facets(**wanted.flags)
    return await db.all(search.find_statuses(db.dialect, VIEWER, wanted.needles, facets, now=NOW, limit=20))


async def labels(db: Database, *media_ids: int) -> list[str]:
    rows = {row.media_id: row.label for row in await db.all(provenance.made(list(media_ids)))}
    return [rows[each] for each in media_ids]


async def test_findings_become_claims_once_and_what_is_found_no_more_is_revoked(place: Place) -> None:
    async with place.opened() as db:
        first = Findings((MODEL, Claim(Basis.C2PA, state=SIGNED, by="Maker")), reading=Reading.READ)

        def work(unit: Unit) -> None:
            people(unit)
            post(unit, 10, 100)
            for _ in range(3):
                service.store_findings(unit, 100, first)
            service.store_findings(unit, 999, first)

        await db.run(work)
        rows = await db.all(provenance.claims_of([100]))
        assert [(row.basis, row.claim.by, row.revoked_at) for row in rows] == [
            ("tool-metadata", "", None),
            ("c2pa", "Maker", None),
        ]
        assert rows[0].claim == MODEL
        assert await labels(db, 100) == ["ai-generated"]
        await db.run(lambda unit: service.store_findings(unit, 100, Findings((MODEL,), reading=Reading.READ)))
        rows = await db.all(provenance.claims_of([100]))
        assert [(row.basis, row.revoked_at is None) for row in rows] == [("tool-metadata", True), ("c2pa", False)]
        await db.run(lambda unit: service.store_findings(unit, 100, Findings()))
        assert await labels(db, 100) == ["unknown"]


async def test_search_by_the_making_is_the_same_everywhere(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            for number in range(10, 16):
                post(unit, number, number * 10 if number < 15 else None)
            service.store_findings(unit, 100, Findings((MODEL,)))
            service.declare(unit, AUTHOR, 110, Declaration("not_ai"))
            service.declare(unit, AUTHOR, 120, Declaration("assisted", tool="Krita", models=("Flux", "dev tools")))
            service.declare(unit, AUTHOR, 130, Declaration("generated"))
            service.store_findings(unit, 130, Findings((Claim(Basis.XMP, "digitalCreation"),)))

        await db.run(work)
        for text, wanted in {
            "has:ai": [13, 12, 10],
            "harbour -has:ai": [15, 14, 11],
            "model:flux": [12, 10],
            'model:"flux.1 dev"': [10],
            'model:"flux dev"': [],
            "model:detail": [10],
            "-model:flux has:ai": [13],
            "tool:comfyui": [10],
            "tool:krita": [12],
            "tool:flux": [],
            "flux": [],
            "provenance:disputed": [13],
            "provenance:unlabelled": [14],
            "provenance:human-declared": [11],
            "provenance:Partly-AI": [12],
            "-provenance:ai harbour": [15, 14, 11],
        }.items():
            assert await found(db, text) == wanted, text
        for text in ("provenance:nothing", "model:", 'tool:"', "model:%", "tool:'|x"):
            assert await found(db, text) in ([], [15, 14, 13, 12, 11, 10]), text


async def test_lineage_and_its_counts(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            people(unit)
            for number in (10, 11, 12):
                post(unit, number, visibility=2 if number == 12 else 0)
            author = unit.get(accounts.by_id(AUTHOR))
            for number in (11, 12):
                row = unit.get(statuses.by_id(number))
                saying = Saying(text="generated", based_on=["10", "https://x.test/1"], no_remix=True)
                lineage.write(unit, row, author, saying, lineage.sources(unit, author, saying.based_on or ()))

        await db.run(work)
        (said,) = await db.all(provenance.said([11]))
        assert (said.text_made, said.no_remix) == ("generated", 1)
        assert [row.based_on_id for row in await db.all(provenance.based_on([11]))] == [10, None]
        assert [tuple(row) for row in await db.all(provenance.counts([10]))] == [(10, 1)]
        assert await db.all(provenance.remixes(10, Page(limit=5))) == [12, 11]
        assert {row.id: row.provenance for row in await db.all(statuses.by_ids([10, 11]))} == {10: 4, 11: 3}

        def forget(unit: Unit) -> None:
            lineage.forget(unit, unit.get(statuses.by_id(10)))
            unit.run(statuses.remove(10))

        before = {row.id: row.version for row in await db.all(statuses.by_ids([11, 12]))}
        await db.run(forget)
        assert {row.id: row.version - 1 for row in await db.all(statuses.by_ids([11, 12]))} == before
        assert [row.based_on_id for row in await db.all(provenance.based_on([11]))] == [None, None]


async def test_groups_of_variations(place: Place) -> None:
    async with place.opened() as db:
        looks = {100: "0" * 63 + "1", 110: "0" * 63 + "1", 120: "f" * 64, 130: "e" * 64}

        def work(unit: Unit) -> None:
            people(unit)
            for number, pdq in looks.items():
                post(unit, number // 10, number, visibility=2 if number == 130 else 0)
                flat = number == 120
                variation_service.keep(unit, unit.get(media.by_id(number)), Look((pdq,) * 8, 10 if flat else 90))
            variation_service.join(unit, 130, [999, 110])
            # who has a group stays in it, and nobody joins what is gone
            variation_service.join(unit, 110, [130])
            variation_service.join(unit, 120, [100])

        await db.run(work)
        grouped = {row.status_id: row.group_id for row in await db.all(variations.groups_of_statuses([10, 11, 12, 13]))}
        assert grouped == {10: 100, 11: 100, 13: 100}
        assert [tuple(row) for row in await db.all(variations.sizes([100]))] == [(100, 2)]
        assert [pair[0] for pair in await db.one(variations.above(100)) or []] == [110, 130]


async def test_history_has_an_end(place: Place) -> None:
    async with place.opened() as db:

        def work(unit: Unit) -> None:
            communities.create(unit, title="home", registration="closed")
            people(unit)
            post(unit, 10, 100)
            for number in range(service.MAX_DECLARED):
                service.declare(unit, AUTHOR, 100, Declaration(tool=f"tool {number}"))

        await db.run(work)
        with pytest.raises(Invalid):
            await db.run(lambda unit: service.declare(unit, AUTHOR, 100, Declaration(tool="one more")))
        # a hashtag fails no post for that, and nothing is revoked halfway
        await db.run(lambda unit: unit.run(provenance.change(100, {"spoken": 0})))
        await db.run(lambda unit: service.presume(unit, [100], [], "not_ai"))
        standing = [row for row in await db.all(provenance.claims_of([100])) if row.revoked_at is None]
        assert [row.tool for row in standing] == [f"tool {service.MAX_DECLARED - 1}"]
        # what the author wrote there keeps nobody else out
        await db.run(lambda unit: service.store_findings(unit, 100, Findings((MODEL,))))
        assert await labels(db, 100) == ["ai-generated"]
        await db.run(lambda unit: service.moderate(unit, unit.get(accounts.by_id(VIEWER)), 100, "assisted"))
        assert await labels(db, 100) == ["partly-ai"]
