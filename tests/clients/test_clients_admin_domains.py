"""Mastodon.py and masto.js set policies towards other servers, as moderation apps do."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import mastodon
import npm_packages
import pytest
from clients_city import city
from node_support import RunningNode

from fedserver.services import oauth

pytestmark = pytest.mark.clients
JS = Path(__file__).resolve().parent / "js"
CACHE = "clients"
SCOPES = (
    "read",
    "admin:read:domain_blocks",
    "admin:write:domain_blocks",
    "admin:read:domain_allows",
    "admin:write:domain_allows",
)


async def _token(node: RunningNode) -> str:
    def work(unit: Any) -> str:
        return oauth.grant_personal(unit, node.alice.user_id, name="desk", scopes=SCOPES).token

    return await node.node.db.run(work)


async def test_mastodonpy(tmp_path: Path) -> None:
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        token = await _token(alpha)

        def work() -> None:
            api = mastodon.Mastodon(access_token=token, api_base_url=alpha.url, version_check_mode="none")
            made = api.admin_create_domain_block("Bad.Test", severity="suspend", public_comment="spam")
            assert (made.domain, made.severity, made.public_comment) == ("bad.test", "suspend", "spam")
            changed = api.admin_update_domain_block(made.id, severity="noop", reject_media=True, obfuscate=True)
            assert (changed.severity, changed.reject_media, changed.obfuscate) == ("noop", True, True)
            with pytest.raises(mastodon.MastodonAPIError):
                api.admin_create_domain_block("bad.test")
            assert [row.id for row in api.admin_domain_blocks()] == [made.id]
            assert api.admin_domain_blocks(made.id).digest == changed.digest
            api.admin_delete_domain_block(made.id)
            assert api.admin_domain_blocks() == []

        await asyncio.to_thread(work)


async def test_mastojs(tmp_path: Path) -> None:
    reason = npm_packages.unavailable_reason(JS, CACHE)
    if reason is not None:
        pytest.skip(f"no JavaScript clients: {reason}")
    async with city(tmp_path, alpha=("alice",)) as (alpha,):
        given = {"url": alpha.url, "token": await _token(alpha)}
        node, source = await asyncio.to_thread(npm_packages.installed, JS, CACHE)
        process = await asyncio.create_subprocess_exec(
            node,
            source / "masto_domains.mjs",
            json.dumps(given),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={"PATH": os.environ.get("PATH", ""), "NO_COLOR": "1"},
        )
        out, problems = await asyncio.wait_for(process.communicate(b"{}\n"), 60)
        assert b'"done"' in out and process.returncode == 0, problems.decode()
