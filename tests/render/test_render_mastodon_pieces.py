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
