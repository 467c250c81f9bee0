"""The desk of rules: taken over as drafts, tried on the past, put in shadow and live; the emergency."""

from __future__ import annotations

import html
from functools import partial
from pathlib import Path

import node_support
from access_support import Browser
from node_support import RunningNode

from fedserver.domain.policy.read import read_toml
from fedserver.domain.policy.write import to_toml
from fedserver.services import emergency, policy, starters

RULE = """
[[norm]]
id = "no-shouting"
text = { en = "No <b>shouting</b>" }

[[rule]]
id = "no-caps"
norm = "no-shouting"
when = 'has_any(post.text, {"spam"})'
do = "hold"
because = { en = "Rule 1: <i>no shouting</i>" }
appeal = "14d"
state = "draft"
"""


async def start(node: RunningNode, more: str = RULE) -> None:
    text = to_toml(starters.starter("open-gallery"))
    given = read_toml(text + more)
    await node.node.db.run(partial(policy.publish, keyring=node.node.parts.keyring, given=given, actor=None))


async def test_a_rule_from_draft_to_live(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        await start(alpha)
        for text in ("spam for you", "nothing", "more spam"):
            await alpha.ben.post("/api/v1/statuses", json={"status": text})
        owner, member = Browser(alpha), Browser(alpha)
        await owner.signed_in("ann@alpha.test")
        await member.signed_in("ben@alpha.test")
        assert (await member.go("/admin/rules")).status in (403, 404)
        page = (await owner.go("/admin/rules")).text
        assert "Rule 1: &lt;i&gt;no shouting&lt;/i&gt;" in page and "<i>no shouting" not in page
        assert html.unescape(page).count('has_any(post.text, {"spam"})') == 1
        tried = (await owner.go("/admin/rules/no-caps?days=3")).text
        assert "it would have hit 2 of 3 posts" in tried and "@ben" in tried
        assert (await owner.go("/admin/rules/nothing")).status == 404
        assert (await owner.go("/admin/rules/no-caps?days=x")).status == 422

        await owner.go("/admin/rules")
        assert (await owner.submit("/admin/rules/no-caps", {"state": "gone"})).status == 422
        await owner.go("/admin/rules")
        assert (await owner.submit("/admin/rules/no-caps", {"state": "live"}, csrf="x")).status == 403
        await owner.go("/admin/rules")
        # the starter asks for an owner: proposing is enacting
        made = await owner.submit("/admin/rules/no-caps", {"state": "shadow"})
        assert made.status == 303 and "Adopted: version 2" in (await owner.go(made.location)).text
        seen = await alpha.ben.post("/api/v1/statuses", json={"status": "spam in shadow"})
        assert seen["visibility"] == "public"
        page = html.unescape((await owner.go("/admin/rules")).text)
        assert "would have acted 1 times in shadow" in page
        made = await owner.submit("/admin/rules/no-caps", {"state": "live"})
        assert "Adopted: version 3" in (await owner.go(made.location)).text
        held = await alpha.ben.post("/api/v1/statuses", json={"status": "spam that is held"})
        status, _, _ = await alpha.ann.raw("GET", f"/api/v1/statuses/{held['id']}")
        assert status == 404
        assert "it acted 1 times" in html.unescape((await owner.go("/admin/rules")).text)


async def test_ready_rules_and_the_emergency(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann", "ben")) as (alpha,):
        owner = await Browser(alpha).signed_in("ann@alpha.test")
        assert "no policy in force" in (await owner.go("/admin/rules")).text
        await start(alpha, "")
        page = (await owner.go("/admin/rules")).text
        first = page.partition('name="ready[]" value="')[2].partition('"')[0]
        assert first
        assert (await owner.submit("/admin/rules", {})).status == 422
        await owner.go("/admin/rules")
        assert (await owner.submit("/admin/rules", {"ready[]": "no-such-rule"})).status == 422
        await owner.go("/admin/rules")
        made = await owner.submit("/admin/rules", {"ready[]": first})
        assert made.status == 303 and "Adopted: version 2" in (await owner.go(made.location)).text
        assert f'id="rule-{first}"' in (await owner.go("/admin/rules")).text
        assert (await owner.submit("/admin/rules/emergency", {"hours": "3", "cause": "A flood"})).status == 303
        standing = await alpha.node.db.run(emergency.standing)
        assert standing is not None and standing.cause == "A flood"
        assert "Switched on until" in (await owner.go("/admin/rules")).text
        assert (await owner.submit("/admin/rules/emergency", {"hours": "0"})).status == 303
        assert await alpha.node.db.run(emergency.standing) is None
