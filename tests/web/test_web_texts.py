"""The terms with the days from which they hold, words on privacy; the addresses that apps are told lead there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import node_support
from access_support import Browser
from node_support import RunningNode

from fedserver.db.queries import communities, terms
from fedserver.db.unit import Unit

HERE = "/admin/community"


def day(number: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=number)).isoformat()


async def save(browser: Browser, node: RunningNode, **changed: str) -> int:
    row: Any = await node.node.db.one(communities.by_id())
    await browser.go(HERE)
    texts = {"title": "Alpha", "registration": "closed", "terms": row.terms, "privacy": row.privacy}
    return (await browser.submit(HERE, texts | changed)).status


async def test_terms_hold_from_their_day(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        olga, visitor = await Browser(alpha).signed_in("olga"), Browser(alpha)
        for path in ("/terms", "/privacy"):
            assert (await visitor.go(path)).status == 404
        api, today = "/api/v1/instance/terms_of_service", day(0)
        assert (
            await save(olga, alpha, terms="Be <b>kind</b>.\n\nSee https://example.org/x", privacy="We keep little.")
            == 303
        )
        page = (await visitor.go("/terms")).text
        assert "Be &lt;b&gt;kind&lt;/b&gt;." in page and 'href="https://example.org/x"' in page and today in page
        assert "We keep little." in (await visitor.go("/privacy")).text
        # a text for later: today's stays, the coming one can be read
        for wrong in (day(-1), "soon", "2030-13-01", "2030-1-1", "20300101"):
            assert await save(olga, alpha, terms="Be kinder.", terms_from=wrong) == 422, wrong
        later = day(30)
        assert await save(olga, alpha, terms="Be kinder.", terms_from=later) == 303
        page = (await visitor.go("/terms")).text
        assert "kind&lt;/b&gt;" in page and "Be kinder" not in page and f'href="/terms/{later}"' in page
        assert "Be kinder." in (await visitor.go(f"/terms/{later}")).text
        now = await alpha.ann.get(api)
        assert (now["effective_date"], now["effective"], now["succeeded_by"]) == (today, True, later)
        coming = await alpha.ann.get(f"{api}/{later}")
        assert (coming["effective"], coming["succeeded_by"]) == (False, None) and "kinder" in coming["content"]
        # saving the page again changes nothing; another text for that day takes its place
        assert await save(olga, alpha) == 303
        assert await save(olga, alpha, terms="Be kindest.", terms_from=later) == 303
        assert [each.effective_date for each in await alpha.node.db.all(terms.versions())] == [today, later]
        assert "kindest" in (await alpha.ann.get(f"{api}/{later}"))["content"]
        for missing in (day(7), "x"):
            assert (await visitor.go(f"/terms/{missing}")).status == 404
            assert (await alpha.ann.raw("GET", f"{api}/{missing}"))[0] == 404

        def wait(unit: Unit) -> None:
            unit.run(terms.put(unit.new_id(), terms.Terms("The first ones.", day(-9)), unit.now))

        await alpha.node.db.run(wait)
        assert "no longer in force" in (await visitor.go(f"/terms/{day(-9)}")).text


async def test_the_addresses_that_apps_are_told_lead_somewhere(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga",)) as (alpha,):
        olga = await Browser(alpha).signed_in("olga")
        told = (await alpha.olga.get("/api/v2/instance"))["configuration"]["urls"]
        assert told["terms_of_service"] is None and told["privacy_policy"] is None
        assert await save(olga, alpha, terms="Be kind.", privacy="We keep little.") == 303
        instance = await alpha.olga.get("/api/v2/instance")
        found = [instance["configuration"]["urls"][name] for name in ("about", "terms_of_service", "privacy_policy")]
        found += [instance["thumbnail"]["url"], *(each["src"] for each in instance["icon"])]
        for url in found:
            async with alpha.http.get(alpha.url + url.removeprefix(alpha.config.server.base_url)) as answer:
                assert answer.status == 200, url


def test_which_version_holds() -> None:
    versions = [terms.Terms("a", "2026-01-01"), terms.Terms("b", "2026-02-01")]
    assert [terms.in_force(versions, day) for day in ("2025-12-31", "2026-01-01", "2026-03-01")] == [None, 0, 1]
    assert terms.in_force([], "2026-01-01") is None
