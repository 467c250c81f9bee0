"""Pages of moderators about people: many reports at once, an account, roles, blocks of sign-ups, words of warnings."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from door_support import Browser, Node, node

from fedserver.db.queries import accounts, moderation
from fedserver.db.queries import ledger as ledger_rows
from fedserver.db.queries import people as people_rows
from fedserver.db.queries import roles as role_rows
from fedserver.db.queries import users as user_rows
from fedserver.kit.paging import Page
from fedserver.oauth.routes import ROUTES as OAUTH
from fedserver.services import reports, roles
from fedserver.web.routes import ROUTES as WEB


class Desk:
    """A moderator's browser, an admin's, and people to be looked after."""

    def __init__(self, n: Node) -> None:
        self.n, self.mod, self.boss = n, Browser(n), Browser(n)
        self.people: dict[str, int] = {}

    async def prepare(self) -> None:
        await self.n.user("mod", role="moderator")
        await self.n.user("boss", role="admin")
        await self.mod.sign_in("mod")
        await self.boss.sign_in("boss")
        for name in ("ann", "ben", "cat"):
            self.people[name] = (await self.n.user(name))[1]

    async def report(self, by: str, about: str, **more: Any) -> int:
        def work(unit: Any) -> int:
            reporter, target = [unit.get(accounts.by_id(self.people[name])) for name in (by, about)]
            made: int = reports.file(unit, reporter, target, **more)
            return made

        return await self.n.parts.db.run(work)

    async def decided(self, name: str) -> list[tuple[str, str, str]]:
        found = await self.n.parts.db.all(ledger_rows.of_account(self.people[name], Page(limit=50)))
        return [(row.verb, row.reason, row.note) for row in found]


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Desk]:
    async with node(folder, (*OAUTH, *WEB)) as n:
        made = Desk(n)
        await made.prepare()
        yield made


async def test_many_reports_at_once(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        made = [
            await d.report("ann", "ben", category="spam"),
            await d.report("cat", "ben"),
            await d.report("ben", "cat"),
        ]
        page = (await d.mod.go("/admin")).text
        assert page.count('name="ids[]"') == 3 and "@ben" in page
        assert (await d.mod.go("/admin?category=spam")).text.count('name="ids[]"') == 1
        assert (await d.mod.go("/admin?who=mine")).text.count('name="ids[]"') == 0
        await d.mod.go("/admin")
        refused = await d.mod.submit("/admin/reports", {"verb": "limit"})
        assert refused.status == 422 and 'role="alert"' in refused.text
        fields = {"ids[0]": str(made[0]), "ids[1]": str(made[1]), "verb": "limit", "text": "Rule 1"}
        assert (await d.mod.submit("/admin/reports", fields)).status == 303
        assert await d.decided("ben") == [("limit", "Rule 1", "")]
        waiting = await d.n.parts.db.all(moderation.open_about(d.people["ben"]))
        assert waiting == [] and len(await d.n.parts.db.all(moderation.open_about(d.people["cat"]))) == 1
        # without an act: answered only
        await d.mod.go("/admin")
        assert (await d.mod.submit("/admin/reports", {"ids[0]": str(made[2]), "verb": ""})).status == 303
        assert await d.decided("cat") == []
        ann = Browser(d.n)
        await ann.sign_in("ann")
        await ann.go("/settings/profile")
        assert (await ann.submit("/admin/reports", fields)).status == 403


async def test_a_report(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        made = await d.report("ann", "ben", comment="<b>see</b>")
        path = f"/admin/reports/{made}"
        page = (await d.mod.go(path)).text
        assert "&lt;b&gt;see" in page and "Tell the other server" not in page
        assert (await d.mod.submit(path, {"action": "assign"})).status == 303
        assert "looked after by" in (await d.mod.go(path)).text
        assert (await d.mod.submit(path, {"action": "classify", "category": "minors"})).status == 303
        assert "no public log" in (await d.mod.go(path)).text
        for wrong in ({"action": "forward"}, {"action": "classify", "category": "rude"}, {"action": "x"}):
            assert (await d.mod.submit(path, wrong)).status in (403, 422), wrong
            await d.mod.go(path)
        assert (await d.mod.submit(f"{path}/note", {"note": "asked them"})).status == 303
        fields = {"on": "account", "verb": "warn", "text": "Please", "note": "the first time"}
        await d.mod.go(path)
        assert (await d.mod.submit(f"{path}/act", fields)).status == 303
        page = (await d.mod.go(path)).text
        assert "asked them" in page and "What was decided because of it" in page and "resolved" in page
        assert await d.decided("ben") == [("warn", "Please", "the first time")]
        row = (await d.n.parts.db.all(ledger_rows.of_account(d.people["ben"], Page(limit=5))))[0]
        assert (row.public, row.report_id) == (0, made)
        for other in ("/admin/reports/77", "/admin/reports/x"):
            assert (await d.mod.go(other)).status == 404


async def test_an_account(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        path = f"/admin/people/{d.people['ann']}"
        await d.boss.go("/admin/warnings")
        assert (await d.boss.submit("/admin/warnings", {"title": "Kind", "text": "Be kind."})).status == 303
        preset = (await d.n.parts.db.all(people_rows.presets()))[0]
        fields = {"action": "decide", "verb": "limit", "reason": "Rule 1", "preset": str(preset.id), "days": "3"}
        await d.mod.go(path)
        assert (await d.mod.submit(path, fields)).status == 303
        row = (await d.n.parts.db.all(ledger_rows.of_account(d.people["ann"], Page(limit=5))))[0]
        assert row.reason == "Be kind.\n\nRule 1" and row.expires_at is not None
        page = (await d.mod.go(path)).text
        assert "No longer: limited" in page and "Strikes" in page and 'name="role"' not in page
        assert (await d.mod.submit(path, {"action": "unlimit", "reason": "a mistake"})).status == 303
        await d.mod.go(path)
        assert (await d.mod.submit(path, {"action": "trust", "tier": "2"})).status == 303
        account = await d.n.parts.db.one(accounts.by_id(d.people["ann"]))
        assert account is not None and (account.trust, account.limited_at) == (2, None)
        await d.mod.go(path)
        assert (await d.mod.submit(path, {"action": "trust", "tier": ""})).status == 303
        await d.mod.go(path)
        assert (await d.mod.submit(path, {"action": "note", "note": "Wrote to us"})).status == 303
        assert "Wrote to us" in (await d.mod.go(path)).text
        for wrong in ({"action": "decide", "verb": "explode"}, {"action": "note", "note": " "}):
            assert (await d.mod.submit(path, wrong)).status == 422
            await d.mod.go(path)
        for above in ({"action": "delete"}, {"action": "role", "role": "moderator"}):
            assert (await d.mod.submit(path, above)).status == 403
            await d.mod.go(path)
        assert (await d.mod.submit(path, {"action": "block-mailbox"})).status == 303


async def test_composing_and_giving_a_role(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        assert (await d.mod.go("/admin/roles")).status == 403
        await d.boss.go("/admin/roles")
        fields = {
            "name": "Greeters",
            "position": "5",
            "permissions[0]": "manage_users",
            "colored": "1",
            "color": "#ff8800",
        }
        assert (await d.boss.submit("/admin/roles", {**fields, "highlighted": "1"})).status == 303
        made = (await d.n.parts.db.all(role_rows.listed()))[0]
        assert (made.permissions, made.position, made.color, made.highlighted) == (0x400, 5, "#ff8800", 1)
        for wrong in (
            {**fields, "name": ""},
            {**fields, "position": "500"},
            {**fields, "name": "X", "permissions[0]": "administrator"},
            {**fields, "name": "X", "color": "red"},
            fields,
        ):
            await d.boss.go("/admin/roles")
            refused = await d.boss.submit("/admin/roles", wrong)
            assert refused.status in (403, 422) and 'role="alert"' in refused.text, wrong
        path = f"/admin/people/{d.people['ann']}"
        await d.boss.go(path)
        assert (await d.boss.submit(path, {"action": "role", "role": str(made.id)})).status == 303
        ann = Browser(d.n)
        await ann.sign_in("ann")
        page = await ann.go("/settings/profile")
        assert 'href="/admin/people"' in page.text
        assert (await ann.go("/admin/people")).status == 200
        for closed in ("/admin", "/admin/roles", "/admin/blocks", "/admin/ledger", "/admin/log"):
            assert (await ann.go(closed)).status == 403, closed
        nav = (await ann.go("/admin/people")).text
        assert 'href="/admin/registrations"' in nav and 'href="/admin/log"' not in nav
        account = await d.n.parts.db.one(accounts.by_id(d.people["ann"]))
        assert account is not None and '"Greeters"' in account.badge
        await d.boss.go(f"/admin/roles/{made.id}")
        assert (await d.boss.submit(f"/admin/roles/{made.id}/remove", {})).status == 303
        user = await d.n.parts.db.one(user_rows.by_account(d.people["ann"]))
        assert user is not None and (user.role, user.role_id) == ("user", None)
        account = await d.n.parts.db.one(accounts.by_id(d.people["ann"]))
        assert account is not None and account.badge == ""


async def test_nobody_composes_more_than_they_are(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:

        def helper(unit: Any) -> None:
            made = roles.save(unit, None, name="Helper", permissions=0x20000 | 0x400, position=50, actor=None)
            other = roles.save(unit, None, name="High", permissions=0x400, position=60, actor=None)
            user = unit.get(user_rows.by_account(d.people["cat"]))
            roles.give(unit, user.id, str(made), None)
            d.people["high"] = other

        await d.n.parts.db.run(helper)
        cat = Browser(d.n)
        await cat.sign_in("cat")
        for fields in (
            {"name": "A", "position": "50", "permissions[0]": "manage_users"},
            {"name": "B", "position": "10", "permissions[0]": "manage_settings"},
        ):
            await cat.go("/admin/roles")
            assert (await cat.submit("/admin/roles", fields)).status == 403, fields
        await cat.go("/admin/roles")
        assert (await cat.submit(f"/admin/roles/{d.people['high']}/remove", {})).status == 403
        path = f"/admin/people/{d.people['ann']}"
        for role in ("moderator", "admin", "owner", str(d.people["high"])):
            await cat.go(path)
            status = (await cat.submit(path, {"action": "role", "role": role})).status
            assert status == (303 if role == "moderator" else 403), role
            if role == "moderator":
                await cat.go(path)
                assert (await cat.submit(path, {"action": "role", "role": "user"})).status == 303


async def test_blocks_and_words(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        for fields in (
            {"kind": "ip", "text": "203.0.113.0/24", "severity": "sign_up_block", "days": "7", "comment": "a farm"},
            {"kind": "email_domain", "text": "trash.test", "waits": "1"},
            {"kind": "canonical_email", "text": "bad@mail.test"},
            {"kind": "username", "text": "painters", "exact": "1"},
        ):
            await d.mod.go("/admin/blocks")
            assert (await d.mod.submit("/admin/blocks", fields)).status == 303, fields
            await d.mod.go("/admin/blocks")
            again = await d.mod.submit("/admin/blocks", fields)
            assert again.status == 422 and 'role="alert"' in again.text
        page = (await d.mod.go("/admin/blocks")).text
        assert "203.0.113.0/24" in page and "a farm" in page and "bad@mail" not in page
        await d.mod.go("/admin/blocks")
        assert (
            await d.mod.submit("/admin/blocks", {"kind": "ip", "text": "127.0.0.1", "severity": "no_access"})
        ).status == 422
        assert (await d.mod.submit("/admin/blocks", {"kind": "x", "text": "y"})).status == 422
        assert (await d.mod.submit("/admin/blocks/77/remove", {"kind": "ip"})).status == 404
        await d.mod.go("/admin/warnings")
        assert (await d.mod.submit("/admin/warnings", {"title": "A", "text": "one"})).status == 303
        row = (await d.n.parts.db.all(people_rows.presets()))[0]
        await d.mod.go("/admin/warnings")
        assert (await d.mod.submit(f"/admin/warnings/{row.id}", {"title": "A", "text": "two"})).status == 303
        await d.mod.go("/admin/warnings")
        assert (await d.mod.submit(f"/admin/warnings/{row.id}", {"title": "A", "text": " "})).status == 422
        assert (await d.mod.submit(f"/admin/warnings/{row.id}/remove", {})).status == 303
        assert await d.n.parts.db.all(people_rows.presets()) == []


async def test_a_report_about_a_moderator_is_not_theirs(tmp_path: Path) -> None:
    async with desk(tmp_path) as d:
        for name in ("mod", "boss"):
            someone = await d.n.parts.db.one(accounts.local_by_name(name))
            assert someone is not None
            d.people[name] = someone.id
        made = await d.report("ann", "mod", comment="the mod is rude")
        path = f"/admin/reports/{made}"
        await d.mod.go("/admin/warnings")
        assert d.mod.page is not None
        found = re.search(r'name="csrf" value="([^"]*)"', d.mod.page.text)
        assert found is not None
        csrf = found[1]
        for where in ("/admin", "/admin?all=1", f"/admin/people/{d.people['mod']}"):
            page = await d.mod.go(where)
            assert page.status == 200 and str(made) not in page.text and "rude" not in page.text, where
        assert (await d.mod.go(path)).status == 404
        for where, fields in (
            (path, {"action": "assign"}),
            (f"{path}/resolve", {"action": "resolve"}),
            (f"{path}/note", {"note": "nonsense"}),
            (f"{path}/act", {"on": "posts", "verb": "hold"}),
            (f"{path}/act", {"on": "account", "verb": "warn"}),
        ):
            assert (await d.mod.submit(where, fields, csrf=csrf)).status in (403, 404), where
        await d.mod.submit("/admin/reports", {"ids": str(made), "verb": ""}, csrf=csrf)
        row = await d.n.parts.db.one(moderation.report(made))
        assert row is not None and (row.resolved_at, row.assigned_id) == (None, None)
        page = await d.boss.go(path)
        assert page.status == 200 and "rude" in page.text
