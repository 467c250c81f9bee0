"""Disabling and suspending end tokens for good; whoever is let in again is told to sign in anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client_support import client_node

from fedserver.db.queries import accounts
from fedserver.db.queries import ledger as ledger_rows
from fedserver.kit.paging import Page
from fedserver.render import reasons
from fedserver.services import moderation


@pytest.mark.parametrize(("verb", "ends"), [("disable", True), ("suspend", True), ("limit", False)])
async def test_tokens_that_ended_stay_ended_and_their_owner_is_told(tmp_path: Path, verb: str, ends: bool) -> None:
    async with client_node(tmp_path) as api:
        ben = await api.person("ben")
        home = "/api/v1/accounts/verify_credentials"
        assert (await ben.get(home)).status == 200
        await api.run(lambda unit: moderation.act(unit, ben.account_id, verb, None, reason="x"))
        assert ((await ben.get(home)).status == 200) is not ends
        await api.run(lambda unit: moderation.lift(unit, ben.account_id, verb, None, because="it was somebody else"))
        assert ((await ben.get(home)).status == 200) is not ends

        def told(unit: Any) -> str:
            assert unit.get(accounts.by_id(ben.account_id)).active
            [one] = unit.all(ledger_rows.of_account(ben.account_id, Page(limit=5)))
            return reasons.text_of(unit.site, [one], reasons.reason_of(unit.site, one, None), unit.now)

        text = await api.run(told)
        assert "it was somebody else" in text and ("Sign in anew" in text) is ends
