"""Mastodon.py and masto.js as moderation apps: everything of the admin API that they know."""

from __future__ import annotations

import asyncio
import datetime
import json
import os
from pathlib import Path
from typing import Any

import mastodon
import npm_packages
import pytest
from clients_city import city
from mastodon.return_types import AdminAccount, AdminMeasure, AdminReport
from node_support import RunningNode

from fedserver.db.queries import users
from fedserver.services import oauth

pytestmark = pytest.mark.clients
JS = Path(__file__).resolve().parent / "js"
CACHE = "clients"
PEOPLE = ("alice", "zoe", "amy")
SCOPES = ("read", "write", "follow", "push", "admin:read", "admin:write")


async def furnish(node: RunningNode) -> str:
    """A report of amy's about zoe, somebody who asks to join; a token for everything."""
    post = await node.zoe.post("/api/v1/statuses", json={"status": "buy now"})
    given = {"account_id": str(node.zoe.account_id), "status_ids": [post["id"]], "category": "spam"}
    await node.amy.post("/api/v1/reports", json=given)

    def work(unit: Any) -> str:
        return oauth.grant_personal(unit, node.alice.user_id, name="desk", scopes=SCOPES).token

    return await node.node.db.run(work)


async def test_mastodonpy_as_a_moderation_app(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=PEOPLE) as (alpha,):
        token = await furnish(alpha)
        zoe = alpha.zoe

        async def pending(*, unapproved: int) -> None:
            values = {"state": "pending", "unapproved": 1} if unapproved else {"state": "active", "unapproved": 0}
            await alpha.node.db.run(lambda unit: unit.run(users.change(zoe.user_id, values)))

        loop = asyncio.get_running_loop()

        def waits(*, unapproved: int) -> None:
            asyncio.run_coroutine_threadsafe(pending(unapproved=unapproved), loop).result(10)

        def work() -> None:
            api = mastodon.Mastodon(access_token=token, api_base_url=alpha.url, version_check_mode="none")
            _people(api, zoe.account_id)
            _reports(api, zoe.account_id)
            _blocks(api)
            _figures(api)
            waits(unapproved=1)
            assert [row.username for row in api.admin_accounts_v2(status="pending")] == ["zoe"]
            assert api.admin_account_approve(zoe.account_id).approved is True
            waits(unapproved=1)
            assert api.admin_account_reject(zoe.account_id).username == "zoe"

        await asyncio.to_thread(work)


def _people(api: Any, zoe: int) -> None:
    found = api.admin_accounts_v2(origin="local")
    assert isinstance(found[0], AdminAccount) and {row.username for row in found} == set(PEOPLE)
    assert [row["username"] for row in api.admin_accounts_v1(username="zoe")] == ["zoe"]
    assert [row.username for row in api.admin_accounts_v2(permissions="staff")] == ["alice"]
    one = api.admin_account(zoe)
    assert isinstance(one.created_at, datetime.datetime) and str(one.role.id) == "-99" and one.account.acct == "zoe"
    for action, key, back in (
        ("sensitive", "sensitized", api.admin_account_unsensitive),
        ("silence", "silenced", api.admin_account_unsilence),
        ("disable", "disabled", api.admin_account_enable),
        ("suspend", "suspended", api.admin_account_unsuspend),
    ):
        api.admin_account_moderate(zoe, action, text="Rule 1")
        assert api.admin_account(zoe)[key] is True
        assert back(zoe)[key] is False
    api.admin_account_moderate(zoe, None, text="please")
    with pytest.raises(mastodon.MastodonAPIError):
        api.admin_account_delete(zoe)


def _reports(api: Any, zoe: int) -> None:
    # the acts upon the account answered it
    (report,) = api.admin_reports(resolved=True)
    assert isinstance(report, AdminReport) and report.category == "spam" and len(report.statuses) == 1
    assert report.action_taken_by_account.username == "alice" and int(report.target_account.id) == zoe
    assert api.admin_report_reopen(report.id).action_taken is False
    assert api.admin_report_assign(report.id).assigned_account.username == "alice"
    assert api.admin_report_unassign(report.id).assigned_account is None
    assert [row.id for row in api.admin_reports(target_account_id=zoe)] == [report.id]
    assert api.admin_report_resolve(report.id).action_taken is True
    assert api.admin_report(report.id).id == report.id and api.admin_reports() == []


def _blocks(api: Any) -> None:
    ip = api.admin_create_ip_block("203.0.113.0/24", "sign_up_block", comment="x", expires_in=3600)
    assert ip.ip == "203.0.113.0/24" and isinstance(ip.expires_at, datetime.datetime)
    assert api.admin_update_ip_block(ip.id, severity="no_access").severity == "no_access"
    assert api.admin_ip_block(ip.id).id == ip.id and len(api.admin_ip_blocks()) == 1
    api.admin_delete_ip_block(ip.id)
    domain = api.admin_create_email_domain_block("trash.test")
    assert len(api.admin_email_domain_block(domain.id).history) == 7 and len(api.admin_email_domain_blocks()) == 1
    api.admin_delete_email_domain_block(domain.id)
    box = api.admin_create_canonical_email_block(email="bad.one@trash.test")
    assert [row.id for row in api.admin_test_canonical_email_block("badone+2@trash.test")] == [box.id]
    assert api.admin_canonical_email_block(box.id).canonical_email_hash == box.canonical_email_hash
    assert len(api.admin_canonical_email_blocks()) == 1
    api.admin_delete_canonical_email_block(box.id)
    assert api.admin_canonical_email_blocks() == []


def _figures(api: Any) -> None:
    end = datetime.datetime.now(datetime.UTC)
    start = end - datetime.timedelta(days=2)
    (measure,) = api.admin_measures(start, end, new_users=True)
    assert isinstance(measure, AdminMeasure) and measure.total == str(len(PEOPLE)) and len(measure.data) == 3
    found = api.admin_dimensions(start, end, software_versions=True, space_usage=True, servers=True)
    assert {row.key for row in found} == {"software_versions", "space_usage", "servers"}
    assert [len(row.data) for row in api.admin_retention(start, end)] == [3, 2, 1]
    assert (api.admin_trending_tags(), api.admin_trending_links(), api.admin_trending_statuses()) == ([], [], [])


async def test_mastojs_as_a_moderation_app(tmp_path: Path) -> None:
    reason = npm_packages.unavailable_reason(JS, CACHE)
    if reason is not None:
        pytest.skip(f"no JavaScript clients: {reason}")
    async with city(tmp_path, alpha=PEOPLE) as (alpha,):
        token = await furnish(alpha)
        node, source = await asyncio.to_thread(npm_packages.installed, JS, CACHE)
        process = await asyncio.create_subprocess_exec(
            node,
            source / "masto_admin.mjs",
            json.dumps({"url": alpha.url, "token": token}),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "NO_COLOR": "1"},
        )
        out, problems = await asyncio.wait_for(process.communicate(b"{}\n"), 60)
        assert b'"done"' in out and process.returncode == 0, problems.decode()
