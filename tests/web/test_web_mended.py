"""Who waits to be let in is not there for others; reasons are shown; what pretends goes; dead letters go again."""

from __future__ import annotations

import io
from pathlib import Path

import aiohttp
import node_support
from access_support import Browser
from node_support import RunningNode
from PIL import Image
from sqlalchemy import func, select

from fedserver.db.queries import federation as federation_rows
from fedserver.db.statement import Statement, number
from fedserver.db.tables import activities
from fedserver.db.unit import Unit
from fedserver.jobqueue import outbox
from fedserver.services import users

NEWEST = (1 << 63) - 1
_NEWEST_ACTIVITY = Statement(select(func.max(activities.c.id)), number)
BIDI = "gnp.\u202eexe\u0007 \u2066open"


async def waiting_user(node: RunningNode, name: str, state: str) -> None:
    def work(unit: Unit) -> None:
        users.create(
            unit,
            node.node.keyring,
            username=name,
            keys=node_support.new_keys(),
            email=f"{name}@example.org",
            password_hash=None,
            state=state,
        )

    await node.node.db.run(work)


async def counts(node: RunningNode) -> tuple[int, int]:
    headers = {"Host": node.config.server.domain}
    async with node.http.get(node.url + "/nodeinfo/2.0", headers=headers) as answer:
        total = (await answer.json())["usage"]["users"]["total"]
    async with node.http.get(node.url + "/api/v1/instance", headers=headers) as answer:
        return total, (await answer.json())["stats"]["user_count"]


async def test_whoever_waits_is_neither_counted_nor_mentioned(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("ann",), beta=("ben",)) as (alpha, beta):
        before = await counts(alpha)
        await waiting_user(alpha, "penny", "pending")
        await waiting_user(alpha, "una", "unconfirmed")
        assert await counts(alpha) == before == (1, 1)
        post = await alpha.ann.post("/api/v1/statuses", json={"status": "hello @penny and @una@alpha.test"})
        assert post["mentions"] == [] and 'class="u-url' not in post["content"]
        for name in ("penny", "una"):
            status, _, _ = await beta.ben.raw("GET", f"/api/v1/accounts/lookup?acct={name}@alpha.test")
            assert status == 404
            found = await beta.ben.get("/api/v2/search", params={"q": f"@{name}@alpha.test", "resolve": "true"})
            assert found["accounts"] == []


async def test_the_reason_of_a_suspension_is_shown_to_moderators(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann")) as (alpha,):
        olga = await Browser(alpha).signed_in("olga")
        path = f"/admin/people/{alpha.ann.account_id}"
        await olga.go(path)
        done = await olga.submit(path, {"action": "suspend", "reason": f"sold followers {BIDI}"})
        assert done.status == 303
        page = await olga.go(path)
        assert "sold followers" in page.text and "\u202e" not in page.text
        # the only owner is not suspended, disabled or demoted, by nobody
        own = f"/admin/people/{alpha.olga.account_id}"
        for fields in ({"action": "suspend"}, {"action": "disable"}, {"action": "role", "role": "user"}):
            await olga.go(own)
            assert (await olga.submit(own, fields)).status in (409, 422), fields
        assert (await olga.go("/admin")).status == 200


async def test_texts_of_people_here_cannot_turn_what_stands_around_them(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann", "ben")) as (alpha,):
        out = io.BytesIO()
        Image.new("RGB", (20, 20), "teal").save(out, "PNG")
        form = aiohttp.FormData()
        form.add_field("file", out.getvalue(), filename="x.png", content_type="image/png")
        form.add_field("description", BIDI)
        medium = await alpha.ann.post("/api/v2/media", data=form)
        assert medium["description"] == "gnp.exe \u2066open\u2069"
        changed = await alpha.ann.call("PUT", f"/api/v1/media/{medium['id']}", json={"description": BIDI})
        assert "\u202e" not in changed["description"]
        await alpha.ben.post("/api/v1/reports", json={"account_id": str(alpha.ann.account_id), "comment": BIDI})
        olga = await Browser(alpha).signed_in("olga")
        page = await olga.go("/admin")
        assert "\u202e" not in page.text and "gnp.exe" in page.text
        app = await alpha.ann.post(
            "/api/v1/apps", json={"client_name": BIDI, "redirect_uris": "https://a.example/", "scopes": "read"}
        )
        assert app["name"] == "gnp.exe \u2066open\u2069"


async def test_a_delivery_that_was_given_up_arrives_when_an_admin_says_so(tmp_path: Path) -> None:
    async with node_support.cluster(tmp_path, alpha=("olga", "ann"), beta=("ben",)) as (alpha, beta):
        await beta.ben.follow(alpha.ann)
        olga = await Browser(alpha).signed_in("olga")
        inbox = "http://beta.test/inbox"

        def bury(unit: Unit) -> None:
            body = (
                b'{"@context":"https://www.w3.org/ns/activitystreams","id":"http://alpha.test/users/ann#like-7",'
                b'"type":"Like","actor":"http://alpha.test/users/ann","object":"' + liked.encode() + b'"}'
            )
            outbox.send(
                unit,
                sender_id=alpha.ann.account_id,
                uri="http://alpha.test/users/ann#like-7",
                object_key=7,
                body=body,
                inbox_ids=[outbox.inbox_id(unit, inbox)],
            )
            activity = unit.one(_NEWEST_ACTIVITY())
            assert activity is not None
            unit.run(
                federation_rows.bury(
                    unit.new_id(),
                    alpha.ann.account_id,
                    inbox,
                    "http://alpha.test/users/ann#like-7",
                    "HTTP 410",
                    0,
                    activity,
                )
            )
            unit.run(federation_rows.purge_deliveries(unit.get(federation_rows.host("beta.test")).id))

        post = await beta.ben.post("/api/v1/statuses", json={"status": "like me"})
        liked = post["uri"]
        await alpha.node.db.run(bury)
        dead = await alpha.node.db.all(federation_rows.dead(NEWEST, 5))
        assert len(dead) == 1
        page = await olga.go("/admin/delivery")
        assert "HTTP 410" in page.text and "Try again" in page.text
        ann = await Browser(alpha).signed_in("ann")
        await ann.go("/settings/profile")
        assert (await ann.submit(f"/admin/delivery/letters/{dead[0].id}", {"action": "retry"})).status == 403
        await olga.go("/admin/delivery")
        answer = await olga.submit(f"/admin/delivery/letters/{dead[0].id}", {"action": "retry"})
        assert answer.status == 303
        await beta.ben.until(f"/api/v1/statuses/{post['id']}", lambda found: found["favourites_count"] == 1)
        assert await alpha.node.db.all(federation_rows.dead(NEWEST, 5)) == []
        await olga.go("/settings/profile")
        assert (await olga.submit(f"/admin/delivery/letters/{dead[0].id}", {"action": "retry"})).status == 404
