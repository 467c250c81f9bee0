"""The page on which the community's announcements are written."""

from __future__ import annotations

from pathlib import Path

from door_support import Browser, node

from fedserver.db.queries import announcements as rows
from fedserver.oauth.routes import ROUTES as OAUTH
from fedserver.services import announcements
from fedserver.web.routes import ROUTES as WEB

HERE = "/admin/announcements"


async def test_announce_change_remove(tmp_path: Path) -> None:
    async with node(tmp_path, (*OAUTH, *WEB)) as n:
        await n.user("boss", role="admin")
        await n.user("mod", role="moderator")
        mod, boss = Browser(n), Browser(n)
        await mod.sign_in("mod")
        await boss.sign_in("boss")
        assert (await mod.go(HERE)).status == 403
        assert "no announcements" in (await boss.go(HERE)).text
        given = {"text": "Tea & <cake>", "starts_at": "2030-12-24T18:00", "ends_at": "2030-12-25T00:00", "all_day": "1"}
        assert (await boss.submit(HERE, given)).status == 303
        made = (await n.parts.db.all(rows.listing()))[0]
        assert (made.starts_at, made.all_day, made.published_at) == (1924365600000, 1, None)
        await n.parts.db.run(lambda unit: announcements.publish(unit, made.id))
        assert "Tea &amp; &lt;cake&gt;" in (await boss.go(HERE)).text
        page = (await boss.go(f"{HERE}/{made.id}")).text
        assert 'value="2030-12-24T18:00"' in page
        assert (await boss.submit(f"{HERE}/{made.id}", {"text": "changed"})).status == 303
        changed = (await n.parts.db.all(rows.by_id(made.id)))[0]
        assert (changed.text, changed.starts_at) == ("changed", None) and changed.published_at is not None
        for wrong in ({"text": " "}, {"text": "x", "starts_at": "soon"}, {"text": "x", "ends_at": "2030-01-01T00:00"}):
            for place in (HERE, f"{HERE}/{made.id}"):
                await boss.go(HERE)
                refused = await boss.submit(place, wrong)
                assert refused.status == 422 and 'role="alert"' in refused.text, (place, wrong)
        await boss.go(HERE)
        assert (await boss.submit(f"{HERE}/77", {"text": "x"})).status == 404
        await boss.go(HERE)
        assert (await boss.submit(f"{HERE}/{made.id}/remove", {})).status == 303
        await boss.go(HERE)
        assert (await boss.submit(f"{HERE}/{made.id}/remove", {})).status == 404
        assert await n.parts.db.all(rows.listing()) == []
        assert "announcement.delete" in (await boss.go("/admin/log")).text
