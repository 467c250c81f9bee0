"""What the making of posts costs: nothing where nothing is said, and little for pages with media."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from client_support import Api, client_node, png

from fedserver.db.queries import timelines
from fedserver.db.statement import Query
from fedserver.db.unit import Unit
from fedserver.render.mastodon.renderer import Renderer
from fedserver.services import statuses
from fedserver.services.statuses import Draft

OURS = ("media_provenance", "provenance_claims", "status_provenance", "status_lineage", "media_hashes")


class _Listening:
    """Passes reads on to a real database and keeps those that are about the making of things."""

    def __init__(self, db: Any) -> None:
        self.db = db
        self.asked: list[str] = []

    async def all(self, query: Query[Any]) -> list[Any]:
        self._keep(query)
        found: list[Any] = await self.db.all(query)
        return found

    async def several(self, *queries: Query[Any]) -> list[list[Any]]:
        for query in queries:
            self._keep(query)
        found: list[list[Any]] = await self.db.several(*queries)
        return found

    def _keep(self, query: Query[Any]) -> None:
        sql = query.statement.compiled("sqlite").sql
        self.asked += [table for table in OURS if table in sql]


async def cold(api: Api, *status_ids: str) -> list[str]:
    """What a page of these posts asks of our tables when nothing is kept."""
    db = api.node.parts.db
    listening = _Listening(db)
    page = await db.all(timelines.by_ids(None, [int(each) for each in status_ids]))
    assert len(await Renderer(api.node.parts.site).statuses(listening, page, None)) == len(status_ids)
    return listening.asked


async def test_pages_ask_only_for_what_there_is(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")
        words = [(await alice.publish(f"words {number}"))["id"] for number in range(3)]
        assert await cold(api, *words) == []
        silent = (await alice.publish("x", media_ids=[(await alice.upload(png())).json["id"]]))["id"]
        assert await cold(api, *words, silent) == ["media_provenance"]
        said = (await alice.upload(png(), **{"provenance[declared]": "generated"})).json["id"]
        made = (await alice.publish("x", media_ids=[said]))["id"]
        assert await cold(api, made, silent) == ["media_provenance", "provenance_claims"]
        remix = (await alice.publish("x", provenance={"text": "generated", "based_on": [words[0]]}))["id"]
        assert await cold(api, remix) == ["status_lineage", "status_provenance"]
        assert await cold(api, words[0]) == ["status_lineage"]
        assert await cold(api, words[1]) == []


async def test_a_post_that_says_nothing_writes_and_asks_nothing(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice = await api.person("alice")

        def work(unit: Unit) -> list[str]:
            asked: list[str] = []
            run = unit._execute

            def listen(query: Query[Any]) -> Any:
                asked.append(query.statement.compiled("sqlite").sql)
                return run(query)

            unit.__class__ = type("Heard", (Unit,), {"_execute": staticmethod(listen), "__slots__": ()})
            statuses.publish(unit, alice.account_id, Draft("words #aigenerated"))
            unit.settle()
            assert len(asked) > 5
            return [table for sql in asked for table in OURS if table in sql]

        assert await api.run(work) == []
