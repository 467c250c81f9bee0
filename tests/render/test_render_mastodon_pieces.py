"""A page out of whole kept posts is byte for byte the page that is put together anew, for every viewer in turn."""

from __future__ import annotations

from pathlib import Path

import orjson
from client_support import Api, Person, client_node

from fedserver.db.queries import timelines
from fedserver.kit.paging import Page
from fedserver.render.mastodon.renderer import Renderer


async def _same_for_all(api: Api, kept: Renderer, viewers: list[Person | None]) -> list[bytes]:
    """The public timeline and home of each viewer, three times over: rendered, joined from parts, out of pieces."""
    db, now = api.node.parts.db, api.node.parts.clock.now_ms()
    found: list[bytes] = []
    for _ in range(3):
        found = []
        for viewer in viewers:
            viewer_id = viewer.account_id if viewer is not None else None
            rows = await db.all(timelines.public(viewer_id, Page(), now))
            if viewer is not None:
                rows += await db.all(timelines.home(viewer.account_id, Page(), now))
            page = await kept.page(db, rows, viewer_id)
            assert page == await Renderer(api.node.parts.site).page(db, rows, viewer_id)
            one_by_one = await kept.statuses(db, rows, viewer_id, asked=True)
            assert orjson.loads(page) == [orjson.loads(each) for each in one_by_one]
            found.append(page)
    return found


async def test_a_kept_page_is_nobody_elses(tmp_path: Path) -> None:
    """A page that is the same to all others looks different to its author, to who filters, and once it has changed."""
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        note = await alice.publish("words")
        kept, db = Renderer(api.node.parts.site), api.node.parts.db

        async def page(viewer: Person | None) -> bytes:
            viewer_id = viewer.account_id if viewer is not None else None
            for _ in range(4):
                rows = await db.all(timelines.public(viewer_id, Page(), 1))
                found = await kept.page(db, rows, viewer_id)
                assert found == await Renderer(api.node.parts.site).page(db, rows, viewer_id)
            return found

        plain = await page(bob)
        # of two who read the same text the second gets the very same bytes
        rows = await db.all(timelines.public(eve.account_id, Page(), 1))
        assert await kept.page(db, rows, eve.account_id) is await kept.page(db, rows, bob.account_id)
        # ... unless the list was changed after it was read
        assert orjson.loads(await kept.page(db, [*rows, *rows], bob.account_id)) == 2 * orjson.loads(plain)
        rows += rows
        assert orjson.loads(await kept.page(db, rows, bob.account_id)) == 2 * orjson.loads(plain)
        assert await page(None) != plain and b'"pinned":false' in await page(alice) and await page(eve) == plain
        await eve.send("POST", "/api/v2/filters", json={
            "title": "w", "context": ["public"], "keywords_attributes": [{"keyword": "words", "whole_word": True}],
        })  # fmt: skip
        assert b'"filtered":[{' in await page(eve) and await page(bob) == plain
        await eve.post(f"/api/v1/statuses/{note['id']}/favourite")
        assert b'"favourites_count":1' in await page(bob) and b'"favourited":true' in await page(eve)
        await bob.post(f"/api/v1/statuses/{note['id']}/bookmark")
        assert b'"bookmarked":true' in await page(bob) and b'"bookmarked":true' not in await page(eve)
        await alice.send("DELETE", f"/api/v1/statuses/{note['id']}")
        assert await page(bob) == await page(None) == b"[]"


async def test_pieces_are_what_would_be_rendered_anew(tmp_path: Path) -> None:
    async with client_node(tmp_path) as api:
        alice, bob, eve = [await api.person(name) for name in ("alice", "bob", "eve")]
        for who in (bob, eve):
            await who.follow(alice)
        plain = await alice.publish("plain words")
        await alice.publish("for followers to quote", quote_approval_policy="followers")
        await alice.send(
            "POST", "/api/v1/statuses", json={"status": "?", "poll": {"options": ["a", "b"], "expires_in": 600}}
        )
        await bob.publish("bob's own")
        await bob.post(f"/api/v1/statuses/{plain['id']}/reblog")
        await eve.send("POST", "/api/v2/filters", json={
            "title": "w", "context": ["home"], "keywords_attributes": [{"keyword": "words", "whole_word": True}],
        })  # fmt: skip
        kept, viewers = Renderer(api.node.parts.site), [None, alice, bob, eve]
        before = await _same_for_all(api, kept, viewers)
        assert b'"filtered":[{' in before[3] and b'"filtered":[{' not in before[2]
        assert b'"favourited"' not in before[0] and b'"pinned"' in before[1] and b'"pinned"' not in before[3]

        await eve.post(f"/api/v1/statuses/{plain['id']}/favourite")
        after = await _same_for_all(api, kept, viewers)
        assert b'"favourited":true' in after[3] and b'"favourited":true' not in after[2]
        assert b'"favourites_count":1' in after[0]

        await alice.send("PUT", f"/api/v1/statuses/{plain['id']}", json={"status": "edited"})
        await alice.send("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": "Another"})
        edited = await _same_for_all(api, kept, viewers)
        assert all(b"plain words" not in page and b'"display_name":"Another"' in page for page in edited)
        assert b'"filtered":[{' not in edited[3]
