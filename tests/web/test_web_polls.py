"""Polls in pages: the question, the votes where they may be seen, nothing behind a warning without a click."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import node_support
from access_support import Browser

from fedserver.db.queries import polls
from fedserver.db.unit import Unit


async def test_a_poll_is_shown_with_its_votes(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben", "cay")) as (alpha,):

        async def ask(**more: Any) -> Any:
            poll = {"options": ["Fog & <rain>", "Waves"], "expires_in": 600, **more}
            return await alpha.ann.post("/api/v1/statuses", json={"status": "Which?", "poll": poll})

        async def page(note: Any) -> str:
            return (await Browser(alpha).go(f"/@ann/{note['id']}")).text

        note = await ask()
        assert "Fog &amp; &lt;rain&gt;" in await page(note) and "0 votes" in await page(note)
        for voter, choices in ((alpha.ben, [1]), (alpha.cay, [1])):
            await voter.post(f"/api/v1/polls/{note['poll']['id']}/votes", json={"choices": choices})
        shown = await page(note)
        assert re.findall(r'<meter[^>]* value="(\d+)"', shown) == ["0", "100"] and "2 votes" in shown
        assert "100 %" in (await Browser(alpha).go("/@ann")).text, "in lists too"
        # totals that wait for the end are in no page before it
        secret = await ask(hide_totals=True)
        await alpha.ben.post(f"/api/v1/polls/{secret['poll']['id']}/votes", json={"choices": [0]})
        shown = await page(secret)
        assert "<meter" not in shown and " %" not in shown and "1 vote" in shown

        def close(unit: Unit) -> None:
            unit.run(polls.change(int(secret["id"]), {"expires_at": unit.now - 1}))

        await alpha.node.db.run(close)
        shown = await page(secret)
        assert re.findall(r'<meter[^>]* value="(\d+)"', shown) == ["100", "0"] and "ended" in shown
