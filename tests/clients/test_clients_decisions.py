"""Unmodified clients show why something was decided, that it was taken back, and what became of an appeal."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import mastodon
import pytest
from clients_city import city

from fedserver.db.queries import accounts
from fedserver.services import appeals, ledger
from fedserver.services.ledger import Act

pytestmark = pytest.mark.clients


async def test_mastodonpy_reads_the_reason(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice", "ann")) as (alpha,):
        ann = alpha.ann
        post = await ann.post("/api/v1/statuses", json={"status": "A picture"})

        def decide(unit: Any) -> Any:
            actor = unit.get(accounts.by_id(alpha.alice.account_id))
            act = Act("hold", "status", int(post["id"]), post["uri"], ann.account_id, reason="Say which model made it")
            return ledger.decide(unit, act, actor)

        decision = await alpha.node.db.run(decide)

        def read() -> Any:
            api = mastodon.Mastodon(access_token=ann.token, api_base_url=alpha.url, version_check_mode="none")
            (told,) = api.notifications(types=["moderation_warning"])
            assert told.type == "moderation_warning"
            warning = told.moderation_warning
            assert isinstance(warning, mastodon.return_types.AccountWarning)
            assert warning.target_account.acct == "ann"
            return warning

        warning = await asyncio.to_thread(read)
        assert str(warning.id) == str(decision.id) and warning.action == "delete_statuses"
        assert [str(each) for each in warning.status_ids] == [post["id"]] and warning.appeal is None
        assert "Say which model made it" in warning.text and f"/settings/decisions/{decision.id}" in warning.text

        def file(unit: Any) -> int:
            account = unit.get(accounts.by_id(ann.account_id))
            return appeals.file(unit, account, decision.id, "It is a photo").id

        appeal_id = await alpha.node.db.run(file)
        warning = await asyncio.to_thread(read)
        assert (warning.appeal.text, warning.appeal.state) == ("It is a photo", "pending")
        owner = await alpha.node.db.one(accounts.by_id(alpha.alice.account_id))
        await alpha.node.db.run(lambda unit: appeals.grant(unit, appeal_id, owner, "You are right"))
        warning = await asyncio.to_thread(read)
        assert (warning.action, warning.appeal.state, list(warning.status_ids)) == ("none", "approved", [])
        assert "taken back" in warning.text and "You are right" in warning.text
