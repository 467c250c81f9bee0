"""Whom this node talks to, by the policies that hold: the longest name decides, and no list lets anybody in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from federation_support import node

from fedserver.domain.moderation.lists import Listed
from fedserver.services import domain_lists, domains


async def _refused(n: Any, *hosts: str) -> list[bool]:
    n.federation.policy.forget()
    return [await n.federation.policy.refused(host) for host in hosts]


async def test_the_longest_name_decides(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        await n.run(lambda unit: domains.block_domain(unit, "bad.test", None))
        await n.run(lambda unit: domains.block_domain(unit, "good.bad.test", None, severity="limit"))
        hosts = ("bad.test", "x.bad.test:8443", "good.bad.test", "a.good.bad.test", "notbad.test")
        assert await _refused(n, *hosts) == [True, True, False, False, False]
        await n.run(lambda unit: domains.unblock_domain(unit, "bad.test", None))
        assert await _refused(n, *hosts) == [False] * 5


async def test_a_change_is_seen_without_being_told(tmp_path: Path) -> None:
    async with node(tmp_path) as n:
        policy = n.federation.policy
        assert await _refused(n, "bad.test") == [False]
        for severity, expected in (("suspend", True), ("limit", False), ("suspend", True)):
            await n.run(lambda unit, s=severity: domains.block_domain(unit, "bad.test", None, severity=s))
            policy._until = float("-inf")
            assert await policy.refused("bad.test") is expected


@pytest.mark.parametrize("severity", ["limit", "none"])
async def test_a_list_lets_nobody_in_where_only_named_servers_are_taken(tmp_path: Path, severity: str) -> None:
    async with node(tmp_path, allowlist=True) as n:

        def follow(unit: Any) -> None:
            list_id = domain_lists.subscribe(unit, "theirs", None, mode="enforce", drafts=False)
            domain_lists.take(unit, list_id, [Listed("listed.test", severity, reject_media=True)])
            domain_lists.align(unit, list_id, 10)

        await n.run(follow)
        await n.run(lambda unit: domains.block_domain(unit, "named.test", None, severity=severity))
        await n.run(lambda unit: domains.block_domain(unit, "allowed.test", None, severity="allow"))
        hosts = ("listed.test", "named.test", "allowed.test", "x.allowed.test", "stranger.test")
        assert await _refused(n, *hosts) == [True, False, False, False, True]
